/* First turns of streams that say nothing: how many a connection may waste. */
#include "test/kit/turnstile_fixture.h"
#include "test/suites.h"

enum { WASTED = 8, /* in a row */ BURST = 512 /* messages of a turn */ };

/* One connection, of streams that have had no turn yet. */
static void set_up(void)
{
    turnstile_set_up();
    begin_turns(1, 1);
    for (size_t i = 0; i < STREAMS; i++) {
        turns[i].had_first = false;
    }
}

/* The stream's worker opens its call in its turn, and the command does not come in time. */
static void waste_turn(size_t i)
{
    turn_begin_first(&turns[i]);
    ck_assert_int_gt(turn_keep(&turns[i]), fake_clock_now(&turnstile_clock));
    fake_clock_advance(&turnstile_clock, FIRST_TURN_NS);
    ck_assert_int_eq(turn_keep(&turns[i]), CLOCK_NEVER);
}

static void waste_turns(void)
{
    for (size_t i = 0; i < WASTED; i++) {
        ck_assert(turn_ask_to_open(&turns[i]));
        ck_assert_int_eq(turns[i].state, TURN_HELD);
        waste_turn(i);
    }
}

static void use_first_turn(size_t i)
{
    ck_assert(enter(i));
    ck_assert(!turn_count_message(&turns[i]));
    leave(i);
    turns[i].had_first = false;
}

START_TEST(silent_streams_have_no_turn)
{
    waste_turns();
    ck_assert(turn_ask_to_open(&turns[8]));
    ck_assert(turn_ask_for(&turns[9])); /* from the thread that hands the stream over */
    ck_assert(turn_ask_to_open(&turns[9]));
    for (size_t i = 8; i < 10; i++) {
        turn_begin_first(&turns[i]);
        ck_assert_int_eq(turn_keep(&turns[i]), CLOCK_NEVER);
        ck_assert_int_eq(turns[i].state, TURN_NONE);
    }
    use_first_turn(10); /* at once: nobody is in its way */
}
END_TEST

/* They stood in line before it was known that the connection wastes its turns. */
START_TEST(silent_streams_in_the_line_keep_no_turn)
{
    ck_assert(turn_ask_to_open(&turns[0]));
    for (size_t i = 1; i < STREAMS; i++) {
        ck_assert(!turn_ask_to_open(&turns[i]));
    }
    for (size_t i = 0; i < WASTED; i++) {
        waste_turn(i);
        ck_assert_uint_eq(inbox_take(&inboxes[i + 1]), INBOX_TURN);
        turn_came(&turns[i + 1]);
    }
    for (size_t i = WASTED; i + 1 < STREAMS; i++) {
        turn_begin_first(&turns[i]);
        ck_assert_int_eq(turn_keep(&turns[i]), CLOCK_NEVER);
        ck_assert_uint_eq(inbox_take(&inboxes[i + 1]), INBOX_TURN);
        turn_came(&turns[i + 1]);
    }
}
END_TEST

/* For each eight streams that use their first turn, one more may waste it. */
START_TEST(streams_with_commands_win_the_turns_back)
{
    waste_turns();
    for (int i = 0; i < 8; i++) {
        ck_assert(turn_ask_to_open(&turns[9]));
        ck_assert_int_eq(turns[9].state, TURN_NONE);
        use_first_turn(8);
    }
    ck_assert(turn_ask_to_open(&turns[9]));
    ck_assert_int_eq(turns[9].state, TURN_HELD);
    waste_turn(9);
    ck_assert(turn_ask_to_open(&turns[10]));
    ck_assert_int_eq(turns[10].state, TURN_NONE);
}
END_TEST

/* With nobody behind it the stream goes on with its turn: that is not one without a message. */
START_TEST(a_turn_that_goes_on_is_not_wasted)
{
    static const size_t paddings[] = {0, (size_t)BURST * TURN_PADDING_BYTES};
    for (size_t i = 0; i < (size_t)2 * WASTED; i++) {
        ck_assert(enter(i % STREAMS));
        turn_count_padding(&turns[i % STREAMS], paddings[_i]);
        for (int k = 0; k < (paddings[_i] == 0 ? BURST : 1); k++) {
            ck_assert(!turn_count_message(&turns[i % STREAMS]));
        }
        leave(i % STREAMS);
        turns[i % STREAMS].had_first = false;
    }
    ck_assert_uint_eq(turn_lines[0].waste, 0);
}
END_TEST

/* The turns of another connection are its own. */
START_TEST(other_connections_keep_their_first_turns)
{
    waste_turns();
    turns[11].line = &turn_lines[1];
    ck_assert(turn_ask_to_open(&turns[11]));
    ck_assert_int_eq(turns[11].state, TURN_HELD);
    waste_turn(11);
}
END_TEST

Suite *turnstile_silence_suite(void)
{
    Suite *suite = suite_create("turnstile-silence");
    TCase *silence = tcase_create("silence");
    suite_add_tcase(suite, silence);
    tcase_add_checked_fixture(silence, set_up, turnstile_tear_down);
    tcase_add_test(silence, silent_streams_have_no_turn);
    tcase_add_test(silence, silent_streams_in_the_line_keep_no_turn);
    tcase_add_test(silence, streams_with_commands_win_the_turns_back);
    tcase_add_loop_test(silence, a_turn_that_goes_on_is_not_wasted, 0, 2);
    tcase_add_test(silence, other_connections_keep_their_first_turns);
    return suite;
}
