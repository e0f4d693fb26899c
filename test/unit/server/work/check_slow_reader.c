/* A worker whose client takes a padded message slowly: server/work/slow_reader. */
#include "test/kit/worker_fixture.h"
#include "test/suites.h"

/* The parts of the message, and of what may be under way before it. */
enum { PARTS = 3 + 64, PADDING = 3 * 64 * 1024, PROGRESS = 1024 };

/* Time goes by until the worker wakes, which waits for exactly so long; meanwhile its connection
 * takes bytes. */
static void pass(int64_t ns, uint64_t bytes)
{
    fake_clock_await_deadline(&worker_clock, fake_clock_now(&worker_clock) + ns);
    fake_stream_take_bytes(&worker_stream, bytes);
    fake_clock_advance(&worker_clock, ns);
}

static void expect_cancel(void)
{
    fake_stream_expect(&worker_stream, FAKE_CANCEL);
    worker_stream.what = STREAM_HALF_CLOSED;
    fake_stream_end(&worker_stream,
                    INBOX_RECEIVED | INBOX_SENT | INBOX_FINISHED | INBOX_CLOSED | INBOX_BROKEN);
    worker_expect_let_go();
}

/* The first message is under way. */
static void begin_sending(size_t padding)
{
    worker_record.padding = padding;
    worker_start();
    worker_expect_opened();
    worker_say("run 1");
    fake_stream_expect(&worker_stream, FAKE_SEND);
}

/* The time is over, and the connection has taken bytes: once for each part. */
static void take_slowly(unsigned parts)
{
    for (unsigned i = 0; i < parts; i++) {
        pass(WORKER_SEND_TIMEOUT, PROGRESS);
    }
}

START_TEST(a_client_that_takes_a_part_has_the_time_again)
{
    begin_sending(PADDING);
    take_slowly(PARTS);
    fake_stream_end(&worker_stream, INBOX_SENT);
    fake_stream_expect(&worker_stream, FAKE_FINISH);
    take_slowly(PARTS); /* the rest of the message is before the status */
    fake_stream_end(&worker_stream, INBOX_FINISHED);
    worker_lose_stream();
}
END_TEST

START_TEST(a_client_has_the_time_once_for_each_part)
{
    begin_sending(PADDING);
    take_slowly(PARTS + 1);
    expect_cancel();
    ck_assert_int_eq(worker_record.why, SERVICE_UNREAD);
}
END_TEST

START_TEST(a_client_that_takes_nothing_has_the_time_once)
{
    begin_sending(PADDING);
    pass(WORKER_SEND_TIMEOUT, 0);
    expect_cancel();
    ck_assert_int_eq(worker_record.why, SERVICE_UNREAD);
}
END_TEST

/* As pings do. */
START_TEST(some_bytes_are_no_progress)
{
    begin_sending(PADDING);
    take_slowly(1);
    pass(WORKER_SEND_TIMEOUT, PROGRESS - 1);
    expect_cancel();
}
END_TEST

START_TEST(without_padding_the_connection_does_not_count)
{
    begin_sending(0);
    pass(WORKER_SEND_TIMEOUT, UINT32_MAX);
    expect_cancel();
}
END_TEST

/* A take-over, and the stop of the server, wait for no message. */
START_TEST(a_slow_client_does_not_delay_a_take_over)
{
    begin_sending(PADDING);
    fake_clock_await_deadline(&worker_clock, WORKER_START_TIME + WORKER_SEND_TIMEOUT);
    worker.host.tell(&worker.host, SERVICE_TAKEN_OVER);
    pass(NS_PER_S / 2, PROGRESS);
    expect_cancel();
}
END_TEST

Suite *slow_reader_suite(void)
{
    Suite *suite = suite_create("slow-reader");
    TCase *tcase = tcase_create("slow-reader");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, worker_set_up, worker_tear_down);
    tcase_add_test(tcase, a_client_that_takes_a_part_has_the_time_again);
    tcase_add_test(tcase, a_client_has_the_time_once_for_each_part);
    tcase_add_test(tcase, a_client_that_takes_nothing_has_the_time_once);
    tcase_add_test(tcase, some_bytes_are_no_progress);
    tcase_add_test(tcase, without_padding_the_connection_does_not_count);
    tcase_add_test(tcase, a_slow_client_does_not_delay_a_take_over);
    return suite;
}
