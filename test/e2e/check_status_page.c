/* The status page and channelz of comms-server, against the folder status_page. */
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

/* The script gets the server's addresses; it stops the server, and what it has started itself. */
static void run_script(const char *part, const char *mode)
{
    char folder[SCRATCH_FOLDER_SIZE];
    char target[32];
    char pid[16];
    char admin[64];
    static const char key[] = "admin listening address=";
    struct server server = server_start(mode, "--interval", "20ms", "--max-sessions", "60",
                                        "--max-streams", "40", "--listen", "127.0.0.1", "--admin",
                                        "127.0.0.1:0", "--drain-delay", "60s", NULL);
    const char *line = program_wait_line(server.program, PROGRAM_STDERR, key);
    const char *address = strstr(line, key) + sizeof key - 1;
    snprintf(admin, sizeof admin, "%.*s", (int)strcspn(address, "\n"), address);
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(pid, sizeof pid, "%d", program_pid(server.program));
    scratch_folder_make(folder, "comms-status");
    struct program *script =
        program_start(programs_python_path(), "-B", "test/e2e/status_page", part, target, admin,
                      pid, programs_client_path(), programs_browser_path(), folder, NULL);
    program_set_patience(script, 90000);
    program_expect_success(script);
    program_destroy(server.program);
    scratch_folder_remove(folder);
}

START_TEST(the_page_says_what_happens)
{
    run_script("content", "stateful");
}
END_TEST

START_TEST(a_stateless_server_has_no_sessions)
{
    run_script("stateless", "stateless");
}
END_TEST

START_TEST(a_browser_keeps_it_up_to_date)
{
    run_script("browser", "stateful");
}
END_TEST

START_TEST(channelz_answers)
{
    run_script("channelz", "stateful");
}
END_TEST

Suite *status_page_suite(void)
{
    Suite *suite = suite_create("status-page");
    TCase *tcase = tcase_create("status-page");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, the_page_says_what_happens);
    tcase_add_test(tcase, a_stateless_server_has_no_sessions);
    tcase_add_test(tcase, a_browser_keeps_it_up_to_date);
    tcase_add_test(tcase, channelz_answers);
    return suite;
}
