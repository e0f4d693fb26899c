/* First turns: they wait for no processor, may be asked for and passed on while the thread sleeps,
 * and are kept for a moment. */
#include "test/kit/turnstile_fixture.h"
#include "test/suites.h"

START_TEST(the_first_turn_waits_for_no_processor)
{
    begin_turns(1, STREAMS / 2);
    for (size_t i = 1; i < STREAMS; i++) {
        turns[i].had_first = false;
    }
    ck_assert(enter(0)); /* takes the only processor */
    ck_assert(enter(1));
    ck_assert(enter(2));
    ck_assert(!enter(1 + STREAMS / 2)); /* on the connection of stream 1 */
    leave(1);
    ck_assert_uint_eq(inbox_take(&inboxes[1 + STREAMS / 2]), INBOX_TURN);
    ck_assert(!enter(1)); /* its second turn: behind the other stream */
    leave(1 + STREAMS / 2);
    expect_not_called(1); /* it waits for the processor */
    leave(2);             /* stream 2 used none */
    expect_not_called(1);
    leave(0);
    expect_called(1);
}
END_TEST

/* The thread that hands a stream over asks for the turn: one event for the stream and its turn. */
START_TEST(the_first_turn_is_asked_for_by_another)
{
    begin_turns(1, 1);
    turns[1].had_first = false;
    turns[2].had_first = false;
    ck_assert(turn_ask_for(&turns[1]));
    ck_assert(!turn_ask_for(&turns[2]));
    ck_assert(enter(1)); /* asked by the worker, which has its stream now */
    ck_assert_uint_eq(inbox_take(&inboxes[1]), 0);
    leave(1);
    ck_assert_uint_eq(inbox_take(&inboxes[2]), INBOX_STREAM);
    ck_assert(enter(2));
    leave(2);
    ck_assert(enter(2));
    ck_assert(!enter(1));
    leave(2);
    expect_called(1); /* from the second turn on by INBOX_TURN */
}
END_TEST

/* A thread goes on with the stream of one that sleeps: nobody is woken. */
START_TEST(a_turn_is_passed_on_to_a_stream_whose_thread_sleeps)
{
    begin_turns(1, 1);
    turns[1].had_first = false;
    turns[2].had_first = false;
    ck_assert(enter(0));
    ck_assert(!turn_ask_for(&turns[1]));
    ck_assert(!turn_ask_for(&turns[2]));
    ck_assert_ptr_eq(turn_pass_on(&turns[0]), &inboxes[1]);
    ck_assert_uint_eq(inbox_take(&inboxes[1]), 0);
    turns[1].inbox = &inboxes[0];
    ck_assert(enter(1)); /* by the thread that goes on with it */
    ck_assert_ptr_eq(turn_pass_on(&turns[1]), &inboxes[2]);
    ck_assert(enter(2));
    ck_assert_ptr_null(turn_pass_on(&turns[2]));
    ck_assert(enter(0));
}
END_TEST

START_TEST(a_turn_is_not_passed_on_to_a_stream_whose_thread_is_awake)
{
    begin_turns(1, 2);
    turns[2].had_first = false;
    turns[4].had_first = false;
    ck_assert(enter(0));
    ck_assert(!enter(1));                /* it waits for the processor */
    ck_assert(!enter(2));                /* in the line of stream 0 by a thread of its own */
    ck_assert(!turn_ask_for(&turns[4])); /* behind it */
    ck_assert_ptr_null(turn_pass_on(&turns[0]));
    expect_called(1);
    expect_called(2);
    ck_assert_ptr_null(turn_pass_on(&turns[0])); /* it has no turn any more */
    ck_assert_uint_eq(inbox_take(&inboxes[4]), 0);
    leave(2); /* its thread is to do something else */
    ck_assert_uint_eq(inbox_take(&inboxes[4]), INBOX_STREAM);
}
END_TEST

/* In its first millisecond a stream without messages keeps its first turn; later the turn ends. */
START_TEST(the_first_turn_is_kept_for_a_moment)
{
    begin_turns(1, 1);
    turns[0].had_first = false;
    ck_assert_int_eq(turn_keep(&turns[0]), CLOCK_NEVER);
    ck_assert(enter(0));
    turn_begin_first(&turns[0]);
    ck_assert(!enter(1));
    ck_assert_int_eq(turn_keep(&turns[0]), TURNSTILE_START_TIME + FIRST_TURN_NS);
    fake_clock_advance(&turnstile_clock, FIRST_TURN_NS - 1);
    ck_assert_int_eq(turn_keep(&turns[0]), TURNSTILE_START_TIME + FIRST_TURN_NS);
    expect_not_called(1);
    fake_clock_advance(&turnstile_clock, 1);
    ck_assert_int_eq(turn_keep(&turns[0]), CLOCK_NEVER);
    expect_called(1);
    ck_assert_int_eq(turn_keep(&turns[1]), CLOCK_NEVER); /* not its first turn */
    ck_assert(enter(0));
}
END_TEST

Suite *turnstile_first_suite(void)
{
    Suite *suite = suite_create("turnstile-first");
    TCase *first = tcase_create("first turns");
    suite_add_tcase(suite, first);
    tcase_add_checked_fixture(first, turnstile_set_up, turnstile_tear_down);
    tcase_add_test(first, the_first_turn_waits_for_no_processor);
    tcase_add_test(first, the_first_turn_is_asked_for_by_another);
    tcase_add_test(first, a_turn_is_passed_on_to_a_stream_whose_thread_sleeps);
    tcase_add_test(first, a_turn_is_not_passed_on_to_a_stream_whose_thread_is_awake);
    tcase_add_test(first, the_first_turn_is_kept_for_a_moment);
    return suite;
}
