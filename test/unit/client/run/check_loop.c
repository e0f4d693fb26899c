/* client/run/loop: runs many runners to their ends, minds the time, and stops when it is asked to.
 */
#include "shared/base/clock.h"
#include "test/kit/loop_fixture.h"
#include "test/kit/script_words.h"
#include "test/suites.h"

#include <pthread.h>

static const struct script silent[] = {{{NUMBER(5)}}};
static const struct script slow_to_resume[] = {{{NUMBER(5), BREAK}}, {{NUMBER(15), AWAIT, OK}}};
static const struct script broken_for_ever[] = {{{NUMBER(5), BREAK}}, {{BREAK}}};

static pthread_t other;
static unsigned waits; /* counted in the loop's thread */

/* ---- The run --------------------------------------------------------------------------------- */

START_TEST(runs_until_all_are_done)
{
    enum { CONNECTIONS = 3, STREAMS = 60 };
    loop_serve_truth(0);
    make_loop(CLIENT_STATEFUL, LOOP_N, CONNECTIONS, STREAMS);
    add_runners(STREAMS, 0);
    loop_run(&loop);
    ck_assert_uint_eq(loop.group.running, 0);
    ck_assert_uint_eq(loop_counts()->numbers, (size_t)STREAMS * LOOP_N);
    ck_assert_uint_eq(loop_counts()->started, STREAMS);
    ck_assert_uint_eq(loop_counts()->finished, STREAMS);
    ck_assert_uint_eq(loop_counts()->violations, 0);
    ck_assert_uint_eq(loop.group.tally->proven, STREAMS);
    ck_assert_uint_eq(loop.group.tally->live, 0);
    ck_assert_uint_eq(loop.group.tally->waiting, 0);
    ck_assert_uint_eq(loop_heard.messages, (size_t)STREAMS * (LOOP_N + 1));
    ck_assert_uint_eq(lying_server_start_count(lying_server), STREAMS);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(loop.runners[i].state, RUNNER_DONE);
        ck_assert_int_eq(loop.runners[i].subscription.result, SESSION_PROVEN);
    }
}
END_TEST

START_TEST(without_streams_it_ends)
{
    make_loop(CLIENT_STATEFUL, LOOP_N, 1, 1);
    loop_run(&loop);
    ck_assert_uint_eq(loop_counts()->started, 0);
}
END_TEST

START_TEST(minds_the_time)
{
    loop_serve(slow_to_resume, 2);
    make_loop(CLIENT_STATELESS, 2, 1, 1);
    add_runners(1, 0);
    loop_run(&loop);
    ck_assert_int_eq(first_subscription()->result, SESSION_PROVEN);
    ck_assert_uint_eq(loop_heard.breaks, 1);
    ck_assert_int_ge(clock_monotonic.now(&clock_monotonic) - loop_settings.began, 400 * NS_PER_MS);
}
END_TEST

START_TEST(streams_begin_at_their_time)
{
    loop_serve_truth(0);
    make_loop(CLIENT_STATEFUL, LOOP_N, 1, 2);
    add_runners(2, 200 * NS_PER_MS);
    loop_run(&loop);
    ck_assert_uint_eq(loop_counts()->finished, 2);
    ck_assert_int_ge(loop_heard.first_at - loop_settings.began, 200 * NS_PER_MS);
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
    loop_serve_truth(0);
    make_loop(CLIENT_STATEFUL, LOOP_N, 1, 1);
    add_runners(1, 0);
    loop_listener.before_wait = count_waits;
    loop_run(&loop);
    ck_assert_int_eq(first_subscription()->result, SESSION_PROVEN);
    ck_assert_uint_ge(waits, 1);
}
END_TEST

/* ---- The end that is asked for --------------------------------------------------------------- */

static bool stop_after_a_message(void *context)
{
    (void)context;
    return loop_heard.messages == 0;
}

START_TEST(stops_when_it_is_told_so_before_a_wait)
{
    loop_serve(silent, 1);
    make_loop(CLIENT_STATELESS, LOOP_N, 1, 1);
    add_runners(1, 0);
    loop_listener.before_wait = stop_after_a_message;
    loop_run(&loop);
    ck_assert_int_eq(first_subscription()->result, SESSION_STOPPED);
    ck_assert_uint_eq(loop_heard.messages, 1);
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
    if (loop_heard.messages >= loop_plan.streams && waits++ == 0) {
        ck_assert_int_eq(pthread_create(&other, NULL, request_stop, &loop), 0);
    }
    return true;
}

