/* comms-server against the folder crosscheck: a client in Python that shares no code with ours.
 * Each test has a server of its own, with other options. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 12, PATIENCE_MS = 90000 };

/* A server, by its name in crosscheck, and its options. */
static const struct {
    const char *name;
    const char *mode;
    const char *options[OPTIONS_MAX]; /* ends with NULL */
} servers[] = {
    {"fast", "stateful", {"--interval", "0"}},
    {"slow", "stateful", {"--interval", "1h"}},
    {"paced", "stateful", {"--interval", "20ms", "--session-timeout", "10m"}},
    {"stateless", "stateless", {"--interval", "2ms"}},
    {"evicting", "stateful", {"--interval", "100ms", "--session-timeout", "800ms"}},
    {"limited",
     "stateful",
     {"--interval", "20ms", "--max-streams", "2", "--max-connection-streams", "100",
      "--max-sessions", "2", "--session-timeout", "10m"}},
    {"original",
     "stateful",
     {"--error-status", "ok", "--command-timeout", "1s", "--max-streams", "1",
      "--max-connection-streams", "100"}},
    {"draining", "stateful", {"--interval", "20ms", "--drain-timeout", "2s"}},
};

START_TEST(the_server_does_as_the_protocol_says)
{
    struct server server = server_start_array(servers[_i].mode, 0, servers[_i].options);
    char option[32];
    char target[32];
    char pid[16];
    snprintf(option, sizeof option, "--%s", servers[_i].name);
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(pid, sizeof pid, "%d", program_pid(server.program));
    struct program *script = program_start(programs_python_path(), "-B", "test/e2e/crosscheck",
                                           "--vectors", "test/kit/vectors/go-rand-vectors.json",
                                           option, target, "--draining-pid", pid, NULL);
    program_set_patience(script, PATIENCE_MS);
    program_expect_success(script);
    if (strcmp(servers[_i].name, "draining") != 0) {
        server_stop(&server);
    } else {
        ck_assert_int_eq(program_wait_exit(server.program), 0);
    }
    program_destroy(server.program);
}
END_TEST

Suite *crosscheck_suite(void)
{
    Suite *suite = suite_create("crosscheck");
    TCase *crosscheck = tcase_create("crosscheck");
    suite_add_tcase(suite, crosscheck);
    tcase_set_timeout(crosscheck, 120);
    tcase_add_loop_test(crosscheck, the_server_does_as_the_protocol_says, 0,
                        sizeof servers / sizeof *servers);
    return suite;
}
