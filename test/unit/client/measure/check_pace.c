/* client/measure/pace: what a number is measured against, and how the pace goes on after what
 * disturbs it.
 */
#include "client/measure/pace.h"
#include "shared/base/clock.h"
#include "test/suites.h"

/* A number each 100; the session begins at 1000. CLOCK_NEVER: it does not apply. */
enum { INTERVAL = 100, START = 1000 };
#define NONE CLOCK_NEVER

static struct pace pace;

static void start(void)
{
    pace_start(&pace, INTERVAL, START);
}

static void number_after(uint64_t steps, int64_t now, struct pace_times wanted)
{
    struct pace_times times = pace_number(&pace, now, steps);
    ck_assert_int_eq(times.first, wanted.first);
    ck_assert_int_eq(times.resume, wanted.resume);
    ck_assert_int_eq(times.gap, wanted.gap);
    ck_assert_int_eq(times.late, wanted.late);
}

static void number(int64_t now, struct pace_times wanted)
{
    number_after(1, now, wanted);
}

static struct pace_times first(int64_t time)
{
    return (struct pace_times){time, NONE, NONE, NONE};
}

static struct pace_times next(int64_t gap, int64_t late)
{
    return (struct pace_times){NONE, NONE, gap, late};
}

static struct pace_times resumed(int64_t resume, int64_t gap, int64_t late)
{
    return (struct pace_times){NONE, resume, gap, late};
}

START_TEST(a_steady_stream_is_never_late)
{
    number(1030, first(30)); /* the pace begins with it */
    for (int64_t now = 1130; now < 3000; now += INTERVAL) {
        number(now, next(INTERVAL, 0));
    }
}
END_TEST

START_TEST(a_number_is_late_by_all_that_held_it_up)
{
    number(1030, first(30));
    number(1137, next(107, 7));
    number(1241, next(104, 11)); /* later than its gap says */
    number(1335, next(94, 5));
    number(1430, next(95, 0));
}
END_TEST

/* No coordinated omission: those that wait behind a slow one are late, too. */
START_TEST(all_numbers_behind_a_silence_are_late)
{
    number(1000, first(0));
    number(1400, next(400, 300)); /* due at 1100 */
    number(1400, next(0, 200));
    number(1401, next(1, 101));
    number(1402, next(1, 2));
    number(1500, next(98, 0));
    number(1600, next(100, 0));
}
END_TEST

/* The first number was held up for 40, and so the pace is earlier than it seemed. */
START_TEST(an_early_number_makes_the_pace_earlier)
{
    number(1040, first(40));
    number(1100, next(60, 0));
    number(1200, next(100, 0));
    number(1303, next(103, 3));
    number(1390, next(87, 0));
    number(1500, next(110, 10));
}
END_TEST

START_TEST(lost_numbers_have_their_time_in_the_pace)
{
    number(1000, first(0));
    number_after(4, 1405, next(405, 5)); /* three were lost */
    number(1500, next(95, 0));
    number_after(2, 1690, next(190, 0)); /* early, also behind a loss */
    number(1800, next(110, 10));
}
END_TEST

START_TEST(a_break_is_made_good_by_the_next_number)
{
    number(1000, first(0));
    number(1100, next(100, 0));
    pace_break(&pace, 1150);
    number(1730, resumed(580, 630, 530));
    number(1830, next(100, 0)); /* a new pace */
    number(1931, next(101, 1));
}
END_TEST

/* The server sends at once when it resumes: sooner than the old pace would have. */
START_TEST(after_a_break_there_is_a_new_pace)
{
    number(1000, first(0));
    pace_break(&pace, 1010);
    number(1020, resumed(10, 20, 0));
    number(1120, next(100, 0));
    number(1221, next(101, 1));
    pace_break(&pace, 1230);
    number_after(3, 1560, resumed(330, 339, 40)); /* two were lost, it was due at 1520 */
    number(1660, next(100, 0));
}
END_TEST

START_TEST(a_second_break_belongs_to_the_first)
{
    number(1000, first(0));
    pace_break(&pace, 1100);
    pace_break(&pace, 1500);
    number(2000, resumed(900, 1000, 900));
    pace_break(&pace, 2050);
    number(2060, resumed(10, 60, 0));
}
END_TEST

START_TEST(a_break_may_come_before_any_number)
{
    pace_break(&pace, 1200);
    number(1250, (struct pace_times){250, 50, NONE, NONE});
    number(1350, next(100, 0));
}
END_TEST

START_TEST(without_an_interval_nothing_is_late)
{
    pace_start(&pace, 0, START);
    number(1500, (struct pace_times){500, NONE, NONE, NONE});
    number(9000, next(7500, NONE));
    pace_break(&pace, 9100);
    number_after(3, 10000, resumed(900, 1000, NONE));
}
END_TEST

/* A stream is resumed at a server that keeps another pace, and one at full speed between them. */
START_TEST(a_resumed_stream_may_have_another_interval)
{
    number(1000, first(0));
    pace_break(&pace, 1050);
    pace_set_interval(&pace, 300);
    number(1200, resumed(150, 200, 100)); /* it was due at 1100 */
    number(1510, next(310, 10));
    pace_break(&pace, 1520);
    pace_set_interval(&pace, 0);
    number(1600, resumed(80, 90, NONE));
    pace_break(&pace, 1700);
    pace_set_interval(&pace, 300);
    number(9000, resumed(7300, 7400, NONE)); /* it had no time to be due at */
    number(9300, next(300, 0));
}
END_TEST

START_TEST(a_session_begins_anew)
{
    number(1010, first(10));
    pace_break(&pace, 1050);
    pace_start(&pace, INTERVAL, 5000);
    number(5020, first(20));
    number(5125, next(105, 5));
}
END_TEST

Suite *pace_suite(void)
{
    Suite *suite = suite_create("pace");
    TCase *tcase = tcase_create("pace");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, start, NULL);
    tcase_add_test(tcase, a_steady_stream_is_never_late);
    tcase_add_test(tcase, a_number_is_late_by_all_that_held_it_up);
    tcase_add_test(tcase, all_numbers_behind_a_silence_are_late);
    tcase_add_test(tcase, an_early_number_makes_the_pace_earlier);
    tcase_add_test(tcase, lost_numbers_have_their_time_in_the_pace);
    tcase_add_test(tcase, a_break_is_made_good_by_the_next_number);
    tcase_add_test(tcase, after_a_break_there_is_a_new_pace);
    tcase_add_test(tcase, a_second_break_belongs_to_the_first);
    tcase_add_test(tcase, a_break_may_come_before_any_number);
    tcase_add_test(tcase, without_an_interval_nothing_is_late);
    tcase_add_test(tcase, a_resumed_stream_may_have_another_interval);
    tcase_add_test(tcase, a_session_begins_anew);
    return suite;
}
