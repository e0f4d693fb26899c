/* client/run/loop: runs in a thread of its own, and tells other threads how things stand. */
#include "test/kit/loop_fixture.h"
#include "test/kit/script_words.h"
#include "test/suites.h"

#include <stdatomic.h>

static const struct script silent[] = {{{NUMBER(5)}}};
static atomic_uint endings;

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
    loop_serve_truth(HOUR_NS);
    make_loop(CLIENT_STATEFUL, LOOP_N, 2, STREAMS + 3);
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
    loop_serve(silent, 1);
    make_loop(CLIENT_STATELESS, LOOP_N, 1, 3);
    add_runners(3, 0);
    start();
    struct loop_sample sample = sample_until(1);
    ck_assert_uint_eq(sample.counts.started, 3);
    ck_assert_uint_eq(sample.live, 1);
    ck_assert_uint_eq(sample.waiting, 2);
    ck_assert_uint_le(sample.live_lowest, 1);
    ck_assert_uint_ge(sample.waiting_highest, 2);
    sample = sample_now(); /* since the sample before nothing has changed */
    ck_assert_uint_eq(sample.live_lowest, 1);
    ck_assert_uint_eq(sample.waiting_highest, 2);
    stop_and_join();
}
END_TEST

START_TEST(a_sample_after_the_end_is_what_it_came_to)
{
    enum { STREAMS = 10 };
    loop_serve_truth(0);
    make_loop(CLIENT_STATEFUL, LOOP_N, 1, STREAMS);
    add_runners(STREAMS, 0);
    start();
    loop_join(&loop);
    ck_assert_uint_eq(atomic_load(&endings), 1);
    for (int i = 0; i < 3; i++) {
        struct loop_sample sample = i == 0 ? loop_take_sample(&loop) : sample_now();
        ck_assert_uint_eq(sample.counts.numbers, (size_t)STREAMS * LOOP_N);
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
    loop_serve_truth(0);
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
    loop_serve_truth(0);
    make_loop(CLIENT_STATEFUL, LOOP_N, 2, 4);
    add_runners(4, 0);
    loop_request_sample(&loop);
    loop_request_stop(&loop);
    free_loop();
    ck_assert_uint_eq(lying_server_start_count(lying_server), 0);
}
END_TEST

Suite *loop_samples_suite(void)
{
    Suite *suite = suite_create("loop-samples");
    TCase *threads = tcase_create("threads");
    suite_add_tcase(suite, threads);
    tcase_add_checked_fixture(threads, loop_set_up, loop_tear_down);
    tcase_set_timeout(threads, LOOP_TIMEOUT_S);
    tcase_add_test(threads, samples_tell_what_goes_on);
    tcase_add_test(threads, streams_without_an_answer_wait);
    tcase_add_test(threads, a_sample_after_the_end_is_what_it_came_to);
    tcase_add_test(threads, samples_are_taken_while_it_runs_and_ends);
    tcase_add_test(threads, a_loop_that_never_ran_can_be_cleaned_up);
    return suite;
}
