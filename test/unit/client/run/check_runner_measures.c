/* client/run/runner: what it measures of numbers and breaks, and which streams were held back. */
#include "test/kit/runner_fixture.h"
#include "test/suites.h"

/* The second number half a second late, the third in its time again, the fourth too early. */
START_TEST(numbers_are_late_behind_the_pace)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_plan.interval_ns = NS_PER_S;
    takes_ns[0] = 1500 * NS_PER_MS;
    takes_ns[1] = 500 * NS_PER_MS;
    takes_ns[2] = 900 * NS_PER_MS;
    takes_ns[3] = 1100 * NS_PER_MS; /* after the one that came early: on that one's time */
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->counts.numbers, N);
    ck_assert_uint_eq(tally->first.count, 1);
    ck_assert_int_eq(tally->first.max, 0);
    ck_assert_uint_eq(tally->gap.count, N - 1);
    ck_assert_int_eq(tally->gap.min, 500 * NS_PER_MS);
    ck_assert_int_eq(tally->gap.max, 1500 * NS_PER_MS);
    ck_assert_uint_eq(tally->late.count, N - 1);
    ck_assert_int_eq(tally->late.max, 500 * NS_PER_MS);
    ck_assert_int_eq(tally->late.min, 0);
    ck_assert_uint_eq(tally->counts.late, 1); /* 100 ms are not more than 100 ms */
    ck_assert_uint_eq(tally->counts.violations, 0);
    ck_assert_uint_eq(tally->proven, 1);
}
END_TEST

/* Just as late as it may be, and a bit more. */
START_TEST(a_number_may_be_too_late)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_plan.interval_ns = NS_PER_S;
    runner_plan.max_lateness_ns = 400 * NS_PER_MS;
    takes_ns[0] = 1400 * NS_PER_MS;
    takes_ns[1] = 600 * NS_PER_MS;
    takes_ns[2] = 1400 * NS_PER_MS + 1;
    takes_ns[3] = 600 * NS_PER_MS;
    run_one_runner();
    const struct violation *violation = only_violation();
    ck_assert_int_eq(violation->kind, VIOLATION_LATE);
    ck_assert_uint_eq(violation->position, 4);
    ck_assert_uint_eq(violation->amount, (uint64_t)(400 * NS_PER_MS + 1));
    ck_assert(!violation->has_expected);
    ck_assert(!violation->has_received);
    ck_assert_int_eq(violation->at_ns, 3400 * NS_PER_MS + 1);
    ck_assert_uint_eq(runner_group.tally->counts.late, 2);
    ck_assert_uint_eq(runner_group.tally->counts.lost + runner_group.tally->counts.corrupt, 0);
}
END_TEST

/* Of many streams a late one goes on; a single session ends, also with its last number. */
START_TEST(a_single_session_ends_at_a_late_number)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), NUMBER(45), AWAIT, OK}}};
    BEGIN(scripts);
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n = 3;
    runner_plan.interval_ns = NS_PER_S;
    runner_plan.max_lateness_ns = 2 * NS_PER_S;
    runner_plan.streams = _i == 0 ? 2 : 1;
    runner_settings.subscription.wrong_max = 1;
    takes_ns[0] = _i == 2 ? NS_PER_S : 3500 * NS_PER_MS;
    takes_ns[1] = _i == 2 ? 3500 * NS_PER_MS : 500 * NS_PER_MS;
    run_one_runner();
    const struct session_end end = runner_session_end(&runners[0]);
    ck_assert_int_eq(only_violation()->kind, VIOLATION_LATE);
    ck_assert_uint_eq(end.count, _i == 1 ? 2 : 3);
    ck_assert_int_eq(end.result, _i == 0 ? SESSION_PROVEN : SESSION_VIOLATED);
    ck_assert(last_message.is_good == (_i == 0));
    if (_i > 0) {
        ck_assert_str_eq(end.reason, _i == 1 ? "number 2 came 2.50 s late: --max-lateness is 2 s"
                                             : "number 3 came 2.50 s late: --max-lateness is 2 s");
    }
}
END_TEST

/* At full speed there is no time that a number is due. */
START_TEST(at_full_speed_nothing_is_late)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_plan.max_lateness_ns = 0;
    takes_ns[0] = takes_ns[2] = 5 * NS_PER_S;
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->late.count, 0);
    ck_assert_uint_eq(runner_group.tally->counts.late, 0);
    ck_assert_uint_eq(runner_group.tally->counts.violations, 0);
    ck_assert_int_eq(runner_group.tally->gap.max, 5 * NS_PER_S);
}
END_TEST

