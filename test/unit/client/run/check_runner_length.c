/* client/run/runner_length: how long sessions are that fit in the time of the run. */
#include "client/run/runner_length.h"
#include "shared/protocol/sequence.h"
#include "test/kit/runner_fixture.h"
#include "test/suites.h"

enum { BLOCK = SEQUENCE_N_DEFAULT_MAX };

/* A runner that is only asked. */
static void begin_without_running(void)
{
    static const struct script scripts[] = {{{OK}}};
    BEGIN(scripts);
    runners[0] = (struct runner){.group = &runner_group};
}

/* ---- Stateless ------------------------------------------------------------------------------- */

/* With the first number after the time: of what came until then nothing is missing. */
START_TEST(a_stateless_session_ends_with_the_time)
{
    static const struct script scripts[] = {
        {{HEADER("comms-interval: 0"), NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.interval_is_given = false;
    runner_plan.interval_ns = NS_PER_S;
    runner_plan.n_fits = true;
    runner_settings.repeat_until = RUNNER_BEGAN + 2500 * NS_PER_MS;
    BEGIN(scripts);
    takes_ns[0] = takes_ns[1] = takes_ns[2] = NS_PER_S;
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->counts.numbers, 4);
    ck_assert_uint_eq(tally->expected, 4);
    ck_assert_uint_eq(tally->counts.started, 1);
    ck_assert_uint_eq(tally->counts.finished, 1);
    ck_assert_uint_eq(tally->proven, 1);
    ck_assert_int_eq(runner_now(), RUNNER_BEGAN + 3 * NS_PER_S);
}
END_TEST

/* A stream that is broken when the time is over shows first that it goes on. */
START_TEST(a_broken_stream_is_resumed_all_the_same)
{
    static const struct script scripts[] = {
        {{HEADER("comms-interval: 0"), NUMBER(5), BREAK}},
        {{HEADER("comms-interval: 0"), NUMBER(15), NUMBER(45), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.interval_ns = 0;
    runner_plan.n_fits = true;
    runner_settings.repeat_until = RUNNER_BEGAN + NS_PER_MS;
    BEGIN(scripts);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.resumes, 1);
    ck_assert_uint_eq(runner_group.tally->counts.numbers, 2);
    ck_assert_uint_eq(runner_group.tally->expected, 2);
    ck_assert_uint_eq(runner_group.tally->proven, 1);
}
END_TEST

/* Only where the server knows no N, sends at full speed, and the user chose none. */
START_TEST(other_sessions_keep_their_length)
{
    begin_without_running();
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n_fits = true;
    runner_length_set_interval(&runners[0], 0);
    ck_assert(runners[0].ends_with_time);
    runner_length_set_interval(&runners[0], 1);
    ck_assert(!runners[0].ends_with_time);
    runner_plan.mode = CLIENT_STATEFUL;
    runner_length_set_interval(&runners[0], 0);
    ck_assert(!runners[0].ends_with_time);
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n_fits = false;
    runner_length_set_interval(&runners[0], 0);
    ck_assert(!runners[0].ends_with_time);
}
END_TEST

static void expect_end(uint32_t n, uint64_t expected)
{
    runner_length_follow(&runners[0]);
    ck_assert_uint_eq(runners[0].subscription.verifier.n, n);
    ck_assert_uint_eq(runner_group.tally->expected, expected);
}

/* Never so near that a number beyond the end could be taken for one too many. */
START_TEST(the_end_moves_until_it_is_time)
{
    struct verifier *verifier = &runners[0].subscription.verifier;
    begin_without_running();
    runner_settings.repeat_until = 1000;
    runner_group.tally->expected = 100 + BLOCK;
    runners[0].subscription.last_activity = 999;
    verifier->n = BLOCK;
    verifier->position = BLOCK - VERIFIER_LOOK_AHEAD - 2;
    expect_end(BLOCK, 100 + BLOCK);
    verifier->position++;
    expect_end(2 * BLOCK, 100 + 2 * BLOCK);
    runners[0].subscription.last_activity = 1000;
    expect_end(verifier->position, 100 + (uint64_t)verifier->position);
}
END_TEST

/* ---- Stateful -------------------------------------------------------------------------------- */

static uint32_t next_after(uint32_t n, int64_t now_ns)
{
    runners[0].subscription.verifier.n = n;
    return runner_length_next(&runners[0], RUNNER_BEGAN + now_ns);
}

/* At 1,000 numbers a second, of two streams, with 10 s. */
START_TEST(a_stateful_session_grows_to_half_of_what_fits)
{
    begin_without_running();
    runner_plan.n_fits = true;
    runner_plan.interval_ns = 0;
    runner_settings.repeat_until = RUNNER_BEGAN + 10 * NS_PER_S;
    runner_group.running = 2;
    ck_assert_uint_eq(next_after(0, 0), 1);
    ck_assert_uint_eq(next_after(1, NS_PER_MS), 8);
    ck_assert_uint_eq(next_after(8, 2 * NS_PER_MS), 64);
    runner_group.tally->counts.numbers = 1000;
    ck_assert_uint_eq(next_after(64, NS_PER_S), 512);
    ck_assert_uint_eq(next_after(512, NS_PER_S), 2250); /* 500 a second for 4.5 s */
    runner_group.tally->counts.numbers = 2000;
    ck_assert_uint_eq(next_after(2250, 2 * NS_PER_S), 2000);
    runner_group.tally->counts.numbers = 2050; /* it has got slower */
    ck_assert_uint_eq(next_after(2000, 3 * NS_PER_S), 87);
    ck_assert_uint_eq(next_after(87, 10 * NS_PER_S), 1);
    runner_group.tally->counts.numbers = 1000000000;
    runner_settings.repeat_until = RUNNER_BEGAN + 100 * NS_PER_S;
    ck_assert_uint_eq(next_after(BLOCK, 11 * NS_PER_S), BLOCK);
}
END_TEST

START_TEST(a_given_or_paced_length_is_not_touched)
{
    begin_without_running();
    runner_settings.repeat_until = RUNNER_BEGAN + 10 * NS_PER_S;
    runner_plan.interval_ns = 0;
    ck_assert_uint_eq(next_after(0, 0), N);
    runner_plan.n_fits = true;
    runner_plan.interval_ns = NS_PER_S;
    ck_assert_uint_eq(next_after(0, 0), 11);
    ck_assert_uint_eq(next_after(11, 5 * NS_PER_S), 6);
}
END_TEST

Suite *runner_length_suite(void)
{
    Suite *suite = suite_create("runner-length");
    TCase *length = tcase_create("length");
    suite_add_tcase(suite, length);
    tcase_add_checked_fixture(length, runner_set_up, runner_tear_down);
    tcase_set_timeout(length, 30);
    tcase_add_test(length, a_stateless_session_ends_with_the_time);
    tcase_add_test(length, a_broken_stream_is_resumed_all_the_same);
    tcase_add_test(length, other_sessions_keep_their_length);
    tcase_add_test(length, the_end_moves_until_it_is_time);
    tcase_add_test(length, a_stateful_session_grows_to_half_of_what_fits);
    tcase_add_test(length, a_given_or_paced_length_is_not_touched);
    return suite;
}
