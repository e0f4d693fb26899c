/* The workers with fake streams: admission, drain, the counters, and a shortage of threads. */
#include "server/work/stream_limit.h"
#include "server/work/workers.h"
#include "shared/base/log.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_service.h"
#include "test/kit/fake_stream.h"
#include "test/kit/thread_shortage.h"
#include "test/suites.h"

#include <sched.h>
#include <semaphore.h>

#define START_TIME   (100 * NS_PER_S)
#define SEND_TIMEOUT (30 * NS_PER_S)

enum { MAX_STREAMS = 3, STREAMS = MAX_STREAMS + 1 };

static struct fake_clock fake;
static struct fake_record record;
static struct service service;
static struct fake_stream streams[STREAMS];
static struct workers *workers;
static sem_t drained;
static struct failure failure;

static void note_drained(void)
{
    (void)sem_post(&drained);
}

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    fake_clock_init(&fake, START_TIME);
    record = (struct fake_record){.clock = &fake.clock};
    service = fake_service(&record);
    service.is_paced = true;
    for (size_t i = 0; i < STREAMS; i++) {
        fake_stream_init(&streams[i], &service);
    }
    ck_assert_int_eq(sem_init(&drained, 0, 0), 0);
    const struct workers_settings settings = {.clock = &fake.clock,
                                              .max_streams = MAX_STREAMS,
                                              .send_timeout_ns = SEND_TIMEOUT,
                                              .drained = note_drained};
    workers = workers_create(&settings);
    ck_assert_ptr_nonnull(workers);
}

static void tear_down(void)
{
    workers_destroy(workers);
    for (size_t i = 0; i < STREAMS; i++) {
        fake_stream_cleanup(&streams[i]);
    }
    sem_destroy(&drained);
    fake_clock_cleanup(&fake);
}

static enum error hand_over(size_t i)
{
    return workers_hand_over(workers, &streams[i].stream, &failure);
}

static void begin(size_t i)
{
    ck_assert_int_eq(hand_over(i), ERROR_NONE);
    fake_stream_expect(&streams[i], FAKE_OPEN);
    fake_stream_expect(&streams[i], FAKE_RECEIVE);
}

static void end(size_t i)
{
    fake_stream_bring(&streams[i], "end");
    fake_stream_expect_good_end(&streams[i], ERROR_NONE);
}

/* Ends a stream that still receives. */
static void finish(size_t i)
{
    fake_stream_bring_other(&streams[i], STREAM_HALF_CLOSED);
    fake_stream_end(&streams[i], INBOX_FINISHED | INBOX_CLOSED);
}

static void expect_let_go(size_t i)
{
    fake_stream_expect(&streams[i], FAKE_CLOSE);
    fake_stream_expect(&streams[i], FAKE_RELEASE);
}

/* Waits until this many streams are live. */
static void await_live(uint64_t wanted)
{
    while (workers_live(workers) != wanted) {
        sched_yield();
    }
}

START_TEST(as_many_streams_as_the_limit_says)
{
    for (size_t i = 0; i < MAX_STREAMS; i++) {
        begin(i);
    }
    ck_assert_int_eq(hand_over(MAX_STREAMS), ERROR_TOO_MANY_STREAMS);
    ck_assert_str_eq(failure.text, "too many streams: try again later");
    ck_assert_uint_eq(workers_live(workers), MAX_STREAMS);
    end(1);
    await_live(MAX_STREAMS - 1);
    begin(MAX_STREAMS);
    for (size_t i = 0; i < STREAMS; i++) {
        if (i != 1) {
            end(i);
        }
    }
    await_live(0);
}
END_TEST

/* At full speed a thread goes on with the stream behind its own: no thread is woken for it. */
START_TEST(a_thread_goes_on_with_the_next_stream_of_its_connection)
{
    service.is_paced = false;
    begin(1);
    end(1);
    await_live(0); /* its thread is idle */
    begin(0);
    begin(1);
    end(1);
    await_live(1); /* one thread is idle, and the other one has stream 0 */
    struct inbox *inbox = streams[0].inbox;
    streams[2].stream.line = &streams[0].line;
    ck_assert_int_eq(hand_over(2), ERROR_NONE);
    end(0);
    fake_stream_expect(&streams[2], FAKE_OPEN);
    ck_assert_ptr_eq(streams[2].inbox, inbox);
    fake_stream_expect(&streams[2], FAKE_RECEIVE);
    ck_assert_uint_eq(workers_live(workers), 1);
    begin(1); /* the idle thread has been left out, and is there for another one */
    ck_assert_ptr_ne(streams[1].inbox, inbox);
    end(1);
    end(2);
    await_live(0);
}
END_TEST

