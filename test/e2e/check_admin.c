/* The admin port of comms-server, against the folder admin and against promtool. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_PATIENCE_MS = 60000 };

/* The server gets SIGTERM from the script, while clients of the admin port hang. */
static void run_script(const char *part, struct server *server, const char *admin)
{
    char target[32];
    char pid[16];
    const char *promtool = getenv("COMMS_PROMTOOL");
    snprintf(target, sizeof target, "127.0.0.1:%u", server->port);
    snprintf(pid, sizeof pid, "%d", program_pid(server->program));
    struct program *script =
        program_start(programs_python_path(), "-B", "test/e2e/admin", part, target, admin, pid,
                      promtool == NULL ? "" : promtool, NULL);
    program_set_patience(script, SCRIPT_PATIENCE_MS);
    program_expect_success(script);
    program_expect_success(server->program);
}

static const char *admin_address(const struct server *server)
{
    static const char key[] = "admin listening address=";
    const char *line = program_wait_line(server->program, PROGRAM_STDERR, key);
    return strstr(line, key) + sizeof key - 1;
}

START_TEST(the_admin_port_answers)
{
    struct server server = server_start(
        "stateful", "--interval", "20ms", "--max-sessions", "2", "--session-timeout", "300ms",
        "--max-streams", "3", "--max-connection-streams", "20", "--admin", "127.0.0.1:0",
        "--admin-host", "comms.internal", "--drain-delay", "60s", "--drain-timeout", "0", NULL);
    const char *address = admin_address(&server);
    char admin[64];
    snprintf(admin, sizeof admin, "%.*s", (int)strcspn(address, "\n"), address);
    run_script(_i == 0 ? "metrics" : "requests", &server, admin);
}
END_TEST

START_TEST(other_machines_are_warned_of)
{
    struct server server = server_start("stateless", "--admin", "0.0.0.0:0", NULL);
    (void)program_wait_line(server.program, PROGRAM_STDERR, "admin port is open to others");
    program_destroy(server.program);
}
END_TEST

Suite *admin_suite(void)
{
    Suite *suite = suite_create("admin");
    TCase *tcase = tcase_create("admin");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 90);
    tcase_add_loop_test(tcase, the_admin_port_answers, 0, 2);
    tcase_add_test(tcase, other_machines_are_warned_of);
    return suite;
}
