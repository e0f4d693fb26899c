/* The session map in one thread: which owner may start, take, leave and count.
 * check_sessions_expiry.c tests what is evicted when, check_sessions_threads.c many threads. */
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

START_TEST(a_started_session_is_found)
{
    struct test_owner owner = new_owner();
    ck_assert_uint_eq(sessions_count(sessions), 0);
    ck_assert(!exists(1));
    struct session_hold hold = started_session(1, &owner);
    ck_assert_uint_eq(sessions_count(sessions), 1);
    ck_assert_ptr_eq(hold.owner, &owner.owner);

    struct session *session = find_session(1);
    const struct uuid uuid = uuid_of(1);
    ck_assert_ptr_eq(session, hold.session);
    ck_assert(uuid_equal(session_uuid(session), &uuid));
    ck_assert_uint_eq(session_n(session), N);
    ck_assert_uint_eq(session_sent(session), 0);
    session_unref(session);
    ck_assert(!exists(2));

    sessions_leave(sessions, &hold);
    ck_assert(exists(1));
    ck_assert_uint_eq(sessions_count(sessions), 1);
}
END_TEST

/* A refused START must change nothing. */
static void must_refuse_start(uint32_t number, enum error wanted)
{
    static const struct session_hold untouched = {.epoch = 77};
    struct test_owner owner = new_owner();
    struct session_hold hold = untouched;
    uint64_t count = sessions_count(sessions);
    ck_assert_int_eq(start_session(number, N + 1, &owner, &hold), wanted);
    ck_assert_uint_eq(sessions_count(sessions), count);
    ck_assert_ptr_null(hold.session);
    ck_assert_uint_eq(hold.epoch, untouched.epoch);
    ck_assert_int_eq(owner.lost, 0);
}

