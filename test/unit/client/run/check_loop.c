/*
 * The client's loop: runs many streams to their ends, minds the time, and tells and does what other
 * threads ask of it.
 */
#include "client/run/loop.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/lying_server.h"
#include "test/kit/scripted_server.h"
#include "test/suites.h"

#include <sodium.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { N = 20, TIMEOUT_S = 30 };

#define HOUR_NS (3600 * NS_PER_S)
#define NUMBER(value)                                                                              \
    {                                                                                              \
        .kind = SCRIPT_NUMBER, .number = (value)                                                   \
    }
#define BREAK                                                                                      \
    {                                                                                              \
        .kind = SCRIPT_STATUS, .status = STATUS_UNAVAILABLE                                        \
    }

static const struct script silent[] = {{{NUMBER(5)}}};
static const struct script slow_to_resume[] = {
    {{NUMBER(5), BREAK}}, {{NUMBER(15), {.kind = SCRIPT_AWAIT}, {.kind = SCRIPT_STATUS}}}};
static const struct script broken_for_ever[] = {{{NUMBER(5), BREAK}}, {{BREAK}}};

static struct lying_server *lying_server; /* NULL: none */
static struct scripted_server *server;    /* NULL: none */
static char target[128];
static struct plan plan;
static struct runner_settings settings;
static struct loop loop;
static bool has_loop;
static pthread_t other;

/* The loop's thread writes these. */
static unsigned messages;
static unsigned breaks;
static unsigned waits;
static int64_t first_message_at;
static atomic_uint endings;

static void note_message(void *context, unsigned stream, const struct session_message *message)
{
    (void)context;
    (void)stream;
    (void)message;
    if (messages++ == 0) {
        first_message_at = clock_monotonic.now(&clock_monotonic);
    }
}

static void note_break(void *context, unsigned stream, const struct session_break *event)
{
    (void)context;
    (void)stream;
    (void)event;
    breaks++;
}

static struct session_listener listener = {.message = note_message, .broken = note_break};

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    messages = breaks = waits = 0;
    atomic_init(&endings, 0);
}

static void tear_down(void)
{
    if (has_loop) {
        loop_cleanup(&loop);
    }
    if (lying_server != NULL) {
        lying_server_stop(lying_server);
    }
    if (server != NULL) {
        scripted_server_stop(server);
    }
    grpc_teardown();
}

/* All truthful, to any number of streams at a time. */
static void serve_all(int64_t interval_ns)
{
    const struct lying_server_settings lies = {.mode = MODE_STATEFUL,
                                               .interval_ns = interval_ns,
                                               .every = 1,
                                               .lie = {.lie = LIE_DROP, .at = UINT32_MAX}};
    lying_server = lying_server_start(&lies);
    snprintf(target, sizeof target, "127.0.0.1:%u", lying_server_port(lying_server));
}

/* To one stream at a time. */
static void serve(const struct script *scripts, size_t count)
{
    server = scripted_server_start(scripts, count, count - 1);
    snprintf(target, sizeof target, "%s", scripted_server_target(server));
}

/* Room in the loop for so many; streams of `n` numbers. */
static void make_loop(enum client_mode mode, uint32_t n, unsigned connections, unsigned streams)
{
    plan = (struct plan){.mode = mode,
                         .n = n,
                         .streams = streams,
                         .connections = connections,
                         .max_lateness_ns = CLOCK_NEVER};
    snprintf(plan.target, sizeof plan.target, "%s", target);
    settings = (struct runner_settings){.plan = &plan,
                                        .subscription = {.retry_timeout_ns = 60 * NS_PER_S,
                                                         .wrong_max = 1,
                                                         .clock = &clock_monotonic,
                                                         .listener = &runner_listener},
                                        .began = clock_monotonic.now(&clock_monotonic),
                                        .listener = &listener};
    has_loop = true;
    ck_assert(loop_init(&loop, &settings, connections, streams));
    for (unsigned i = 1; i <= connections; i++) {
        struct connection *connection = loop_add_connection(&loop, i);
        ck_assert_ptr_eq(connection, &loop.connections[i - 1]);
        ck_assert_uint_eq(connection->channel.number, i);
    }
}

