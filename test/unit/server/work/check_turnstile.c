/* The turnstile: one stream of each connection, in all one per processor, in order of arrival.
 * check_turnstile_first.c tests first turns, and check_turnstile_threads.c many threads. */
#include "test/kit/turnstile_fixture.h"
#include "test/suites.h"

enum { BURST = 512 };

/* Sends the messages of one turn. Returns whether the turn is over then. */
static bool send_burst(size_t i)
{
    for (int message = 1; message < BURST; message++) {
        ck_assert(!turn_count_message(&turns[i]));
    }
    return turn_count_message(&turns[i]);
}

START_TEST(one_alone_passes_at_once_and_again)
{
    begin_turns(1, 1);
    for (int turn = 0; turn < 3; turn++) {
        ck_assert(enter(0));
        ck_assert(enter(0)); /* to ask again changes nothing */
        leave(0);
    }
    leave(0); /* it has no turn any more */
    ck_assert_uint_eq(inbox_take(&inboxes[0]), 0);
}
END_TEST

/* After a burst a turn ends if other streams wait; if none waits, it goes on. */
START_TEST(a_turn_ends_where_others_wait)
{
    begin_turns(1, 2);
    ck_assert(enter(0));
    ck_assert(!send_burst(0));
    ck_assert(!enter(2)); /* on the connection of stream 0 */
    ck_assert(send_burst(0));
    leave(2);
    ck_assert(enter(0));
    turns[0].burst_left = BURST; /* stream 0 has not ended its turn */
    ck_assert(!send_burst(0));
    ck_assert(!enter(1)); /* on the other connection: waits for a processor */
    ck_assert(send_burst(0));
}
END_TEST

static bool send_padded(size_t i, size_t padding)
{
    turn_count_padding(&turns[i], padding);
    return turn_count_message(&turns[i]);
}

/* A kibibyte of padding counts as much as a message: a turn has half a mebibyte of both. */
START_TEST(padding_makes_a_turn_shorter)
{
    const size_t kib = 1024;
    begin_turns(1, 2);
    ck_assert(enter(0));
    ck_assert(!enter(2)); /* on the connection of stream 0 */
    for (int message = 0; message < BURST / 4 - 1; message++) {
        ck_assert(!send_padded(0, 4 * kib - 1));
    }
    ck_assert(send_padded(0, 3 * kib));
    leave(0);
    expect_called(2);
    ck_assert(!enter(0));
    ck_assert(send_padded(2, kib * kib)); /* one that is larger than a turn is a turn */
    leave(2);
    expect_called(0);
    leave(0);
}
END_TEST

START_TEST(lines_of_two_connections_are_two)
{
    begin_turns(STREAMS, STREAMS);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert(enter(i));
    }
}
END_TEST

START_TEST(a_stream_that_is_paced_takes_no_turns)
{
    begin_turns(1, 1);
    struct turn paced;
    turn_init(&paced, NULL, &turn_lines[0], &inboxes[1]);
    ck_assert(enter(0));
    ck_assert(turn_ask_for(&paced));
    ck_assert(turn_ask(&paced));
    turn_begin_first(&paced);
    for (int message = 0; message < 2 * BURST; message++) {
        ck_assert(!turn_count_message(&paced));
    }
    ck_assert_int_eq(turn_keep(&paced), CLOCK_NEVER);
    turn_end(&paced);
    ck_assert_uint_eq(inbox_take(&inboxes[1]), 0);
}
END_TEST

/* At full speed a client may wish for a pace, which shows when its stream has its first turn. */
START_TEST(a_stream_that_becomes_paced_leaves_the_line)
{
    begin_turns(1, 1);
    ck_assert(enter(0));
    ck_assert(!enter(1));
    turn_leave_line(&turns[0]);
    expect_called(1);
    for (int i = 0; i < 3 * BURST; i++) { /* it always may send */
        ck_assert(turn_ask(&turns[0]));
        ck_assert(!turn_count_message(&turns[0]));
    }
    ck_assert_int_eq(turn_keep(&turns[0]), CLOCK_NEVER);
    leave(0);
    ck_assert(!enter(2)); /* the turn is stream 1's still */
    leave(1);
    expect_called(2);
}
END_TEST

