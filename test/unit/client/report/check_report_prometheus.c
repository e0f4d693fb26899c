/* client/report/report_prometheus: promtool reads it, and the values are those of the result. */
#include "client/report/report_prometheus.h"
#include "shared/base/clock.h"
#include "test/kit/json_fixture.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_metrics(void)
{
    FILE *file = open_json();
    ck_assert(report_prometheus_write(&json_result, file));
    ck_assert_int_eq(fclose(file), 0);
}

/* promtool, which has to be silent. */
static void expect_clean(void)
{
    char path[] = "/tmp/comms-check-XXXXXX";
    int descriptor = mkstemp(path);
    size_t size = strlen(json_written);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, json_written, size), (ssize_t)size);
    ck_assert_int_eq(close(descriptor), 0);
    struct program *tool = program_start("/bin/sh", "-c", "exec \"$0\" check metrics < \"$1\"",
                                         programs_promtool_path(), path, NULL);
    int status = program_wait_exit(tool);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_msg(status == 0 && program_output(tool, PROGRAM_STDOUT)[0] == '\0', "%d: %s%s",
                  status, program_output(tool, PROGRAM_STDOUT),
                  program_output(tool, PROGRAM_STDERR));
    ck_assert_str_eq(program_output(tool, PROGRAM_STDERR), "");
    program_destroy(tool);
}

#define TARGET "{target=\"127.0.0.1:1337\""

START_TEST(a_full_result_is_clean_and_has_its_values)
{
    begin_full_result();
    write_metrics();
    expect_clean();
    expect_json("\ncomms_client_info" TARGET ",mode=\"stateful\",version=\"" COMMS_VERSION
                "\"} 1\n");
    expect_json("\ncomms_client_outcome" TARGET ",outcome=\"violated\"} 1\n");
    expect_json("\ncomms_client_outcome" TARGET ",outcome=\"proven\"} 0\n");
    expect_json("\ncomms_client_exit_status" TARGET "} 1\n");
    expect_json("\ncomms_client_start_timestamp_seconds" TARGET "} 1795459032.08765");
    expect_json("\ncomms_client_elapsed_seconds" TARGET "} 60\n");
    expect_json("\ncomms_client_numbers_per_second" TARGET "} 246.9");
    expect_json("\ncomms_client_peak_resident_memory_bytes" TARGET "} 1048576\n");
    expect_json("\ncomms_client_numbers" TARGET "} 1\n");
    expect_json("\ncomms_client_padding_bytes" TARGET "} 13\n");
    ck_assert_ptr_null(strstr(json_written, "bytes_per_second")); /* without --size */
    json_plan.size = 1000;
    write_metrics();
    expect_clean();
    expect_json("\ncomms_client_padding_bytes_per_second" TARGET "} 246900\n");
    json_plan.size = 0;
    write_metrics();
    expect_json("\ncomms_client_breaks" TARGET "} 3\n");
    expect_json("\ncomms_client_resumes" TARGET "} 2\n");
    expect_json("\ncomms_client_failed_attempts" TARGET "} 12\n");
    expect_json("\ncomms_client_violations" TARGET "} 9\n");
    expect_json("\ncomms_client_break_causes" TARGET ",cause=\"connection_refused\"} 16\n");
    expect_json("\ncomms_client_break_causes" TARGET ",cause=\"chaos_silence\"} 1\n");
    expect_json("\ncomms_client_failed_attempt_causes" TARGET ",cause=\"goaway\"} 0\n");
    expect_json("\n# TYPE comms_client_gap_seconds summary\n");
    expect_json("\ncomms_client_gap_seconds" TARGET ",quantile=\"1\"} 31.38");
    expect_json("\ncomms_client_lateness_seconds_count" TARGET "} 23\n");
}
END_TEST

/* The beginnings of the buckets would be 0.1 % too small on average. */
START_TEST(the_sum_of_times_is_that_of_the_middles)
{
    double sum = 0;
    begin_empty_result();
    for (int64_t ns = 7; ns < 60 * NS_PER_S; ns += 1 + ns / 700) {
        histogram_record(&json_result.gap, ns);
        sum += (double)ns / (double)NS_PER_S;
    }
    write_metrics();
    static const char name[] = "\ncomms_client_gap_seconds_sum" TARGET "} ";
    const char *line = strstr(json_written, name);
    ck_assert_ptr_nonnull(line);
    double told = strtod(line + strlen(name), NULL);
    ck_assert_msg(told > sum * 0.9998 && told < sum * 1.0002, "%g, not %g", told, sum);
}
END_TEST

START_TEST(what_was_not_measured_is_left_out)
{
    begin_empty_result();
    write_metrics();
    expect_clean();
    ck_assert_ptr_null(strstr(json_written, "numbers_per_second"));
    ck_assert_ptr_null(strstr(json_written, "quantile"));
    expect_json("\ncomms_client_gap_seconds_count" TARGET "} 0\n");
    expect_json("\ncomms_client_lateness_seconds_count" TARGET "} 0\n");
}
END_TEST

START_TEST(any_bytes_become_a_label)
{
    begin_empty_result();
    strcpy(json_plan.target, "unix:/a\"\\\n\xff}");
    write_metrics();
    expect_clean();
    expect_json("comms_client_numbers{target=\"unix:/a\\\"\\\\\\n\xef\xbf\xbd}\"} 0\n");
}
END_TEST

START_TEST(a_failure_is_told)
{
    begin_empty_result();
    FILE *file = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(file);
    setvbuf(file, NULL, _IONBF, 0);
    ck_assert(!report_prometheus_write(&json_result, file));
    fclose(file);
}
END_TEST

Suite *report_prometheus_suite(void)
{
    Suite *suite = suite_create("report-prometheus");
    TCase *tcase = tcase_create("report-prometheus");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, NULL, end_result);
    tcase_add_test(tcase, a_full_result_is_clean_and_has_its_values);
    tcase_add_test(tcase, the_sum_of_times_is_that_of_the_middles);
    tcase_add_test(tcase, what_was_not_measured_is_left_out);
    tcase_add_test(tcase, any_bytes_become_a_label);
    tcase_add_test(tcase, a_failure_is_told);
    return suite;
}