START_TEST(a_live_session_does_not_give_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(1, &owner);
    ck_assert(session_count(&hold, 2));
    must_refuse_start(1, ERROR_UUID_TAKEN);

    ck_assert_int_eq(owner.lost, 0);
    ck_assert_uint_eq(session_n(hold.session), N);
    ck_assert_uint_eq(session_sent(hold.session), 2);
    ck_assert(session_count(&hold, 3));
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(an_unfinished_session_does_not_give_way)
{
    for (uint32_t sent = 0; sent <= N; sent++) {
        struct test_owner owner = new_owner();
        struct session_hold hold = started_session(sent, &owner);
        ck_assert(session_count(&hold, sent));
        sessions_leave(sessions, &hold);
        must_refuse_start(sent, ERROR_UUID_TAKEN);

        ck_assert(!take_session(sent, &owner, &hold));
        ck_assert_uint_eq(session_n(hold.session), N);
        ck_assert_uint_eq(session_sent(hold.session), sent);
        sessions_leave(sessions, &hold);
    }
}
END_TEST

START_TEST(a_finished_session_that_is_owned_does_not_give_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(1, &owner);
    count_all(&hold);
    must_refuse_start(1, ERROR_UUID_TAKEN);
    sessions_leave(sessions, &hold);

    ck_assert(!take_session(1, &owner, &hold)); /* a client fetches the last messages again */
    must_refuse_start(1, ERROR_UUID_TAKEN);
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(a_finished_session_that_nobody_owns_gives_way)
{
    finish_and_leave(1);
    struct session *old = find_session(1);
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    ck_assert_int_eq(start_session(1, N + 1, &owner, &hold), ERROR_NONE);
    ck_assert_uint_eq(sessions_count(sessions), 1);
    ck_assert_ptr_ne(hold.session, old);
    ck_assert_uint_eq(session_n(hold.session), N + 1);
    ck_assert_uint_eq(session_sent(hold.session), 0);

    /* A stream that found the old session before can not take it any more. */
    struct test_owner late = new_owner();
    struct session_hold late_hold = {0};
    struct session_before before;
    ck_assert_int_eq(sessions_take(sessions, old, 0, &late.owner, &late_hold, &before),
                     SESSION_GONE);
    ck_assert_ptr_null(late_hold.session);
    ck_assert_int_eq(owner.lost, 0);
    ck_assert_uint_eq(session_sent(old), N + 1);
    session_unref(old);
    ck_assert(session_count(&hold, 1));
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(at_the_limit_only_a_finished_session_gives_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(0, &owner);
    finish_and_leave(1);
    for (uint32_t number = 2; number < SESSIONS_LIMIT; number++) {
        start_and_leave(number);
    }
    ck_assert_uint_eq(sessions_count(sessions), SESSIONS_LIMIT);
    must_refuse_start(0, ERROR_UUID_TAKEN);
    must_refuse_start(2, ERROR_UUID_TAKEN);
    finish_and_leave(1); /* takes the place of the one of its uuid */
    start_and_leave(SESSIONS_LIMIT);
    ck_assert(!exists(1));
    must_refuse_start(SESSIONS_LIMIT + 1, ERROR_TOO_MANY_SESSIONS);
    ck_assert(!exists(SESSIONS_LIMIT + 1));
    ck_assert_uint_eq(sessions_count(sessions), SESSIONS_LIMIT);
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(taking_an_idle_session_disturbs_nobody)
{
    struct test_owner first = new_owner();
    struct session_hold first_hold = started_session(1, &first);
    ck_assert(session_count(&first_hold, 2));
    sessions_leave(sessions, &first_hold);
    ck_assert_ptr_null(first_hold.session);

    struct test_owner second = new_owner();
    struct session_hold hold = {0};
    ck_assert(!take_session(1, &second, &hold));
    ck_assert_int_eq(first.lost, 0);
    ck_assert_uint_eq(session_sent(hold.session), 2);
    ck_assert(session_count(&hold, 3));
    sessions_leave(sessions, &hold);
    ck_assert_int_eq(second.lost, 0);
}
END_TEST

START_TEST(a_take_over_tells_the_old_owner_once)
{
    struct test_owner old = new_owner();
    struct session_hold old_hold = started_session(1, &old);
    ck_assert(session_count(&old_hold, 1));

    struct test_owner new = new_owner();
    struct session_hold hold = {0};
    ck_assert(take_session(1, &new, &hold));
    ck_assert_int_eq(old.lost, 1);
    ck_assert_int_eq(new.lost, 0);
    ck_assert(!session_count(&old_hold, 2));
    ck_assert(!session_count(&old_hold, 1));
    ck_assert_uint_eq(session_sent(hold.session), 1);
    ck_assert(session_count(&hold, 2));

    /* The old owner leaves a session that it does not own any more. */
    sessions_leave(sessions, &old_hold);
    ck_assert_ptr_null(old_hold.session);
    ck_assert(session_count(&hold, 3));
    must_refuse_start(1, ERROR_UUID_TAKEN);
    struct test_owner third = new_owner();
    struct session_hold third_hold = {0};
    ck_assert(take_session(1, &third, &third_hold)); /* it was owned */
    ck_assert_int_eq(old.lost, 1);
    ck_assert_int_eq(new.lost, 1);
    sessions_leave(sessions, &third_hold);
    sessions_leave(sessions, &hold);
    ck_assert_int_eq(third.lost, 0);
}
END_TEST

START_TEST(only_the_last_of_many_owners_counts)
{
    enum { OWNERS = 50 };
    struct test_owner owners[OWNERS];
    struct session_hold holds[OWNERS] = {0};
    for (int i = 0; i < OWNERS; i++) {
        owners[i] = new_owner();
        if (i == 0) {
            holds[0] = started_session(1, &owners[0]);
        } else {
            ck_assert(take_session(1, &owners[i], &holds[i]));
        }
    }
    for (int i = 0; i < OWNERS; i++) {
        ck_assert_int_eq(owners[i].lost, i < OWNERS - 1 ? 1 : 0);
        ck_assert(session_count(&holds[i], 1) == (i == OWNERS - 1));
    }
    for (int i = 0; i < OWNERS; i++) {
        sessions_leave(sessions, &holds[i]);
    }
    ck_assert_uint_eq(sessions_count(sessions), 1);
}
END_TEST

START_TEST(a_hold_of_nothing_is_left_alone)
{
    struct session_hold hold = {0};
    sessions_leave(sessions, &hold);
    start_and_leave(1);
    sessions_leave(sessions, &hold);
    ck_assert_uint_eq(sessions_count(sessions), 1);
    sessions_destroy(NULL);
}
END_TEST

Suite *sessions_suite(void)
{
    Suite *suite = suite_create("sessions");
    TCase *owning = tcase_create("owning");
    suite_add_tcase(suite, owning);
    tcase_add_checked_fixture(owning, sessions_set_up, sessions_tear_down);
    tcase_add_test(owning, a_started_session_is_found);
    tcase_add_test(owning, a_live_session_does_not_give_way);
    tcase_add_test(owning, an_unfinished_session_does_not_give_way);
    tcase_add_test(owning, a_finished_session_that_is_owned_does_not_give_way);
    tcase_add_test(owning, a_finished_session_that_nobody_owns_gives_way);
    tcase_add_test(owning, at_the_limit_only_a_finished_session_gives_way);
    tcase_add_test(owning, taking_an_idle_session_disturbs_nobody);
    tcase_add_test(owning, a_take_over_tells_the_old_owner_once);
    tcase_add_test(owning, only_the_last_of_many_owners_counts);
    tcase_add_test(owning, a_hold_of_nothing_is_left_alone);
    return suite;
}
