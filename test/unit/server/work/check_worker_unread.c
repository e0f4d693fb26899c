/* A worker whose client takes nothing: when the call is cancelled, and when the connection is cut.
 */
#include "test/kit/worker_fixture.h"
#include "test/suites.h"

/* After a take-over or when the server stops; and from the cancel to the cut. */
#define LAST_WORDS (NS_PER_S / 2)
#define CANCELLED  (NS_PER_S / 2)

/* Time goes by until the worker wakes, which waits for exactly so long. */
static void pass(int64_t ns)
{
    fake_clock_await_deadline(&worker_clock, fake_clock_now(&worker_clock) + ns);
    fake_clock_advance(&worker_clock, ns);
}

/* Every operation ends, because the call does. */
static void end_call(void)
{
    worker_stream.what = STREAM_HALF_CLOSED;
    fake_stream_end(&worker_stream,
                    INBOX_RECEIVED | INBOX_SENT | INBOX_FINISHED | INBOX_CLOSED | INBOX_BROKEN);
    worker_expect_let_go();
}

/* The cancel ends everything, as it does where the client's HTTP/2 window is closed. */
static void expect_cancel(void)
{
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    end_call();
}

/* The cancel has no effect, as where C core cannot write: only the cut ends the call. */
static void expect_cancel_and_cut(void)
{
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    pass(CANCELLED);
    fake_stream_expect(&worker_stream, FAKE_CUT);
    end_call();
}

/* The first message is not taken. */
static void begin_unread(const char *command)
{
    worker_start();
    worker_expect_opened();
    worker_say(command);
    fake_stream_expect(&worker_stream, FAKE_SEND);
}

START_TEST(a_client_that_takes_nothing_is_ended)
{
    begin_unread("run");
    pass(WORKER_SEND_TIMEOUT);
    expect_cancel();
    ck_assert_int_eq(worker_record.why, SERVICE_UNREAD);
}
END_TEST

/* Its own deadline: C core does not check it. */
START_TEST(a_client_has_until_its_own_deadline)
{
    worker_stream.stream.deadline = WORKER_START_TIME + NS_PER_S;
    worker_start();
    worker_expect_opened();
    pass(NS_PER_S);
    expect_cancel();
    ck_assert_int_eq(worker_record.why, SERVICE_BROKEN);
    ck_assert_int_eq(worker_stream.cancelled_with, STATUS_DEADLINE_EXCEEDED);
}
END_TEST

START_TEST(a_connection_is_cut_if_a_deadline_has_no_effect)
{
    worker_stream.stream.deadline = WORKER_START_TIME + NS_PER_S;
    begin_unread("run");
    pass(NS_PER_S);
    expect_cancel_and_cut();
}
END_TEST

START_TEST(a_connection_on_which_even_a_cancel_has_no_effect_is_cut)
{
    begin_unread("run");
    pass(WORKER_SEND_TIMEOUT);
    expect_cancel_and_cut();
    ck_assert_int_eq(worker_record.why, SERVICE_UNREAD);
}
END_TEST

/* Each message that is taken gives the client its whole time again. */
START_TEST(a_client_that_reads_slowly_is_served)
{
    begin_unread("run 3");
    for (int i = 0; i < 3; i++) {
        fake_clock_await_deadline(&worker_clock,
                                  fake_clock_now(&worker_clock) + WORKER_SEND_TIMEOUT);
        fake_clock_advance(&worker_clock, WORKER_SEND_TIMEOUT - 1);
        fake_stream_end(&worker_stream, INBOX_SENT);
        fake_stream_expect(&worker_stream, i < 2 ? FAKE_SEND : FAKE_FINISH);
    }
    fake_clock_await_deadline(&worker_clock, fake_clock_now(&worker_clock) + WORKER_SEND_TIMEOUT);
    fake_clock_advance(&worker_clock, WORKER_SEND_TIMEOUT - 1);
    fake_stream_end(&worker_stream, INBOX_FINISHED);
    worker_lose_stream();
}
END_TEST

/* Other events are no progress: they do not give the client more time. */
START_TEST(a_client_that_talks_but_takes_nothing_is_ended)
{
    begin_unread("run");
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + WORKER_SEND_TIMEOUT);
    fake_clock_advance(&worker_clock, NS_PER_S);
    worker_say("something");
    pass(WORKER_SEND_TIMEOUT - NS_PER_S);
    expect_cancel();
}
END_TEST

START_TEST(a_status_that_is_not_taken_is_given_up_in_time)
{
    worker_start();
    worker_expect_opened();
    fake_stream_bring(&worker_stream, "end");
    fake_stream_expect(&worker_stream, FAKE_FINISH);
    pass(WORKER_SEND_TIMEOUT);
    expect_cancel_and_cut();
}
END_TEST