START_TEST(stops_when_another_thread_asks)
{
    enum { STREAMS = 30 };
    loop_serve_truth(HOUR_NS);
    make_loop(CLIENT_STATEFUL, LOOP_N, 2, STREAMS);
    add_runners(STREAMS, 0);
    loop_listener.before_wait = be_stopped_by_another;
    loop_run(&loop);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_uint_eq(loop_heard.messages, STREAMS);
    ck_assert_uint_eq(loop.group.tally->unfinished_streams, STREAMS);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(loop.runners[i].subscription.result, SESSION_STOPPED);
    }
}
END_TEST

/* The other thread is waited for: on a busy machine it might ask after the next try. */
static bool be_stopped_when_it_paused(void *context)
{
    (void)context;
    if (loop_heard.breaks == 2 && waits++ == 0) {
        ck_assert_int_ne(first_subscription()->resume_at, CLOCK_NEVER);
        ck_assert_int_eq(pthread_create(&other, NULL, request_stop, &loop), 0);
        ck_assert_int_eq(pthread_join(other, NULL), 0);
    }
    return true;
}

START_TEST(stops_while_it_waits_for_the_next_try)
{
    loop_serve(broken_for_ever, 2);
    make_loop(CLIENT_STATELESS, LOOP_N, 1, 1);
    add_runners(1, 0);
    loop_listener.before_wait = be_stopped_when_it_paused;
    loop_run(&loop);
    ck_assert_int_eq(first_subscription()->result, SESSION_STOPPED);
    ck_assert_uint_eq(loop_heard.breaks, 2);
}
END_TEST

START_TEST(a_stop_before_the_run_is_not_forgotten)
{
    loop_serve_truth(HOUR_NS);
    make_loop(CLIENT_STATEFUL, LOOP_N, 1, 3);
    add_runners(3, 0);
    loop_request_stop(&loop);
    loop_request_stop(&loop); /* asked twice */
    loop_run(&loop);
    ck_assert_uint_eq(loop.group.running, 0);
    ck_assert_uint_eq(loop.group.tally->proven, 0);
    ck_assert_uint_eq(loop_heard.messages, 0);
}
END_TEST

/* Their time has not come yet, and need not be waited for. */
START_TEST(streams_that_sleep_are_stopped)
{
    loop_serve_truth(HOUR_NS);
    make_loop(CLIENT_STATEFUL, LOOP_N, 1, 5);
    add_runners(2, 0);
    add_runners(3, HOUR_NS);
    loop_plan.streams = 2; /* that are to have a message */
    loop_listener.before_wait = be_stopped_by_another;
    loop_run(&loop);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_uint_eq(loop_counts()->started, 2);
    ck_assert_uint_eq(loop_heard.messages, 2);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(loop.runners[i].state, RUNNER_DONE);
    }
}
END_TEST

Suite *loop_suite(void)
{
    Suite *suite = suite_create("loop");
    TCase *run = tcase_create("run");
    suite_add_tcase(suite, run);
    tcase_add_checked_fixture(run, loop_set_up, loop_tear_down);
    tcase_set_timeout(run, LOOP_TIMEOUT_S);
    tcase_add_test(run, runs_until_all_are_done);
    tcase_add_test(run, without_streams_it_ends);
    tcase_add_test(run, minds_the_time);
    tcase_add_test(run, streams_begin_at_their_time);
    tcase_add_test(run, it_tells_before_it_waits);

    TCase *stop = tcase_create("stop");
    suite_add_tcase(suite, stop);
    tcase_add_checked_fixture(stop, loop_set_up, loop_tear_down);
    tcase_set_timeout(stop, LOOP_TIMEOUT_S);
    tcase_add_test(stop, stops_when_it_is_told_so_before_a_wait);
    tcase_add_test(stop, stops_when_another_thread_asks);
    tcase_add_test(stop, stops_while_it_waits_for_the_next_try);
    tcase_add_test(stop, a_stop_before_the_run_is_not_forgotten);
    tcase_add_test(stop, streams_that_sleep_are_stopped);
    return suite;
}
