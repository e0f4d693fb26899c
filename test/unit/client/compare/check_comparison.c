/* client/compare/comparison: ratios, what they mean, and when --fail-on fails; as text and JSON. */
#include "client/compare/comparison.h"
#include "client/compare/comparison_json.h"
#include "client/compare/comparison_text.h"
#include "client/options/fail_on_option.h"
#include "shared/base/clock.h"
#include "test/kit/capture.h"
#include "test/kit/json_fixture.h"
#include "test/suites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct run_file runs[2];
static struct comparison comparison;
static struct fail_on_list conditions;
static char problem[RUN_FILE_PROBLEM_SIZE];
static char said[CAPTURE_SIZE];

static void tear_down(void)
{
    run_file_cleanup(&runs[0]);
    run_file_cleanup(&runs[1]);
    free(conditions.items);
    end_result();
}

static void read_run(int index, const char *text)
{
    FILE *input = tmpfile();
    ck_assert_ptr_nonnull(input);
    ck_assert_int_ge(fputs(text, input), 0);
    rewind(input);
    run_file_cleanup(&runs[index]);
    runs[index].path = index == 0 ? "a.json" : "b.json";
    ck_assert_msg(run_file_parse(&runs[index], input, problem), "%s", problem);
    fclose(input);
}

static void compare(void)
{
    const struct run_file *bad = NULL;
    ck_assert_msg(comparison_init(&comparison, &runs[0], &runs[1], &bad, problem), "%s", problem);
    ck_assert_ptr_null(bad);
}

/* Compares two values of a member of end or, in `counts`, of its counts. */
static const struct comparison_row *compare_values(const char *key, const char *a, const char *b)
{
    const char *values[] = {a, b};
    size_t metric = 0;
    for (int i = 0; i < 2; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"start\": {\"program\": \"comms-client\"}, \"end\": {\"outcome\": \"proven\", "
                 "\"%s\": %s, \"counts\": {\"%s\": %s}, \"histograms\": {\"late\": {\"%s\": "
                 "%s}}}}",
                 key, values[i], key, values[i], key, values[i]);
        read_run(i, text);
    }
    compare();
    const char *name = strcmp(key, "p99_ns") == 0 ? "late_p99" : key;
    ck_assert(fail_on_find_metric(name, strlen(name), &metric));
    return &comparison.rows[metric];
}

