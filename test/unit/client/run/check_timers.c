/* client/run/timers, against a plain list of when each is due. */
#include "client/run/timers.h"
#include "shared/base/clock.h"
#include "test/suites.h"

enum { TIMERS = 60, OPERATIONS = 200000, FAR = 1000 };

static struct timers timers;
static struct timer items[TIMERS];
static int64_t due[TIMERS]; /* what they should be set to */
static unsigned fired;
static uint64_t random_state;

/* From 0 to below the limit. */
static int64_t random_below(int64_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((random_state >> 33) % (uint64_t)limit);
}

static void set(int64_t i, int64_t time)
{
    due[i] = time;
    timers_set(&timers, &items[i], time);
}

/* A time after now, seldom for ever. */
static int64_t random_time(int64_t now)
{
    return random_below(10) == 0 ? CLOCK_NEVER : now + 1 + random_below(FAR);
}

static int64_t first_due(void)
{
    int64_t first = CLOCK_NEVER;
    for (unsigned i = 0; i < TIMERS; i++) {
        first = due[i] < first ? due[i] : first;
    }
    return first;
}

static void take_note(struct timer *timer, int64_t now)
{
    int64_t i = timer - items;
    ck_assert_int_le(due[i], now);
    ck_assert_int_eq(due[i], first_due());
    ck_assert_int_eq(timer->due, CLOCK_NEVER);
    due[i] = CLOCK_NEVER;
    fired++;
}

/* Sets itself again, and others: also those that are due now but have not fired yet. */
static void set_others(struct timer *timer, int64_t now)
{
    take_note(timer, now);
    if (random_below(4) != 0) {
        set(timer - items, random_time(now));
    }
    while (random_below(3) == 0) {
        set(random_below(TIMERS), random_time(now));
    }
}

static void make(unsigned count, void (*fire)(struct timer *, int64_t))
{
    ck_assert(timers_init(&timers, TIMERS));
    for (unsigned i = 0; i < TIMERS; i++) {
        due[i] = CLOCK_NEVER;
    }
    for (unsigned i = 0; i < count; i++) {
        timers_add(&timers, &items[i], fire);
    }
    fired = 0;
    random_state = 1;
}

static void cleanup(void)
{
    timers_cleanup(&timers);
}

/* Fires all that are due, one at a time. */
static void fire(int64_t now)
{
    while (timers_next(&timers) <= now) {
        unsigned before = fired;
        timers_fire_one(&timers, now);
        ck_assert_uint_le(fired, before + 1);
        ck_assert(fired > before || timers_next(&timers) > now);
    }
    ck_assert_int_gt(first_due(), now);
}

START_TEST(none_that_is_set_never_fires)
{
    ck_assert(timers_init(&timers, TIMERS));
    ck_assert_int_eq(timers_next(&timers), CLOCK_NEVER);
    timers_fire_one(&timers, 5000);
    cleanup();
    make(3, take_note);
    ck_assert_int_eq(timers_next(&timers), CLOCK_NEVER);
    timers_fire_one(&timers, CLOCK_NEVER - 1);
    ck_assert_uint_eq(fired, 0);
}
END_TEST

START_TEST(a_timer_fires_once_when_it_is_due)
{
    make(3, take_note);
    set(1, 50);
    ck_assert_int_eq(timers_next(&timers), 50);
    fire(49);
    ck_assert_uint_eq(fired, 0);
    fire(50);
    ck_assert_uint_eq(fired, 1);
    fire(5000);
    ck_assert_uint_eq(fired, 1);
    ck_assert_int_eq(timers_next(&timers), CLOCK_NEVER);
}
END_TEST

START_TEST(the_last_setting_counts)
{
    make(3, take_note);
    set(0, 50);
    set(0, 80);
    fire(79);
    ck_assert_uint_eq(fired, 0);
    ck_assert_int_eq(timers_next(&timers), 80);
    set(0, 30);
    ck_assert_int_eq(timers_next(&timers), 30);
    fire(30);
    ck_assert_uint_eq(fired, 1);
    set(0, 90);
    set(0, CLOCK_NEVER);
    fire(5000);
    ck_assert_uint_eq(fired, 1);
}
END_TEST

START_TEST(all_that_are_due_fire)
{
    make(TIMERS, take_note);
    for (int64_t i = 0; i < TIMERS; i++) {
        set(i, i * 37 % TIMERS); /* each time once */
    }
    fire(24);
    ck_assert_uint_eq(fired, 25);
    ck_assert_int_eq(timers_next(&timers), 25);
    fire(TIMERS);
    ck_assert_uint_eq(fired, TIMERS);
}
END_TEST

START_TEST(each_call_fires_the_earliest)
{
    make(3, take_note);
    set(0, 10);
    set(1, 20);
    set(2, 30);
    set(0, 25); /* the heap still has it at 10 */
    timers_fire_one(&timers, 40);
    ck_assert_uint_eq(fired, 1);
    ck_assert_int_eq(due[1], CLOCK_NEVER);
    timers_fire_one(&timers, 40);
    ck_assert_int_eq(due[0], CLOCK_NEVER);
    timers_fire_one(&timers, 40);
    ck_assert_int_eq(due[2], CLOCK_NEVER);
}
END_TEST

START_TEST(they_fire_as_a_list_would)
{
    int64_t now = 0;
    make(TIMERS, set_others);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        int64_t kind = random_below(8);
        if (kind == 0) {
            now += random_below(FAR / 20);
            fire(now);
        } else if (kind == 1) {
            set(random_below(TIMERS), now - random_below(3)); /* at once */
        } else {
            set(random_below(TIMERS), random_time(now));
        }
        ck_assert_int_le(timers_next(&timers), first_due());
    }
    ck_assert_uint_gt(fired, OPERATIONS / 10);
}
END_TEST

/* Once nothing sets them any more, whoever sleeps until timers_next comes to the end. */
START_TEST(the_next_time_always_comes_nearer)
{
    unsigned calls = 0;
    make(TIMERS, take_note);
    for (unsigned i = 0; i < 1000; i++) {
        set(random_below(TIMERS), random_time(0));
    }
    for (int64_t now = 0; now != CLOCK_NEVER; now = timers_next(&timers)) {
        fire(now);
        calls++;
    }
    ck_assert_int_eq(first_due(), CLOCK_NEVER);
    ck_assert_uint_le(calls, 2 * TIMERS + 1);
}
END_TEST

Suite *timers_suite(void)
{
    Suite *suite = suite_create("timers");
    TCase *tcase = tcase_create("timers");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, cleanup);
    tcase_add_test(tcase, none_that_is_set_never_fires);
    tcase_add_test(tcase, a_timer_fires_once_when_it_is_due);
    tcase_add_test(tcase, the_last_setting_counts);
    tcase_add_test(tcase, all_that_are_due_fire);
    tcase_add_test(tcase, each_call_fires_the_earliest);
    tcase_add_test(tcase, they_fire_as_a_list_would);
    tcase_add_test(tcase, the_next_time_always_comes_nearer);
    return suite;
}
