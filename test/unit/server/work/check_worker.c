/* A worker between a fake stream and a fake service: which operation follows which event. */
#include "test/kit/worker_fixture.h"
#include "test/suites.h"

#include <sched.h>

enum { TRIES = 20 };

START_TEST(messages_go_out_one_after_the_other)
{
    worker_start();
    worker_expect_opened();
    worker_say("run 3");
    fake_stream_expect_text(&worker_stream, "a", true);
    fake_stream_end(&worker_stream, INBOX_SENT);
    fake_stream_expect_text(&worker_stream, "b", true);
    fake_stream_end(&worker_stream, INBOX_SENT);
    fake_stream_expect_text(&worker_stream, "c", false);
    fake_stream_end(&worker_stream, INBOX_SENT);
    worker_expect_end(ERROR_NONE);
    ck_assert_int_eq(worker_record.messages, 1);
    struct counts counts = {0};
    counters_add_to(&worker.counters, worker_stream.stream.service, &counts);
    ck_assert_uint_eq(counts_sum(&counts).received, 1);
    ck_assert_uint_eq(counts_sum(&counts).sent, 3);
}
END_TEST

START_TEST(a_message_waits_until_it_is_due)
{
    worker_start();
    worker_expect_opened();
    worker_say("wait");
    for (int64_t second = 1; second <= 3; second++) {
        fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + second * NS_PER_S);
        fake_clock_advance(&worker_clock, NS_PER_S);
        fake_stream_expect(&worker_stream, FAKE_SEND);
        ck_assert_int_eq(fake_clock_now(&worker_clock), WORKER_START_TIME + second * NS_PER_S);
        fake_stream_end(&worker_stream, INBOX_SENT);
    }
    worker_lose_stream();
}
END_TEST

START_TEST(a_client_that_sends_no_more_is_served_on)
{
    worker_start();
    worker_expect_opened();
    worker_say("run 1");
    fake_stream_expect_text(&worker_stream, "a", false);
    fake_stream_bring_other(&worker_stream, STREAM_HALF_CLOSED); /* no receive follows */
    fake_stream_end(&worker_stream, INBOX_SENT);
    fake_stream_expect_finish(&worker_stream, ERROR_NONE);
    fake_stream_end(&worker_stream, INBOX_FINISHED | INBOX_CLOSED);
    worker_expect_let_go();
    ck_assert_int_eq(worker_record.half_closed, 1);
}
END_TEST

START_TEST(a_message_that_is_too_large_ends_the_stream)
{
    worker_start();
    worker_expect_opened();
    fake_stream_end(&worker_stream, INBOX_RECEIVED | INBOX_TOO_LARGE);
    fake_stream_expect_finish(&worker_stream, ERROR_REQUEST_TOO_LARGE);
    fake_stream_end(&worker_stream, INBOX_FINISHED | INBOX_CLOSED);
    worker_expect_let_go();
    ck_assert_int_eq(worker_record.too_large, 1);
    ck_assert_int_eq(worker_record.messages, 0);
}
END_TEST

/* C core may tell of the end of the call before it tells of its cause. The worker may hear of both
 * at once, or not, so there are several tries. */
START_TEST(a_call_that_ends_says_why_after_its_receive)
{
    worker_start();
    worker_expect_opened();
    fake_stream_end(&worker_stream, INBOX_CLOSED | INBOX_BROKEN);
    sched_yield();
    fake_stream_end(&worker_stream, INBOX_RECEIVED | INBOX_TOO_LARGE);
    worker_expect_let_go();
    ck_assert_int_eq(worker_record.too_large, 1);
}
END_TEST

/* The window of the client closes: it cannot make the server read on. */
START_TEST(what_comes_after_the_end_is_not_read)
{
    worker_start();
    worker_expect_opened();
    fake_stream_bring(&worker_stream, "end"); /* no receive follows */
    fake_stream_expect_finish(&worker_stream, ERROR_NONE);
    fake_stream_end(&worker_stream, INBOX_FINISHED);
    fake_clock_await_waiter(&worker_clock);
    fake_stream_end(&worker_stream, INBOX_CLOSED);
    worker_expect_let_go();
    ck_assert_int_eq(worker_record.messages, 1);
}
END_TEST

START_TEST(a_stream_that_cannot_be_opened_is_let_go)
{
    worker_stream.fails[FAKE_OPEN] = true;
    worker_start();
    fake_stream_expect(&worker_stream, FAKE_OPEN);
    worker_expect_let_go();
}
END_TEST