static void add_runners(unsigned count, int64_t delay_ns)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned number = (unsigned)loop.runner_count + 1;
        loop_add_runner(&loop, &loop.connections[number % loop.connection_count], number,
                        settings.began + delay_ns);
    }
}

static const struct subscription *first(void)
{
    return &loop.runners[0].subscription;
}

static const struct counts *counts(void)
{
    return &loop.group.tally->counts;
}

/* ---- The run --------------------------------------------------------------------------------- */

START_TEST(runs_until_all_are_done)
{
    enum { CONNECTIONS = 3, STREAMS = 60 };
    serve_all(0);
    make_loop(CLIENT_STATEFUL, N, CONNECTIONS, STREAMS);
    add_runners(STREAMS, 0);
    loop_run(&loop);
    ck_assert_uint_eq(loop.group.running, 0);
    ck_assert_uint_eq(counts()->numbers, (size_t)STREAMS * N);
    ck_assert_uint_eq(counts()->started, STREAMS);
    ck_assert_uint_eq(counts()->finished, STREAMS);
    ck_assert_uint_eq(counts()->violations, 0);
    ck_assert_uint_eq(loop.group.tally->proven, STREAMS);
    ck_assert_uint_eq(loop.group.tally->live, 0);
    ck_assert_uint_eq(loop.group.tally->waiting, 0);
    ck_assert_uint_eq(messages, (size_t)STREAMS * (N + 1));
    ck_assert_uint_eq(lying_server_start_count(lying_server), STREAMS);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(loop.runners[i].state, RUNNER_DONE);
        ck_assert_int_eq(loop.runners[i].subscription.result, SESSION_PROVEN);
    }
}
END_TEST

START_TEST(without_streams_it_ends)
{
    snprintf(target, sizeof target, "127.0.0.1:1");
    make_loop(CLIENT_STATEFUL, N, 1, 1);
    loop_run(&loop);
    ck_assert_uint_eq(counts()->started, 0);
}
END_TEST

START_TEST(minds_the_time)
{
    serve(slow_to_resume, 2);
    make_loop(CLIENT_STATELESS, 2, 1, 1);
    add_runners(1, 0);
    loop_run(&loop);
    ck_assert_int_eq(first()->result, SESSION_PROVEN);
    ck_assert_uint_eq(breaks, 1);
    ck_assert_int_ge(clock_monotonic.now(&clock_monotonic) - settings.began, 400 * NS_PER_MS);
}
END_TEST

START_TEST(streams_begin_at_their_time)
{
    serve_all(0);
    make_loop(CLIENT_STATEFUL, N, 1, 2);
    add_runners(2, 200 * NS_PER_MS);
    loop_run(&loop);
    ck_assert_uint_eq(counts()->finished, 2);
    ck_assert_int_ge(first_message_at - settings.began, 200 * NS_PER_MS);
}
END_TEST

/* Many messages may come while it does not wait at all. */
static bool count_waits(void *context)
{
    (void)context;
    waits++;
    return true;
}

START_TEST(it_tells_before_it_waits)
{
    serve_all(0);
    make_loop(CLIENT_STATEFUL, N, 1, 1);
    add_runners(1, 0);
    listener.before_wait = count_waits;
    loop_run(&loop);
    ck_assert_int_eq(first()->result, SESSION_PROVEN);
    ck_assert_uint_ge(waits, 1);
}
END_TEST

/* ---- The end that is asked for --------------------------------------------------------------- */

static bool stop_after_a_message(void *context)
{
    (void)context;
    return messages == 0;
}

START_TEST(stops_when_it_is_told_so_before_a_wait)
{
    serve(silent, 1);
    make_loop(CLIENT_STATELESS, N, 1, 1);
    add_runners(1, 0);
    listener.before_wait = stop_after_a_message;
    loop_run(&loop);
    ck_assert_int_eq(first()->result, SESSION_STOPPED);
    ck_assert_uint_eq(messages, 1);
}
END_TEST

static void *request_stop(void *argument)
{
    loop_request_stop(argument);
    return NULL;
}

