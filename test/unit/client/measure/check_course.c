/* client/measure/course: the streams in the course of a run, in as many points as there is room
 * for. */
#include "client/measure/course.h"
#include "shared/base/clock.h"
#include "test/suites.h"

static struct course course;

static void empty(void)
{
    course.count = 0;
}

static void add(int64_t begin_ms, int64_t end_ms, double live, double waiting)
{
    const struct course_point point = {.begin_ns = begin_ms * NS_PER_MS,
                                       .end_ns = end_ms * NS_PER_MS,
                                       .live = live,
                                       .waiting = waiting};
    course_add(&course, &point);
}

START_TEST(what_does_not_change_is_one_point)
{
    add(0, 100, 10, 0);
    add(100, 200, 10, 0);
    add(200, 300, 0, 10);
    add(300, 1500, 0, 10);
    add(1500, 1600, 10, 0);
    ck_assert_uint_eq(course.count, 3);
    ck_assert_int_eq(course.points[1].begin_ns, 200 * NS_PER_MS);
    ck_assert_int_eq(course.points[1].end_ns, 1500 * NS_PER_MS);
    ck_assert_double_eq(course.points[1].live, 0);
    ck_assert_double_eq(course.points[1].waiting, 10);
}
END_TEST

/* Twice as many as there is room for, of unequal lengths: no time is lost, nor any stream. */
START_TEST(without_room_some_points_become_one)
{
    double streams = 0;
    for (int i = 0; i < 2 * COURSE_POINTS; i++) {
        int64_t begin = 100 * (int64_t)i + (int64_t)(i % 2) * 20;
        int64_t end = 100 * (int64_t)(i + 1) + (int64_t)((i + 1) % 2) * 20;
        add(begin, end, i % 3, i % 2);
        streams += (i % 3) * (double)(end - begin);
    }
    ck_assert_uint_le(course.count, COURSE_POINTS);
    ck_assert_uint_ge(course.count, COURSE_POINTS / 2);
    double sum = 0;
    for (size_t i = 0; i < course.count; i++) {
        const struct course_point *point = &course.points[i];
        ck_assert(i == 0 || point->begin_ns == course.points[i - 1].end_ns);
        sum += point->live * (double)(point->end_ns - point->begin_ns) / (double)NS_PER_MS;
    }
    ck_assert_double_eq_tol(sum, streams, 1);
    ck_assert_int_eq(course.points[0].begin_ns, 0);
}
END_TEST

/* Of 10 streams; half of them are live again 100 ms before the others. Between two outages one of
 * them waits for a moment, now and then. */
START_TEST(an_outage_a_minute_stays_visible_for_a_day)
{
    enum { DAY_MINUTES = 1440, MINUTE_MS = 60000 };
    for (int64_t i = 0; i < DAY_MINUTES; i++) {
        const int64_t at = i * MINUTE_MS;
        add(at, at + 30000, 10, 0);
        add(at + 30000, at + 30100, 9.5, 0.5);
        add(at + 30100, at + 58000, 10, 0);
        add(at + 58000, at + 58100, 5, 5);
        add(at + 58100, at + 59400, 0, 10);
        add(at + 59400, at + 59500, 5, 5);
        add(at + 59500, at + MINUTE_MS, 10, 0);
    }
    size_t outages = 0;
    for (size_t i = 0; i < course.count; i++) {
        const struct course_point *point = &course.points[i];
        outages += point->live < 1 && point->waiting > 9;
        ck_assert(i == 0 || point->begin_ns == course.points[i - 1].end_ns);
    }
    ck_assert_uint_eq(outages, DAY_MINUTES);
    ck_assert_int_eq(course.points[course.count - 1].end_ns,
                     (int64_t)DAY_MINUTES * MINUTE_MS * NS_PER_MS);
}
END_TEST

Suite *course_suite(void)
{
    Suite *suite = suite_create("course");
    TCase *tcase = tcase_create("course");
    tcase_add_checked_fixture(tcase, empty, NULL);
    tcase_add_test(tcase, what_does_not_change_is_one_point);
    tcase_add_test(tcase, without_room_some_points_become_one);
    tcase_add_test(tcase, an_outage_a_minute_stays_visible_for_a_day);
    suite_add_tcase(suite, tcase);
    return suite;
}
