/* When a conversation's numbers go out, on a clock that the test moves. */
#include "test/kit/paced_talk.h"
#include "test/suites.h"

static const int64_t intervals[] = {1,        NS_PER_MS,    250 * NS_PER_MS,
                                    NS_PER_S, 7 * NS_PER_S, 3600 * NS_PER_S};

/* The first number goes out at once, the next ones an interval apart, and none too early. */
START_TEST(numbers_keep_the_interval)
{
    int64_t interval = intervals[_i];
    paced_talk_set_up(MODE_STATELESS, interval);
    fake_clock_advance(&paced_server.clock, NS_PER_S / 3); /* the pace begins with the command */
    talk_say(&paced_talk, "START");
    int64_t due = START_TIME + NS_PER_S / 3;
    for (int k = 1; k <= 20; k++) {
        advance_to(due);
        talk_take_number(&paced_talk);
        ck_assert(!paced_talk.more);
        due += interval;
        talk_expect_wait(&paced_talk, due);
        advance_to(due - 1);
        talk_expect_wait(&paced_talk, due);
    }
    paced_talk_tear_down();
}
END_TEST

START_TEST(a_late_worker_does_not_shift_the_others)
{
    paced_talk_set_up(MODE_STATELESS, NS_PER_S);
    talk_say(&paced_talk, "START");
    for (int64_t k = 0; k < 50; k++) {
        advance_to(START_TIME + k * NS_PER_S + (k * 37 % 100) * 9 * NS_PER_MS);
        talk_take_number(&paced_talk);
        talk_expect_wait(&paced_talk, START_TIME + (k + 1) * NS_PER_S);
    }
    paced_talk_tear_down();
}
END_TEST

/* Takes all numbers that are due now. Returns their count. */
static int take_burst(int64_t wait_until)
{
    int count = 0;
    uint64_t number;
    int64_t due;
    while (talk_next(&paced_talk, &number, &due) == DIALOGUE_SEND) {
        ck_assert(!paced_talk.more);
        ck_assert_int_lt(++count, 10000);
    }
    ck_assert_int_eq(due, wait_until);
    return count;
}

/* After a delay of up to a second, every number that was due goes out, and no other. */
START_TEST(a_worker_that_was_held_up_makes_up_for_it)
{
    paced_talk_set_up(MODE_STATELESS, 100 * NS_PER_MS);
    talk_say(&paced_talk, "START");
    ck_assert_int_eq(take_burst(START_TIME + 100 * NS_PER_MS), 1);
    advance_to(START_TIME + 350 * NS_PER_MS);
    ck_assert_int_eq(take_burst(START_TIME + 400 * NS_PER_MS), 3);
    advance_to(START_TIME + 400 * NS_PER_MS);
    ck_assert_int_eq(take_burst(START_TIME + 500 * NS_PER_MS), 1);
    advance_to(START_TIME + 1450 * NS_PER_MS);
    ck_assert_int_eq(take_burst(START_TIME + 1500 * NS_PER_MS), 10);
    paced_talk_tear_down();
}
END_TEST

