/*
 * The reaper's thread with a clock that the test moves: which session is evicted when. The thread
 * waits only for the earliest expiry. So when it waits for a new deadline, it has evicted all
 * sessions that were due before.
 */
#include "server/sessions/reaper.h"
#include "shared/base/log.h"
#include "shared/base/memory.h"
#include "shared/base/process.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#define START_TIME NS_PER_S
#define TIMEOUT    (30 * NS_PER_S)

enum { LIMIT = 100000, BATCH = 256, N = 3 };

static struct fake_clock fake;
static struct sessions *sessions;
static struct reaper reaper;
static struct memory *memory;
static sem_t given_back;

static void give_back(void)
{
    process_give_memory_back();
    (void)sem_post(&given_back);
}

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR); /* no line for each eviction */
    fake_clock_init(&fake, START_TIME);
    ck_assert_int_eq(sem_init(&given_back, 0, 0), 0);
    memory = memory_start(&clock_monotonic, give_back);
    ck_assert_ptr_nonnull(memory);
    const struct sessions_settings settings = {
        .max_sessions = LIMIT, .timeout_ns = TIMEOUT, .clock = &fake.clock, .memory = memory};
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
    ck_assert_int_eq(reaper_start(&reaper, sessions), 0);
    fake_clock_await_deadline(&fake, CLOCK_NEVER);
}

static void tear_down(void)
{
    reaper_stop(&reaper);
    sessions_destroy(sessions);
    memory_stop(memory);
    sem_destroy(&given_back);
    fake_clock_cleanup(&fake);
}

static void lose(struct session_owner *owner)
{
    (void)owner;
}

static struct session_owner owner = {.lose = lose};

static struct uuid uuid_of(uint32_t number)
{
    struct uuid uuid = {{0x42}};
    memcpy(uuid.bytes + 12, &number, sizeof number);
    return uuid;
}

static struct session_hold start(uint32_t number)
{
    const struct uuid uuid = uuid_of(number);
    struct session_hold hold = {0};
    ck_assert_int_eq(sessions_start(sessions, &uuid, N, 0, &owner, &hold), ERROR_NONE);
    return hold;
}

static void start_and_leave(uint32_t number)
{
    struct session_hold hold = start(number);
    sessions_leave(sessions, &hold);
}

static struct session_hold take(uint32_t number)
{
    const struct uuid uuid = uuid_of(number);
    struct session_hold hold = {0};
    struct session_before before;
    struct session *session = sessions_find(sessions, &uuid);
    ck_assert_ptr_nonnull(session);
    ck_assert_int_eq(sessions_take(sessions, session, 0, &owner, &hold, &before), SESSION_CLAIMED);
    session_unref(session);
    return hold;
}

static bool exists(uint32_t number)
{
    const struct uuid uuid = uuid_of(number);
    struct session *session = sessions_find(sessions, &uuid);
    if (session == NULL) {
        return false;
    }
    session_unref(session);
    return true;
}

/* Returns when the reaper waits for this deadline: it has evicted all that was due. */
static void await_next_expiry(int64_t deadline)
{
    fake_clock_await_deadline(&fake, deadline);
}

START_TEST(evicts_exactly_at_the_time_out)
{
    start_and_leave(1);
    await_next_expiry(START_TIME + TIMEOUT);
    fake_clock_advance(&fake, TIMEOUT - 1);
    await_next_expiry(START_TIME + TIMEOUT);
    ck_assert(exists(1));
    fake_clock_advance(&fake, 1);
    await_next_expiry(CLOCK_NEVER);
    ck_assert(!exists(1));
    ck_assert_uint_eq(sessions_count(sessions), 0);
}
END_TEST

/* Also when the reaper wakes earlier, for another session. */
START_TEST(evicts_none_a_moment_too_early)
{
    start_and_leave(1);
    fake_clock_advance(&fake, 1);
    start_and_leave(2);
    fake_clock_advance(&fake, TIMEOUT - 1);
    await_next_expiry(START_TIME + TIMEOUT + 1);
    ck_assert(!exists(1));
    ck_assert(exists(2));
    fake_clock_advance(&fake, 1);
    await_next_expiry(CLOCK_NEVER);
    ck_assert(!exists(2));
}
END_TEST

START_TEST(evicts_no_session_that_is_owned)
{
    struct session_hold hold = start(1);
    start_and_leave(2);
    await_next_expiry(START_TIME + TIMEOUT);
    fake_clock_advance(&fake, 100 * TIMEOUT);
    await_next_expiry(CLOCK_NEVER);
    ck_assert(exists(1));
    ck_assert(!exists(2));
    ck_assert(session_count(&hold, 1));

    /* The time-out begins when the session is left. */
    int64_t left_at = fake_clock_now(&fake);
    sessions_leave(sessions, &hold);
    await_next_expiry(left_at + TIMEOUT);
    ck_assert(exists(1));
    fake_clock_advance(&fake, TIMEOUT);
    await_next_expiry(CLOCK_NEVER);
    ck_assert(!exists(1));
}
END_TEST

START_TEST(evicts_finished_sessions_too)
{
    struct session_hold hold = start(1);
    ck_assert(session_count(&hold, N + 1));
    sessions_leave(sessions, &hold);
    await_next_expiry(START_TIME + TIMEOUT);
    fake_clock_advance(&fake, TIMEOUT);
    await_next_expiry(CLOCK_NEVER);
    ck_assert(!exists(1));
}
END_TEST

