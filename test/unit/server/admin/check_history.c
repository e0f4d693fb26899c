/* The last ten minutes, folded for a plot. */
#include "server/admin/history.h"
#include "shared/base/clock.h"
#include "test/suites.h"

static struct history history;
static struct history_fold fold;

/* Samples, one a second, with a number and two resumes more each. */
static void add_samples(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const struct history_sample sample = {.time_ns = (int64_t)history.added * NS_PER_S,
                                              .numbers = history.added,
                                              .resumes = 2 * history.added,
                                              .streams = history.added};
        history_add(&history, &sample);
    }
    history_fold(&history, &fold);
}

static void set_up(void)
{
    history.added = 0;
}

/* The stretches follow on each other, up to now, and within the plot. */
static void expect_sound_fold(int64_t width_s)
{
    ck_assert_int_eq(fold.width_ns, width_s * NS_PER_S);
    ck_assert_uint_le(fold.count, HISTORY_POINTS);
    ck_assert_int_ge(fold.points[0].begin_ns, 0);
    ck_assert_int_eq(fold.points[fold.count - 1].end_ns, fold.width_ns);
    for (size_t i = 0; i < fold.count; i++) {
        ck_assert_int_gt(fold.points[i].end_ns, fold.points[i].begin_ns);
        ck_assert(i == 0 || fold.points[i].begin_ns == fold.points[i - 1].end_ns);
        ck_assert_double_eq_tol(fold.points[i].numbers, 1, 1e-9);
        ck_assert_double_eq_tol(fold.points[i].resumes, 2, 1e-9);
    }
    ck_assert_uint_eq(fold.points[fold.count - 1].streams, history.added - 1);
}

START_TEST(two_samples_make_a_stretch)
{
    add_samples(0);
    ck_assert_uint_eq(fold.count, 0);
    ck_assert_ptr_null(history_last(&history));
    ck_assert_ptr_null(history_before(&history, 0));
    add_samples(1);
    ck_assert_uint_eq(fold.count, 0);
    add_samples(1);
    ck_assert_uint_eq(fold.count, 1);
    expect_sound_fold(60);
}
END_TEST

static const struct {
    uint64_t samples;
    int64_t width_s;
} widths[] = {{61, 60},   {62, 120},  {121, 120},  {122, 300},  {301, 300},
              {302, 600}, {601, 600}, {602, 600},  {605, 600},  {609, 600},
              {610, 600}, {611, 600}, {1201, 600}, {5000, 600}, {123457, 600}};

START_TEST(the_plot_grows_to_ten_minutes)
{
    add_samples(widths[_i].samples);
    expect_sound_fold(widths[_i].width_s);
    ck_assert_uint_ge(fold.count, 24);
}
END_TEST

/* A stretch that is whole does not change when others follow. */
START_TEST(a_stretch_stays_the_same)
{
    add_samples(700);
    const struct history_fold before = fold;
    add_samples(4);
    for (size_t i = 2; i + 1 < before.count; i++) { /* the second may be cut at the left edge */
        bool is_found = false;
        for (size_t j = 0; j < fold.count; j++) {
            is_found = is_found || (fold.points[j].streams == before.points[i].streams &&
                                    fold.points[j].end_ns - fold.points[j].begin_ns ==
                                        before.points[i].end_ns - before.points[i].begin_ns);
        }
        ck_assert_msg(is_found, "stretch %zu is cut elsewhere", i);
    }
}
END_TEST

START_TEST(late_samples_stay_within_the_plot)
{
    for (uint64_t i = 0; i < 700; i++) {
        const int64_t late_ns = i > 650 ? 20 * NS_PER_S : 0;
        const struct history_sample sample = {
            .time_ns = (int64_t)i * NS_PER_S + late_ns, .numbers = i, .resumes = 2 * i};
        history_add(&history, &sample);
    }
    history_fold(&history, &fold);
    ck_assert_int_ge(fold.points[0].begin_ns, 0);
    ck_assert_int_gt(fold.points[0].end_ns, 0);
    ck_assert_int_eq(fold.points[fold.count - 1].end_ns, fold.width_ns);
}
END_TEST

START_TEST(earlier_samples_are_found_by_their_age)
{
    add_samples(5);
    ck_assert_uint_eq(history_last(&history)->numbers, 4);
    ck_assert_uint_eq(history_before(&history, 0)->numbers, 4);
    ck_assert_uint_eq(history_before(&history, 2 * NS_PER_S)->numbers, 2);
    ck_assert_uint_eq(history_before(&history, INT64_MAX)->numbers, 0);
    add_samples(1000);
    ck_assert_uint_eq(history_last(&history)->numbers, 1004);
    ck_assert_uint_eq(history_before(&history, 10 * NS_PER_S)->numbers, 994);
    ck_assert_uint_eq(history_before(&history, INT64_MAX)->numbers, 404);
}
END_TEST

Suite *history_suite(void)
{
    Suite *suite = suite_create("history");
    TCase *tcase = tcase_create("history");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, two_samples_make_a_stretch);
    tcase_add_loop_test(tcase, the_plot_grows_to_ten_minutes, 0,
                        (int)(sizeof widths / sizeof widths[0]));
    tcase_add_test(tcase, a_stretch_stays_the_same);
    tcase_add_test(tcase, late_samples_stay_within_the_plot);
    tcase_add_test(tcase, earlier_samples_are_found_by_their_age);
    return suite;
}