/* After a longer delay one number goes out, and one second's numbers to catch up. */
START_TEST(a_burst_is_at_most_a_seconds_worth)
{
    static const struct {
        int64_t interval;
        int worth;
    } cases[] = {{NS_PER_MS, 1000}, {100 * NS_PER_MS, 10}, {NS_PER_S, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t interval = cases[i].interval;
        paced_talk_set_up(MODE_STATELESS, interval);
        talk_say(&paced_talk, "START");
        ck_assert_int_eq(take_burst(START_TIME + interval), 1);
        for (int64_t hour = 1; hour <= 3; hour++) {
            int64_t now = START_TIME + hour * 3600 * NS_PER_S;
            advance_to(now);
            ck_assert_int_eq(take_burst(now + interval), cases[i].worth + 1);
        }
        paced_talk_tear_down();
    }
}
END_TEST

START_TEST(a_long_interval_has_no_burst)
{
    paced_talk_set_up(MODE_STATELESS, 10 * NS_PER_S);
    talk_say(&paced_talk, "START");
    talk_take_number(&paced_talk);
    for (int64_t hour = 1; hour <= 3; hour++) {
        uint64_t number;
        int64_t due = 0;
        int64_t now = START_TIME + hour * 3600 * NS_PER_S;
        advance_to(now);
        talk_take_number(&paced_talk);
        ck_assert_int_eq(talk_next(&paced_talk, &number, &due), DIALOGUE_WAIT);
        ck_assert_int_ge(due, now + 9 * NS_PER_S); /* it may catch up by a second */
        ck_assert_int_le(due, now + 10 * NS_PER_S);
    }
    paced_talk_tear_down();
}
END_TEST

START_TEST(the_checksum_follows_the_last_number_at_once)
{
    paced_talk_set_up(MODE_STATEFUL, NS_PER_S);
    talk_say(&paced_talk, "START " UUID " 2");
    talk_expect_number(&paced_talk, 3856042040);
    ck_assert(!paced_talk.more);
    talk_expect_wait(&paced_talk, START_TIME + NS_PER_S);
    fake_clock_advance(&paced_server.clock, NS_PER_S);
    talk_expect_number(&paced_talk, 2229533162);
    ck_assert(paced_talk.more);
    talk_expect_number(&paced_talk, 58594);
    ck_assert(!paced_talk.more);
    talk_expect_ok(&paced_talk);
    paced_talk_tear_down();
}
END_TEST

/* The two answers and the first number go out at once, then one number each interval. */
START_TEST(answers_wait_for_no_tick)
{
    paced_talk_set_up(MODE_STATEFUL, NS_PER_S);
    talk_say(&paced_talk, "START " UUID " 5");
    talk_expect_number(&paced_talk, 3856042040);
    talk_leave(&paced_talk);

    fake_clock_advance(&paced_server.clock, 12345);
    int64_t now = fake_clock_now(&paced_server.clock);
    talk_begin(&paced_talk, &paced_server);
    talk_say(&paced_talk, "CONTINUE " UUID " 3856042040");
    talk_expect_number(&paced_talk, 1);
    ck_assert(paced_talk.more);
    talk_expect_number(&paced_talk, 17336);
    talk_expect_number(&paced_talk, 2229533162);
    talk_expect_wait(&paced_talk, now + NS_PER_S);
    advance_to(now + NS_PER_S);
    talk_expect_number(&paced_talk, 2921788346);
    talk_expect_wait(&paced_talk, now + 2 * NS_PER_S);
    paced_talk_tear_down();
}
END_TEST

START_TEST(answers_and_checksum_alone_wait_for_no_tick)
{
    paced_talk_set_up(MODE_STATEFUL, NS_PER_S);
    talk_say(&paced_talk, "START " UUID " 1");
    talk_expect_number(&paced_talk, 3856042040);
    talk_leave(&paced_talk);
    for (int i = 0; i < 2; i++) { /* the client has not received the checksum, or it has */
        talk_begin(&paced_talk, &paced_server);
        talk_say(&paced_talk, "CONTINUE " UUID " %s", i == 0 ? "3856042040" : "17336");
        talk_expect_number(&paced_talk, i == 0 ? 1 : 2);
        talk_expect_number(&paced_talk, 17336);
        if (i == 0) {
            ck_assert(paced_talk.more);
            talk_expect_number(&paced_talk, 17336);
        }
        ck_assert(!paced_talk.more);
        talk_expect_ok(&paced_talk);
    }
    paced_talk_tear_down();
}
END_TEST

/* A conversation that waits for its next number ends at once. */
START_TEST(commands_and_ends_wait_for_no_tick)
{
    paced_talk_set_up(MODE_STATELESS, NS_PER_S);
    talk_say(&paced_talk, "START");
    talk_take_number(&paced_talk);
    talk_expect_wait(&paced_talk, START_TIME + NS_PER_S);
    talk_say(&paced_talk, "END");
    talk_expect_ok(&paced_talk);
    paced_talk_tear_down();
}
END_TEST

/* SERVICE_TAKEN_OVER has not been heard yet: the stream notices at its next number. */
START_TEST(a_stream_that_waits_sends_nothing_after_a_take_over)
{
    struct talk other;
    struct dialogue_counters counters = {.resumes = 0};
    struct dialogue_counts counts = {.resumes = 0};
    paced_talk_set_up(MODE_STATEFUL, NS_PER_S);
    paced_talk.host.counters = &counters;
    talk_say(&paced_talk, "START " UUID " 5");
    talk_expect_number(&paced_talk, 3856042040);
    talk_begin(&other, &paced_server);
    talk_say(&other, "CONTINUE " UUID " 3856042040");
    talk_expect_wait(&paced_talk, START_TIME + NS_PER_S);
    advance_to(START_TIME + NS_PER_S);
    talk_expect_lost(&paced_talk);
    dialogue_counters_add_to(&counters, &counts);
    ck_assert_uint_eq(counts.lateness[0], 1); /* of the number that was sent */
    ck_assert_uint_eq(paced_talk.conversation.numbers_sent, 1);
    paced_talk.host.counters = NULL;
    talk_leave(&other);
    paced_talk_tear_down();
}
END_TEST

/* How late a number is counts even where the schedule gives up to catch up. */
START_TEST(lateness_is_counted)
{
    paced_talk_set_up(MODE_STATELESS, NS_PER_S);
    struct dialogue_counters counters = {.resumes = 0};
    paced_talk.host.counters = &counters;
    talk_say(&paced_talk, "START");
    talk_take_number(&paced_talk); /* on time */
    int64_t due = START_TIME;
    static const int64_t late[] = {NS_PER_MS, NS_PER_MS + 1, 300 * NS_PER_MS, 5 * NS_PER_S};
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        due += NS_PER_S;
        talk_expect_wait(&paced_talk, due);
        advance_to(due + late[i]);
        talk_take_number(&paced_talk);
    }
    struct dialogue_counts counts = {.resumes = 0};
    dialogue_counters_add_to(&counters, &counts);
    ck_assert_uint_eq(counts.lateness[0], 2); /* a bound is in its bucket */
    ck_assert_uint_eq(counts.lateness[1], 1);
    ck_assert_uint_eq(counts.lateness[8], 1);
    ck_assert_uint_eq(counts.lateness[LATENESS_BOUNDS], 1);
    ck_assert_uint_eq(counts.lateness_ns, 2 * NS_PER_MS + 1 + 300 * NS_PER_MS + 5 * NS_PER_S);
    paced_talk.host.counters = NULL;
    paced_talk_tear_down();
}
END_TEST

