/* shared/base/clock, and the clock of the tests (test/fake_clock). */
#include "shared/base/clock.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <stdbool.h>
#include <time.h>

/* A flag that threads wait for, and how often the waiting one woke. */
struct flag {
    const struct clock *clock;
    int64_t deadline;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_set;       /* lock */
    bool is_over;      /* lock; the thread saw the flag or its deadline */
    unsigned wake_ups; /* lock */
};

static void flag_init(struct flag *flag, const struct clock *clock, int64_t deadline)
{
    *flag = (struct flag){.clock = clock, .deadline = deadline};
    ck_assert_int_eq(pthread_mutex_init(&flag->lock, NULL), 0);
    ck_assert_int_eq(clock_condition_init(&flag->changed), 0);
}

static void flag_cleanup(struct flag *flag)
{
    ck_assert_int_eq(pthread_cond_destroy(&flag->changed), 0);
    ck_assert_int_eq(pthread_mutex_destroy(&flag->lock), 0);
}

static void flag_set(struct flag *flag)
{
    pthread_mutex_lock(&flag->lock);
    flag->is_set = true;
    pthread_cond_signal(&flag->changed);
    pthread_mutex_unlock(&flag->lock);
}

/* Waits for the flag, until the deadline. */
static void flag_wait(struct flag *flag)
{
    pthread_mutex_lock(&flag->lock);
    while (!flag->is_set && flag->clock->now(flag->clock) < flag->deadline) {
        flag->clock->wait(flag->clock, &flag->changed, &flag->lock, flag->deadline);
        flag->wake_ups++;
    }
    flag->is_over = true;
    pthread_mutex_unlock(&flag->lock);
}

static bool flag_is_over(struct flag *flag)
{
    pthread_mutex_lock(&flag->lock);
    bool is_over = flag->is_over;
    pthread_mutex_unlock(&flag->lock);
    return is_over;
}

static void *wait_in_thread(void *argument)
{
    flag_wait(argument);
    return NULL;
}

static pthread_t start_waiting(struct flag *flag)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_in_thread, flag), 0);
    return thread;
}

START_TEST(time_adds_up_to_never)
{
    ck_assert_int_eq(clock_add(0, 0), 0);
    ck_assert_int_eq(clock_add(5, 7), 12);
    ck_assert_int_eq(clock_add(CLOCK_NEVER - 7, 6), CLOCK_NEVER - 1);
    ck_assert_int_eq(clock_add(CLOCK_NEVER - 7, 7), CLOCK_NEVER);
    ck_assert_int_eq(clock_add(CLOCK_NEVER - 7, 8), CLOCK_NEVER);
    ck_assert_int_eq(clock_add(CLOCK_NEVER, 0), CLOCK_NEVER);
    ck_assert_int_eq(clock_add(CLOCK_NEVER, 1), CLOCK_NEVER);
    ck_assert_int_eq(clock_add(1, CLOCK_NEVER), CLOCK_NEVER);
    ck_assert_int_eq(clock_add(0, CLOCK_NEVER), CLOCK_NEVER);
    ck_assert_int_eq(clock_add(CLOCK_NEVER, CLOCK_NEVER), CLOCK_NEVER);
}
END_TEST

START_TEST(the_clock_is_the_monotonic_one)
{
    struct timespec before;
    struct timespec after;
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    int64_t now = clock_monotonic.now(&clock_monotonic);
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    ck_assert_int_le(before.tv_sec * NS_PER_S + before.tv_nsec, now);
    ck_assert_int_ge(after.tv_sec * NS_PER_S + after.tv_nsec, now);
    for (int i = 0; i < 1000; i++) {
        int64_t later = clock_monotonic.now(&clock_monotonic);
        ck_assert_int_ge(later, now);
        now = later;
    }
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
    enum { WAKE_UPS_MAX = 50 }; /* a condition of another clock would come back at once, always */
    struct flag flag;
    int64_t deadline = clock_add(clock_monotonic.now(&clock_monotonic), 20 * NS_PER_MS);
    flag_init(&flag, &clock_monotonic, deadline);
    flag_wait(&flag);
    ck_assert_int_ge(clock_monotonic.now(&clock_monotonic), deadline);
    ck_assert_uint_ge(flag.wake_ups, 1);
    ck_assert_uint_lt(flag.wake_ups, WAKE_UPS_MAX);
    flag_cleanup(&flag);
}
END_TEST

