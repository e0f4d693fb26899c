/* The turnstile with many threads: one at a time of each connection, in all one per processor, and
 * each thread gets all its turns. */
#include "shared/base/thread.h"
#include "test/kit/turnstile_fixture.h"
#include "test/suites.h"

#include <stdatomic.h>

enum { THREAD_CONNECTIONS = 3, THREAD_PROCESSORS = 2, TURNS_EACH = 200 };

static atomic_int inside;
static atomic_int inside_connection[THREAD_CONNECTIONS];
static atomic_int faults;

static void *take_turns(void *argument)
{
    size_t i = (size_t)((struct turn *)argument - turns);
    atomic_int *connection = &inside_connection[i % THREAD_CONNECTIONS];
    for (int turn = 0; turn < TURNS_EACH; turn++) {
        while (!enter(i)) {
            if (inbox_wait(&inboxes[i], &clock_monotonic, CLOCK_NEVER) & INBOX_TURN) {
                turn_came(&turns[i]);
            }
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
    pthread_t threads[STREAMS];
    begin_turns(THREAD_PROCESSORS, THREAD_CONNECTIONS);
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(thread_start(&threads[i], 0, take_turns, &turns[i]), 0);
    }
    for (size_t i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(atomic_load(&faults), 0);
    ck_assert_uint_eq(turnstile.free_processors, THREAD_PROCESSORS);
}
END_TEST

Suite *turnstile_threads_suite(void)
{
    Suite *suite = suite_create("turnstile-threads");
    TCase *turning = tcase_create("turning");
    suite_add_tcase(suite, turning);
    tcase_add_checked_fixture(turning, turnstile_set_up, turnstile_tear_down);
    tcase_set_timeout(turning, 30);
    tcase_add_test(turning, threads_keep_to_it_and_all_get_their_turns);
    return suite;
}