START_TEST(at_full_speed_no_lateness_is_counted)
{
    paced_talk_set_up(MODE_STATELESS, 0);
    struct dialogue_counters counters = {.resumes = 0};
    paced_talk.host.counters = &counters;
    talk_say(&paced_talk, "CONTINUE 5");
    talk_take_number(&paced_talk);
    struct dialogue_counts counts = {.resumes = 0};
    dialogue_counters_add_to(&counters, &counts);
    ck_assert_uint_eq(counts.lateness[0], 0);
    ck_assert_uint_eq(counts.resumes, 1);
    ck_assert_uint_eq(counts.take_overs, 0);
    paced_talk.host.counters = NULL;
    paced_talk_tear_down();
}
END_TEST

Suite *conversation_pace_suite(void)
{
    Suite *suite = suite_create("conversation-pace");
    TCase *pace = tcase_create("pace");
    suite_add_tcase(suite, pace);
    tcase_add_loop_test(pace, numbers_keep_the_interval, 0, sizeof intervals / sizeof *intervals);
    tcase_add_test(pace, a_late_worker_does_not_shift_the_others);
    tcase_add_test(pace, a_worker_that_was_held_up_makes_up_for_it);
    tcase_add_test(pace, a_burst_is_at_most_a_seconds_worth);
    tcase_add_test(pace, a_long_interval_has_no_burst);
    tcase_add_test(pace, the_checksum_follows_the_last_number_at_once);
    tcase_add_test(pace, answers_wait_for_no_tick);
    tcase_add_test(pace, answers_and_checksum_alone_wait_for_no_tick);
    tcase_add_test(pace, commands_and_ends_wait_for_no_tick);
    tcase_add_test(pace, a_stream_that_waits_sends_nothing_after_a_take_over);
    tcase_add_test(pace, lateness_is_counted);
    tcase_add_test(pace, at_full_speed_no_lateness_is_counted);
    return suite;
}