START_TEST(a_receive_that_cannot_start_breaks_the_call_off)
{
    worker_stream.fails[FAKE_RECEIVE] = true;
    worker_start();
    worker_expect_opened();
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    fake_stream_end(&worker_stream, INBOX_CLOSED);
    worker_expect_let_go();
}
END_TEST

START_TEST(a_send_that_cannot_start_breaks_the_call_off)
{
    worker_stream.fails[FAKE_SEND] = true;
    worker_start();
    worker_expect_opened();
    worker_say("run 3");
    fake_stream_expect(&worker_stream, FAKE_SEND);
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    fake_stream_end(&worker_stream, INBOX_CLOSED);
    fake_stream_bring_other(&worker_stream, STREAM_HALF_CLOSED);
    worker_expect_let_go();
}
END_TEST

START_TEST(a_finish_that_cannot_start_breaks_the_call_off)
{
    worker_stream.fails[FAKE_FINISH] = true;
    worker_start();
    worker_expect_opened();
    fake_stream_bring(&worker_stream, "end");
    fake_stream_expect(&worker_stream, FAKE_FINISH);
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    fake_stream_end(&worker_stream, INBOX_CLOSED);
    worker_expect_let_go();
}
END_TEST

/* The dialogue is on the worker's stack, and must live until the store's answer has come. */
START_TEST(a_stream_outlives_what_it_asked_the_store)
{
    worker_start();
    worker_expect_opened();
    worker_say("ask");
    fake_stream_bring_other(&worker_stream, STREAM_HALF_CLOSED);
    fake_stream_end(&worker_stream, INBOX_CLOSED);
    fake_clock_await_waiter(&worker_clock); /* the worker knows that, and waits for the answer */
    worker.host.tell(&worker.host, SERVICE_ANSWERED);
    worker_expect_let_go();
    ck_assert_int_eq(worker_record.answered, 1);
}
END_TEST

START_TEST(a_stream_that_lost_its_session_ends)
{
    worker_start();
    worker_expect_opened();
    worker_say("wait");
    fake_clock_await_waiter(&worker_clock);
    worker.host.tell(&worker.host, SERVICE_TAKEN_OVER);
    worker_expect_end(ERROR_TAKEN_OVER);
    ck_assert_int_eq(worker_record.taken_over, 1);
}
END_TEST

START_TEST(a_drain_ends_what_cannot_finish_at_once)
{
    worker_start();
    worker_expect_opened();
    worker_say("wait");
    worker_drain(&worker, WORKER_START_TIME + 10 * NS_PER_S);
    worker_expect_end(ERROR_SHUTTING_DOWN);
    ck_assert_int_eq(worker_record.shut_down, 1);
}
END_TEST

START_TEST(a_drain_lets_others_finish_until_its_deadline)
{
    worker_record.finishes = true;
    worker_start();
    worker_expect_opened();
    worker_say("wait");
    worker_drain(&worker, WORKER_START_TIME + NS_PER_S / 2);
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + NS_PER_S / 2);
    fake_clock_advance(&worker_clock, NS_PER_S / 2);
    worker_expect_end(ERROR_SHUTTING_DOWN);
}
END_TEST

START_TEST(a_second_drain_brings_the_deadline_forward)
{
    worker_record.finishes = true;
    worker_start();
    worker_expect_opened();
    worker_say("wait");
    worker_drain(&worker, WORKER_START_TIME + NS_PER_S / 2);
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + NS_PER_S / 2);
    worker_drain(&worker, WORKER_START_TIME);
    worker_expect_end(ERROR_SHUTTING_DOWN);
}
END_TEST

/* At full speed the worker does not open its stream before its turn has come. */
START_TEST(a_stream_is_opened_in_its_turn)
{
    struct turnstile turnstile;
    struct turn other;
    struct inbox other_inbox;
    inbox_init(&other_inbox);
    ck_assert_int_eq(turnstile_init(&turnstile, 1, &worker_clock.clock), 0);
    turn_init(&other, &turnstile, &worker_stream.line, &other_inbox);
    turn_init(&worker_stream.stream.turn, &turnstile, &worker_stream.line, NULL);
    ck_assert(turn_ask(&other));
    worker_start();
    fake_clock_await_deadline(&worker_clock, CLOCK_NEVER);
    turn_end(&other);
    worker_expect_opened();
    fake_stream_bring(&worker_stream, "end");
    fake_stream_expect(&worker_stream, FAKE_FINISH);
    fake_stream_end(&worker_stream, INBOX_FINISHED | INBOX_CLOSED);
    worker_expect_let_go();
    ck_assert(turn_ask(&other)); /* the worker has ended its turn */
    turn_end(&other);
    turnstile_cleanup(&turnstile);
    inbox_cleanup(&other_inbox);
}
END_TEST

