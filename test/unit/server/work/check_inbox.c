/* The inbox: each event is taken once; a post wakes the thread that waits, or its deadline does. */
#include "server/work/inbox.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <stdbool.h>

#define START_TIME (100 * NS_PER_S)

static struct fake_clock fake;
static struct inbox inbox;

static void set_up(void)
{
    fake_clock_init(&fake, START_TIME);
    inbox_init(&inbox);
}

static void tear_down(void)
{
    inbox_cleanup(&inbox);
    fake_clock_cleanup(&fake);
}

START_TEST(a_new_inbox_is_empty)
{
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

START_TEST(each_event_is_taken_once)
{
    static const enum inbox_event events[] = {INBOX_RECEIVED, INBOX_SENT,  INBOX_FINISHED,
                                              INBOX_CLOSED,   INBOX_STORE, INBOX_TAKEN_OVER,
                                              INBOX_DRAINING, INBOX_TURN,  INBOX_STREAM};
    unsigned all = 0;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        ck_assert_uint_eq(all & (unsigned)events[i], 0);
        all |= (unsigned)events[i];
        inbox_post(&inbox, events[i]);
        ck_assert_uint_eq(inbox_take(&inbox), (unsigned)events[i]);
        ck_assert_uint_eq(inbox_take(&inbox), 0);
    }
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        inbox_post(&inbox, events[i]);
    }
    ck_assert_uint_eq(inbox_take(&inbox), all);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

