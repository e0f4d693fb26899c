/* client/measure/fail_on: what --fail-on takes, where in the result it looks, and when it holds. */
#include "client/measure/fail_on.h"
#include "client/measure/result.h"
#include "client/options/fail_on_option.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static struct plan plan;
static struct result result;

static void prepare(void)
{
    plan = (struct plan){.streams = 0};
    memset(&result, 0, sizeof result);
    result.plan = &plan;
}

static void cleanup(void)
{
    plan_cleanup(&plan);
}

/* The condition that a text gives. */
static const struct fail_on *add(const char *text)
{
    char error[FAIL_ON_ERROR_SIZE] = "";
    size_t count = plan.fail_on.count;
    ck_assert_msg(fail_on_option_add(&plan.fail_on, text, error), "'%s': %s", text, error);
    ck_assert_uint_eq(plan.fail_on.count, count + 1);
    ck_assert_ptr_eq(plan.fail_on.items[count].text, text);
    return &plan.fail_on.items[count];
}

/* As another program may write it, and as the man page does. */
START_TEST(a_metric_has_other_spellings)
{
    static const struct {
        const char *written;
        const char *name;
    } cases[] = {{"lateness-p99", "late_p99"},
                 {"lateness_max", "late_max"},
                 {"late-p999", "late_p999"},
                 {"lateness", "late"},
                 {"failed-attempts", "failed_attempts"}};
    size_t metric = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(fail_on_find_metric(cases[i].written, strlen(cases[i].written), &metric));
        ck_assert_str_eq(fail_on_metric_name(metric), cases[i].name);
    }
    static const char *const wrong[] = {"latenes",
                                        "late__p99",
                                        "later",
                                        "",
                                        "-",
                                        "lateness-",
                                        "a-name-that-is-longer-than-all-names-of-metrics"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(!fail_on_find_metric(wrong[i], strlen(wrong[i]), &metric), "%s", wrong[i]);
    }
    ck_assert(!fail_on_find_metric("late_p99", 7, &metric)); /* late_p9 */
}
END_TEST

START_TEST(a_condition_is_read)
{
    static const struct {
        const char *text;
        enum fail_on_relation relation;
        double limit;
    } cases[] = {{"resume_p99>2s", FAIL_ON_ABOVE, 2e9},
                 {"resume_p99>=2s", FAIL_ON_AT_LEAST, 2e9},
                 {"throughput<5000", FAIL_ON_BELOW, 5000},
                 {"throughput<=5000", FAIL_ON_AT_MOST, 5000},
                 {"throughput_bytes<5000", FAIL_ON_BELOW, 5000},
                 {"throughput-bytes<2MiB", FAIL_ON_BELOW, 2097152},
                 {"throughput_bytes < 3KiB or none", FAIL_ON_BELOW, 3072},
                 {"throughput<7.9", FAIL_ON_BELOW, 7.9},
                 {"  first_max \t > \t 1.5s", FAIL_ON_ABOVE, 1.5e9},
                 {"breaks >=0", FAIL_ON_AT_LEAST, 0},
                 {"gap_p50> 0", FAIL_ON_ABOVE, 0},
                 {"late_p999>250ms", FAIL_ON_ABOVE, 250e6},
                 {"late>250", FAIL_ON_ABOVE, 250}};
    enum { CASES = sizeof cases / sizeof *cases };
    for (size_t i = 0; i < CASES; i++) {
        const struct fail_on *condition = add(cases[i].text);
        ck_assert_int_eq(condition->relation, cases[i].relation);
        ck_assert_double_eq(condition->limit, cases[i].limit);
    }
    ck_assert_uint_eq(plan.fail_on.count, CASES);
    plan_cleanup(&plan);
    ck_assert_uint_eq(plan.fail_on.count, 0);
}
END_TEST

