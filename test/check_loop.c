/* The client's loop: runs a subscription to its end, and stops it when it is told to. */
#include "client/loop.h"
#include "shared/grpc_setup.h"
#include "shared/log.h"
#include "test/lying_server.h"
#include "test/suites.h"

#include <sodium.h>

#include <pthread.h>

enum { N = 2 };

#define NUMBER(value)                                                                              \
    {                                                                                              \
        .kind = LIE_NUMBER, .number = (value)                                                      \
    }

static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5}};
static const struct script whole[] = {
    {{NUMBER(3856042040), NUMBER(2229533162), NUMBER(58594), {.kind = LIE_STATUS}}}};
static const struct script silent[] = {{{NUMBER(3856042040)}}};
static const struct script slow_to_resume[] = {
    {{NUMBER(3856042040), {.kind = LIE_STATUS, .status = STATUS_UNAVAILABLE}}},
    {{NUMBER(1), NUMBER(17336), NUMBER(2229533162), NUMBER(58594), {.kind = LIE_STATUS}}}};
static const struct script broken_for_ever[] = {
    {{NUMBER(3856042040), {.kind = LIE_STATUS, .status = STATUS_UNAVAILABLE}}},
    {{{.kind = LIE_STATUS, .status = STATUS_UNAVAILABLE}}}};

static struct lying_server *server;
static struct channel channel;
static struct loop loop;
static struct subscription subscription;
static unsigned messages;
static unsigned idle_calls;
static pthread_t stopper;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    loop_init(&loop);
}

static void tear_down(void)
{
    loop_cleanup(&loop);
    channel_cleanup(&channel);
    lying_server_stop(server);
    grpc_teardown();
}

static void note_message(struct subscription *of, enum verdict verdict, uint64_t number)
{
    (void)of;
    (void)verdict;
    (void)number;
    messages++;
}

static void ignore_break(struct subscription *of, bool never_connected, int64_t delay_ns)
{
    (void)of;
    (void)never_connected;
    (void)delay_ns;
}

static const struct subscription_listener listener = {.message = note_message,
                                                      .broken = ignore_break};
static const struct subscription_settings settings = {
    .retry_timeout_ns = 60 * NS_PER_S, .clock = &clock_monotonic, .listener = &listener};

static void subscribe(const struct script *scripts, size_t count)
{
    server = lying_server_start(scripts, count, count - 1);
    ck_assert(channel_init(&channel, lying_server_target(server)));
    subscription_init(&subscription, &settings, &channel, loop.queue);
    verifier_init_stateful(&subscription.verifier, &uuid, N);
    subscription_start(&subscription);
}

static bool go_on(void)
{
    idle_calls++;
    return true;
}

static bool stop_after_a_message(void)
{
    idle_calls++;
    return messages == 0;
}

static void *request_stop(void *argument)
{
    loop_request_stop(argument);
    return NULL;
}

/* Once a message has come, another thread stops the loop, which waits for nothing else then. */
static bool be_stopped_after_a_message(void)
{
    if (messages > 0 && idle_calls++ == 0) {
        ck_assert_int_eq(pthread_create(&stopper, NULL, request_stop, &loop), 0);
    }
    return true;
}

START_TEST(runs_until_it_is_done)
{
    subscribe(whole, 1);
    loop_run(&loop, &subscription, go_on);
    ck_assert_int_eq(subscription.result, RESULT_PROVEN);
    ck_assert_uint_eq(messages, N + 1);
}
END_TEST

START_TEST(minds_the_time)
{
    int64_t begin = clock_monotonic.now(&clock_monotonic);
    subscribe(slow_to_resume, 2);
    loop_run(&loop, &subscription, go_on);
    ck_assert_int_eq(subscription.result, RESULT_PROVEN);
    ck_assert_int_ge(clock_monotonic.now(&clock_monotonic) - begin, 400 * NS_PER_MS);
}
END_TEST

START_TEST(stops_when_idle_says_so)
{
    subscribe(silent, 1);
    loop_run(&loop, &subscription, stop_after_a_message);
    ck_assert_int_eq(subscription.result, RESULT_STOPPED);
    ck_assert_uint_eq(messages, 1);
}
END_TEST

START_TEST(stops_when_another_thread_asks)
{
    subscribe(silent, 1);
    loop_run(&loop, &subscription, be_stopped_after_a_message);
    ck_assert_int_eq(pthread_join(stopper, NULL), 0);
    ck_assert_int_eq(subscription.result, RESULT_STOPPED);
    ck_assert_uint_eq(messages, 1);
}
END_TEST

START_TEST(stops_while_it_waits_for_the_next_try)
{
    subscribe(broken_for_ever, 2);
    loop_run(&loop, &subscription, be_stopped_after_a_message);
    ck_assert_int_eq(pthread_join(stopper, NULL), 0);
    ck_assert_int_eq(subscription.result, RESULT_STOPPED);
}
END_TEST

START_TEST(a_stop_before_the_run_is_not_forgotten)
{
    subscribe(silent, 1);
    loop_request_stop(&loop);
    loop_request_stop(&loop); /* asked twice */
    loop_run(&loop, &subscription, go_on);
    ck_assert_int_eq(subscription.result, RESULT_STOPPED);
}
END_TEST

Suite *loop_suite(void)
{
    Suite *suite = suite_create("loop");
    TCase *running = tcase_create("loop");
    suite_add_tcase(suite, running);
    tcase_add_checked_fixture(running, set_up, tear_down);
    tcase_set_timeout(running, 30);
    tcase_add_test(running, runs_until_it_is_done);
    tcase_add_test(running, minds_the_time);
    tcase_add_test(running, stops_when_idle_says_so);
    tcase_add_test(running, stops_when_another_thread_asks);
    tcase_add_test(running, stops_while_it_waits_for_the_next_try);
    tcase_add_test(running, a_stop_before_the_run_is_not_forgotten);
    return suite;
}