START_TEST(a_connection_is_served_in_the_order_of_arrival)
{
    begin_turns(STREAMS, 1);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert(enter(i) == (i == 0));
    }
    for (size_t i = 0; i < STREAMS; i++) {
        if (i > 0) {
            expect_called(i);
        }
        for (size_t k = i + 1; k < STREAMS; k++) {
            expect_not_called(k);
        }
        leave(i);
        ck_assert(enter(i) == (i == STREAMS - 1)); /* behind all other streams */
        leave(i);
    }
}
END_TEST

START_TEST(so_many_pass_as_there_are_processors)
{
    begin_turns(2, STREAMS);
    ck_assert(enter(0));
    ck_assert(enter(1));
    ck_assert(!enter(2));
    ck_assert(!enter(3));
    leave(1);
    expect_called(2);
    expect_not_called(3);
    leave(0);
    expect_called(3);
}
END_TEST

/* A stream that waits for its connection takes no processor from other connections. */
START_TEST(other_connections_pass_those_that_wait_for_their_own)
{
    begin_turns(2, 2);
    ck_assert(enter(0));
    ck_assert(!enter(2));
    ck_assert(!enter(4));
    ck_assert(enter(1));
    leave(0);
    expect_called(2);
    expect_not_called(4);
}
END_TEST

START_TEST(those_that_leave_the_queue_stop_nobody)
{
    begin_turns(1, 2);
    ck_assert(enter(0));
    ck_assert(!enter(1)); /* waits only for the processor */
    ck_assert(!enter(2)); /* in line behind 0 */
    ck_assert(!enter(4));
    ck_assert(!enter(3)); /* in line behind 1 */
    leave(2);
    leave(1); /* now 3 waits only for the processor */
    leave(0);
    expect_called(3);
    leave(3);
    expect_called(4);
    leave(4);
    ck_assert_uint_eq(inbox_take(&inboxes[1]) | inbox_take(&inboxes[2]), 0);
    ck_assert(enter(1));
}
END_TEST

START_TEST(the_last_of_a_queue_can_leave_it)
{
    begin_turns(1, 1);
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(!enter(2));
    leave(2);
    ck_assert(!enter(3)); /* behind 1 */
    leave(1);
    leave(0);
    expect_called(3);
}
END_TEST

START_TEST(who_was_called_and_goes_away_lets_the_next_pass)
{
    begin_turns(1, 1);
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(!enter(2));
    leave(0);
    leave(1); /* it got its turn, and did not use it */
    expect_called(2);
}
END_TEST

Suite *turnstile_suite(void)
{
    Suite *suite = suite_create("turnstile");
    TCase *turning = tcase_create("turning");
    suite_add_tcase(suite, turning);
    tcase_add_checked_fixture(turning, turnstile_set_up, turnstile_tear_down);
    tcase_add_test(turning, one_alone_passes_at_once_and_again);
    tcase_add_test(turning, a_turn_ends_where_others_wait);
    tcase_add_test(turning, padding_makes_a_turn_shorter);
    tcase_add_test(turning, lines_of_two_connections_are_two);
    tcase_add_test(turning, a_stream_that_is_paced_takes_no_turns);
    tcase_add_test(turning, a_stream_that_becomes_paced_leaves_the_line);
    tcase_add_test(turning, a_connection_is_served_in_the_order_of_arrival);
    tcase_add_test(turning, so_many_pass_as_there_are_processors);
    tcase_add_test(turning, other_connections_pass_those_that_wait_for_their_own);
    tcase_add_test(turning, those_that_leave_the_queue_stop_nobody);
    tcase_add_test(turning, the_last_of_a_queue_can_leave_it);
    tcase_add_test(turning, who_was_called_and_goes_away_lets_the_next_pass);
    return suite;
}
