/* server/monitoring: promtool checks and tries the rules, and a Prometheus that reads a real server
 * runs every rule and every query of the dashboard. */
#define _GNU_SOURCE /* realpath */
#include "test/kit/metrics_page.h"
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES      "server/monitoring/comms.rules.yml"
#define RULES_TEST "server/monitoring/comms.rules.test.yml"
#define DASHBOARD  "server/monitoring/dashboard.json"

enum { SCRIPT_PATIENCE_MS = 60000, ADDRESS_SIZE = 64, PATH_SIZE = SCRATCH_FOLDER_SIZE + 32 };

/* On a busy machine it takes its time. */
static void expect_success(struct program *program)
{
    program_set_patience(program, SCRIPT_PATIENCE_MS);
    program_expect_success(program);
}

START_TEST(the_rules_are_well_formed)
{
    expect_success(
        program_start(programs_promtool_path(), "check", "rules", "--lint-fatal", RULES, NULL));
}
END_TEST

START_TEST(each_alert_fires_when_it_should)
{
    expect_success(program_start(programs_promtool_path(), "test", "rules", RULES_TEST, NULL));
}
END_TEST

static void write_configuration(const char *path, uint16_t admin)
{
    char *rules = realpath(RULES, NULL);
    FILE *file = fopen(path, "w");
    ck_assert(rules != NULL && file != NULL);
    fprintf(file,
            "global: {scrape_interval: 200ms, evaluation_interval: 200ms}\n"
            "rule_files: ['%s']\n"
            "scrape_configs: [{job_name: comms, static_configs: [{targets: ['127.0.0.1:%u']}]}]\n",
            rules, (unsigned)admin);
    ck_assert_int_eq(fclose(file), 0);
    free(rules);
}

/* Starts the prometheus that stands beside promtool, and writes the address that it listens on. */
static struct program *start_prometheus(const char *folder, const char *configuration,
                                        char address[static ADDRESS_SIZE])
{
    static const char key[] = "msg=\"Listening on\" address=";
    char path[PATH_MAX];
    char config_file[PATH_SIZE + 32];
    char storage[PATH_SIZE + 32];
    const char *promtool = programs_promtool_path();
    const char *slash = strrchr(promtool, '/');
    ck_assert_ptr_nonnull(slash);
    snprintf(path, sizeof path, "%.*s/prometheus", (int)(slash - promtool), promtool);
    snprintf(config_file, sizeof config_file, "--config.file=%s", configuration);
    snprintf(storage, sizeof storage, "--storage.tsdb.path=%s/data", folder);
    struct program *prometheus =
        program_start(path, config_file, storage, "--web.listen-address=127.0.0.1:0", NULL);
    const char *line = program_wait_line(prometheus, PROGRAM_STDERR, key);
    snprintf(address, ADDRESS_SIZE, "%s", strstr(line, key) + sizeof key - 1);
    program_wait_line(prometheus, PROGRAM_STDERR, "Server is ready to receive web requests");
    return prometheus;
}

START_TEST(every_query_has_a_result)
{
    char folder[SCRATCH_FOLDER_SIZE];
    char configuration[PATH_SIZE];
    char store[PATH_SIZE + 8];
    char target[ADDRESS_SIZE];
    char address[ADDRESS_SIZE];
    scratch_folder_make(folder, "comms-monitoring");
    snprintf(configuration, sizeof configuration, "%s/prometheus.yml", folder);
    snprintf(store, sizeof store, "file:%s/sessions", folder);
    struct server server = server_start("stateful", "--interval", "20ms", "--admin", "127.0.0.1:0",
                                        "--store", store, "--drain-timeout", "0", NULL);
    write_configuration(configuration, metrics_page_port(server.program));
    struct program *prometheus = start_prometheus(folder, configuration, address);
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    expect_success(program_start(programs_python_path(), "-B", "test/e2e/admin/monitoring.py",
                                 target, address, RULES_TEST, DASHBOARD, NULL));
    program_signal(prometheus, SIGTERM);
    program_expect_success(prometheus);
    server_stop(&server);
    scratch_folder_remove(folder);
}
END_TEST

Suite *monitoring_suite(void)
{
    Suite *suite = suite_create("monitoring");
    TCase *tcase = tcase_create("monitoring");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 90);
    tcase_add_test(tcase, the_rules_are_well_formed);
    tcase_add_test(tcase, each_alert_fires_when_it_should);
    tcase_add_test(tcase, every_query_has_a_result);
    return suite;
}