START_TEST(what_is_no_condition_is_refused)
{
    static const char no_metric[] = "no metric is called '";
    static const char no_relation[] = "expected METRIC>VALUE";
    static const char no_time[] = "expected a time with a unit, such as 250ms";
    static const char no_number[] = "expected a whole number";
    static const char no_rate[] = "expected a number, such as 5000 or 7.9";
    static const struct {
        const char *text, *error;
    } cases[] = {{"", no_metric},
                 {">2s", no_metric},
                 {"resume>2s", no_metric},
                 {"resume_p9>2s", no_metric},
                 {"resume_p99x>2s", no_metric},
                 {"RESUME_P99>2s", no_metric},
                 {"resume_p99=2s", no_metric},
                 {"resume_p99", no_relation},
                 {"resume_p99 ", no_relation},
                 {"resume_p99 2s", no_relation},
                 {"resume_p99 =2s", no_relation},
                 {"resume_p99>", no_time},
                 {"resume_p99>2", no_time},
                 {"resume_p99>-2s", no_time},
                 {"resume_p99>2s ", no_time},
                 {"resume_p99>>2s", no_time},
                 {"resume_p99> =2s", no_time},
                 {"breaks>", no_number},
                 {"breaks>5s", no_number},
                 {"breaks>-1", no_number},
                 {"breaks>1.5", no_number},
                 {"throughput<5k", no_rate},
                 {"throughput<5KiB", no_rate},
                 {"throughput_bytes<5k", "expected bytes a second, such as 1500 or 100MiB"},
                 {"throughput_bytes<1.5MiB", "expected bytes a second"},
                 {"throughput<7.", no_rate},
                 {"throughput<.9", no_rate},
                 {"resume_p99>2sor none", no_time},
                 {"resume_p99>2s ornone", no_time},
                 {"resume_p99>2s or", no_time},
                 {"resume_p99>2s none", no_time},
                 {"resume_p99>2s or none ", no_time},
                 {"resume_p99>2s or none or none", no_time},
                 {"resume_p99>2s OR NONE", no_time},
                 {"resume_p99> or none", no_time},
                 {"resume_p99 or none", no_relation},
                 {" or none", no_metric},
                 {"breaks>5 or nothing", no_number}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[FAIL_ON_ERROR_SIZE] = "";
        ck_assert_msg(!fail_on_option_add(&plan.fail_on, cases[i].text, error), "'%s' was taken",
                      cases[i].text);
        ck_assert_msg(strstr(error, cases[i].error) != NULL, "'%s': %s", cases[i].text, error);
        ck_assert_uint_eq(plan.fail_on.count, 0);
    }
}
END_TEST

/* So many nanoseconds once in a hundred, else a tenth of them, in buckets that are exact. */
static void record(struct histogram *histogram, int64_t most)
{
    for (int i = 0; i < 99; i++) {
        histogram_record(histogram, most / 10);
    }
    histogram_record(histogram, most);
}

START_TEST(a_metric_is_of_the_result)
{
    record(&result.first, 10);
    record(&result.resume, 20);
    record(&result.gap, 30);
    record(&result.late, 40);
    result.counts = (struct counts){.numbers = 1,
                                    .resumes = 2,
                                    .breaks = 3,
                                    .late = 4,
                                    .lost = 5,
                                    .repeated = 6,
                                    .reordered = 7,
                                    .corrupt = 8,
                                    .violations = 9,
                                    .started = 10,
                                    .finished = 11};
    plan.size = 8;
    result.measured_numbers = 500;
    result.measured_ns = 4 * NS_PER_S;
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"first_p50>1s", 1},    {"first_p90>1s", 1},   {"first_p99>1s", 1},
                 {"first_p999>1s", 10},  {"first_max>1s", 10},  {"resume_p99>1s", 2},
                 {"resume_p999>1s", 20}, {"gap_p50>1s", 3},     {"gap_max>1s", 30},
                 {"late_p90>1s", 4},     {"late_max>1s", 40},   {"resumes>1", 2},
                 {"breaks>1", 3},        {"late>1", 4},         {"lost>1", 5},
                 {"repeated>1", 6},      {"reordered>1", 7},    {"corrupt>1", 8},
                 {"violations>1", 9},    {"throughput>1", 125}, {"throughput_bytes>1", 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_double_eq(fail_on_value(add(cases[i].text), &result), cases[i].value);
    }
}
END_TEST

/* Without a value every relation would be met, or none: neither is an answer. */
START_TEST(what_was_not_measured_fails)
{
    static const char *const names[] = {"first_p50", "resume_p99", "resume_max", "gap_p90",
                                        "late_p999", "throughput", "late"};
    static const char *const relations[] = {">", ">=", "<", "<="};
    enum { NAMES = sizeof names / sizeof *names, RELATIONS = sizeof relations / sizeof *relations };
    static char texts[NAMES][RELATIONS][2][64];
    for (size_t i = 0; i < NAMES; i++) {
        for (size_t k = 0; k < RELATIONS; k++) {
            snprintf(texts[i][k][0], sizeof texts[i][k][0], "%s%s0", names[i], relations[k]);
            snprintf(texts[i][k][1], sizeof texts[i][k][1], "%s%s0 or none", names[i],
                     relations[k]);
            const struct fail_on *strict = add(texts[i][k][0]);
            ck_assert(!fail_on_is_measured(strict, &result));
            ck_assert(fail_on_holds(strict, &result));
            ck_assert(!fail_on_holds(add(texts[i][k][1]), &result));
        }
    }
}
END_TEST

