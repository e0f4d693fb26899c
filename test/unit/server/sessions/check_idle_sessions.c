/* The sessions without an owner, against an array that has them in the order of their leaving. */
#include "server/sessions/idle_sessions.h"
#include "test/suites.h"

#include <stddef.h>

enum { COUNT = 12, STEPS = 20000, N = 1 };

static struct session *sessions[COUNT];
static bool is_idle[COUNT];
static struct idle_sessions idle;

static void set_up(void)
{
    idle = (struct idle_sessions){.unfinished.first = NULL};
    for (size_t i = 0; i < COUNT; i++) {
        const struct uuid uuid = {{(uint8_t)i}};
        sessions[i] = session_create(&uuid, N);
        ck_assert_ptr_nonnull(sessions[i]);
        is_idle[i] = false;
    }
}

static void tear_down(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        session_unref(sessions[i]);
    }
}

static void finish(struct session *session)
{
    const struct session_hold hold = {.session = session, .epoch = 1};
    ck_assert(session_count(&hold, N + 1));
}

/* The one that was left first, of all or of the finished ones; NULL: none. */
static struct session *expected_first(bool only_finished)
{
    struct session *first = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        bool counts = is_idle[i] && (!only_finished || session_is_finished(sessions[i]));
        if (counts && (first == NULL || sessions[i]->since < first->since)) {
            first = sessions[i];
        }
    }
    return first;
}

static void check_firsts(void)
{
    if (idle_sessions_first(&idle) != expected_first(false) ||
        idle_sessions_first_finished(&idle) != expected_first(true)) {
        ck_abort_msg("another one is first");
    }
}

/* Sessions come and go from the front, the middle and the end; some finish while they are owned. */
START_TEST(the_one_that_was_left_first_is_first)
{
    uint32_t random = (uint32_t)_i;
    for (int64_t step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        size_t i = (random >> 16) % COUNT;
        if (is_idle[i]) {
            idle_sessions_remove(&idle, sessions[i]);
        } else {
            if (i % 2 == 0 && (random >> 8) % 8 == 0) {
                finish(sessions[i]);
            }
            sessions[i]->since = step;
            idle_sessions_add(&idle, sessions[i]);
        }
        is_idle[i] = !is_idle[i];
        check_firsts();
    }
}
END_TEST

START_TEST(nothing_is_first_of_none)
{
    ck_assert_ptr_null(idle_sessions_first(&idle));
    ck_assert_ptr_null(idle_sessions_first_finished(&idle));
    sessions[0]->since = 5;
    idle_sessions_add(&idle, sessions[0]);
    ck_assert_ptr_eq(idle_sessions_first(&idle), sessions[0]);
    ck_assert_ptr_null(idle_sessions_first_finished(&idle));
    idle_sessions_remove(&idle, sessions[0]);
    ck_assert_ptr_null(idle_sessions_first(&idle));
}
END_TEST

Suite *idle_sessions_suite(void)
{
    Suite *suite = suite_create("idle-sessions");
    TCase *order = tcase_create("order");
    suite_add_tcase(suite, order);
    tcase_add_checked_fixture(order, set_up, tear_down);
    tcase_add_loop_test(order, the_one_that_was_left_first_is_first, 0, 4);
    tcase_add_test(order, nothing_is_first_of_none);
    return suite;
}
