/*
 * Thousands of connections, twice as many as comms-server may have descriptors, again and again:
 * after each flood a new call works within a second. The times are printed.
 */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/kit/held_connections.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 10, DESCRIPTORS = 4096, FLOOD = 2 * DESCRIPTORS, CALL_MS = 1000 };

START_TEST(after_each_flood_a_call_works_within_a_second)
{
    struct program *server = program_start(
        "/bin/sh", "-c",
        "ulimit -n 4096; exec \"$0\" --port 0 --listen 127.0.0.1 --mode stateful --interval 0",
        programs_server_path(), NULL);
    uint64_t port = 0;
    const char *line = program_wait_line(server, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    const char *at = strrchr(line, ':');
    ck_assert(output_skip(&at, ":") && output_read_number(&at, &port));
    for (int i = 0; i < ROUNDS; i++) {
        held_open((uint16_t)port, (unsigned char)(2 + i), FLOOD); /* with ports of its own */
        held_await_refused(FLOOD - DESCRIPTORS);
        const size_t refused = held_count_refused();
        held_close();
        const int64_t begin = clock_monotonic.now(&clock_monotonic);
        expect_session("127.0.0.1", (unsigned)port);
        const int64_t took_ms = (clock_monotonic.now(&clock_monotonic) - begin) / NS_PER_MS;
        printf("flood %d: %zu of %d connections refused, then a session in %d ms\n", i + 1, refused,
               FLOOD, (int)took_ms);
        ck_assert_int_le(took_ms, CALL_MS);
    }
    expect_end_by(server, SIGTERM, 0);
}
END_TEST

Suite *soak_connection_floods_suite(void)
{
    Suite *suite = suite_create("soak-connection-floods");
    TCase *tcase = tcase_create("soak-connection-floods");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, after_each_flood_a_call_works_within_a_second);
    return suite;
}
