/* client/compare/run_file: results are read back, and anything else is refused in words. */
#include "client/compare/run_file.h"
#include "client/measure/fail_on.h"
#include "test/kit/json_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run_file run;
static char problem[RUN_FILE_PROBLEM_SIZE];

static bool parse(const char *text, size_t length)
{
    FILE *input = tmpfile();
    ck_assert_ptr_nonnull(input);
    ck_assert_uint_eq(fwrite(text, 1, length, input), length);
    rewind(input);
    run = (struct run_file){.path = "test"};
    strcpy(problem, "");
    bool good = run_file_parse(&run, input, problem);
    ck_assert(good == (run.root != NULL));
    ck_assert(good == (problem[0] == '\0'));
    fclose(input);
    return good;
}

static double metric(const char *name)
{
    size_t index = 0;
    bool is_measured = false;
    double value = -1;
    ck_assert(fail_on_find_metric(name, strlen(name), &index));
    ck_assert_msg(run_file_metric(&run, index, &is_measured, &value, problem), "%s", problem);
    return is_measured ? value : -1;
}

START_TEST(a_result_is_read_back)
{
    begin_full_result();
    json_result.interval_ns = 1;
    write_json();
    for (int is_lines = 0; is_lines < 2; is_lines++) {
        ck_assert_msg(parse(json_written, strlen(json_written)), "%s", problem);
        ck_assert_str_eq(run_file_word(run.start, "mode", ""), "stateful");
        ck_assert_str_eq(run_file_word(run.end, "outcome", ""), "violated");
        ck_assert_str_eq(run_file_word(run.end, "nothing", "none"), "none");
        ck_assert_double_eq_tol(metric("throughput"), 246.9, 0.01);
        ck_assert_double_eq(metric("breaks"), 3);
        ck_assert_double_eq(metric("resumes"), 2);
        ck_assert_double_eq(metric("late"), 4);
        ck_assert_double_eq(metric("violations"), 9);
        ck_assert_double_eq(metric("gap_p50"), (double)histogram_quantile(&json_result.gap, 0.5));
        ck_assert_double_eq(metric("late_p999"),
                            (double)histogram_quantile(&json_result.late, 0.999));
        ck_assert_double_eq(metric("first_max"), (double)json_result.first.max);
        run_file_cleanup(&run);
        write_json_lines();
    }
}
END_TEST

START_TEST(what_was_not_measured_has_no_value)
{
    begin_empty_result();
    write_json();
    ck_assert_msg(parse(json_written, strlen(json_written)), "%s", problem);
    ck_assert_double_eq(metric("throughput"), -1);
    ck_assert_double_eq(metric("gap_p50"), -1);
    ck_assert_double_eq(metric("breaks"), 0);
    ck_assert_double_eq(metric("late"), -1); /* at full speed */
    run_file_cleanup(&run);
}
END_TEST

#define START "\"start\": {\"program\": \"comms-client\"}"

/* The first releases wrote less, and later ones may write more. */
START_TEST(members_may_be_missing_or_unknown)
{
    static const char text[] = " {" START ", \"new\": [1], \"end\": {\"counts\": {\"breaks\": 7, "
                               "\"lost\": null}, \"histograms\": 3}} \n";
    ck_assert_msg(parse(text, sizeof text - 1), "%s", problem);
    ck_assert_double_eq(metric("breaks"), 7);
    ck_assert_double_eq(metric("lost"), -1);
    ck_assert_double_eq(metric("corrupt"), -1);
    ck_assert_double_eq(metric("gap_p50"), -1);
    run_file_cleanup(&run);
}
END_TEST

#define NO_RESULT "it is no result of comms-client, as --json writes it"