START_TEST(a_wait_for_the_past_ends_at_once)
{
    struct flag flag;
    flag_init(&flag, &clock_monotonic, 0);
    pthread_mutex_lock(&flag.lock);
    clock_monotonic.wait(&clock_monotonic, &flag.changed, &flag.lock, 0);
    clock_monotonic.wait(&clock_monotonic, &flag.changed, &flag.lock,
                         clock_monotonic.now(&clock_monotonic));
    pthread_mutex_unlock(&flag.lock);
    flag_cleanup(&flag);
}
END_TEST

/* With a deadline, and without: the thread sees the flag, whether it already waits or not. */
START_TEST(a_signal_ends_a_wait)
{
    const int64_t deadlines[] = {CLOCK_NEVER,
                                 clock_add(clock_monotonic.now(&clock_monotonic), 3600 * NS_PER_S)};
    for (int round = 0; round < 100; round++) {
        struct flag flag;
        flag_init(&flag, &clock_monotonic, deadlines[round % 2]);
        pthread_t thread = start_waiting(&flag);
        flag_set(&flag);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert(flag.is_over);
        flag_cleanup(&flag);
    }
}
END_TEST

START_TEST(a_semaphore_is_waited_for_until_its_time)
{
    const struct clock *clock = &clock_monotonic;
    sem_t semaphore;
    ck_assert_int_eq(sem_init(&semaphore, 0, 2), 0);
    ck_assert(clock->wait_post(clock, &semaphore, CLOCK_NEVER));
    ck_assert(clock->wait_post(clock, &semaphore, 0)); /* posted is posted, however late it is */
    ck_assert(!clock->wait_post(clock, &semaphore, 0));
    int64_t deadline = clock_add(clock->now(clock), 20 * NS_PER_MS);
    ck_assert(!clock->wait_post(clock, &semaphore, deadline));
    ck_assert_int_ge(clock->now(clock), deadline);
    ck_assert_int_eq(sem_destroy(&semaphore), 0);
}
END_TEST

/* A thread that waits for a post, and whether it got one. */
struct post {
    const struct clock *clock;
    sem_t semaphore;
    int64_t deadline;
    bool came;
};

static void *wait_for_post(void *argument)
{
    struct post *post = argument;
    post->came = post->clock->wait_post(post->clock, &post->semaphore, post->deadline);
    return NULL;
}

START_TEST(the_fake_clock_tells_a_post_from_the_time)
{
    struct fake_clock fake;
    fake_clock_init(&fake, 0);
    for (int round = 0; round < 50; round++) {
        pthread_t thread;
        struct post post = {.clock = &fake.clock, .deadline = clock_add(fake_clock_now(&fake), 10)};
        ck_assert_int_eq(sem_init(&post.semaphore, 0, 0), 0);
        ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_post, &post), 0);
        fake_clock_await_deadline(&fake, post.deadline);
        if (round % 2 == 0) {
            ck_assert_int_eq(sem_post(&post.semaphore), 0);
        } else {
            fake_clock_advance(&fake, 10);
        }
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert(post.came == (round % 2 == 0));
        ck_assert(!fake.clock.wait_post(&fake.clock, &post.semaphore, fake_clock_now(&fake)));
        ck_assert_int_eq(sem_destroy(&post.semaphore), 0);
    }
    fake_clock_cleanup(&fake);
}
END_TEST

START_TEST(the_fake_clock_stands_still)
{
    struct fake_clock fake;
    fake_clock_init(&fake, 100);
    ck_assert_int_eq(fake.clock.now(&fake.clock), 100);
    fake_clock_advance(&fake, 0);
    ck_assert_int_eq(fake.clock.now(&fake.clock), 100);
    fake_clock_advance(&fake, 23);
    ck_assert_int_eq(fake.clock.now(&fake.clock), 123);
    ck_assert_int_eq(fake_clock_now(&fake), 123);
    fake_clock_advance(&fake, CLOCK_NEVER);
    ck_assert_int_eq(fake_clock_now(&fake), CLOCK_NEVER);
    fake_clock_cleanup(&fake);
}
END_TEST

