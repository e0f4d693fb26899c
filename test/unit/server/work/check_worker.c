/* A worker between a fake stream and a fake service: which operation follows which event. */
#include "server/work/worker.h"
#include "shared/base/thread.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_stream.h"
#include "test/suites.h"

#define START_TIME     (100 * NS_PER_S)
#define FINISH_TIMEOUT (5 * NS_PER_S)

static struct fake_clock fake;
static struct fake_record record;
static struct service service;
static struct fake_stream stream;
static struct inbox inbox;
static struct worker worker;
static pthread_t thread;

static void set_up(void)
{
    fake_clock_init(&fake, START_TIME);
    record = (struct fake_record){.clock = &fake.clock};
    service = fake_service(&record);
    fake_stream_init(&stream, &service);
    inbox_init(&inbox);
    turn_init(&stream.stream.turn, NULL, &stream.line, NULL);
}

static void tear_down(void)
{
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(record.begun, 1);
    ck_assert_int_eq(record.left, 1);
    inbox_cleanup(&inbox);
    fake_stream_cleanup(&stream);
    fake_clock_cleanup(&fake);
}

static void *run(void *argument)
{
    (void)argument;
    inbox_own(&inbox);
    worker_run(&worker);
    worker_finish(&worker);
    inbox_disown(&inbox);
    return NULL;
}

static void start(void)
{
    worker_init(&worker, &stream.stream, &inbox, &fake.clock);
    ck_assert_int_eq(thread_start(&thread, 0, run, NULL), 0);
}

static void expect_opened(void)
{
    fake_stream_expect(&stream, FAKE_OPEN);
    fake_stream_expect(&stream, FAKE_RECEIVE);
}

static void say(const char *text)
{
    fake_stream_bring(&stream, text);
    fake_stream_expect(&stream, FAKE_RECEIVE);
}

static void expect_let_go(void)
{
    fake_stream_expect(&stream, FAKE_CLOSE);
    fake_stream_expect(&stream, FAKE_RELEASE);
}

/* The call ends, and with it every operation. */
static void lose_stream(void)
{
    fake_stream_bring_other(&stream, STREAM_HALF_CLOSED);
    fake_stream_end(&stream, INBOX_CLOSED);
    expect_let_go();
}

static void expect_end(enum error error)
{
    fake_stream_expect_finish(&stream, error);
    fake_stream_end(&stream, INBOX_FINISHED);
    lose_stream();
}

START_TEST(messages_go_out_one_after_the_other)
{
    start();
    expect_opened();
    say("run 3");
    fake_stream_expect_text(&stream, "a", true);
    fake_stream_end(&stream, INBOX_SENT);
    fake_stream_expect_text(&stream, "b", true);
    fake_stream_end(&stream, INBOX_SENT);
    fake_stream_expect_text(&stream, "c", false);
    fake_stream_end(&stream, INBOX_SENT);
    expect_end(ERROR_NONE);
    ck_assert_int_eq(record.messages, 1);
    struct counts counts = {0};
    counters_add_to(&worker.counters, &counts);
    ck_assert_uint_eq(counts.received, 1);
    ck_assert_uint_eq(counts.sent, 3);
}
END_TEST

START_TEST(a_message_waits_until_it_is_due)
{
    start();
    expect_opened();
    say("wait");
    for (int64_t second = 1; second <= 3; second++) {
        fake_clock_await_deadline(&fake, START_TIME + second * NS_PER_S);
        fake_clock_advance(&fake, NS_PER_S);
        fake_stream_expect(&stream, FAKE_SEND);
        ck_assert_int_eq(fake_clock_now(&fake), START_TIME + second * NS_PER_S);
        fake_stream_end(&stream, INBOX_SENT);
    }
    lose_stream();
}
END_TEST

