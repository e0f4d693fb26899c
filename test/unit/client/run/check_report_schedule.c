/* client/run/report_schedule: no report is left out because a look took its time. */
#include "client/run/report_schedule.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#define MS NS_PER_MS

static struct report_schedule schedule;

/* A look that begins when it is due, and takes this long. Returns whether it was a report. */
static bool look(int64_t takes_ns)
{
    int64_t now = report_schedule_deadline(&schedule);
    bool is_report = report_schedule_is_report(&schedule, now);
    report_schedule_look_ended(&schedule, is_report, now + takes_ns);
    return is_report;
}

START_TEST(looks_come_between_the_reports)
{
    report_schedule_init(&schedule, 1000 * MS, 250 * MS);
    ck_assert_int_eq(report_schedule_deadline(&schedule), 1100 * MS);
    ck_assert(!look(0));
    ck_assert(!look(0));
    ck_assert_int_eq(report_schedule_deadline(&schedule), 1250 * MS);
    ck_assert(look(0));
    ck_assert_int_eq(report_schedule_deadline(&schedule), 1350 * MS);
}
END_TEST

/* The report was due while a look went on, which was none. */
START_TEST(a_report_that_a_look_held_up_comes_behind_it)
{
    report_schedule_init(&schedule, 0, 201 * MS);
    ck_assert(!look(0));
    ck_assert(!look(2 * MS)); /* from 200 to 202 ms */
    ck_assert_int_eq(report_schedule_deadline(&schedule), 201 * MS);
    ck_assert(look(0));
    ck_assert_int_eq(schedule.next_report, 402 * MS);
}
END_TEST

START_TEST(reports_that_a_report_held_up_are_left_out)
{
    report_schedule_init(&schedule, 0, 10 * MS);
    ck_assert(look(35 * MS)); /* from 10 to 45 ms */
    ck_assert_int_eq(report_schedule_deadline(&schedule), 50 * MS);
    ck_assert(look(0));
    ck_assert_int_eq(report_schedule_deadline(&schedule), 60 * MS);
}
END_TEST

START_TEST(a_report_may_be_further_away_than_the_clock_goes)
{
    report_schedule_init(&schedule, 5 * MS, CLOCK_NEVER);
    ck_assert_int_eq(report_schedule_deadline(&schedule), 105 * MS);
    ck_assert(!look(0));
}
END_TEST

Suite *report_schedule_suite(void)
{
    Suite *suite = suite_create("report-schedule");
    TCase *tcase = tcase_create("report-schedule");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, looks_come_between_the_reports);
    tcase_add_test(tcase, a_report_that_a_look_held_up_comes_behind_it);
    tcase_add_test(tcase, reports_that_a_report_held_up_are_left_out);
    tcase_add_test(tcase, a_report_may_be_further_away_than_the_clock_goes);
    return suite;
}