/* Else one more thread than streams could be started for each stream that ends. */
START_TEST(a_stream_counts_until_its_thread_is_free)
{
    for (size_t i = 0; i < MAX_STREAMS; i++) {
        begin(i);
    }
    fake_stream_bring(&streams[0], "end");
    fake_stream_expect_finish(&streams[0], ERROR_NONE);
    (void)pthread_mutex_lock(&streams[0].lock); /* the thread waits when it closes the stream */
    inbox_post(streams[0].inbox, INBOX_FINISHED | INBOX_CLOSED);
    for (int i = 0; i < 2000; i++) {
        ck_assert_int_eq(hand_over(MAX_STREAMS), ERROR_TOO_MANY_STREAMS);
        sched_yield();
    }
    (void)pthread_mutex_unlock(&streams[0].lock);
    expect_let_go(0);
    await_live(MAX_STREAMS - 1);
    begin(MAX_STREAMS);
    for (size_t i = 1; i < STREAMS; i++) {
        end(i);
    }
    await_live(0);
}
END_TEST

static struct service_counts sum(void)
{
    const struct counts counts = workers_count(workers);
    return counts_sum(&counts);
}

/* The sums have the workers that serve a stream now, and those that have ended. */
START_TEST(what_workers_count_is_summed_up)
{
    begin(0);
    fake_stream_bring(&streams[0], "run 2");
    fake_stream_expect(&streams[0], FAKE_RECEIVE);
    fake_stream_expect_text(&streams[0], "a", true);
    fake_stream_end(&streams[0], INBOX_SENT);
    fake_stream_expect_text(&streams[0], "b", false);
    fake_stream_end(&streams[0], INBOX_SENT);
    fake_stream_expect_finish(&streams[0], ERROR_NONE);
    begin(1);
    fake_stream_bring(&streams[1], "run 2");
    fake_stream_expect(&streams[1], FAKE_RECEIVE);
    fake_stream_expect_text(&streams[1], "a", true);
    struct service_counts counts = sum();
    ck_assert_uint_eq(counts.started, 2);
    ck_assert_uint_eq(counts.received, 2);
    ck_assert_uint_eq(workers_count(workers).live[SERVICE_PLACES_STREAMS], 2);
    ck_assert_uint_eq(counts.sent, 3);

    finish(0);
    expect_let_go(0);
    counts = sum();
    ck_assert_uint_eq(counts.started, 2);
    ck_assert_uint_eq(counts.sent, 3);

    fake_clock_advance(&fake, NS_PER_S);
    fake_stream_end(&streams[1], INBOX_SENT);
    fake_stream_expect_text(&streams[1], "b", false);
    fake_stream_end(&streams[1], INBOX_SENT);
    fake_stream_expect_finish(&streams[1], ERROR_NONE);
    finish(1);
    expect_let_go(1);
    ck_assert_uint_eq(sum().sent, 4);
    ck_assert_uint_eq(sum().handled[STATUS_OK], 2);
    ck_assert_uint_eq(sum().lifetimes[0], 1);
    ck_assert_uint_eq(sum().lifetimes[7], 1); /* a second, a bound */
    ck_assert_uint_eq(sum().lifetime_ns, NS_PER_S);
    await_live(0);
}
END_TEST

START_TEST(a_drain_takes_no_stream_and_tells_when_the_last_is_gone)
{
    begin(0);
    fake_stream_bring(&streams[0], "wait");
    fake_stream_expect(&streams[0], FAKE_RECEIVE);
    workers_drain(workers, START_TIME);
    ck_assert_int_eq(hand_over(1), ERROR_SHUTTING_DOWN);
    ck_assert_int_ne(sem_trywait(&drained), 0);
    fake_stream_expect_finish(&streams[0], ERROR_SHUTTING_DOWN);
    finish(0);
    ck_assert_int_eq(sem_wait(&drained), 0);
    ck_assert_uint_eq(workers_live(workers), 0);
    expect_let_go(0);
}
END_TEST