START_TEST(a_client_that_sends_no_more_is_served_on)
{
    start();
    expect_opened();
    say("run 1");
    fake_stream_expect_text(&stream, "a", false);
    fake_stream_bring_other(&stream, STREAM_HALF_CLOSED); /* no receive follows */
    fake_stream_end(&stream, INBOX_SENT);
    fake_stream_expect_finish(&stream, ERROR_NONE);
    fake_stream_end(&stream, INBOX_FINISHED | INBOX_CLOSED);
    expect_let_go();
    ck_assert_int_eq(record.half_closed, 1);
}
END_TEST

START_TEST(a_message_that_is_too_large_is_malformed)
{
    start();
    expect_opened();
    fake_stream_bring_other(&stream, STREAM_TOO_LARGE);
    fake_stream_expect_finish(&stream, ERROR_MALFORMED_REQUEST);
    fake_stream_end(&stream, INBOX_FINISHED | INBOX_CLOSED);
    expect_let_go();
    ck_assert_int_eq(record.malformed, 1);
    ck_assert_int_eq(record.messages, 0);
}
END_TEST

START_TEST(a_stream_that_cannot_be_opened_is_let_go)
{
    stream.fails[FAKE_OPEN] = true;
    start();
    fake_stream_expect(&stream, FAKE_OPEN);
    expect_let_go();
}
END_TEST

START_TEST(a_receive_that_cannot_start_breaks_the_call_off)
{
    stream.fails[FAKE_RECEIVE] = true;
    start();
    expect_opened();
    fake_stream_expect(&stream, FAKE_CANCEL);
    fake_stream_end(&stream, INBOX_CLOSED);
    expect_let_go();
}
END_TEST

START_TEST(a_send_that_cannot_start_breaks_the_call_off)
{
    stream.fails[FAKE_SEND] = true;
    start();
    expect_opened();
    say("run 3");
    fake_stream_expect(&stream, FAKE_SEND);
    fake_stream_expect(&stream, FAKE_CANCEL);
    fake_stream_end(&stream, INBOX_CLOSED);
    fake_stream_bring_other(&stream, STREAM_HALF_CLOSED);
    expect_let_go();
}
END_TEST

START_TEST(a_finish_that_cannot_start_breaks_the_call_off)
{
    stream.fails[FAKE_FINISH] = true;
    start();
    expect_opened();
    fake_stream_bring(&stream, "end");
    fake_stream_expect(&stream, FAKE_FINISH);
    fake_stream_expect(&stream, FAKE_CANCEL);
    fake_stream_end(&stream, INBOX_CLOSED);
    expect_let_go();
}
END_TEST

/* The client does not read, so the status cannot go out: the worker cancels the call. */
START_TEST(an_end_that_cannot_be_said_is_given_up_in_time)
{
    start();
    expect_opened();
    fake_stream_bring(&stream, "end");
    fake_stream_expect(&stream, FAKE_FINISH);
    fake_clock_await_deadline(&fake, START_TIME + FINISH_TIMEOUT);
    fake_clock_advance(&fake, FINISH_TIMEOUT);
    fake_stream_expect(&stream, FAKE_CANCEL);
    fake_stream_end(&stream, INBOX_FINISHED | INBOX_CLOSED);
    expect_let_go();
}
END_TEST

/* The dialogue is on the worker's stack, and must live until the store's answer has come. */
START_TEST(a_stream_outlives_what_it_asked_the_store)
{
    start();
    expect_opened();
    say("ask");
    fake_stream_bring_other(&stream, STREAM_HALF_CLOSED);
    fake_stream_end(&stream, INBOX_CLOSED);
    fake_clock_await_waiter(&fake); /* the worker knows that, and waits for the answer */
    worker.host.tell(&worker.host, SERVICE_ANSWERED);
    expect_let_go();
    ck_assert_int_eq(record.answered, 1);
}
END_TEST

START_TEST(a_stream_that_lost_its_session_ends)
{
    start();
    expect_opened();
    say("wait");
    fake_clock_await_waiter(&fake);
    worker.host.tell(&worker.host, SERVICE_TAKEN_OVER);
    expect_end(ERROR_TAKEN_OVER);
    ck_assert_int_eq(record.taken_over, 1);
}
END_TEST

