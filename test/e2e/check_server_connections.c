/* How long comms-server keeps a connection, and what it takes on it: against raw HTTP/2 frames of
 * the folder connections. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>

/* A trial, by its name in connections, and the option of its server. */
static const struct {
    const char *name;
    const char *option;
    const char *value;
} trials[] = {
    {"handshake", "--handshake-timeout", "300ms"},
    {"keepalive", "--keepalive", "300ms"},
    {"idle", "--connection-idle", "300ms"},
    {"age", "--connection-age", "300ms"},
    {"compressed", "--keepalive", "0"},
};

START_TEST(connections_live_as_long_as_they_may)
{
    char port[8];
    struct server server =
        server_start("stateless", "--interval", "20ms", trials[_i].option, trials[_i].value, NULL);
    snprintf(port, sizeof port, "%u", server.port);
    struct program *script = program_start(programs_python_path(), "-B", "test/e2e/connections",
                                           trials[_i].name, port, NULL);
    int status = program_wait_exit(script);
    ck_assert_msg(status == 0, "%s: %s", trials[_i].name, program_output(script, PROGRAM_STDERR));
    program_destroy(script);
    server_stop(&server);
    program_destroy(server.program);
}
END_TEST

Suite *server_connections_suite(void)
{
    Suite *suite = suite_create("server-connections");
    TCase *tcase = tcase_create("server-connections");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, connections_live_as_long_as_they_may, 0,
                        sizeof trials / sizeof *trials);
    return suite;
}
