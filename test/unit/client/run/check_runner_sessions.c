/* client/run/runner: which sessions follow one another, and how streams end. */
#include "test/kit/runner_fixture.h"
#include "test/suites.h"

/* Each takes two seconds: they begin at 0, 2 and 4 s. */
START_TEST(sessions_follow_each_other_until_the_end)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n = 2;
    runner_settings.repeat_until = RUNNER_BEGAN + 5 * NS_PER_S;
    BEGIN(scripts);
    for (size_t i = 0; i < 32; i++) {
        takes_ns[i] = NS_PER_S;
    }
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->counts.started, 3);
    ck_assert_uint_eq(tally->counts.finished, 3);
    ck_assert_uint_eq(tally->counts.numbers, 6);
    ck_assert_uint_eq(tally->expected, 6);
    ck_assert_uint_eq(tally->first.count, 3);
    ck_assert_uint_eq(tally->proven, 1); /* the stream */
    ck_assert_int_eq(runner_now() - RUNNER_BEGAN, 6 * NS_PER_S);
}
END_TEST

/* The end itself is too late. */
START_TEST(no_session_begins_at_the_end)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n = 2;
    runner_settings.repeat_until = RUNNER_BEGAN + 2 * NS_PER_S + _i;
    BEGIN(scripts);
    takes_ns[0] = takes_ns[1] = NS_PER_S;
    takes_ns[2] = NS_PER_S;
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.started, 1 + (uint64_t)_i);
}
END_TEST

static void play_at_pace(const struct script *scripts, int64_t duration_ns)
{
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.interval_ns = NS_PER_S;
    runner_plan.n_fits = true;
    runner_plan.duration_ns = duration_ns;
    runner_settings.repeat_until = RUNNER_BEGAN + duration_ns;
    begin_runners(scripts, 1);
    for (size_t i = 0; i < 3; i++) {
        takes_ns[i] = NS_PER_S;
    }
    run_one_runner();
}

/*
 * At a number a second four come within 3.5 s, at 0, 1, 2 and 3 s. Then it is over: sessions of one
 * number, which take no time, are not to fill the rest of the last second.
 */
START_TEST(a_session_fits_what_is_left)
{
    static const struct script scripts[] = {
        {{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), AWAIT, OK}}};
    play_at_pace(scripts, 3500 * NS_PER_MS);
    ck_assert_uint_eq(runner_group.tally->counts.started, 1);
    ck_assert_uint_eq(runner_group.tally->expected, 4);
    ck_assert_uint_eq(runner_group.tally->proven, 1);
}
END_TEST

/* A stream that found something wrong, or was refused, has no further session. */
START_TEST(only_a_good_session_is_followed)
{
    static const struct script scripts[][1] = {{{{N1, NUMBER(7), N3, N4, N5, N6, OK}}},
                                               {{{N1, STATUS(PERMISSION_DENIED, "no")}}}};
    runner_settings.repeat_until = CLOCK_NEVER;
    BEGIN(scripts[_i]);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.started, 1);
    ck_assert_uint_eq(runner_group.tally->proven, 0);
    ck_assert_uint_eq(runner_group.tally->counts.finished, _i == 0 ? 1 : 0);
}
END_TEST

/* The uuid that was given is the first session's alone. */
START_TEST(each_further_session_has_a_uuid_of_its_own)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}, {{OK}}};
    runner_settings.repeat_until = CLOCK_NEVER;
    BEGIN(scripts);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.started, 2);
    ck_assert_str_eq(scripted_server_request(scripted_server, 0).text, "START " UUID " 5");
    ck_assert(!uuid_equal(&only_violation()->uuid, &test_uuid));
}
END_TEST

/* What came before it joined is not expected again. */
START_TEST(a_stream_that_joins_expects_the_rest)
{
    static const struct script scripts[] = {{{AFTER_2}}};
    runner_plan.mode = CLIENT_STATEFUL_TEST_RECONNECT;
    runner_plan.last = 2229533162;
    BEGIN(scripts);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->proven, 1);
    ck_assert_uint_eq(runner_group.tally->expected, 3);
    ck_assert_uint_eq(runner_group.tally->counts.numbers, 3);
}
END_TEST

/* ---- How streams end ------------------------------------------------------------------------- */

static void expect_unfinished(enum outcome outcome, const char *reason)
{
    ck_assert_uint_eq(runner_group.tally->unfinished_streams, 1);
    ck_assert_uint_eq(runner_group.tally->unfinished_count, 1);
    ck_assert_uint_eq(runner_group.tally->unfinished[0].first, 1);
    ck_assert_int_eq(runner_group.tally->unfinished[0].outcome, outcome);
    ck_assert_str_eq(runner_group.tally->unfinished[0].reason, reason);
    ck_assert_uint_eq(runner_group.tally->counts.finished, 0);
    ck_assert_uint_eq(runner_group.tally->expected, N);
}

START_TEST(a_refused_stream_is_unfinished)
{
    static const struct script scripts[] = {{{N1, STATUS(PERMISSION_DENIED, "no")}}};
    BEGIN(scripts);
    run_one_runner();
    expect_unfinished(OUTCOME_REFUSED, "PERMISSION_DENIED: no");
    ck_assert_uint_eq(runner_group.tally->refused, 1);
    ck_assert_uint_eq(runner_group.tally->counts.breaks, 0);
}
END_TEST