/* As soon as it waits and each stream has its message, another thread stops it: it waits on. */
static bool be_stopped_by_another(void *context)
{
    (void)context;
    if (messages >= plan.streams && waits++ == 0) {
        ck_assert_int_eq(pthread_create(&other, NULL, request_stop, &loop), 0);
    }
    return true;
}

START_TEST(stops_when_another_thread_asks)
{
    enum { STREAMS = 30 };
    serve_all(HOUR_NS);
    make_loop(CLIENT_STATEFUL, N, 2, STREAMS);
    add_runners(STREAMS, 0);
    listener.before_wait = be_stopped_by_another;
    loop_run(&loop);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_uint_eq(messages, STREAMS);
    ck_assert_uint_eq(loop.group.tally->unfinished_streams, STREAMS);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(loop.runners[i].subscription.result, SESSION_STOPPED);
    }
}
END_TEST

static bool be_stopped_when_it_paused(void *context)
{
    (void)context;
    if (breaks == 2 && waits++ == 0) {
        ck_assert_int_ne(first()->resume_at, CLOCK_NEVER);
        ck_assert_int_eq(pthread_create(&other, NULL, request_stop, &loop), 0);
    }
    return true;
}

START_TEST(stops_while_it_waits_for_the_next_try)
{
    serve(broken_for_ever, 2);
    make_loop(CLIENT_STATELESS, N, 1, 1);
    add_runners(1, 0);
    listener.before_wait = be_stopped_when_it_paused;
    loop_run(&loop);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_int_eq(first()->result, SESSION_STOPPED);
    ck_assert_uint_eq(breaks, 2);
}
END_TEST

START_TEST(a_stop_before_the_run_is_not_forgotten)
{
    serve_all(HOUR_NS);
    make_loop(CLIENT_STATEFUL, N, 1, 3);
    add_runners(3, 0);
    loop_request_stop(&loop);
    loop_request_stop(&loop); /* asked twice */
    loop_run(&loop);
    ck_assert_uint_eq(loop.group.running, 0);
    ck_assert_uint_eq(loop.group.tally->proven, 0);
    ck_assert_uint_eq(messages, 0);
}
END_TEST

/* Their time has not come yet, and need not be waited for. */
START_TEST(streams_that_sleep_are_stopped)
{
    serve_all(HOUR_NS);
    make_loop(CLIENT_STATEFUL, N, 1, 5);
    add_runners(2, 0);
    add_runners(3, HOUR_NS);
    plan.streams = 2; /* that are to have a message */
    listener.before_wait = be_stopped_by_another;
    loop_run(&loop);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_uint_eq(counts()->started, 2);
    ck_assert_uint_eq(messages, 2);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(loop.runners[i].state, RUNNER_DONE);
    }
}
END_TEST

/* ---- A thread of its own, and samples -------------------------------------------------------- */

static void note_ending(void *argument)
{
    atomic_uint *count = argument;
    atomic_fetch_add(count, 1);
}

static void start(void)
{
    ck_assert_int_eq(loop_start(&loop, note_ending, &endings), 0);
}

static struct loop_sample sample_now(void)
{
    loop_request_sample(&loop);
    return loop_take_sample(&loop);
}

/* The loop answers each time; what is waited for must come. */
static struct loop_sample sample_until(uint64_t numbers)
{
    struct loop_sample sample = sample_now();
    while (sample.counts.numbers < numbers) {
        sample = sample_now();
    }
    return sample;
}

static void stop_and_join(void)
{
    loop_request_stop(&loop);
    loop_join(&loop);
    ck_assert_uint_eq(atomic_load(&endings), 1);
}

START_TEST(samples_tell_what_goes_on)
{
    enum { STREAMS = 20 };
    serve_all(HOUR_NS);
    make_loop(CLIENT_STATEFUL, N, 2, STREAMS + 3);
    add_runners(STREAMS, 0);
    add_runners(3, HOUR_NS); /* neither live nor waiting */
    start();
    struct loop_sample sample = sample_until(STREAMS);
    ck_assert_uint_eq(sample.counts.numbers, STREAMS);
    ck_assert_uint_eq(sample.counts.started, STREAMS);
    ck_assert_uint_eq(sample.counts.finished, 0);
    ck_assert_uint_eq(sample.live, STREAMS);
    ck_assert_uint_eq(sample.waiting, 0);
    ck_assert_uint_eq(atomic_load(&endings), 0);
    stop_and_join();
}
END_TEST

