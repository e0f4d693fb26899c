/* comms-server as it runs and ends: the drain, limits, the log. */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

START_TEST(a_signal_ends_it_with_0)
{
    struct server server = server_start("stateless", NULL);
    expect_end_by(server.program, _i == 0 ? SIGTERM : SIGINT, 0);
}
END_TEST

START_TEST(draining_lets_a_session_finish)
{
    struct server server = server_start("stateful", "--interval", "50ms", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "12", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 2");
    server_stop(&server);
    ck_assert_int_eq(program_wait_exit(client), 0);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    program_destroy(client);
}
END_TEST

START_TEST(draining_ends_what_cannot_finish)
{
    static const char *const modes[] = {"stateless", "stateful"};
    struct server server =
        server_start(modes[_i], "--interval", "20ms", "--drain-timeout", "200ms", NULL);
    struct program *client = client_start(server.port, "-m", modes[_i], "--numbers", "4000", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 2");
    server_stop(&server);
    program_wait_line(client, PROGRAM_STDERR, "UNAVAILABLE: server is shutting down");
    program_destroy(client);
}
END_TEST

START_TEST(a_second_signal_ends_it_at_once)
{
    struct server server = server_start("stateful", "--drain-timeout", "10m", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "300", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 1");
    program_signal(server.program, SIGTERM);
    program_wait_line(server.program, PROGRAM_STDERR, "stopping");
    /* Later than this it is a second signal and not the same one. Numbers may come late, and then
     * several of them at once. */
    const int64_t first_is_over = clock_add(clock_monotonic.now(&clock_monotonic), NS_PER_S);
    do {
        program_wait_line(client, PROGRAM_STDOUT, "Count: ");
    } while (clock_monotonic.now(&clock_monotonic) < first_is_over);
    server_stop(&server); /* waits much shorter than the 300 s that the session takes */
    program_wait_line(client, PROGRAM_STDERR, "UNAVAILABLE: server is shutting down");
    program_destroy(client);
}
END_TEST

/* Two clients fill the server for as long as the test wants. A third one is told why it is refused;
 * the two do not notice. */
static void expect_limit(struct server *server, const char *text)
{
    struct program *there[2];
    for (size_t i = 0; i < 2; i++) {
        there[i] = client_start(server->port, "-m", "stateful", "--numbers", "65535", NULL);
        program_wait_line(there[i], PROGRAM_STDOUT, "Count: 1");
    }
    struct program *newcomer = client_start(server->port, "-m", "stateful", "--numbers", "1", NULL);
    program_wait_line(newcomer, PROGRAM_STDERR, text);
    program_destroy(newcomer);
    for (size_t i = 0; i < 2; i++) {
        char count[32];
        const size_t had = program_count_lines(there[i], PROGRAM_STDOUT);
        snprintf(count, sizeof count, "Count: %zu",
                 had + 20); /* the client has proven all before */
        program_wait_line(there[i], PROGRAM_STDOUT, count);
        ck_assert_str_eq(program_output(there[i], PROGRAM_STDERR), "");
        expect_end_by(there[i], SIGINT, 128 + SIGINT);
    }
}

/* The server notices that clients have gone, and then it takes others. */
static void expect_room(const struct server *server)
{
    int status;
    do {
        struct program *client = client_start(server->port, "-m", "stateful", "-n", "5", NULL);
        status = program_wait_exit(client);
        const char *said = program_output(client, PROGRAM_STDERR);
        ck_assert_msg(status == 0 || strstr(said, "too many streams") != NULL, "%s", said);
        program_destroy(client);
    } while (status != 0);
}

START_TEST(limits_refuse_the_newcomer)
{
    struct server streams =
        server_start("stateful", "--max-streams", "2", "--interval", "20ms", NULL);
    expect_limit(&streams, "RESOURCE_EXHAUSTED: too many streams");
    expect_room(&streams);
    server_stop(&streams);

    struct server sessions =
        server_start("stateful", "--max-sessions", "2", "--interval", "20ms", NULL);
    expect_limit(&sessions, "RESOURCE_EXHAUSTED: too many sessions");
    server_stop(&sessions);

    struct server numbers = server_start("stateful", "--max-numbers", "4", "--interval", "0", NULL);
    struct program *client = client_start(numbers.port, "-m", "stateful", "--numbers", "5", NULL);
    expect_end(client, 3, "invalid n value");
    server_stop(&numbers);
}
END_TEST

START_TEST(the_log_level_chooses)
{
    static const char *const levels[] = {"error", "notice", "info", "debug"};
    static const char uuid[] = "uuid=a17417a0";
    struct server server =
        server_start("stateful", "--interval", "0", "--log-level", levels[_i], NULL);
    struct program *client = client_start(server.port, "-m", "stateful-test", NULL);
    expect_end(client, 0, "");
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const char *log = program_output(server.program, PROGRAM_STDERR);
    ck_assert_msg((strstr(log, uuid) != NULL) == (_i >= 2), "%s", log);
    ck_assert_msg((strstr(log, "3856042040") != NULL) == (_i >= 3), "%s", log);
    size_t lines = program_count_lines(server.program, PROGRAM_STDERR);
    if (_i == 0) {
        ck_assert_str_eq(log, "");
    } else if (_i == 1) { /* started, stopping, stopped */
        ck_assert_msg(lines == 3, "%s", log);
    }
    program_destroy(server.program);
}
END_TEST

Suite *server_program_running_suite(void)
{
    Suite *suite = suite_create("server-program-running");
    TCase *running = tcase_create("running");
    suite_add_tcase(suite, running);
    tcase_set_timeout(running, 60);
    tcase_add_loop_test(running, a_signal_ends_it_with_0, 0, 2);
    tcase_add_test(running, draining_lets_a_session_finish);
    tcase_add_loop_test(running, draining_ends_what_cannot_finish, 0, 2);
    tcase_add_test(running, a_second_signal_ends_it_at_once);
    tcase_add_test(running, limits_refuse_the_newcomer);
    tcase_add_loop_test(running, the_log_level_chooses, 0, 4);
    return suite;
}
