/* The points of a plot: each sample where they are few, sums and last values where they are many.
 */
#include "client/measure/timeline.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdlib.h>

static struct timeline timeline;
static struct sample *samples;

/* Samples of a second: in the k-th (from 1) come k numbers, and a break where k is even. */
static void make(size_t count)
{
    samples = calloc(count + 1, sizeof *samples);
    ck_assert_ptr_nonnull(samples);
    struct counts counts = {0};
    for (size_t i = 0; i < count; i++) {
        counts.numbers += i + 1;
        counts.breaks += i % 2;
        samples[i] = (struct sample){.at_ns = (int64_t)(i + 1) * NS_PER_S,
                                     .length_ns = NS_PER_S,
                                     .live = (unsigned)i,
                                     .waiting = (unsigned)(2 * i),
                                     .counts = counts};
    }
    timeline_init(&timeline, samples, count);
}

/* The points follow on each other and have all that the samples have. */
static void check(size_t count, size_t points)
{
    uint64_t numbers = 0;
    uint64_t breaks = 0;
    int64_t at_ns = 0;
    ck_assert_uint_eq(timeline.count, points);
    for (size_t i = 0; i < points; i++) {
        const struct timeline_point *point = &timeline.points[i];
        size_t last = (size_t)(point->end_ns / NS_PER_S) - 1;
        ck_assert_int_eq(point->begin_ns, at_ns);
        ck_assert_int_gt(point->end_ns, at_ns);
        ck_assert_uint_eq(point->live, samples[last].live);
        ck_assert_uint_eq(point->waiting, samples[last].waiting);
        at_ns = point->end_ns;
        numbers += point->numbers;
        breaks += point->breaks;
    }
    ck_assert_int_eq(at_ns, (int64_t)count * NS_PER_S);
    ck_assert_uint_eq(numbers, (uint64_t)count * (count + 1) / 2);
    ck_assert_uint_eq(breaks, count / 2);
}

START_TEST(few_samples_are_a_point_each)
{
    static const size_t counts[] = {0, 1, 2, 60, TIMELINE_POINTS};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        make(counts[i]);
        check(counts[i], counts[i]);
        free(samples);
    }
}
END_TEST

START_TEST(many_samples_share_points)
{
    static const struct {
        size_t count, points;
    } cases[] = {{TIMELINE_POINTS + 1, 301}, {1200, 600}, {1201, 401}, {100000, 599}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(cases[i].count);
        check(cases[i].count, cases[i].points);
        free(samples);
    }
}
END_TEST

START_TEST(a_rate_is_of_the_whole_point)
{
    make(601); /* two seconds a point: 1 + 2 numbers, 3 + 4, …, and the last of one second */
    ck_assert_double_eq(timeline_point_rate(&timeline.points[0]), 1.5);
    ck_assert_double_eq(timeline_point_rate(&timeline.points[1]), 3.5);
    ck_assert_double_eq(timeline_point_rate(&timeline.points[300]), 601);
    struct timeline_point empty = {.numbers = 5};
    ck_assert_double_eq(timeline_point_rate(&empty), 0);
    free(samples);
}
END_TEST

Suite *timeline_suite(void)
{
    Suite *suite = suite_create("timeline");
    TCase *points = tcase_create("points");
    suite_add_tcase(suite, points);
    tcase_add_test(points, few_samples_are_a_point_each);
    tcase_add_test(points, many_samples_share_points);
    tcase_add_test(points, a_rate_is_of_the_whole_point);
    return suite;
}