START_TEST(a_ratio_becomes_a_word)
{
    static const struct {
        const char *key;
        const char *a;
        const char *b;
        double ratio;
        enum change change;
    } cases[] = {
        {"throughput", "100", "100", 1, CHANGE_SAME},
        {"throughput", "100", "96", 0.96, CHANGE_SAME},
        {"throughput", "100", "104", 1.04, CHANGE_SAME},
        {"throughput", "100", "94", 0.94, CHANGE_WORSE},
        {"throughput", "100", "106.0", 1.06, CHANGE_BETTER},
        {"throughput", "100", "0", 0, CHANGE_WORSE},
        {"p99_ns", "1000", "1040", 1.04, CHANGE_SAME},
        {"p99_ns", "1000", "2000", 2, CHANGE_WORSE},
        {"p99_ns", "1000", "500", 0.5, CHANGE_BETTER},
        {"p99_ns", "0", "0", 1, CHANGE_SAME},
        {"p99_ns", "0", "1", HUGE_VAL, CHANGE_WORSE},
        {"breaks", "1000", "1010", 1.01, CHANGE_SAME},
        {"breaks", "10", "0", 0, CHANGE_BETTER},
        {"resumes", "10", "20", 2, CHANGE_MORE},
        {"resumes", "10", "5", 0.5, CHANGE_LESS},
        {"violations", "1000", "1001", 1.001, CHANGE_WORSE},
        {"corrupt", "1000", "999", 0.999, CHANGE_BETTER},
        {"lost", "0", "0", 1, CHANGE_SAME},
        {"lost", "0", "9223372036854775807", HUGE_VAL, CHANGE_WORSE},
        {"throughput", "1e-300", "1e300", HUGE_VAL, CHANGE_BETTER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct comparison_row *row = compare_values(cases[i].key, cases[i].a, cases[i].b);
        bool is_right = cases[i].ratio == row->ratio || fabs(cases[i].ratio - row->ratio) < 1e-9;
        ck_assert_msg(is_right && row->change == cases[i].change, "%zu: %g %s", i, row->ratio,
                      change_name(row->change));
    }
}
END_TEST

START_TEST(a_value_that_is_missing_makes_no_word)
{
    const struct comparison_row *row = compare_values("throughput", "100", "null");
    ck_assert(row->has[0] && !row->has[1] && !comparison_row_is_measured(row));
    ck_assert_int_eq(row->change, CHANGE_UNKNOWN);
    row = compare_values("throughput", "null", "null");
    ck_assert_int_eq(row->change, CHANGE_UNKNOWN);
}
END_TEST

START_TEST(a_wrong_value_is_of_the_run_that_has_it)
{
    const struct run_file *bad = NULL;
    (void)compare_values("breaks", "1", "1");
    read_run(1, "{\"start\": {\"program\": \"comms-client\"}, "
                "\"end\": {\"counts\": {\"breaks\": \"1\"}}}");
    ck_assert(!comparison_init(&comparison, &runs[0], &runs[1], &bad, problem));
    ck_assert_ptr_eq(bad, &runs[1]);
}
END_TEST

static bool fails(const char *condition)
{
    char error[FAIL_ON_ERROR_SIZE];
    ck_assert_msg(fail_on_option_add_ratio(&conditions, condition, error), "%s", error);
    return comparison_fails(&comparison, &conditions.items[conditions.count - 1]);
}

START_TEST(a_condition_is_held_against_the_ratio)
{
    (void)compare_values("throughput", "1000", "900");
    ck_assert(fails("throughput<0.91"));
    ck_assert(fails("throughput <= 0.9"));
    ck_assert(!fails("throughput<0.9"));
    ck_assert(!fails("throughput>1"));
    ck_assert(fails("lateness-p99>1.5")); /* not measured */
    ck_assert(!fails("lateness-p99>1.5 or none"));
    (void)compare_values("p99_ns", "1000", "1501");
    ck_assert(fails("lateness-p99>1.5"));
    ck_assert(fails("late_p99>1.5 or none"));
    ck_assert(!fails("late-p99>1.6"));
    (void)compare_values("violations", "0", "1");
    ck_assert(fails("violations>1"));
    ck_assert(fails("violations>1000000"));
    (void)compare_values("violations", "0", "0");
    ck_assert(!fails("violations>1"));
    ck_assert(!fails("violations<1"));
}
END_TEST

START_TEST(what_is_no_ratio_is_refused)
{
    static const char *const texts[] = {"throughput<",    "throughput<1s",  "throughput<-1",
                                        "throughput<.5",  "throughput<1.",  "throughput<1e3",
                                        "throughput<0x1", "throughput<nan", "throughput<1.5.5",
                                        "throughput<inf", "throughput<1%",  "throughput=1"};
    char error[FAIL_ON_ERROR_SIZE];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(!fail_on_option_add_ratio(&conditions, texts[i], error), "%s", texts[i]);
    }
    ck_assert_ptr_nonnull(strstr(error, "METRIC>RATIO"));
    ck_assert_uint_eq(conditions.count, 0);
    ck_assert(!fail_on_option_add(&conditions, "breaks<0.9", error)); /* of a run */
}
END_TEST

