/* client/run/fleet: durations, ramps, the warm-up and the pace. */
#include "shared/base/clock.h"
#include "test/kit/fleet_fixture.h"
#include "test/suites.h"

START_TEST(sessions_follow_each_other_for_the_duration)
{
    fleet_plan.streams = 8;
    fleet_plan.connections = 2;
    fleet_plan.n = 2;
    fleet_plan.duration_ns = 2 * NS_PER_S;
    fleet_serve_truth(SHORT_NS);
    run_fleet();
    ck_assert_uint_ge(fleet_result->counts.started, 2 * (uint64_t)fleet_plan.streams);
    expect_fleet_proven(fleet_result->counts.started);
    ck_assert_int_ge(fleet_result->elapsed_ns, fleet_plan.duration_ns);
    ck_assert_int_lt(fleet_heard.last_start, fleet.settings.repeat_until);
    ck_assert_uint_eq(fleet_result->first.count, fleet_result->counts.started);
}
END_TEST

/* Without an N of its own: what fits, however slow it was; and not a crowd of sessions of
 * one. */
START_TEST(a_session_is_as_long_as_fits)
{
    fleet_plan.streams = 4;
    fleet_plan.connections = 1;
    fleet_plan.duration_ns = 450 * NS_PER_MS;
    fleet_plan.n_fits = true;
    fleet_serve_truth(50 * NS_PER_MS);
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_PROVEN);
    ck_assert_uint_eq(fleet_result->counts.started, 4);
    ck_assert_uint_eq(fleet_result->counts.finished, 4);
    ck_assert_uint_le(fleet_result->expected, (uint64_t)4 * 10);
    ck_assert_uint_gt(fleet_result->expected, 0);
}
END_TEST

START_TEST(a_ramp_spreads_the_beginnings)
{
    fleet_plan.streams = 20;
    fleet_plan.connections = 3;
    fleet_plan.n = 2;
    fleet_plan.ramp_ns = 400 * NS_PER_MS;
    fleet_serve_truth(0);
    run_fleet();
    expect_fleet_proven(20);
    for (unsigned i = 1; i <= fleet_plan.streams; i++) {
        ck_assert_int_ge(fleet_heard.first_start[i], fleet.settings.began + (i - 1) * SHORT_NS);
    }
}
END_TEST

/* A run that is all warm-up; and one that is so in part. */
START_TEST(the_warm_up_is_left_out)
{
    fleet_plan.warmup_ns = _i == 0 ? HOUR_NS : 200 * NS_PER_MS;
    fleet_serve_truth(SHORT_NS);
    run_fleet();
    expect_fleet_proven(FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->measured_numbers, fleet_heard.measured);
    ck_assert_uint_eq(fleet_result->first.count + fleet_result->gap.count, fleet_heard.measured);
    ck_assert_int_eq(fleet_result->measured_ns,
                     _i == 0 ? 0 : fleet_result->elapsed_ns - fleet_plan.warmup_ns);
    ck_assert(_i == 1 || fleet_heard.measured == 0);
    ck_assert_uint_eq(fleet_result->samples[fleet_result->sample_count - 1].counts.numbers,
                      FLEET_NUMBERS);
}
END_TEST

/* What is late by the interval that was said would say nothing. On a loaded machine the numbers may
 * come together: then nothing is told. */
START_TEST(another_pace_than_was_said_is_told)
{
    fleet_plan.streams = 5;
    fleet_plan.n = 20;
    fleet_serve_truth(SHORT_NS);
    fleet_plan.interval_ns = 10 * NS_PER_S;
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_PROVEN);
    ck_assert_int_eq(fleet_result->interval_ns, 10 * NS_PER_S);
    ck_assert_uint_eq(fleet_result->whole_gaps, 95); /* 19 of each stream */
    ck_assert_int_eq(fleet_result->pace_ns, result_find_pace(fleet_result));
}
END_TEST

START_TEST(a_number_that_is_too_late_is_a_violation)
{
    /* A busy machine may delay any number: also the one before, which makes this one less late. */
    const struct lie_settings lie = {.lie = LIE_LATE, .at = 3, .late_ns = 3 * NS_PER_S};
    fleet_plan.streams = 6;
    fleet_plan.n = 3;
    fleet_plan.max_lateness_ns = 1500 * NS_PER_MS;
    fleet_serve(SHORT_NS, 3, &lie);
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_VIOLATED);
    ck_assert_uint_eq(fleet_result->counts.violations, 2);
    ck_assert_uint_eq(fleet_result->counts.numbers, fleet_result->expected);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(fleet_result->violations[i].kind, VIOLATION_LATE);
        ck_assert_uint_eq(fleet_result->violations[i].position, 3);
        ck_assert_uint_gt(fleet_result->violations[i].amount, (uint64_t)fleet_plan.max_lateness_ns);
    }
}
END_TEST

Suite *fleet_time_suite(void)
{
    Suite *suite = suite_create("fleet-time");
    TCase *time = add_fleet_case(suite, "time");
    tcase_add_test(time, sessions_follow_each_other_for_the_duration);
    tcase_add_test(time, a_session_is_as_long_as_fits);
    tcase_add_test(time, a_ramp_spreads_the_beginnings);
    tcase_add_loop_test(time, the_warm_up_is_left_out, 0, 2);
    tcase_add_test(time, another_pace_than_was_said_is_told);
    tcase_add_test(time, a_number_that_is_too_late_is_a_violation);
    return suite;
}