/* The second stream, at full speed, still waits for its first turn when the drain begins. */
START_TEST(a_stream_that_has_not_begun_is_drained_too)
{
    service.is_paced = false;
    streams[1].stream.line = &streams[0].line; /* both on one connection */
    begin(2);                                  /* its thread will serve stream 1 */
    end(2);
    await_live(0);
    fake_clock_await_deadline(&fake, START_TIME + NS_PER_S);
    begin(0);
    ck_assert_int_eq(hand_over(1), ERROR_NONE);
    workers_drain(workers, START_TIME);
    fake_stream_expect_finish(&streams[0], ERROR_SHUTTING_DOWN);
    finish(0);
    expect_let_go(0);
    fake_stream_expect(&streams[1], FAKE_OPEN);
    fake_stream_expect(&streams[1], FAKE_RECEIVE);
    fake_stream_expect_finish(&streams[1], ERROR_SHUTTING_DOWN);
    finish(1);
    ck_assert_int_eq(sem_wait(&drained), 0);
    expect_let_go(1);
}
END_TEST

/* The limit that a shortage sets is one of threads: watches come under it, too, and a check does
 * not. */
START_TEST(a_shortage_refuses_streams_that_last)
{
    begin(0);
    thread_shortage_begin();
    ck_assert_int_eq(hand_over(1), ERROR_TOO_MANY_STREAMS);
    thread_shortage_end();
    service.places = SERVICE_PLACES_WATCHES;
    ck_assert_int_eq(hand_over(1), ERROR_TOO_MANY_STREAMS);
    ck_assert_str_eq(failure.text, "too many streams: try again later");
    service.places = SERVICE_PLACES_CHECKS;
    begin(1);
    end(1);
    end(0);
    await_live(0);
}
END_TEST

/* Within a minute after a shortage of threads, the limit is as before. */
START_TEST(a_limit_that_was_learned_recovers)
{
    begin(0);
    thread_shortage_begin();
    ck_assert_int_eq(hand_over(1), ERROR_TOO_MANY_STREAMS);
    ck_assert_str_eq(failure.text, "too many streams: the server is out of threads");
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS); /* the next try fails */
    ck_assert_int_eq(hand_over(1), ERROR_TOO_MANY_STREAMS);
    thread_shortage_end();
    ck_assert_int_eq(hand_over(1), ERROR_TOO_MANY_STREAMS); /* too early for the next try */
    ck_assert_str_eq(failure.text, "too many streams: try again later");
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS - 1);
    ck_assert_int_eq(hand_over(1), ERROR_TOO_MANY_STREAMS);
    fake_clock_advance(&fake, 1);
    for (size_t i = 1; i < MAX_STREAMS; i++) {
        begin(i);
    }
    ck_assert_int_eq(hand_over(MAX_STREAMS), ERROR_TOO_MANY_STREAMS);
    for (size_t i = 0; i < MAX_STREAMS; i++) {
        end(i);
    }
    await_live(0);
}
END_TEST

Suite *workers_suite(void)
{
    Suite *suite = suite_create("workers");
    TCase *admission = tcase_create("admission");
    suite_add_tcase(suite, admission);
    tcase_add_checked_fixture(admission, set_up, tear_down);
    tcase_add_test(admission, as_many_streams_as_the_limit_says);
    tcase_add_test(admission, a_thread_goes_on_with_the_next_stream_of_its_connection);
    tcase_add_test(admission, a_stream_counts_until_its_thread_is_free);
    tcase_add_test(admission, what_workers_count_is_summed_up);
    tcase_add_test(admission, a_drain_takes_no_stream_and_tells_when_the_last_is_gone);
    tcase_add_test(admission, a_stream_that_has_not_begun_is_drained_too);
    tcase_add_test(admission, a_shortage_refuses_streams_that_last);
    tcase_add_test(admission, a_limit_that_was_learned_recovers);
    return suite;
}