START_TEST(a_session_that_was_taken_again_in_time_stays)
{
    start_and_leave(1);
    await_next_expiry(START_TIME + TIMEOUT);
    fake_clock_advance(&fake, TIMEOUT - 1);
    struct session_hold hold = take(1);
    fake_clock_advance(&fake, 1);
    await_next_expiry(CLOCK_NEVER); /* the reaper woke, and found no idle session */
    ck_assert(exists(1));

    fake_clock_advance(&fake, 5 * TIMEOUT);
    int64_t left_at = fake_clock_now(&fake);
    sessions_leave(sessions, &hold);
    await_next_expiry(left_at + TIMEOUT);
    fake_clock_advance(&fake, TIMEOUT - 1);
    await_next_expiry(left_at + TIMEOUT);
    ck_assert(exists(1));
    fake_clock_advance(&fake, 1);
    await_next_expiry(CLOCK_NEVER);
    ck_assert(!exists(1));
}
END_TEST

/* The reaper waits for the session that was left first, or for the next one if that was taken. */
START_TEST(evicts_in_the_order_of_leaving)
{
    int64_t left_at[5];
    struct session_hold holds[5];
    for (uint32_t number = 0; number < 5; number++) {
        holds[number] = start(number);
    }
    static const uint32_t order[] = {3, 1, 4, 0, 2};
    for (size_t i = 0; i < 5; i++) {
        left_at[i] = fake_clock_now(&fake);
        sessions_leave(sessions, &holds[order[i]]);
        fake_clock_advance(&fake, NS_PER_S);
    }
    holds[4] = take(4);
    await_next_expiry(left_at[0] + TIMEOUT);
    static const size_t left_over[] = {0, 1, 3, 4}; /* places in `order` that are still idle */
    for (size_t i = 0; i < 4; i++) {
        size_t at = left_over[i];
        int64_t next = i == 3 ? CLOCK_NEVER : left_at[left_over[i + 1]] + TIMEOUT;
        ck_assert(exists(order[at]));
        fake_clock_advance(&fake, left_at[at] + TIMEOUT - fake_clock_now(&fake));
        await_next_expiry(next);
        ck_assert(!exists(order[at]));
        ck_assert_uint_eq(sessions_count(sessions), 4 - i);
    }
    ck_assert(exists(4));
    sessions_leave(sessions, &holds[4]);
}
END_TEST

/* The reaper evicts in batches, and does not wait between two batches. */
START_TEST(evicts_any_number_at_a_time)
{
    static const uint32_t counts[] = {BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int64_t left_at = fake_clock_now(&fake);
        for (uint32_t number = 0; number < counts[i]; number++) {
            start_and_leave(number);
        }
        await_next_expiry(left_at + TIMEOUT);
        fake_clock_advance(&fake, TIMEOUT - 1);
        ck_assert_uint_eq(sessions_count(sessions), counts[i]);
        fake_clock_advance(&fake, 1);
        await_next_expiry(CLOCK_NEVER);
        ck_assert_uint_eq(sessions_count(sessions), 0);
    }
}
END_TEST

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
static long resident_pages(void)
{
    long size = 0;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &resident), 2); /* NOLINT(cert-err34-c) */
    fclose(file);
    return resident;
}

START_TEST(gives_memory_back_after_a_peak)
{
    long before = resident_pages();
    for (uint32_t number = 0; number < LIMIT; number++) {
        start_and_leave(number);
    }
    long peak = resident_pages();
    await_next_expiry(START_TIME + TIMEOUT);
    fake_clock_advance(&fake, TIMEOUT);
    await_next_expiry(CLOCK_NEVER);
    ck_assert_int_eq(sem_wait(&given_back), 0);
    ck_assert_int_lt(resident_pages() - before, (peak - before) / 2);
}
END_TEST
#endif

/* tear_down stops the reaper while it waits: without an idle session, and with one. */
START_TEST(stops_while_it_waits)
{
    if (_i > 0) {
        start_and_leave(1);
        await_next_expiry(START_TIME + TIMEOUT);
    }
}
END_TEST

START_TEST(stops_without_having_waited)
{
    for (int i = 0; i < 100; i++) {
        const struct sessions_settings settings = {
            .max_sessions = 1, .timeout_ns = 0, .clock = &clock_monotonic};
        struct sessions *others = sessions_create(&settings);
        struct reaper other;
        ck_assert_ptr_nonnull(others);
        ck_assert_int_eq(reaper_start(&other, others), 0);
        reaper_stop(&other);
        sessions_destroy(others);
    }
}
END_TEST

Suite *reaper_suite(void)
{
    Suite *suite = suite_create("reaper");
    TCase *reaping = tcase_create("reaper");
    suite_add_tcase(suite, reaping);
    tcase_add_checked_fixture(reaping, set_up, tear_down);
    tcase_add_test(reaping, evicts_exactly_at_the_time_out);
    tcase_add_test(reaping, evicts_none_a_moment_too_early);
    tcase_add_test(reaping, evicts_no_session_that_is_owned);
    tcase_add_test(reaping, evicts_finished_sessions_too);
    tcase_add_test(reaping, a_session_that_was_taken_again_in_time_stays);
    tcase_add_test(reaping, evicts_in_the_order_of_leaving);
    tcase_add_test(reaping, evicts_any_number_at_a_time);
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    tcase_add_test(reaping, gives_memory_back_after_a_peak);
#endif
    tcase_add_loop_test(reaping, stops_while_it_waits, 0, 2);
    tcase_add_test(reaping, stops_without_having_waited);
    return suite;
}
