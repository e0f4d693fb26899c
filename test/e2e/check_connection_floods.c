/* Floods of connections: what comms-server refuses, what it says of it, and that it serves on. */
#define _GNU_SOURCE /* prlimit */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/kit/held_connections.h"
#include "test/suites.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { DESCRIPTORS = 128, FLOOD = 2 * DESCRIPTORS, SERVICE_MS = 1000, CALLS = 5 };

static int64_t now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* The connections that are held say nothing for longer than any test. */
static struct server start_server(const char *option, const char *value)
{
    return server_start("stateful", "--interval", "0", "--log-level", "debug",
                        "--handshake-timeout", "10m", option, value, NULL);
}

/* Closes the flood. A call works within a second; on a busy machine it takes as much longer as some
 * calls take without a flood. */
static void expect_service(uint16_t port)
{
    int64_t more_ms = 0;
    held_close();
    const int64_t took_ms = held_await_service(port);
    for (int i = 0; i < CALLS; i++) {
        more_ms += held_await_service(port);
    }
    ck_assert_int_le(took_ms, SERVICE_MS + more_ms);
}

/* Ends the server; since the flood began it has refused this many connections and said so in few
 * lines: one a second. */
static void expect_refused(struct program *server, int64_t begin, size_t count, const char *reason)
{
    char sum[64];
    size_t lines = 0;
    const size_t most = 2 + (size_t)((now() - begin) / NS_PER_S);
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    const char *log = program_output(server, PROGRAM_STDERR);
    (void)snprintf(sum, sizeof sum, " refused-connections=%zu\n", count);
    ck_assert_msg(strstr(log, sum) != NULL, "no %s in %s", sum,
                  program_output_end(server, PROGRAM_STDERR));
    for (const char *line = log; (line = strstr(line, " connection refused ")) != NULL; line++) {
        lines++;
    }
    ck_assert_msg(strstr(log, reason) != NULL, "no %s in %s", reason, log);
    ck_assert_msg(lines <= most, "%zu lines, more than %zu", lines, most);
    program_destroy(server);
}

/* Twice as many connections as the server may have descriptors. */
START_TEST(a_flood_leaves_the_others_alone_and_is_soon_over)
{
    struct program *program =
        program_start("/bin/sh", "-c",
                      "ulimit -n 128; exec \"$0\" --port 0 --listen 127.0.0.1 --mode stateful "
                      "--interval 50ms --handshake-timeout 10m",
                      programs_server_path(), NULL);
    uint64_t port = 0;
    uint64_t room = 0;
    const char *at = strstr(program_wait_line(program, PROGRAM_STDERR,
                                              " warn   fewer connections "
                                              "max-connections=10000 "),
                            "can-hold=");
    ck_assert(at != NULL && output_skip(&at, "can-hold=") && output_read_number(&at, &room));
    ck_assert_uint_lt(room, DESCRIPTORS);
    at = strrchr(program_wait_line(program, PROGRAM_STDOUT, "listening on 127.0.0.1:"), ':');
    ck_assert(output_skip(&at, ":") && output_read_number(&at, &port));

    struct program *other =
        client_start((unsigned)port, "-m", "stateful", "--numbers", "65535", NULL);
    program_wait_line(other, PROGRAM_STDOUT, "Count: 1");
    held_open((uint16_t)port, 1, FLOOD);
    held_await_refused(FLOOD + 1 - room);
    ck_assert_uint_eq(held_count_refused(), FLOOD + 1 - room);
    expect_service((uint16_t)port);
    expect_session("127.0.0.1", (unsigned)port);
    char numbers[32]; /* the client has proven all before */
    snprintf(numbers, sizeof numbers, "Count: %zu",
             program_count_lines(other, PROGRAM_STDOUT) + 10);
    program_wait_line(other, PROGRAM_STDOUT, numbers);
    ck_assert_str_eq(program_output(other, PROGRAM_STDERR), "");
    expect_end_by(other, SIGINT, 128 + SIGINT);

    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(program), 0);
    const char *log = program_output(program, PROGRAM_STDERR);
    ck_assert_msg(strstr(log, "warn   connection refused reason=\"too many connections\" count=1 "
                              "peer=127.0.0.1:") != NULL,
                  "%s", log);
    ck_assert_msg(strstr(log, "no file descriptors left") == NULL, "%s", log);
    program_destroy(program);
}
END_TEST

START_TEST(there_are_no_more_than_max_connections)
{
    struct server server = start_server("--max-connections", "5");
    held_open(server.port, 1, 5);
    program_wait_line(server.program, PROGRAM_STDERR, "connection accepted connection=5 ");
    held_open(server.port, 2, 3);
    held_await_refused(3);
    ck_assert_uint_eq(held_count_refused(), 3);
    expect_service(server.port);
    expect_session("127.0.0.1", server.port);
    server_stop(&server);
}
END_TEST

START_TEST(an_address_has_no_more_than_its_share)
{
    struct server server = start_server("--max-connections-per-address", "2");
    const int64_t begin = now();
    held_open(server.port, 2, 5);
    held_await_refused(3);
    held_open(server.port, 3, 1);
    expect_session("127.0.0.1", server.port); /* another address, taken after all of these */
    ck_assert_uint_eq(held_count_refused(), 3);
    expect_refused(server.program, begin, 3,
                   "warn   connection refused reason=\"too many connections of this address\" "
                   "count=1 peer=127.0.0.2:");
    held_close();
}
END_TEST

static size_t count_descriptors(pid_t process)
{
    char name[64];
    size_t count = 0;
    (void)snprintf(name, sizeof name, "/proc/%d/fd", (int)process);
    DIR *folder = opendir(name);
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count - 2; /* . and .. */
}

/* The limit is lowered while the server runs: accept(2) itself has no descriptor left. */
START_TEST(without_descriptors_connections_are_refused_until_there_are_some)
{
    enum { ROOM = 3 };
    struct server server = start_server(NULL, NULL);
    const pid_t pid = program_pid(server.program);
    struct rlimit saved;
    expect_session("127.0.0.1", server.port);
    ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &saved), 0);
    const struct rlimit lowered = {count_descriptors(pid) + ROOM, saved.rlim_max};
    ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &lowered, NULL), 0);
    const int64_t begin = now();
    held_open(server.port, 1, FLOOD);
    held_await_refused(FLOOD - 2 * ROOM);
    ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &saved, NULL), 0);
    (void)held_await_service(server.port); /* all before it were taken, or refused */
    const size_t refused = held_count_refused();
    expect_service(server.port);
    expect_session("127.0.0.1", server.port);
    expect_refused(server.program, begin, refused,
                   "warn   connection refused reason=\"no file descriptors left\" count=1 "
                   "peer=127.0.0.1:");
}
END_TEST

Suite *connection_floods_suite(void)
{
    Suite *suite = suite_create("connection-floods");
    TCase *tcase = tcase_create("connection-floods");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_flood_leaves_the_others_alone_and_is_soon_over);
    tcase_add_test(tcase, there_are_no_more_than_max_connections);
    tcase_add_test(tcase, an_address_has_no_more_than_its_share);
    tcase_add_test(tcase, without_descriptors_connections_are_refused_until_there_are_some);
    return suite;
}