START_TEST(a_take_over_waits_for_no_client)
{
    begin_unread("run");
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + WORKER_SEND_TIMEOUT);
    worker.host.tell(&worker.host, SERVICE_TAKEN_OVER);
    pass(LAST_WORDS);
    expect_cancel_and_cut();
    ck_assert_int_eq(worker_record.taken_over, 1);
}
END_TEST

/* A client that takes its messages learns that it has lost its session. */
START_TEST(a_take_over_tells_a_client_that_reads)
{
    begin_unread("run");
    worker.host.tell(&worker.host, SERVICE_TAKEN_OVER);
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + LAST_WORDS);
    fake_clock_advance(&worker_clock, LAST_WORDS - 1);
    fake_stream_end(&worker_stream, INBOX_SENT);
    fake_stream_expect_finish(&worker_stream, ERROR_TAKEN_OVER);
    pass(LAST_WORDS);
    expect_cancel();
}
END_TEST

START_TEST(a_stop_waits_for_no_client)
{
    begin_unread("run");
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + WORKER_SEND_TIMEOUT);
    worker_drain(&worker, WORKER_START_TIME);
    pass(LAST_WORDS);
    expect_cancel_and_cut();
    ck_assert_int_eq(worker_record.shut_down, 1);
}
END_TEST

/* A drain lets a stream that is over already go on, too; but not longer than the others. */
START_TEST(a_stop_waits_for_no_client_of_a_stream_that_is_over)
{
    worker_record.finishes = true;
    worker_start();
    worker_expect_opened();
    fake_stream_bring(&worker_stream, "end");
    fake_stream_expect(&worker_stream, FAKE_FINISH);
    worker_drain(&worker, WORKER_START_TIME + 5 * NS_PER_S);
    pass(5 * NS_PER_S);
    pass(LAST_WORDS);
    expect_cancel_and_cut();
}
END_TEST

/* A send that cannot start breaks the call off; if that has no effect, the connection is cut. */
START_TEST(a_call_that_was_broken_off_is_cut_too)
{
    worker_stream.fails[FAKE_SEND] = true;
    begin_unread("run 3");
    expect_cancel_and_cut();
}
END_TEST

/* The call was cancelled and is over; only the store's answer is late. Others may use the
 * connection.
 */
START_TEST(a_connection_is_not_cut_because_the_store_is_late)
{
    worker_start();
    worker_expect_opened();
    worker_stream.fails[FAKE_RECEIVE] = true; /* so the call is cancelled after this message */
    fake_stream_bring(&worker_stream, "ask");
    fake_stream_expect(&worker_stream, FAKE_RECEIVE);
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    fake_stream_end(&worker_stream, INBOX_CLOSED | INBOX_BROKEN);
    pass(CANCELLED);
    fake_clock_await_deadline(&worker_clock, CLOCK_NEVER);
    fake_clock_advance(&worker_clock, WORKER_SEND_TIMEOUT);
    worker.host.tell(&worker.host, SERVICE_ANSWERED);
    worker_expect_let_go(); /* no cut came before */
    ck_assert_int_eq(worker_record.answered, 1);
}
END_TEST

Suite *worker_unread_suite(void)
{
    Suite *suite = suite_create("worker-unread");
    TCase *giving_up = tcase_create("giving-up");
    suite_add_tcase(suite, giving_up);
    tcase_add_checked_fixture(giving_up, worker_set_up, worker_tear_down);
    tcase_add_test(giving_up, a_client_that_takes_nothing_is_ended);
    tcase_add_test(giving_up, a_client_has_until_its_own_deadline);
    tcase_add_test(giving_up, a_connection_is_cut_if_a_deadline_has_no_effect);
    tcase_add_test(giving_up, a_connection_on_which_even_a_cancel_has_no_effect_is_cut);
    tcase_add_test(giving_up, a_client_that_reads_slowly_is_served);
    tcase_add_test(giving_up, a_client_that_talks_but_takes_nothing_is_ended);
    tcase_add_test(giving_up, a_status_that_is_not_taken_is_given_up_in_time);
    tcase_add_test(giving_up, a_take_over_waits_for_no_client);
    tcase_add_test(giving_up, a_take_over_tells_a_client_that_reads);
    tcase_add_test(giving_up, a_stop_waits_for_no_client);
    tcase_add_test(giving_up, a_stop_waits_for_no_client_of_a_stream_that_is_over);
    tcase_add_test(giving_up, a_call_that_was_broken_off_is_cut_too);
    tcase_add_test(giving_up, a_connection_is_not_cut_because_the_store_is_late);
    return suite;
}
