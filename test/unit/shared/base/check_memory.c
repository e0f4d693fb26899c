/* Memory is given back a second after half of a peak has been released. */
#include "shared/base/memory.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <semaphore.h>

#define START_TIME (100 * NS_PER_S)

enum { PEAK = 20 * MEMORY_WORTH_MIN, TWICE_PEAK = 2 * PEAK };

static struct fake_clock fake;
static struct memory *memory;
static sem_t given_back;

static void give_back(void)
{
    (void)sem_post(&given_back);
}

static void set_up(void)
{
    fake_clock_init(&fake, START_TIME);
    ck_assert_int_eq(sem_init(&given_back, 0, 0), 0);
    memory = memory_start(&fake.clock, give_back);
    ck_assert_ptr_nonnull(memory);
    fake_clock_await_deadline(&fake, CLOCK_NEVER);
}

static void tear_down(void)
{
    memory_stop(memory);
    sem_destroy(&given_back);
    fake_clock_cleanup(&fake);
}

/* The thread waits for ever, and gave nothing back. */
static void expect_quiet(void)
{
    fake_clock_await_deadline(&fake, CLOCK_NEVER);
    ck_assert_int_ne(sem_trywait(&given_back), 0);
}

/* It gives back, a second from now. */
static void expect_given_back(void)
{
    fake_clock_await_deadline(&fake, fake_clock_now(&fake) + NS_PER_S);
    ck_assert_int_ne(sem_trywait(&given_back), 0);
    fake_clock_advance(&fake, NS_PER_S);
    ck_assert_int_eq(sem_wait(&given_back), 0);
    expect_quiet();
}

START_TEST(half_of_a_peak_is_worth_it)
{
    memory_use(memory, PEAK);
    memory_release(memory, PEAK / 2 - 1);
    expect_quiet();
    memory_release(memory, 1);
    expect_given_back();
}
END_TEST

START_TEST(little_is_not_worth_it)
{
    memory_use(memory, MEMORY_WORTH_MIN - 1);
    memory_release(memory, MEMORY_WORTH_MIN - 1);
    expect_quiet();
    memory_use(memory, MEMORY_WORTH_MIN);
    memory_release(memory, MEMORY_WORTH_MIN);
    expect_given_back();
}
END_TEST

/* What is left is the next peak: a long fall takes a few times, and not one a release. */
START_TEST(a_long_fall_is_followed_in_halves)
{
    memory_use(memory, PEAK);
    memory_release(memory, PEAK / 2);
    expect_given_back();
    memory_release(memory, PEAK / 4 - 1);
    expect_quiet();
    memory_release(memory, 1);
    expect_given_back();
    memory_release(memory, PEAK / 4);
    expect_given_back();
}
END_TEST

START_TEST(what_is_released_meanwhile_is_seen_afterwards)
{
    memory_use(memory, PEAK);
    memory_release(memory, PEAK / 2);
    fake_clock_await_deadline(&fake, START_TIME + NS_PER_S);
    memory_use(memory, TWICE_PEAK);
    memory_release(memory, TWICE_PEAK);
    fake_clock_advance(&fake, NS_PER_S);
    ck_assert_int_eq(sem_wait(&given_back), 0);
    expect_quiet(); /* that peak is over, and its memory was given back with the rest */
    memory_release(memory, PEAK / 2);
    expect_given_back();
}
END_TEST

/* A small peak beside much that stays in use. */
START_TEST(much_is_worth_it_where_it_is_less_than_half)
{
    memory_use(memory, UINT64_C(100) * MEMORY_WORTH_ALWAYS);
    memory_release(memory, MEMORY_WORTH_ALWAYS - 1);
    expect_quiet();
    memory_release(memory, 1);
    expect_given_back();
    memory_release(memory, MEMORY_WORTH_ALWAYS - 1);
    expect_quiet();
}
END_TEST

/* The load has come back within the second: who allocates now shall not wait. */
START_TEST(what_is_used_again_is_not_given_back)
{
    memory_use(memory, PEAK);
    memory_release(memory, PEAK);
    fake_clock_await_deadline(&fake, START_TIME + NS_PER_S);
    memory_use(memory, PEAK);
    fake_clock_advance(&fake, NS_PER_S);
    expect_quiet();
    memory_release(memory, PEAK / 2);
    expect_given_back();
}
END_TEST

START_TEST(use_that_goes_up_and_down_a_little_costs_nothing)
{
    memory_use(memory, PEAK);
    for (int i = 0; i < 1000; i++) {
        memory_release(memory, PEAK / 3);
        memory_use(memory, PEAK / 3);
    }
    expect_quiet();
}
END_TEST

/* tear_down stops it meanwhile. */
START_TEST(it_stops_before_it_gives_back)
{
    memory_use(memory, PEAK);
    memory_release(memory, PEAK);
    fake_clock_await_deadline(&fake, START_TIME + NS_PER_S);
}
END_TEST

START_TEST(nobody_need_keep_account)
{
    memory_use(NULL, PEAK);
    memory_release(NULL, PEAK);
    memory_stop(NULL);
}
END_TEST

Suite *memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *peaks = tcase_create("peaks");
    suite_add_tcase(suite, peaks);
    tcase_add_checked_fixture(peaks, set_up, tear_down);
    tcase_add_test(peaks, half_of_a_peak_is_worth_it);
    tcase_add_test(peaks, little_is_not_worth_it);
    tcase_add_test(peaks, a_long_fall_is_followed_in_halves);
    tcase_add_test(peaks, what_is_released_meanwhile_is_seen_afterwards);
    tcase_add_test(peaks, much_is_worth_it_where_it_is_less_than_half);
    tcase_add_test(peaks, what_is_used_again_is_not_given_back);
    tcase_add_test(peaks, use_that_goes_up_and_down_a_little_costs_nothing);
    tcase_add_test(peaks, it_stops_before_it_gives_back);
    tcase_add_test(peaks, nobody_need_keep_account);
    return suite;
}
