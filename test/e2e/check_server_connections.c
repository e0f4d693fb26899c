/* How long comms-server keeps a connection, and what it takes on it: against raw HTTP/2 frames of
 * the folder connections. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A trial, by its name in connections, and the option of its server. */
static const struct {
    const char *name;
    const char *option;
    const char *value;
} trials[] = {
    {"handshake", "--handshake-timeout", "1s"},
    {"keepalive", "--keepalive", "1200ms"},
    {"idle", "--connection-idle", "1s"},
    {"age", "--connection-age", "1s"},
    {"compressed", "--keepalive", "0"},
    {"streams", "--max-connection-streams", "2"},
    {"streams", "--max-streams", "5"}, /* of which one connection has half */
    {"unknown", "--keepalive", "0"},
    {"deadline", "--keepalive", "0"},
    {"traffic", "--keepalive", "0"},
};

enum { PATIENCE_MS = 60000 };

static void run_script(const char *trial, const struct server *server)
{
    char port[8];
    snprintf(port, sizeof port, "%u", server->port);
    struct program *script =
        program_start(programs_python_path(), "-B", "test/e2e/connections", trial, port, NULL);
    program_set_patience(script, PATIENCE_MS);
    int status = program_wait_exit(script);
    ck_assert_msg(status == 0, "%s: %s", trial, program_output(script, PROGRAM_STDERR));
    program_destroy(script);
}

START_TEST(connections_live_as_long_as_they_may)
{
    struct server server =
        server_start("stateless", "--interval", "20ms", trials[_i].option, trials[_i].value, NULL);
    run_script(trials[_i].name, &server);
    server_stop(&server);
}
END_TEST

static size_t count_lines(const char *text, const char *event)
{
    size_t count = 0;
    while ((text = strstr(text, event)) != NULL) {
        text += strlen(event);
        count++;
    }
    return count;
}

static const char *const wastes[] = {"resets", "refusals"};

/* At info every stream that has begun may have two lines, but none of these has. */
START_TEST(wasted_streams_end_their_connection)
{
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    run_script(wastes[_i], &server);
    program_wait_line(server.program, PROGRAM_STDERR, " warn   connection cut peer=127.0.0.1:");
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const char *log = program_output(server.program, PROGRAM_STDERR);
    ck_assert_uint_eq(count_lines(log, "connection cut"), 1);
    if (strcmp(wastes[_i], "refusals") == 0) {
        ck_assert_uint_ge(count_lines(log, "stream refused"), 1);
        ck_assert_uint_le(count_lines(log, "stream refused"), 30);
        ck_assert_uint_eq(count_lines(log, " refused=0"), 0); /* they are counted */
    }
    program_destroy(server.program);
}
END_TEST

Suite *server_connections_suite(void)
{
    Suite *suite = suite_create("server-connections");
    TCase *tcase = tcase_create("server-connections");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 90);
    tcase_add_loop_test(tcase, connections_live_as_long_as_they_may, 0,
                        sizeof trials / sizeof *trials);
    tcase_add_loop_test(tcase, wasted_streams_end_their_connection, 0,
                        sizeof wastes / sizeof *wastes);
    return suite;
}