START_TEST(an_event_posted_twice_is_one)
{
    inbox_post(&inbox, INBOX_DRAINING);
    inbox_post(&inbox, INBOX_SENT);
    inbox_post(&inbox, INBOX_DRAINING);
    ck_assert_uint_eq(inbox_take(&inbox), INBOX_DRAINING | INBOX_SENT);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

START_TEST(several_can_be_posted_at_once)
{
    inbox_post(&inbox, INBOX_CLOSED);
    inbox_post(&inbox, INBOX_SENT | INBOX_FINISHED);
    ck_assert_uint_eq(inbox_take(&inbox), INBOX_CLOSED | INBOX_FINISHED | INBOX_SENT);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

START_TEST(the_first_mark_is_to_wake_the_owner)
{
    ck_assert(inbox_mark(&inbox, INBOX_TURN));
    ck_assert(!inbox_mark(&inbox, INBOX_SENT));
    inbox_post(&inbox, INBOX_CLOSED);
    inbox_wake(&inbox);
    ck_assert_uint_eq(inbox_take(&inbox), INBOX_TURN | INBOX_SENT | INBOX_CLOSED);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

START_TEST(what_the_owner_posts_to_itself_is_found_like_all_else)
{
    inbox_own(&inbox);
    inbox_post(&inbox, INBOX_SENT);
    ck_assert_uint_eq(inbox_take(&inbox), INBOX_SENT);
    ck_assert_uint_eq(inbox_take(&inbox), 0);

    inbox_post(&inbox, INBOX_SENT);
    ck_assert_uint_eq(inbox_wait(&inbox, &fake.clock, CLOCK_NEVER), INBOX_SENT);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
    inbox_disown(&inbox);
    inbox_post(&inbox, INBOX_SENT);
    ck_assert_uint_eq(inbox_take(&inbox), INBOX_SENT);
}
END_TEST

static void *post_closed(void *unused)
{
    inbox_post(&inbox, INBOX_CLOSED);
    return unused;
}

START_TEST(what_owner_and_others_post_is_taken_together)
{
    pthread_t other;
    inbox_own(&inbox);
    inbox_post(&inbox, INBOX_SENT);
    ck_assert_int_eq(pthread_create(&other, NULL, post_closed, NULL), 0);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    inbox_post(&inbox, INBOX_TURN);
    ck_assert_uint_eq(inbox_take(&inbox), INBOX_SENT | INBOX_CLOSED | INBOX_TURN);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

START_TEST(waiting_finds_what_was_posted_before)
{
    inbox_post(&inbox, INBOX_RECEIVED);
    inbox_post(&inbox, INBOX_CLOSED);
    ck_assert_uint_eq(inbox_wait(&inbox, &fake.clock, CLOCK_NEVER), INBOX_RECEIVED | INBOX_CLOSED);
    ck_assert_uint_eq(inbox_take(&inbox), 0);
}
END_TEST

/* An event that was posted after the deadline is taken all the same. */
START_TEST(a_deadline_that_has_passed_waits_for_nothing)
{
    ck_assert_uint_eq(inbox_wait(&inbox, &fake.clock, START_TIME - 1), 0);
    ck_assert_uint_eq(inbox_wait(&inbox, &fake.clock, START_TIME), 0);
    ck_assert_uint_eq(inbox_wait(&inbox, &fake.clock, 0), 0);
    inbox_post(&inbox, INBOX_SENT);
    ck_assert_uint_eq(inbox_wait(&inbox, &fake.clock, START_TIME - 1), INBOX_SENT);
}
END_TEST

struct waiter {
    pthread_t thread;
    int64_t deadline;
    unsigned events;
    int64_t woke_at;
};

static void *wait_for_events(void *argument)
{
    struct waiter *waiter = argument;
    waiter->events = inbox_wait(&inbox, &fake.clock, waiter->deadline);
    waiter->woke_at = fake_clock_now(&fake);
    return NULL;
}

static void waiter_start(struct waiter *waiter)
{
    ck_assert_int_eq(pthread_create(&waiter->thread, NULL, wait_for_events, waiter), 0);
    fake_clock_await_deadline(&fake, waiter->deadline);
}

static void waiter_join(struct waiter *waiter)
{
    ck_assert_int_eq(pthread_join(waiter->thread, NULL), 0);
}

START_TEST(an_event_wakes_whoever_waits)
{
    static const int64_t deadlines[] = {CLOCK_NEVER, START_TIME + NS_PER_S};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        struct waiter waiter = {.deadline = deadlines[i]};
        waiter_start(&waiter);
        inbox_post(&inbox, INBOX_TAKEN_OVER);
        waiter_join(&waiter);
        ck_assert_uint_eq(waiter.events, INBOX_TAKEN_OVER);
        ck_assert_int_eq(waiter.woke_at, START_TIME);
        ck_assert_uint_eq(inbox_take(&inbox), 0);
    }
}
END_TEST

START_TEST(the_wait_ends_at_the_deadline_and_not_before)
{
    struct waiter waiter = {.deadline = START_TIME + NS_PER_S};
    waiter_start(&waiter);
    fake_clock_advance(&fake, NS_PER_S - 1);
    fake_clock_await_deadline(&fake, waiter.deadline); /* still waits */
    fake_clock_advance(&fake, 1);
    waiter_join(&waiter);
    ck_assert_uint_eq(waiter.events, 0);
    ck_assert_int_eq(waiter.woke_at, waiter.deadline);
}
END_TEST

/* How many waits of this clock still end early, as a signal from a debugger makes them end. */
static unsigned reasonless;

static int64_t interrupted_now(const struct clock *clock)
{
    (void)clock;
    return fake_clock_now(&fake);
}

static bool interrupted_wait_post(const struct clock *clock, sem_t *semaphore, int64_t deadline)
{
    (void)clock;
    if (reasonless > 0) {
        reasonless--;
        return false;
    }
    return fake.clock.wait_post(&fake.clock, semaphore, deadline);
}

START_TEST(waking_for_nothing_is_no_event)
{
    const struct clock clock = {.now = interrupted_now, .wait_post = interrupted_wait_post};
    reasonless = 3;
    inbox_post(&inbox, INBOX_SENT);
    ck_assert_uint_eq(inbox_wait(&inbox, &clock, START_TIME + NS_PER_S), INBOX_SENT);
    ck_assert_uint_eq(reasonless, 0);
}
END_TEST

enum { POSTS = 20000 };

static void *post_all(void *argument)
{
    for (int i = 0; i < POSTS; i++) {
        inbox_post(&inbox, *(const enum inbox_event *)argument);
    }
    inbox_post(&inbox, INBOX_CLOSED);
    return NULL;
}

/* Several threads post, one takes: in the end it has seen all events. */
START_TEST(no_post_of_many_threads_is_lost)
{
    static enum inbox_event events[] = {INBOX_RECEIVED, INBOX_SENT, INBOX_FINISHED, INBOX_DRAINING};
    enum { THREADS = sizeof events / sizeof *events };
    unsigned all = INBOX_CLOSED;
    unsigned seen = 0;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        all |= (unsigned)events[i];
        ck_assert_int_eq(pthread_create(&threads[i], NULL, post_all, &events[i]), 0);
    }
    while (seen != all) {
        unsigned events_now = inbox_wait(&inbox, &fake.clock, CLOCK_NEVER);
        ck_assert_uint_ne(events_now, 0);
        ck_assert_uint_eq(events_now & ~all, 0);
        seen |= events_now;
    }
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    inbox_post(&inbox, INBOX_TAKEN_OVER);
    ck_assert_uint_ne(inbox_take(&inbox) & INBOX_TAKEN_OVER, 0);
}
END_TEST

Suite *inbox_suite(void)
{
    Suite *suite = suite_create("inbox");
    TCase *inbox_case = tcase_create("inbox");
    suite_add_tcase(suite, inbox_case);
    tcase_add_checked_fixture(inbox_case, set_up, tear_down);
    tcase_add_test(inbox_case, a_new_inbox_is_empty);
    tcase_add_test(inbox_case, each_event_is_taken_once);
    tcase_add_test(inbox_case, an_event_posted_twice_is_one);
    tcase_add_test(inbox_case, several_can_be_posted_at_once);
    tcase_add_test(inbox_case, the_first_mark_is_to_wake_the_owner);
    tcase_add_test(inbox_case, what_the_owner_posts_to_itself_is_found_like_all_else);
    tcase_add_test(inbox_case, what_owner_and_others_post_is_taken_together);
    tcase_add_test(inbox_case, waiting_finds_what_was_posted_before);
    tcase_add_test(inbox_case, a_deadline_that_has_passed_waits_for_nothing);
    tcase_add_test(inbox_case, an_event_wakes_whoever_waits);
    tcase_add_test(inbox_case, the_wait_ends_at_the_deadline_and_not_before);
    tcase_add_test(inbox_case, waking_for_nothing_is_no_event);
    tcase_add_test(inbox_case, no_post_of_many_threads_is_lost);
    return suite;
}