/* The server has answered one of three. */
START_TEST(streams_without_an_answer_wait)
{
    serve(silent, 1);
    make_loop(CLIENT_STATELESS, N, 1, 3);
    add_runners(3, 0);
    start();
    struct loop_sample sample = sample_until(1);
    ck_assert_uint_eq(sample.counts.started, 3);
    ck_assert_uint_eq(sample.live, 1);
    ck_assert_uint_eq(sample.waiting, 2);
    stop_and_join();
}
END_TEST

START_TEST(a_sample_after_the_end_is_what_it_came_to)
{
    enum { STREAMS = 10 };
    serve_all(0);
    make_loop(CLIENT_STATEFUL, N, 1, STREAMS);
    add_runners(STREAMS, 0);
    start();
    loop_join(&loop);
    ck_assert_uint_eq(atomic_load(&endings), 1);
    for (int i = 0; i < 3; i++) {
        struct loop_sample sample = i == 0 ? loop_take_sample(&loop) : sample_now();
        ck_assert_uint_eq(sample.counts.numbers, (size_t)STREAMS * N);
        ck_assert_uint_eq(sample.counts.finished, STREAMS);
        ck_assert_uint_eq(sample.live, 0);
        ck_assert_uint_eq(sample.waiting, 0);
    }
}
END_TEST

/* Each answer belongs to its question, or is newer: none goes backwards, and none is missing. */
START_TEST(samples_are_taken_while_it_runs_and_ends)
{
    enum { STREAMS = 50 };
    uint64_t before = 0;
    serve_all(0);
    make_loop(CLIENT_STATEFUL, 200, 4, STREAMS);
    add_runners(STREAMS, 0);
    start();
    while (atomic_load(&endings) == 0) {
        struct loop_sample sample = sample_now();
        ck_assert_uint_ge(sample.counts.numbers, before);
        ck_assert_uint_le(sample.live + sample.waiting, STREAMS);
        before = sample.counts.numbers;
    }
    ck_assert_uint_eq(sample_now().counts.numbers, (size_t)STREAMS * 200);
    loop_join(&loop);
}
END_TEST

START_TEST(a_loop_that_never_ran_can_be_cleaned_up)
{
    serve_all(0);
    make_loop(CLIENT_STATEFUL, N, 2, 4);
    add_runners(4, 0);
    loop_request_sample(&loop);
    loop_request_stop(&loop);
    loop_cleanup(&loop);
    has_loop = false;
    ck_assert_uint_eq(lying_server_start_count(lying_server), 0);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, TIMEOUT_S);
    return tcase;
}

Suite *loop_suite(void)
{
    Suite *suite = suite_create("loop");
    TCase *run = add_case(suite, "run");
    tcase_add_test(run, runs_until_all_are_done);
    tcase_add_test(run, without_streams_it_ends);
    tcase_add_test(run, minds_the_time);
    tcase_add_test(run, streams_begin_at_their_time);
    tcase_add_test(run, it_tells_before_it_waits);

    TCase *stop = add_case(suite, "stop");
    tcase_add_test(stop, stops_when_it_is_told_so_before_a_wait);
    tcase_add_test(stop, stops_when_another_thread_asks);
    tcase_add_test(stop, stops_while_it_waits_for_the_next_try);
    tcase_add_test(stop, a_stop_before_the_run_is_not_forgotten);
    tcase_add_test(stop, streams_that_sleep_are_stopped);

    TCase *threads = add_case(suite, "threads");
    tcase_add_test(threads, samples_tell_what_goes_on);
    tcase_add_test(threads, streams_without_an_answer_wait);
    tcase_add_test(threads, a_sample_after_the_end_is_what_it_came_to);
    tcase_add_test(threads, samples_are_taken_while_it_runs_and_ends);
    tcase_add_test(threads, a_loop_that_never_ran_can_be_cleaned_up);
    return suite;
}