/* What is lost was due as well: the next number is in its time. */
START_TEST(a_number_after_a_loss_is_not_late)
{
    static const struct script scripts[] = {{{N1, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_plan.interval_ns = NS_PER_S;
    takes_ns[0] = 3 * NS_PER_S;
    takes_ns[1] = NS_PER_S;
    run_one_runner();
    ck_assert_int_eq(only_violation()->kind, VIOLATION_LOST);
    ck_assert_uint_eq(only_violation()->amount, 2);
    ck_assert_int_eq(runner_group.tally->late.max, 0);
}
END_TEST

/* From the break to the next number, over a try that failed. */
START_TEST(a_resume_is_measured)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{BREAK}}, {{AFTER_1}}};
    BEGIN(scripts);
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->counts.breaks, 1);
    ck_assert_uint_eq(tally->counts.failed_attempts, 1); /* it had not lived */
    ck_assert_uint_eq(tally->counts.resumes, 1);
    ck_assert_uint_eq(tally->resume.count, 1);
    ck_assert_int_eq(tally->resume.max, runner_now() - RUNNER_BEGAN);
    ck_assert_int_ge(tally->resume.max, 1000 * NS_PER_MS); /* 0.4 s and 0.64 s at least */
    ck_assert_uint_eq(tally->first.count, 1);
    ck_assert_uint_eq(tally->breaks.count, 1);
    ck_assert_uint_eq(tally->breaks.row_count, 1);
    ck_assert_int_eq(tally->breaks.rows[0].kind.cause, BREAK_STATUS);
    ck_assert_int_eq(tally->breaks.rows[0].times[0].at_ns, 0);
    ck_assert_uint_eq(tally->failed_attempts.count, 1);
    ck_assert_int_gt(tally->failed_attempts.rows[0].times[0].at_ns, 0);
    ck_assert_uint_eq(tally->notes.count, 2);
    ck_assert_uint_eq(tally->proven, 1);
}
END_TEST

/* The position was answered, but no number came: the stream had not gone on yet. */
START_TEST(an_answer_alone_is_no_resume)
{
    static const struct script scripts[] = {
        {{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), BREAK}}, {{AFTER_1}}};
    BEGIN(scripts);
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->counts.breaks, 1);
    ck_assert_uint_eq(tally->counts.resumes, 1);
    ck_assert_uint_eq(tally->resume.count, 1);
    ck_assert_uint_eq(tally->counts.failed_attempts, 1);
    ck_assert_uint_eq(tally->proven, 1);
}
END_TEST

/* The first two numbers come before it is over, the others from then on. */
START_TEST(the_warm_up_is_not_measured)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_settings.measure_from = RUNNER_BEGAN + 2 * NS_PER_S;
    takes_ns[0] = NS_PER_S;
    takes_ns[1] = NS_PER_S;
    takes_ns[2] = NS_PER_S;
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.numbers, N);
    ck_assert_uint_eq(runner_group.tally->measured_numbers, 3);
    ck_assert_uint_eq(runner_group.tally->first.count, 0);
    ck_assert_uint_eq(runner_group.tally->gap.count, 3);
}
END_TEST

/* ---- Streams that are held back -------------------------------------------------------------- */

/*
 * The server serves one call at a time: the second stream hears nothing, not even a
 * header, while the first one goes on for longer than the stall time-out.
 */
START_TEST(a_stream_without_a_header_is_held_back)
{
    static const struct script scripts[] = {
        {{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), NUMBER(405), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.streams = 2;
    BEGIN(scripts);
    for (size_t i = 0; i < 4; i++) {
        takes_ns[i] = 5 * NS_PER_S;
    }
    add_runner(0);
    add_runner(0);
    run_runners();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->held_back, 1);
    ck_assert(runners[0].was_held_back != runners[1].was_held_back);
    ck_assert_uint_eq(tally->counts.breaks, 0);
    ck_assert_uint_eq(tally->counts.failed_attempts, 1);
    ck_assert_int_eq(tally->failed_attempts.rows[0].kind.cause, BREAK_WAITING);
    ck_assert_uint_eq(tally->proven, 2); /* it had its turn */
    ck_assert_uint_eq(runner_channel.generation, 1);
}
END_TEST

/* Nobody receives: the connection may be dead, and nothing is said of what holds it back. */
START_TEST(a_dead_connection_holds_nobody_back)
{
    static const struct script scripts[] = {{{SILENCE}}, {{AFTER_0}}};
    BEGIN(scripts);
    silent_after = 0;
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.failed_attempts, 1);
    ck_assert_int_eq(runner_group.tally->failed_attempts.rows[0].kind.cause, BREAK_WAITING);
    ck_assert_uint_eq(runner_group.tally->held_back, 0);
    ck_assert_uint_eq(runner_channel.generation, 2);
}
END_TEST

Suite *runner_measures_suite(void)
{
    Suite *suite = suite_create("runner-measures");
    TCase *measured = tcase_create("measured");
    suite_add_tcase(suite, measured);
    tcase_add_checked_fixture(measured, runner_set_up, runner_tear_down);
    tcase_set_timeout(measured, 30);
    tcase_add_test(measured, numbers_are_late_behind_the_pace);
    tcase_add_test(measured, a_number_may_be_too_late);
    tcase_add_loop_test(measured, a_single_session_ends_at_a_late_number, 0, 3);
    tcase_add_test(measured, at_full_speed_nothing_is_late);
    tcase_add_test(measured, a_number_after_a_loss_is_not_late);
    tcase_add_test(measured, a_resume_is_measured);
    tcase_add_test(measured, an_answer_alone_is_no_resume);
    tcase_add_test(measured, the_warm_up_is_not_measured);

    TCase *held_back = tcase_create("held back");
    suite_add_tcase(suite, held_back);
    tcase_add_checked_fixture(held_back, runner_set_up, runner_tear_down);
    tcase_set_timeout(held_back, 30);
    tcase_add_test(held_back, a_stream_without_a_header_is_held_back);
    tcase_add_test(held_back, a_dead_connection_holds_nobody_back);
    return suite;
}