START_TEST(a_drain_ends_what_cannot_finish_at_once)
{
    start();
    expect_opened();
    say("wait");
    worker_drain(&worker, START_TIME + 10 * NS_PER_S);
    expect_end(ERROR_SHUTTING_DOWN);
    ck_assert_int_eq(record.shut_down, 1);
}
END_TEST

START_TEST(a_drain_lets_others_finish_until_its_deadline)
{
    record.finishes = true;
    start();
    expect_opened();
    say("wait");
    worker_drain(&worker, START_TIME + NS_PER_S / 2);
    fake_clock_await_deadline(&fake, START_TIME + NS_PER_S / 2);
    fake_clock_advance(&fake, NS_PER_S / 2);
    expect_end(ERROR_SHUTTING_DOWN);
}
END_TEST

START_TEST(a_second_drain_brings_the_deadline_forward)
{
    record.finishes = true;
    start();
    expect_opened();
    say("wait");
    worker_drain(&worker, START_TIME + NS_PER_S / 2);
    fake_clock_await_deadline(&fake, START_TIME + NS_PER_S / 2);
    worker_drain(&worker, START_TIME);
    expect_end(ERROR_SHUTTING_DOWN);
}
END_TEST

/* At full speed the worker does not open its stream before its turn has come. */
START_TEST(a_stream_is_opened_in_its_turn)
{
    struct turnstile turnstile;
    struct turn other;
    struct inbox other_inbox;
    inbox_init(&other_inbox);
    ck_assert_int_eq(turnstile_init(&turnstile, 1, &fake.clock), 0);
    turn_init(&other, &turnstile, &stream.line, &other_inbox);
    turn_init(&stream.stream.turn, &turnstile, &stream.line, NULL);
    ck_assert(turn_ask(&other));
    start();
    fake_clock_await_deadline(&fake, CLOCK_NEVER);
    turn_end(&other);
    expect_opened();
    fake_stream_bring(&stream, "end");
    fake_stream_expect(&stream, FAKE_FINISH);
    fake_stream_end(&stream, INBOX_FINISHED | INBOX_CLOSED);
    expect_let_go();
    ck_assert(turn_ask(&other)); /* the worker has ended its turn */
    turn_end(&other);
    turnstile_cleanup(&turnstile);
    inbox_cleanup(&other_inbox);
}
END_TEST

Suite *worker_suite(void)
{
    Suite *suite = suite_create("worker");
    TCase *serving = tcase_create("serving");
    suite_add_tcase(suite, serving);
    tcase_add_checked_fixture(serving, set_up, tear_down);
    tcase_add_test(serving, messages_go_out_one_after_the_other);
    tcase_add_test(serving, a_message_waits_until_it_is_due);
    tcase_add_test(serving, a_client_that_sends_no_more_is_served_on);
    tcase_add_test(serving, a_message_that_is_too_large_is_malformed);
    tcase_add_test(serving, a_stream_that_cannot_be_opened_is_let_go);
    tcase_add_test(serving, a_receive_that_cannot_start_breaks_the_call_off);
    tcase_add_test(serving, a_send_that_cannot_start_breaks_the_call_off);
    tcase_add_test(serving, a_finish_that_cannot_start_breaks_the_call_off);
    tcase_add_test(serving, an_end_that_cannot_be_said_is_given_up_in_time);
    tcase_add_test(serving, a_stream_outlives_what_it_asked_the_store);
    tcase_add_test(serving, a_stream_that_lost_its_session_ends);
    tcase_add_test(serving, a_drain_ends_what_cannot_finish_at_once);
    tcase_add_test(serving, a_drain_lets_others_finish_until_its_deadline);
    tcase_add_test(serving, a_second_drain_brings_the_deadline_forward);
    tcase_add_test(serving, a_stream_is_opened_in_its_turn);
    return suite;
}
