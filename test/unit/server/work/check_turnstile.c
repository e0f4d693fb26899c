/* The turnstile: one a connection, so many in all, in the order of arrival. */
#include "server/work/turnstile.h"
#include "shared/base/thread.h"
#include "test/suites.h"

#include <stdatomic.h>
#include <stdio.h>

enum { PASSERS = 12 };

static struct turnstile turnstile;
static struct inbox inboxes[PASSERS];
static struct passer passers[PASSERS];

static void set_up(void)
{
    for (size_t i = 0; i < PASSERS; i++) {
        inbox_init(&inboxes[i]);
    }
}

static void tear_down(void)
{
    turnstile_cleanup(&turnstile);
    for (size_t i = 0; i < PASSERS; i++) {
        inbox_cleanup(&inboxes[i]);
    }
}

/* Passer i is of connection i % connections; each has been inside before. */
static void begin(unsigned processors, size_t connections)
{
    ck_assert_int_eq(turnstile_init(&turnstile, processors), 0);
    for (size_t i = 0; i < PASSERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "fd:%zu", 10 + i % connections);
        passer_init(&passers[i], &inboxes[i], name);
        passers[i].was_inside = true;
    }
}

static bool enter(size_t i)
{
    return turnstile_enter(&turnstile, &passers[i]);
}

static void leave(size_t i)
{
    turnstile_leave(&turnstile, &passers[i]);
}

/* It was told to come, and may pass. */
static void expect_called(size_t i)
{
    ck_assert_uint_eq(inbox_take(&inboxes[i]), INBOX_TURN);
    ck_assert(enter(i));
}

static void expect_not_called(size_t i)
{
    ck_assert_uint_eq(inbox_take(&inboxes[i]), 0);
    ck_assert(!enter(i));
}

START_TEST(one_alone_passes_at_once_and_again)
{
    begin(1, 1);
    for (int turn = 0; turn < 3; turn++) {
        ck_assert(enter(0));
        ck_assert(enter(0)); /* asking again changes nothing */
        leave(0);
    }
    leave(0); /* it is outside already */
    ck_assert_uint_eq(inbox_take(&inboxes[0]), 0);
}
END_TEST

START_TEST(the_first_turn_waits_for_no_processor)
{
    begin(1, PASSERS / 2);
    for (size_t i = 1; i < PASSERS; i++) {
        passers[i].was_inside = false;
    }
    ck_assert(enter(0)); /* takes the only room */
    ck_assert(enter(1));
    ck_assert(enter(2));
    ck_assert(!enter(1 + PASSERS / 2)); /* of the connection of 1 */
    leave(1);
    ck_assert_uint_eq(inbox_take(&inboxes[1 + PASSERS / 2]), INBOX_TURN);
    ck_assert(!enter(1)); /* the second turn: behind the other one */
    leave(1 + PASSERS / 2);
    expect_not_called(1); /* and it waits for the processor */
    leave(2);             /* which had none */
    expect_not_called(1);
    leave(0);
    expect_called(1);
}
END_TEST

START_TEST(one_inside_knows_whether_others_wait)
{
    begin(1, 2);
    ck_assert(enter(0));
    ck_assert(!turnstile_is_awaited(&turnstile, &passers[0]));
    ck_assert(!enter(2)); /* of its connection */
    ck_assert(turnstile_is_awaited(&turnstile, &passers[0]));
    leave(2);
    ck_assert(!turnstile_is_awaited(&turnstile, &passers[0]));
    ck_assert(!enter(1)); /* of the other, for want of a processor */
    ck_assert(turnstile_is_awaited(&turnstile, &passers[0]));
}
END_TEST

START_TEST(names_have_gates_of_their_own)
{
    begin(1, PASSERS);
    for (size_t i = 0; i < PASSERS; i++) {
        for (size_t k = 0; k < i; k++) {
            ck_assert_uint_ne(passers[i].gate, passers[k].gate);
        }
    }
    struct passer same;
    passer_init(&same, &inboxes[0], "fd:10");
    ck_assert_uint_eq(same.gate, passers[0].gate);
}
END_TEST

START_TEST(a_connection_is_served_in_the_order_of_arrival)
{
    begin(PASSERS, 1);
    for (size_t i = 0; i < PASSERS; i++) {
        ck_assert(enter(i) == (i == 0));
    }
    for (size_t i = 0; i < PASSERS; i++) {
        if (i > 0) {
            expect_called(i);
        }
        for (size_t k = i + 1; k < PASSERS; k++) {
            expect_not_called(k);
        }
        leave(i);
        ck_assert(enter(i) == (i == PASSERS - 1)); /* behind all others */
        leave(i);
    }
}
END_TEST