/* Two results of which the second is another run. */
static void compare_results(void)
{
    begin_full_result();
    json_result.outcome = OUTCOME_PROVEN;
    json_result.interval_ns = 0;
    write_json();
    read_run(0, json_written);
    json_plan.mode = CLIENT_STATELESS;
    json_plan.streams = 41;
    json_result.interval_ns = 250 * NS_PER_MS;
    json_plan.interval_is_given = true; /* that is no difference */
    json_plan.chaos.seed = 1;           /* nor is that */
    json_plan.chaos.stall_fraction = 0.1;
    strcpy(json_plan.target, "elsewhere:1");
    json_result.outcome = OUTCOME_INTERRUPTED;
    json_result.measured_numbers *= 2;
    write_json();
    read_run(1, json_written);
    compare();
}

START_TEST(runs_that_are_not_alike_are_told)
{
    static const char *const notes[] = {
        "B is not proven, its outcome is interrupted: its figures may be of a part",
        "the runs are not alike: mode is \"stateful\" in A, \"stateless\" in B",
        "the runs are not alike: streams is 40 in A, 41 in B",
        "the runs are not alike: chaos.stall_fraction is 0.25 in A, 0.1 in B",
        "the runs are not alike: interval_ns is 0 s in A, 250 ms in B"};
    compare_results();
    ck_assert_uint_eq(comparison.note_count, sizeof notes / sizeof *notes);
    for (size_t i = 0; i < comparison.note_count; i++) {
        ck_assert_str_eq(comparison.notes[i], notes[i]);
    }
    struct capture err;
    capture_begin(&err, STDERR_FILENO);
    comparison_text_warn(&comparison, stderr);
    capture_end(&err, said);
    ck_assert_ptr_nonnull(strstr(said, "comms-client: warning: B is not proven"));
}
END_TEST

/* Given in one, announced by the server in the other. */
START_TEST(an_interval_may_be_given_or_announced)
{
    static const char *const texts[][2] = {{"1000000000", "null"}, {"null", "1000000000"}};
    static const char *const others[] = {"1000000000", "250000000", "null", "\"1s\""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        for (int run = 0; run < 2; run++) {
            char text[256];
            snprintf(text, sizeof text,
                     "{\"start\": {\"program\": \"comms-client\", \"interval_ns\": %s}, "
                     "\"end\": {\"outcome\": \"proven\", \"interval_ns\": %s}}",
                     texts[run][0], run == 0 ? texts[run][1] : others[i]);
            read_run(run, text);
        }
        compare();
        ck_assert_uint_eq(comparison.note_count, i == 1 ? 1 : 0);
    }
    ck_assert_ptr_null(run_file_interval(&runs[1]));
}
END_TEST

/* A hostile file has a member for each of its lies. */
START_TEST(notes_have_an_end)
{
    static char texts[2][4096];
    for (int i = 0; i < 2; i++) {
        size_t used = (size_t)snprintf(texts[i], sizeof texts[i],
                                       "{\"end\": {}, \"start\": {\"program\": \"comms-client\"");
        for (int key = 0; key < 100; key++) {
            used += (size_t)snprintf(texts[i] + used, sizeof texts[i] - used,
                                     ", \"\\u001b[2J%d\": [%d]", key, i);
        }
        snprintf(texts[i] + used, sizeof texts[i] - used, "}}");
        read_run(i, texts[i]);
    }
    compare();
    ck_assert_uint_eq(comparison.note_count, COMPARISON_NOTES_MAX);
    struct capture err;
    capture_begin(&err, STDERR_FILENO);
    comparison_text_warn(&comparison, stderr);
    capture_end(&err, said);
    ck_assert_ptr_null(strchr(said, '\033'));
}
END_TEST