START_TEST(a_stream_that_gives_up_is_unfinished)
{
    static const struct script scripts[] = {{{BREAK}}};
    BEGIN(scripts);
    run_one_runner();
    expect_unfinished(OUTCOME_UNREACHABLE, "UNAVAILABLE: cut");
    ck_assert_uint_eq(runner_group.tally->unreachable, 1);
    ck_assert_uint_eq(runner_group.tally->counts.breaks, 0);
    ck_assert_uint_gt(runner_group.tally->counts.failed_attempts, 5);
    ck_assert_int_eq(runner_now() - RUNNER_BEGAN, 30 * NS_PER_S);
}
END_TEST

START_TEST(a_stream_that_ended_early_is_unfinished)
{
    static const struct script scripts[] = {{{N1, N2, OK}}};
    BEGIN(scripts);
    run_one_runner();
    expect_unfinished(OUTCOME_INCOMPLETE,
                      "the server ended the stream with OK after 2 of 5 numbers");
    ck_assert_uint_eq(runner_group.tally->counts.lost, 3);
    ck_assert_uint_eq(runner_group.tally->counts.numbers + runner_group.tally->counts.lost, N);
}
END_TEST

/* Live, or waiting for its first answer; another one still sleeps. */
START_TEST(streams_are_stopped)
{
    static const struct script scripts[] = {{{N1, N2}}};
    runner_settings.repeat_until = CLOCK_NEVER;
    BEGIN(scripts);
    add_runner(0);
    add_runner(NS_PER_S);
    run_runners_until(2 * (size_t)_i);
    ck_assert_int_eq(runners[0].state, _i == 0 ? RUNNER_WAITING : RUNNER_LIVE);
    ck_assert_uint_eq(runner_group.tally->live, (unsigned)_i);
    ck_assert_uint_eq(runner_group.tally->waiting, 1 - (unsigned)_i);
    ck_assert_int_eq(runners[1].state, RUNNER_ASLEEP);
    runner_group.stopping = true;
    runner_stop(&runners[0]);
    runner_stop(&runners[1]);
    runner_stop(&runners[1]);
    run_runners();
    ck_assert_uint_eq(runner_group.tally->unfinished_streams, 2);
    ck_assert_uint_eq(runner_group.tally->unfinished_count, 1);
    ck_assert_uint_eq(runner_group.tally->unfinished[0].streams, 2);
    ck_assert_int_eq(runner_group.tally->unfinished[0].outcome, OUTCOME_INCOMPLETE);
    ck_assert_str_eq(runner_group.tally->unfinished[0].reason, "stopped");
    ck_assert_int_eq(runners[1].state, RUNNER_DONE);
    ck_assert_uint_eq(runner_group.tally->counts.started, 1);
    ck_assert_uint_eq(runner_group.tally->live + runner_group.tally->waiting, 0);
    ck_assert_int_eq(runner_now(), RUNNER_BEGAN);
}
END_TEST

/* The server says nothing more, and does not end the stream: the verdict need not wait for it. */
START_TEST(the_last_message_is_told_as_such)
{
    static const struct script stateful[] = {{{N1, N2, N3, N4, N5, N6}}};
    static const struct script stateless[] = {{{NUMBER(5), NUMBER(15), AWAIT}}};
    size_t messages = _i == 0 ? N + 1 : 2;
    runner_plan.mode = _i == 0 ? CLIENT_STATEFUL : CLIENT_STATELESS;
    runner_plan.n = _i == 0 ? N : 2;
    runner_plan.interval_ns = NS_PER_S; /* at full speed a stateless stream is cancelled */
    begin_runners(_i == 0 ? stateful : stateless, 1);
    add_runner(0);
    run_runners_until(messages - 1);
    ck_assert(!last_message.is_last);
    run_runners_until(messages);
    ck_assert(last_message.is_last);
    ck_assert_uint_eq(last_message.checksum, _i == 0 ? KNOWN_CHECKSUM : 0);
    ck_assert_uint_eq(last_message.count, _i == 0 ? N : 2);
    ck_assert(_i == 0 || last_message.sum == 20);
    ck_assert(call_is_open(&runners[0].subscription.call));
    ck_assert_int_eq(runner_now(), RUNNER_BEGAN);
    silent_after = messages;
    run_runners();
    ck_assert_int_eq(runner_now(), RUNNER_BEGAN + NS_PER_S); /* then the stream was cancelled */
    ck_assert_uint_eq(runner_group.tally->proven, 1);
}
END_TEST

Suite *runner_sessions_suite(void)
{
    Suite *suite = suite_create("runner-sessions");
    TCase *sessions = tcase_create("sessions");
    suite_add_tcase(suite, sessions);
    tcase_add_checked_fixture(sessions, runner_set_up, runner_tear_down);
    tcase_set_timeout(sessions, 30);
    tcase_add_test(sessions, sessions_follow_each_other_until_the_end);
    tcase_add_loop_test(sessions, no_session_begins_at_the_end, 0, 2);
    tcase_add_test(sessions, a_session_fits_what_is_left);
    tcase_add_loop_test(sessions, only_a_good_session_is_followed, 0, 2);
    tcase_add_test(sessions, each_further_session_has_a_uuid_of_its_own);
    tcase_add_test(sessions, a_stream_that_joins_expects_the_rest);

    TCase *ends = tcase_create("ends");
    suite_add_tcase(suite, ends);
    tcase_add_checked_fixture(ends, runner_set_up, runner_tear_down);
    tcase_set_timeout(ends, 30);
    tcase_add_loop_test(ends, the_last_message_is_told_as_such, 0, 2);
    tcase_add_test(ends, a_refused_stream_is_unfinished);
    tcase_add_test(ends, a_stream_that_gives_up_is_unfinished);
    tcase_add_test(ends, a_stream_that_ended_early_is_unfinished);
    tcase_add_loop_test(ends, streams_are_stopped, 0, 2);
    return suite;
}