START_TEST(so_many_pass_as_there_are_processors)
{
    begin(2, PASSERS);
    ck_assert(enter(0));
    ck_assert(enter(1));
    ck_assert(!enter(2));
    ck_assert(!enter(3));
    leave(1);
    expect_called(2);
    expect_not_called(3);
    leave(0);
    expect_called(3);
}
END_TEST

/* Who waits for its connection takes no processor from others. */
START_TEST(other_connections_pass_those_that_wait_for_their_own)
{
    begin(2, 2);
    ck_assert(enter(0));
    ck_assert(!enter(2));
    ck_assert(!enter(4));
    ck_assert(enter(1));
    leave(0);
    expect_called(2);
    expect_not_called(4);
}
END_TEST

START_TEST(those_that_leave_the_queue_stop_nobody)
{
    begin(1, 2);
    ck_assert(enter(0));
    ck_assert(!enter(1)); /* ready, but for the processor */
    ck_assert(!enter(2)); /* at the gate of 0 */
    ck_assert(!enter(4));
    ck_assert(!enter(3)); /* at the gate of 1 */
    leave(2);
    leave(1); /* 3 is ready in its place */
    leave(0);
    expect_called(3);
    leave(3);
    expect_called(4);
    leave(4);
    ck_assert_uint_eq(inbox_take(&inboxes[1]) | inbox_take(&inboxes[2]), 0);
    ck_assert(enter(1));
}
END_TEST

START_TEST(the_last_of_a_queue_can_leave_it)
{
    begin(1, 1);
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(!enter(2));
    leave(2);
    ck_assert(!enter(3)); /* behind 1 */
    leave(1);
    leave(0);
    expect_called(3);
}
END_TEST

START_TEST(who_was_called_and_goes_away_lets_the_next_pass)
{
    begin(1, 1);
    ck_assert(enter(0));
    ck_assert(!enter(1));
    ck_assert(!enter(2));
    leave(0);
    leave(1); /* it had been called, and did not come */
    expect_called(2);
}
END_TEST

/* ---- Many threads ---------------------------------------------------------------------------- */

enum { THREAD_CONNECTIONS = 3, THREAD_PROCESSORS = 2, TURNS = 200 };

static atomic_int inside;
static atomic_int inside_connection[THREAD_CONNECTIONS];
static atomic_int faults;

static void *take_turns(void *argument)
{
    size_t i = (size_t)((struct passer *)argument - passers);
    atomic_int *connection = &inside_connection[i % THREAD_CONNECTIONS];
    for (int turn = 0; turn < TURNS; turn++) {
        while (!enter(i)) {
            (void)inbox_wait(&inboxes[i], &clock_monotonic, CLOCK_NEVER);
        }
        bool is_alone = atomic_fetch_add(connection, 1) == 0;
        bool has_room = atomic_fetch_add(&inside, 1) < THREAD_PROCESSORS;
        if (!is_alone || !has_room) {
            atomic_fetch_add(&faults, 1);
        }
        atomic_fetch_sub(&inside, 1);
        atomic_fetch_sub(connection, 1);
        leave(i);
    }
    return NULL;
}

START_TEST(threads_keep_to_it_and_all_get_their_turns)
{
    pthread_t threads[PASSERS];
    begin(THREAD_PROCESSORS, THREAD_CONNECTIONS);
    for (size_t i = 0; i < PASSERS; i++) {
        ck_assert_int_eq(thread_start(&threads[i], 0, take_turns, &passers[i]), 0);
    }
    for (size_t i = 0; i < PASSERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(atomic_load(&faults), 0);
    ck_assert_uint_eq(turnstile.room, THREAD_PROCESSORS);
}
END_TEST

Suite *turnstile_suite(void)
{
    Suite *suite = suite_create("turnstile");
    TCase *passing = tcase_create("passing");
    suite_add_tcase(suite, passing);
    tcase_add_checked_fixture(passing, set_up, tear_down);
    tcase_set_timeout(passing, 30);
    tcase_add_test(passing, one_alone_passes_at_once_and_again);
    tcase_add_test(passing, the_first_turn_waits_for_no_processor);
    tcase_add_test(passing, one_inside_knows_whether_others_wait);
    tcase_add_test(passing, names_have_gates_of_their_own);
    tcase_add_test(passing, a_connection_is_served_in_the_order_of_arrival);
    tcase_add_test(passing, so_many_pass_as_there_are_processors);
    tcase_add_test(passing, other_connections_pass_those_that_wait_for_their_own);
    tcase_add_test(passing, those_that_leave_the_queue_stop_nobody);
    tcase_add_test(passing, the_last_of_a_queue_can_leave_it);
    tcase_add_test(passing, who_was_called_and_goes_away_lets_the_next_pass);
    tcase_add_test(passing, threads_keep_to_it_and_all_get_their_turns);
    return suite;
}
