/* comms-server against the folder operations: what the tools of operators ask it. */
#include "test/e2e/grpc_js.h"
#include "test/kit/certificates.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>

/* The script, whose server it stops, ends with 0, and so does the server. Both are destroyed. */
static void expect_answers(struct program *script, struct server *server)
{
    program_expect_success(script);
    program_expect_success(server->program);
}

START_TEST(health_and_reflection_are_answered)
{
    struct server server = server_start("stateless", "--interval", "20ms", "--max-streams", "1",
                                        "--max-connection-streams", "20", "--drain-delay", "60s",
                                        "--drain-timeout", "1s", NULL);
    char target[32];
    char pid[16];
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(pid, sizeof pid, "%d", program_pid(server.program));
    expect_answers(
        program_start(programs_python_path(), "-B", "test/e2e/operations", target, pid, NULL),
        &server);
}
END_TEST

/* Plain, then by TLS. */
START_TEST(grpc_js_gets_the_same_answers)
{
    struct certificates certificates;
    char target[32];
    char pid[16];
    char ca[CERTIFICATES_PATH_SIZE];
    char certificate[CERTIFICATES_PATH_SIZE];
    char key[CERTIFICATES_PATH_SIZE];
    bool is_tls = _i == 1;
    if (!grpc_js_is_there()) {
        printf("  health and reflection by grpc-js: not run: %s\n", grpc_js_missing);
        return;
    }
    certificates_make(&certificates);
    certificates_path(&certificates, "ca.pem", ca);
    certificates_path(&certificates, "server.pem", certificate);
    certificates_path(&certificates, "server.key", key);
    struct server server =
        server_start("stateless", "--interval", "1ms", "--drain-delay", "1s",
                     is_tls ? "--tls-cert" : NULL, certificate, "--tls-key", key, NULL);
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(pid, sizeof pid, "%d", program_pid(server.program));
    expect_answers(program_start(programs_node_path(), "test/e2e/operations/grpc_js.js", target,
                                 pid, is_tls ? ca : NULL, NULL),
                   &server);
    certificates_remove(&certificates);
}
END_TEST

Suite *operations_suite(void)
{
    Suite *suite = suite_create("operations");
    TCase *tcase = tcase_create("operations");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, health_and_reflection_are_answered);
    tcase_add_loop_test(tcase, grpc_js_gets_the_same_answers, 0, 2);
    return suite;
}