/* Another stream of the worker's connection, at full speed. */
struct neighbour {
    struct turnstile turnstile;
    struct turn turn;
    struct inbox inbox;
};

static void begin_beside(struct neighbour *other)
{
    inbox_init(&other->inbox);
    ck_assert_int_eq(turnstile_init(&other->turnstile, 1, &worker_clock.clock), 0);
    turn_init(&other->turn, &other->turnstile, &worker_stream.line, &other->inbox);
    turn_init(&worker_stream.stream.turn, &other->turnstile, &worker_stream.line, NULL);
    worker_start();
    worker_expect_opened();
}

static void end_beside(struct neighbour *other)
{
    turnstile_cleanup(&other->turnstile);
    inbox_cleanup(&other->inbox);
}

/* At full speed too a dialogue may wait for the next number, because its client wishes for a pace:
 * then its connection is free for others, whatever they do. */
START_TEST(a_stream_that_waits_for_its_pace_needs_no_turn)
{
    struct neighbour other;
    begin_beside(&other);
    worker_say("wait");
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + NS_PER_S);
    ck_assert(turn_ask(&other.turn));
    fake_clock_advance(&worker_clock, NS_PER_S);
    fake_stream_expect_text(&worker_stream, "a", false);
    fake_stream_end(&worker_stream, INBOX_SENT);
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + 2 * NS_PER_S);
    turn_end(&other.turn);
    worker_lose_stream();
    end_beside(&other);
}
END_TEST

/* Else clients would get out of the line by a wish for any pace. */
START_TEST(a_stream_that_hardly_waits_stays_in_line)
{
    struct neighbour other;
    begin_beside(&other);
    worker_say("hurry");
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + NS_PER_MS / 10);
    fake_clock_advance(&worker_clock, NS_PER_MS / 10);
    fake_stream_expect_text(&worker_stream, "a", false);
    ck_assert(!turn_ask(&other.turn)); /* its first turn is not over */
    fake_stream_end(&worker_stream, INBOX_SENT);
    worker_lose_stream();
    ck_assert_uint_eq(inbox_take(&other.inbox), INBOX_TURN);
    turn_came(&other.turn);
    turn_end(&other.turn);
    end_beside(&other);
}
END_TEST

START_TEST(a_header_goes_to_the_stream)
{
    static const struct service_header header = {.name = "name", .value = "value"};
    worker_start();
    worker_expect_opened();
    worker.host.announce(&worker.host, &header);
    ck_assert_str_eq(worker_stream.announced, "name: value");
    worker_lose_stream();
}
END_TEST

Suite *worker_suite(void)
{
    Suite *suite = suite_create("worker");
    TCase *serving = tcase_create("serving");
    suite_add_tcase(suite, serving);
    tcase_add_checked_fixture(serving, worker_set_up, worker_tear_down);
    tcase_add_test(serving, messages_go_out_one_after_the_other);
    tcase_add_test(serving, a_message_waits_until_it_is_due);
    tcase_add_test(serving, a_client_that_sends_no_more_is_served_on);
    tcase_add_test(serving, a_message_that_is_too_large_ends_the_stream);
    tcase_add_loop_test(serving, a_call_that_ends_says_why_after_its_receive, 0, TRIES);
    tcase_add_test(serving, what_comes_after_the_end_is_not_read);
    tcase_add_test(serving, a_stream_that_cannot_be_opened_is_let_go);
    tcase_add_test(serving, a_receive_that_cannot_start_breaks_the_call_off);
    tcase_add_test(serving, a_send_that_cannot_start_breaks_the_call_off);
    tcase_add_test(serving, a_finish_that_cannot_start_breaks_the_call_off);
    tcase_add_test(serving, a_stream_outlives_what_it_asked_the_store);
    tcase_add_test(serving, a_stream_that_lost_its_session_ends);
    tcase_add_test(serving, a_drain_ends_what_cannot_finish_at_once);
    tcase_add_test(serving, a_drain_lets_others_finish_until_its_deadline);
    tcase_add_test(serving, a_second_drain_brings_the_deadline_forward);
    tcase_add_test(serving, a_stream_is_opened_in_its_turn);
    tcase_add_test(serving, a_stream_that_waits_for_its_pace_needs_no_turn);
    tcase_add_test(serving, a_stream_that_hardly_waits_stays_in_line);
    tcase_add_test(serving, a_header_goes_to_the_stream);
    return suite;
}