START_TEST(a_count_is_measured)
{
    result.interval_ns = NS_PER_S;
    ck_assert(!fail_on_holds(add("resumes>0"), &result));
    ck_assert(!fail_on_holds(add("violations>0 or none"), &result));
    ck_assert(fail_on_holds(add("lost<1 or none"), &result));
    ck_assert(fail_on_is_measured(add("late>0"), &result));
    ck_assert(!fail_on_holds(add("late>0"), &result));
    result.interval_ns = 0; /* then nothing says when a number is due */
    ck_assert(fail_on_holds(add("late>0"), &result));
}
END_TEST

START_TEST(throughput_is_of_numbers_after_the_warm_up)
{
    const struct fail_on *condition = add("throughput>9");
    result.measured_ns = NS_PER_S;
    ck_assert(!fail_on_is_measured(condition, &result));
    result.measured_numbers = 9;
    ck_assert(fail_on_is_measured(condition, &result));
    ck_assert(!fail_on_holds(condition, &result));
    result.measured_ns = 0;
    ck_assert(!fail_on_is_measured(condition, &result));
}
END_TEST

START_TEST(or_none_is_read)
{
    static const struct {
        const char *text;
        double limit;
    } cases[] = {{"resume_p99>2s or none", 2e9},
                 {"resume_p99>2s \t or \t none", 2e9},
                 {"breaks>=7 or none", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fail_on *condition = add(cases[i].text);
        ck_assert(condition->or_none);
        ck_assert_double_eq(condition->limit, cases[i].limit);
    }
    ck_assert(!add("resume_p99>2s")->or_none);
}
END_TEST

START_TEST(a_fail_on_holds_where_its_condition_holds)
{
    static const struct {
        const char *text;
        bool below, equal, above;
    } cases[] = {{"breaks>100", false, false, true},
                 {"breaks>=100", false, true, true},
                 {"breaks<100", true, false, false},
                 {"breaks<=100", true, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fail_on *condition = add(cases[i].text);
        result.counts.breaks = 99;
        ck_assert_int_eq(fail_on_holds(condition, &result), cases[i].below);
        result.counts.breaks = 100;
        ck_assert_int_eq(fail_on_holds(condition, &result), cases[i].equal);
        result.counts.breaks = 101;
        ck_assert_int_eq(fail_on_holds(condition, &result), cases[i].above);
    }
}
END_TEST

START_TEST(a_time_is_compared_with_a_time)
{
    histogram_record(&result.resume, 2000 * NS_PER_MS);
    ck_assert(fail_on_holds(add("resume_max>1999ms"), &result));
    ck_assert(!fail_on_holds(add("resume_max>2s"), &result));
    ck_assert(!fail_on_holds(add("resume_p99>2001ms"), &result));
    histogram_record(&result.resume, INT64_C(6) * 3600 * NS_PER_S); /* beyond the buckets */
    ck_assert(fail_on_holds(add("resume_max>=6h"), &result));
}
END_TEST

Suite *fail_on_suite(void)
{
    Suite *suite = suite_create("fail-on");
    TCase *tcase = tcase_create("fail-on");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, prepare, cleanup);
    tcase_add_test(tcase, a_metric_has_other_spellings);
    tcase_add_test(tcase, a_condition_is_read);
    tcase_add_test(tcase, what_is_no_condition_is_refused);
    tcase_add_test(tcase, a_metric_is_of_the_result);
    tcase_add_test(tcase, what_was_not_measured_fails);
    tcase_add_test(tcase, a_count_is_measured);
    tcase_add_test(tcase, throughput_is_of_numbers_after_the_warm_up);
    tcase_add_test(tcase, or_none_is_read);
    tcase_add_test(tcase, a_fail_on_holds_where_its_condition_holds);
    tcase_add_test(tcase, a_time_is_compared_with_a_time);
    return suite;
}
