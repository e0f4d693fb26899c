/* comms-server against the folder crosscheck: a client in Python that shares no code with ours.
 * Each test has a server of its own, with other options. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 8 };

/* A server, by its name in crosscheck, and its options. */
static const struct {
    const char *name;
    const char *mode;
    const char *options[OPTIONS_MAX];
} servers[] = {
    {"fast", "stateful", {"--interval", "0"}},
    {"slow", "stateful", {"--interval", "5s"}},
    {"paced", "stateful", {"--interval", "20ms"}},
    {"stateless", "stateless", {"--interval", "2ms"}},
    {"evicting", "stateful", {"--interval", "50ms", "--session-timeout", "300ms"}},
    {"limited",
     "stateful",
     {"--interval", "20ms", "--max-streams", "2", "--max-connection-streams", "100",
      "--max-sessions", "2"}},
    {"original",
     "stateful",
     {"--error-status", "ok", "--command-timeout", "300ms", "--max-streams", "1",
      "--max-connection-streams", "100"}},
    {"draining", "stateful", {"--interval", "20ms", "--drain-timeout", "2s"}},
};

START_TEST(the_server_does_as_the_protocol_says)
{
    const char *const *options = servers[_i].options;
    struct server server =
        server_start(servers[_i].mode, options[0], options[1], options[2], options[3], options[4],
                     options[5], options[6], options[7], NULL);
    char option[32];
    char target[32];
    char pid[16];
    snprintf(option, sizeof option, "--%s", servers[_i].name);
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(pid, sizeof pid, "%d", program_pid(server.program));
    struct program *script = program_start(programs_python_path(), "-B", "test/e2e/crosscheck",
                                           "--vectors", "test/kit/vectors/go-rand-vectors.json",
                                           option, target, "--draining-pid", pid, NULL);
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
    tcase_set_timeout(crosscheck, 60);
    tcase_add_loop_test(crosscheck, the_server_does_as_the_protocol_says, 0,
                        sizeof servers / sizeof *servers);
    return suite;
}
