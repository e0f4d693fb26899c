/* The oldest sessions of each state, through all that moves a session from one state to another. */
#include "server/sessions/oldest_sessions.h"
#include "server/sessions/sessions_durable.h"
#include "server/sessions/sessions_shared.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

/* The test fails unless the state has these sessions, in this order: "3 1 2". */
static void expect_sessions(enum session_state state, const char *wanted)
{
    struct oldest_sessions oldest;
    char found[128] = "";
    oldest_sessions_read(sessions, &oldest);
    for (size_t i = 0; i < oldest.states[state].count; i++) {
        uint32_t number = 0;
        struct uuid uuid = uuid_of(number);
        while (!uuid_equal(&uuid, &oldest.states[state].items[i].uuid)) {
            uuid = uuid_of(++number);
        }
        const size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s%u", i == 0 ? "" : " ", number);
    }
    ck_assert_str_eq(found, wanted);
}

static void expect_states(const char *owned, const char *idle, const char *finished)
{
    expect_sessions(SESSION_OWNED, owned);
    expect_sessions(SESSION_IDLE, idle);
    expect_sessions(SESSION_FINISHED, finished);
}

START_TEST(each_state_has_its_oldest_first)
{
    struct test_owner owner = new_owner();
    struct session_hold holds[4];
    for (uint32_t i = 1; i < 4; i++) {
        holds[i] = started_session(i, &owner);
    }
    expect_states("1 2 3", "", "");
    sessions_leave(sessions, &holds[2]);
    count_all(&holds[1]);
    expect_states("1 3", "2", "");
    sessions_leave(sessions, &holds[1]);
    expect_states("3", "2", "1");

    struct test_owner other = new_owner();
    struct session_hold taken[2];
    ck_assert(!take_session(2, &other, &taken[0]));
    expect_states("3 2", "", "1");
    ck_assert(take_session(3, &other, &taken[1])); /* from its owner */
    expect_states("2 3", "", "1");
    sessions_leave(sessions, &holds[3]); /* the old owner's: it changes nothing */
    expect_states("2 3", "", "1");
    sessions_leave(sessions, &taken[0]);
    sessions_leave(sessions, &taken[1]);
    expect_states("", "2 3", "1");
}
END_TEST

START_TEST(a_view_says_what_the_session_is)
{
    struct test_owner owner = new_owner();
    owner.owner.address = "192.0.2.1:1234";
    struct session_hold hold = started_session(1, &owner);
    ck_assert(session_count(&hold, 2));
    fake_clock_advance(&sessions_clock, 5);
    struct oldest_sessions oldest;
    oldest_sessions_read(sessions, &oldest);
    const struct session_view *view = &oldest.states[SESSION_OWNED].items[0];
    ck_assert_int_eq(oldest.timeout_ns, SESSIONS_TIMEOUT);
    ck_assert_uint_eq(view->n, N);
    ck_assert_uint_eq(view->sent, 2);
    ck_assert_int_eq(view->age_ns, 5);
    ck_assert_str_eq(view->address, "192.0.2.1:1234");

    fake_clock_advance(&sessions_clock, 5);
    sessions_leave(sessions, &hold);
    fake_clock_advance(&sessions_clock, 3);
    oldest_sessions_read(sessions, &oldest);
    view = &oldest.states[SESSION_IDLE].items[0];
    ck_assert_int_eq(view->age_ns, 3);
    ck_assert_str_eq(view->address, "");
}
END_TEST

START_TEST(there_are_few_however_many_exist)
{
    for (uint32_t i = 0; i < 100; i++) {
        start_and_leave(i);
    }
    expect_states("", "0 1 2 3 4 5 6 7", "");
}
END_TEST

/* A session that was withdrawn is nobody's, until it is confirmed or discarded. */
START_TEST(a_withdrawn_session_is_not_shown)
{
    struct test_owner owner = new_owner();
    struct test_owner thief = new_owner();
    struct session_hold holds[3];
    struct session_hold taken[2];
    struct session_before before;
    for (uint32_t i = 0; i < 3; i++) {
        holds[i] = started_session(i, &owner);
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct session *session = find_session(i);
        ck_assert_int_eq(sessions_withdraw(sessions, session, 0, &thief.owner, &taken[i], &before),
                         SESSION_CLAIMED);
        session_unref(session);
    }
    expect_states("2", "", "");
    sessions_confirm(sessions, &taken[0]);
    expect_states("2 0", "", "");
    sessions_discard(sessions, &taken[1]);
    expect_states("2 0", "", "");
    sessions_leave(sessions, &taken[0]);
    expect_states("2", "0", "");
    ck_assert_uint_eq(sessions_withdraw_idle(sessions, &thief.owner, taken, 2), 1);
    expect_states("2", "", "");
    sessions_discard(sessions, &taken[0]);
    sessions_discard(sessions, &holds[2]);
    expect_states("", "", "");
    sessions_leave(sessions, &holds[0]);
    sessions_leave(sessions, &holds[1]);
}
END_TEST

START_TEST(abandoned_sessions_are_gone)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(1, &owner);
    start_and_leave(2);
    finish_and_leave(3);
    sessions_abandon_all(sessions);
    expect_states("", "", "");
    sessions_leave(sessions, &hold);
    expect_states("", "", "");
}
END_TEST

Suite *oldest_sessions_suite(void)
{
    Suite *suite = suite_create("oldest-sessions");
    TCase *tcase = tcase_create("oldest");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, sessions_set_up, sessions_tear_down);
    tcase_add_test(tcase, each_state_has_its_oldest_first);
    tcase_add_test(tcase, a_view_says_what_the_session_is);
    tcase_add_test(tcase, there_are_few_however_many_exist);
    tcase_add_test(tcase, a_withdrawn_session_is_not_shown);
    tcase_add_test(tcase, abandoned_sessions_are_gone);
    return suite;
}
