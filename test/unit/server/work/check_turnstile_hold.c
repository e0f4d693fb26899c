/* First turns: what they send is held back, and when it goes out. */
#include "test/kit/turnstile_fixture.h"
#include "test/suites.h"

enum { BURST = 512, HELD_TURNS_MAX = 32 };

static struct write_hold hold;
static int flushes;

static void count_flush(struct write_hold *flushed)
{
    ck_assert_ptr_eq(flushed, &hold);
    flushes++;
}

/* One connection, of streams that have had no turn yet. */
static void set_up(void)
{
    turnstile_set_up();
    begin_turns(1, 1);
    hold = (struct write_hold){.flush = count_flush};
    flushes = 0;
    turn_lines[0].hold = &hold;
    for (size_t i = 0; i < STREAMS; i++) {
        turns[i].had_first = false;
    }
}

/* What the writer does, in the middle of a turn. Returns whether it holds the bytes back. */
static bool write_something(void)
{
    const bool is_held = write_hold_is_on(&hold);
    if (is_held) {
        write_hold_note(&hold);
    }
    return is_held;
}

START_TEST(what_a_first_turn_sends_goes_out_at_its_end)
{
    ck_assert(enter(0));
    ck_assert(write_something());
    ck_assert(write_something());
    ck_assert_int_eq(flushes, 0);
    leave(0);
    ck_assert_int_eq(flushes, 1);
    ck_assert(!write_something());
}
END_TEST

START_TEST(a_turn_that_sent_nothing_flushes_nothing)
{
    ck_assert(enter(0));
    leave(0);
    ck_assert_int_eq(flushes, 0);
}
END_TEST

START_TEST(a_later_turn_holds_nothing_back)
{
    ck_assert(enter(0));
    leave(0);
    ck_assert(enter(0));
    ck_assert(!write_something());
}
END_TEST

START_TEST(first_turns_in_a_row_go_out_together)
{
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(!enter(2));
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(flushes, 0);
        ck_assert(write_something());
        leave(i);
    }
    ck_assert_int_eq(flushes, 1);
}
END_TEST

/* Stream 1 may stay silent: what stream 0 has sent goes out before it waits. */
START_TEST(what_is_held_back_goes_out_before_a_wait)
{
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(write_something());
    leave(0);
    turn_came(&turns[1]);
    turn_begin_first(&turns[1]);
    ck_assert_int_ne(turn_keep(&turns[1]), CLOCK_NEVER);
    ck_assert_int_eq(flushes, 1);
    ck_assert(!write_something());
    ck_assert_int_ne(turn_keep(&turns[1]), CLOCK_NEVER);
    ck_assert_int_eq(flushes, 1);
}
END_TEST

/* The stream behind goes away, or has had its first turn: nobody else would flush. */
START_TEST(what_is_held_back_goes_out_if_no_first_turn_follows)
{
    turns[2].had_first = true;
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(!enter(2));
    ck_assert(write_something());
    leave(1);
    leave(0);
    ck_assert_int_eq(flushes, 1);
    ck_assert(!write_something());
}
END_TEST

START_TEST(a_turn_that_goes_on_after_a_burst_holds_nothing_back)
{
    ck_assert(enter(0));
    ck_assert(write_something());
    for (int message = 0; message < BURST; message++) {
        ck_assert(!turn_count_message(&turns[0]));
    }
    ck_assert_int_eq(flushes, 1);
    ck_assert(!write_something());
}
END_TEST

START_TEST(so_many_turns_are_held_back_at_most)
{
    ck_assert(enter(0));
    for (int turn = 0; turn < 2 * HELD_TURNS_MAX; turn++) {
        const size_t here = (size_t)turn % 2;
        const size_t next = (size_t)(turn + 1) % 2;
        ck_assert_int_eq(flushes, turn / HELD_TURNS_MAX);
        turns[next].had_first = false;
        ck_assert(!enter(next));
        ck_assert(write_something());
        leave(here);
        turn_came(&turns[next]);
    }
    ck_assert_int_eq(flushes, 2);
}
END_TEST

/* The hold ends while a write is under way: nobody but the writer knows that it held bytes back. */
START_TEST(a_writer_that_is_late_flushes_itself)
{
    ck_assert(enter(0));
    ck_assert(write_hold_is_on(&hold));
    leave(0);
    ck_assert_int_eq(flushes, 0);
    write_hold_note(&hold);
    ck_assert_int_eq(flushes, 1);
}
END_TEST

Suite *turnstile_hold_suite(void)
{
    Suite *suite = suite_create("turnstile-hold");
    TCase *tcase = tcase_create("holding");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, turnstile_tear_down);
    tcase_add_test(tcase, what_a_first_turn_sends_goes_out_at_its_end);
    tcase_add_test(tcase, a_turn_that_sent_nothing_flushes_nothing);
    tcase_add_test(tcase, a_later_turn_holds_nothing_back);
    tcase_add_test(tcase, first_turns_in_a_row_go_out_together);
    tcase_add_test(tcase, what_is_held_back_goes_out_before_a_wait);
    tcase_add_test(tcase, what_is_held_back_goes_out_if_no_first_turn_follows);
    tcase_add_test(tcase, a_turn_that_goes_on_after_a_burst_holds_nothing_back);
    tcase_add_test(tcase, so_many_turns_are_held_back_at_most);
    tcase_add_test(tcase, a_writer_that_is_late_flushes_itself);
    return suite;
}