START_TEST(the_text_fits_eighty_columns)
{
    static const char wide[] = "9223372036854775807";
    compare_results();
    ck_assert(fails("throughput>1.5"));
    ck_assert(!fails("breaks>1"));
    for (int round = 0; round < 2; round++) {
        struct capture out;
        capture_begin(&out, STDOUT_FILENO);
        comparison_text_print(&comparison, &conditions);
        capture_end(&out, said);
        for (const char *line = said; *line != '\0'; line += strcspn(line, "\n") + 1) {
            size_t columns = 0;
            for (const char *c = line; *c != '\n'; c++) {
                columns += ((unsigned char)*c & 0xC0) != 0x80;
            }
            ck_assert_msg(columns <= 80, "%s", line);
        }
        if (round == 0) {
            ck_assert_ptr_eq(strstr(said, "A  2026-11-23T18:37:12.087Z  proven        a.json\nB  "),
                             said);
            ck_assert_ptr_nonnull(strstr(
                said,
                "\nthroughput                    247/s            494/s      2.00  better\n"));
            ck_assert_ptr_nonnull(strstr(
                said, "\nbreaks                            3                3      1.00  same\n"));
            ck_assert_ptr_nonnull(strstr(said, "\n1 better, 0 worse\n"));
            ck_assert_ptr_nonnull(
                strstr(said, "\n--fail-on 'throughput>1.5': FAILED, B/A is 2.00\n"));
            ck_assert_ptr_nonnull(strstr(said, "\n--fail-on 'breaks>1': passed, B/A is 1.00\n"));
        }
        (void)compare_values("lost", wide, wide);
        runs[0].path = "/a/very/long/path/to/the/results/of/the/last/week/monday/stateful/a.json";
    }
    ck_assert_ptr_nonnull(strstr(said, "  ...last/week/monday/stateful/a.json\n"));
    /* Faults that there are not have no line, but that there was no violation has one. */
    ck_assert_ptr_nonnull(
        strstr(said, "\nlost                       9.22e+18         9.22e+18      1.00  same\n"));
    ck_assert_ptr_null(strstr(said, "\ncorrupt "));
}
END_TEST

static void write_comparison(void)
{
    FILE *file = open_json();
    ck_assert(comparison_json_write(&comparison, &conditions, 5, file));
    ck_assert_int_eq(fclose(file), 0);
    expect_schema_of("client/compare/comparison.schema.json", false, 0);
}

START_TEST(the_json_is_as_its_schema_says)
{
    compare_results();
    ck_assert(fails("throughput>1.5"));
    write_comparison();
    json_t *root = read_json();
    ck_assert_uint_eq(json_array_size(json_object_get(root, "metrics")), fail_on_metric_count());
    ck_assert_uint_eq(json_array_size(json_object_get(root, "warnings")), comparison.note_count);
    json_t *bound = json_array_get(json_object_get(root, "bounds"), 0);
    ck_assert(json_is_true(json_object_get(bound, "broken")));
    ck_assert_double_eq_tol(json_number_value(json_object_get(bound, "ratio")), 2, 1e-9);
    json_decref(root);
    (void)compare_values("violations", "0", "1"); /* infinity is no JSON */
    ck_assert(fails("violations>1"));
    write_comparison();
    expect_json("\"metric\": \"violations\",\n      \"a\": 0.0,\n      \"b\": 1.0,\n"
                "      \"ratio\": null,\n      \"change\": \"worse\"\n");
}
END_TEST

Suite *comparison_suite(void)
{
    Suite *suite = suite_create("comparison");
    TCase *tcase = tcase_create("comparison");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, a_ratio_becomes_a_word);
    tcase_add_test(tcase, a_value_that_is_missing_makes_no_word);
    tcase_add_test(tcase, a_wrong_value_is_of_the_run_that_has_it);
    tcase_add_test(tcase, a_condition_is_held_against_the_ratio);
    tcase_add_test(tcase, what_is_no_ratio_is_refused);
    tcase_add_test(tcase, runs_that_are_not_alike_are_told);
    tcase_add_test(tcase, an_interval_may_be_given_or_announced);
    tcase_add_test(tcase, notes_have_an_end);
    tcase_add_test(tcase, the_text_fits_eighty_columns);
    tcase_add_test(tcase, the_json_is_as_its_schema_says);
    return suite;
}
