/* comms-server against the original client, in the client's own time: what takes it long. */
#include "test/e2e/original_peer.h"
#include "test/suites.h"

#include <check.h>

enum { N = 1000, GIVES_UP_S = 200 };

/* Its four calls without a command last 30 s each, and it waits 15 s between them. */
START_TEST(after_an_error_it_gives_up)
{
    struct server server = server_start("stateful", NULL);
    struct original_peer peer =
        original_peer_start(server.port, "stateful-test-reconnect", "2229533162");
    program_set_patience(peer.program, GIVES_UP_S * 1000);
    original_peer_expect(&peer, "N: 5\nUUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
                                "Error: uuid has no session: never started, or evicted\n"
                                "Failed to connect, will retry in 1000 seconds\n"
                                "Failed to connect, will retry in 2000 seconds\n"
                                "Failed to connect, will retry in 4000 seconds\n"
                                "Failed to connect, will retry in 8000 seconds\n"
                                "Failed to connect, timeout\n");
    for (int i = 0; i < 4; i++) {
        program_wait_line(server.program, PROGRAM_STDERR, "no command: none came in 30 s");
    }
    server_stop(&server);
}
END_TEST

/* The server comes back when the peer has failed to connect twice. */
START_TEST(a_server_that_is_away_for_long_is_found_again)
{
    struct server server = server_start_held("stateless", "--interval", "10ms", NULL);
    unsigned port = server.port;
    struct original_peer peer = original_peer_start(port, "stateless", "1000");
    program_wait_line(peer.program, PROGRAM_STDOUT, "Count: 42");
    server_kill(&server);
    program_wait_line(peer.program, PROGRAM_STDOUT, "retry in 4000");
    server = server_start_port("stateless", port, "--interval", "1ms", NULL);
    original_peer_expect_stateless(&peer, N, 1);
    server_stop(&server);
}
END_TEST

Suite *soak_original_client_suite(void)
{
    Suite *suite = suite_create("soak-original-client");
    TCase *original = tcase_create("soak-original-client");
    suite_add_tcase(suite, original);
    tcase_set_timeout(original, GIVES_UP_S);
    tcase_add_test(original, after_an_error_it_gives_up);
    tcase_add_test(original, a_server_that_is_away_for_long_is_found_again);
    return suite;
}