START_TEST(the_fake_clock_wakes_who_is_due)
{
    enum { THREADS = 4 };
    const int64_t step = 10;
    struct fake_clock fake;
    struct flag flags[THREADS];
    pthread_t threads[THREADS];
    fake_clock_init(&fake, 0);
    for (int i = 0; i < THREADS; i++) {
        flag_init(&flags[i], &fake.clock, step * (i + 1));
        threads[i] = start_waiting(&flags[i]);
        fake_clock_await_deadline(&fake, step * (i + 1));
    }
    for (int i = 0; i < THREADS; i++) {
        fake_clock_advance(&fake, step - 1);
        for (int j = i; j < THREADS; j++) {
            fake_clock_await_deadline(&fake, step * (j + 1));
            ck_assert(!flag_is_over(&flags[j]));
        }
        fake_clock_advance(&fake, 1);
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(flags[i].wake_ups, 1);
        flag_cleanup(&flags[i]);
    }
    fake_clock_cleanup(&fake);
}
END_TEST

START_TEST(a_signal_ends_a_wait_by_the_fake_clock)
{
    struct fake_clock fake;
    fake_clock_init(&fake, 0);
    for (int round = 0; round < 50; round++) {
        struct flag flag;
        flag_init(&flag, &fake.clock, CLOCK_NEVER);
        pthread_t thread = start_waiting(&flag);
        fake_clock_await_waiter(&fake);
        ck_assert(!flag_is_over(&flag));
        flag_set(&flag);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        flag_cleanup(&flag);
    }
    fake_clock_cleanup(&fake);
}
END_TEST

/* A signal and the deadline at the same time: what was waited on may be gone right after. */
START_TEST(the_fake_clock_holds_on_to_nothing)
{
    struct fake_clock fake;
    fake_clock_init(&fake, 0);
    for (int round = 0; round < 200; round++) {
        struct flag flag;
        flag_init(&flag, &fake.clock, clock_add(fake_clock_now(&fake), 10));
        pthread_t thread = start_waiting(&flag);
        if (round % 2 == 0) {
            flag_set(&flag);
        }
        fake_clock_advance(&fake, 10);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert(flag.is_over);
        flag_cleanup(&flag);
    }
    fake_clock_cleanup(&fake);
}
END_TEST

START_TEST(a_wait_for_the_fake_past_ends_at_once)
{
    struct fake_clock fake;
    struct flag flag;
    fake_clock_init(&fake, 100);
    flag_init(&flag, &fake.clock, 100);
    pthread_mutex_lock(&flag.lock);
    fake.clock.wait(&fake.clock, &flag.changed, &flag.lock, 100);
    fake.clock.wait(&fake.clock, &flag.changed, &flag.lock, 99);
    pthread_mutex_unlock(&flag.lock);
    flag_cleanup(&flag);
    fake_clock_cleanup(&fake);
}
END_TEST

Suite *clock_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = tcase_create("clock");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, time_adds_up_to_never);
    tcase_add_test(tcase, the_clock_is_the_monotonic_one);
    tcase_add_test(tcase, a_wait_ends_at_its_deadline);
    tcase_add_test(tcase, a_wait_for_the_past_ends_at_once);
    tcase_add_test(tcase, a_signal_ends_a_wait);
    tcase_add_test(tcase, a_semaphore_is_waited_for_until_its_time);
    TCase *fake = tcase_create("fake clock");
    suite_add_tcase(suite, fake);
    tcase_add_test(fake, the_fake_clock_stands_still);
    tcase_add_test(fake, the_fake_clock_wakes_who_is_due);
    tcase_add_test(fake, the_fake_clock_tells_a_post_from_the_time);
    tcase_add_test(fake, a_signal_ends_a_wait_by_the_fake_clock);
    tcase_add_test(fake, the_fake_clock_holds_on_to_nothing);
    tcase_add_test(fake, a_wait_for_the_fake_past_ends_at_once);
    return suite;
}
