/* comms-server against the folder operations: what the tools of operators ask it. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>

START_TEST(health_and_reflection_are_answered)
{
    struct server server = server_start("stateless", "--interval", "20ms", "--max-streams", "1",
                                        "--max-connection-streams", "20", "--drain-delay", "60s",
                                        "--drain-timeout", "1s", NULL);
    char target[32];
    char pid[16];
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(pid, sizeof pid, "%d", program_pid(server.program));
    struct program *script =
        program_start(programs_python_path(), "-B", "test/e2e/operations", target, pid, NULL);
    const int status = program_wait_exit(script);
    ck_assert_msg(status == 0, "it ended with %d\n%s%s", status,
                  program_output_end(script, PROGRAM_STDOUT),
                  program_output_end(script, PROGRAM_STDERR));
    program_destroy(script);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    program_destroy(server.program);
}
END_TEST

Suite *operations_suite(void)
{
    Suite *suite = suite_create("operations");
    TCase *tcase = tcase_create("operations");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, health_and_reflection_are_answered);
    return suite;
}