static const struct {
    const char *text;
    const char *problem;
} refused[] = {
    {" \n", "it is empty"},
    {"Mode: stateless", "no JSON: line 1: "},
    {"{" START ", \"end\": {}", "no JSON: line 1: "},
    {"{" START ", \"end\": {}} x", "no JSON: something follows"},
    {"{" START ", \"end\": {}} {}", "no JSON: something follows"},
    {"{" START ", " START ", \"end\": {}}", "no JSON: line 1: duplicate object key"},
    {"[]", NO_RESULT},
    {"{}", NO_RESULT},
    {"{\"start\": 1, \"end\": 2}", NO_RESULT},
    {"{" START "}", NO_RESULT},
    {"{" START ", \"end\": []}", NO_RESULT},
    {"{\"start\": {\"program\": \"iperf3\"}, \"end\": {}}", NO_RESULT},
    {"{\"start\": {\"program\": \"comms-client\", \"schema_version\": 2, \"version\": \"9.0\"}, "
     "\"end\": {}}",
     "its schema_version is 2, and this comms-client reads 1: compare with the comms-client that "
     "wrote it (9.0)"},
    {"{\"start\": {\"program\": \"comms-client\", \"schema_version\": \"1\"}, \"end\": {}}",
     "its schema_version is \"1\", and"},
    {"{\"event\": \"start\", " START "}\n{\"event\": \"interval\"}\n",
     "the run has not come to its end"},
    {"{\"event\": \"start\", " START "}\n{\"event\": \"int", "no JSON: line "},
    {"{" START ", \"end\": {\"throughput\": NaN}}", "no JSON: line 1: "},
    {"{" START ", \"end\": {\"throughput\": 1e999}}", "no JSON: line 1: real number overflow"},
    {"{" START ", \"end\": {\"throughput\": 99999999999999999999}}",
     "no JSON: line 1: too big integer"},
};

START_TEST(what_is_no_result_is_refused)
{
    ck_assert(!parse(refused[_i].text, strlen(refused[_i].text)));
    ck_assert_msg(strncmp(problem, refused[_i].problem, strlen(refused[_i].problem)) == 0, "%s",
                  problem);
}
END_TEST

START_TEST(a_value_that_cannot_be_is_refused)
{
    static const char *const values[] = {"\"7\"", "-1", "-0.5", "[]", "{}", "true"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[256];
        size_t index = 0;
        bool is_measured;
        double value;
        snprintf(text, sizeof text, "{" START ", \"end\": {\"counts\": {\"breaks\": %s}}}",
                 values[i]);
        ck_assert_msg(parse(text, strlen(text)), "%s", problem);
        ck_assert(fail_on_find_metric("breaks", 6, &index));
        ck_assert_msg(!run_file_metric(&run, index, &is_measured, &value, problem), "%s",
                      values[i]);
        ck_assert_ptr_nonnull(strstr(problem, "breaks of it (breaks) is wrong: expected a number"));
        run_file_cleanup(&run);
    }
}
END_TEST

/* A copy that was cut off, or whose bytes were changed, is read or refused, and never more. */
START_TEST(a_damaged_result_is_read_or_refused)
{
    enum { STEP = 61 };
    begin_full_result();
    write_json();
    size_t length = strlen(json_written);
    for (size_t cut = 1; cut < length - 2; cut += STEP) {
        ck_assert_msg(!parse(json_written, cut), "%zu of %zu bytes are read", cut, length);
    }
    static const char bytes[] = "\"{}[]:,0-e\\\xff";
    for (size_t at = 0; at < length; at += STEP) {
        char kept = json_written[at];
        json_written[at] = bytes[at / STEP % (sizeof bytes - 1)];
        if (parse(json_written, length)) {
            bool is_measured;
            double value;
            for (size_t i = 0; i < fail_on_metric_count(); i++) {
                if (run_file_metric(&run, i, &is_measured, &value, problem)) {
                    ck_assert(value >= 0);
                }
            }
            run_file_cleanup(&run);
        }
        json_written[at] = kept;
    }
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_said)
{
    ck_assert(!run_file_read(&run, "/nowhere/a.json", problem));
    ck_assert_str_eq(problem, "No such file or directory");
    ck_assert(!run_file_read(&run, "/tmp", problem));
    ck_assert_str_eq(problem, "Is a directory");
    ck_assert(!run_file_read(&run, "/dev/null", problem));
    ck_assert_str_eq(problem, "it is empty");
}
END_TEST

Suite *run_file_suite(void)
{
    Suite *suite = suite_create("run-file");
    TCase *tcase = tcase_create("run-file");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, NULL, end_result);
    tcase_add_test(tcase, a_result_is_read_back);
    tcase_add_test(tcase, what_was_not_measured_has_no_value);
    tcase_add_test(tcase, members_may_be_missing_or_unknown);
    tcase_add_loop_test(tcase, what_is_no_result_is_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tcase, a_value_that_cannot_be_is_refused);
    tcase_add_test(tcase, a_damaged_result_is_read_or_refused);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_said);
    return suite;
}
