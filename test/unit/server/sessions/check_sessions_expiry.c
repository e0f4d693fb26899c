/* The session map in one thread: what is evicted when. */
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

#include <string.h>

/* The sessions that sessions_reap evicted. */
static uint32_t evicted_numbers[SESSIONS_LIMIT];
static size_t evicted_count;

static void note_evicted(const struct session *session)
{
    memcpy(&evicted_numbers[evicted_count++], session_uuid(session)->bytes + 12, sizeof(uint32_t));
}

/* Evicts the sessions that are due. At least one must be, or it would wait. */
static void reap(void)
{
    evicted_count = 0;
    ck_assert(sessions_reap(sessions, note_evicted));
}

START_TEST(sessions_expire_in_the_order_in_which_they_were_left)
{
    struct test_owner owner = new_owner();
    struct session_hold holds[4];
    for (uint32_t number = 0; number < 4; number++) {
        holds[number] = started_session(number, &owner);
    }
    static const uint32_t order[] = {2, 0, 3, 1}; /* left one second apart */
    for (size_t i = 0; i < 4; i++) {
        sessions_leave(sessions, &holds[order[i]]);
        fake_clock_advance(&sessions_clock, NS_PER_S);
    }
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT - 4 * NS_PER_S);
    for (size_t i = 0; i < 4; i++) {
        reap();
        ck_assert_uint_eq(evicted_count, 1);
        ck_assert_uint_eq(evicted_numbers[0], order[i]);
        ck_assert(!exists(order[i]));
        ck_assert_uint_eq(sessions_count(sessions), 3 - i);
        fake_clock_advance(&sessions_clock, NS_PER_S);
    }
}
END_TEST

/* Sessions are taken from the front, the middle and the end of the list. One that is left again
 * goes to its end. */
START_TEST(taking_takes_out_of_the_order_and_leaving_puts_at_its_end)
{
    for (uint32_t number = 0; number < 6; number++) {
        start_and_leave(number);
        fake_clock_advance(&sessions_clock, NS_PER_S);
    }
    struct test_owner owner = new_owner();
    struct session_hold holds[3] = {0};
    static const uint32_t taken[] = {0, 3, 5};
    for (size_t i = 0; i < 3; i++) {
        ck_assert(!take_session(taken[i], &owner, &holds[i]));
    }
    sessions_leave(sessions, &holds[1]);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT - 2 * NS_PER_S);
    sessions_leave(sessions, &holds[0]);
    reap(); /* due: the sessions left up to 4 */
    ck_assert_uint_eq(evicted_count, 3);
    ck_assert(!exists(1) && !exists(2) && !exists(4));
    ck_assert(exists(0) && exists(3) && exists(5));

    fake_clock_advance(&sessions_clock, 2 * NS_PER_S);
    reap();
    ck_assert_uint_eq(evicted_count, 1);
    ck_assert(exists(0) && !exists(3) && exists(5));

    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    reap();
    ck_assert_uint_eq(evicted_count, 1);
    ck_assert(!exists(0) && exists(5)); /* 5 is owned */
    sessions_leave(sessions, &holds[2]);
}
END_TEST

START_TEST(an_evicted_session_can_not_be_taken)
{
    start_and_leave(1);
    struct session *found = find_session(1);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    reap();
    ck_assert_uint_eq(evicted_count, 1);

    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    struct session_before before;
    ck_assert_int_eq(sessions_take(sessions, found, 0, &owner.owner, &hold, &before), SESSION_GONE);
    ck_assert_ptr_null(hold.session);
    ck_assert_uint_eq(session_sent(found), 0); /* the reference keeps it readable */
    session_unref(found);
    ck_assert_uint_eq(sessions_count(sessions), 0);
    start_and_leave(1);
    ck_assert_uint_eq(sessions_count(sessions), 1);
}
END_TEST

/* Several sessions share a bucket. Each can leave it without the others, in any order. */
START_TEST(a_full_map_loses_nothing)
{
    for (uint32_t round = 0; round < 3; round++) {
        struct test_owner owner = new_owner();
        struct session_hold holds[SESSIONS_LIMIT] = {0};
        for (uint32_t number = 0; number < SESSIONS_LIMIT; number++) {
            if (number % 3 != 1) {
                holds[number] = started_session(number, &owner);
            } else if (round == 0) {
                finish_and_leave(number);
            }
        }
        for (uint32_t i = 0; i < SESSIONS_LIMIT;
             i++) { /* a hold that was not started holds nothing */
            sessions_leave(sessions, &holds[(i * 7 + round) % SESSIONS_LIMIT]);
        }
        ck_assert_uint_eq(sessions_count(sessions), SESSIONS_LIMIT);
        for (uint32_t number = 1; number < SESSIONS_LIMIT; number += 3) {
            ck_assert(!take_session(number, &owner, &holds[number]));
        }
        fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
        for (size_t left = SESSIONS_LIMIT - SESSIONS_LIMIT / 3; left > 0; left -= evicted_count) {
            reap();
            ck_assert_uint_le(evicted_count, left);
        }
        for (uint32_t number = 0; number < SESSIONS_LIMIT; number++) {
            ck_assert_msg(exists(number) == (number % 3 == 1), "%u", number);
        }
        for (uint32_t number = 1; number < SESSIONS_LIMIT; number += 3) {
            sessions_leave(sessions, &holds[number]);
        }
    }
}
END_TEST

START_TEST(stopped_reaping_says_so)
{
    start_and_leave(1);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    sessions_stop_reaping(sessions);
    evicted_count = 0;
    ck_assert(!sessions_reap(sessions, note_evicted));
    ck_assert(!sessions_reap(sessions, note_evicted));
    ck_assert_uint_eq(evicted_count, 0);
}
END_TEST

Suite *sessions_expiry_suite(void)
{
    Suite *suite = suite_create("sessions-expiry");
    TCase *expiring = tcase_create("expiring");
    suite_add_tcase(suite, expiring);
    tcase_add_checked_fixture(expiring, sessions_set_up, sessions_tear_down);
    tcase_add_test(expiring, sessions_expire_in_the_order_in_which_they_were_left);
    tcase_add_test(expiring, taking_takes_out_of_the_order_and_leaving_puts_at_its_end);
    tcase_add_test(expiring, an_evicted_session_can_not_be_taken);
    tcase_add_test(expiring, a_full_map_loses_nothing);
    tcase_add_test(expiring, stopped_reaping_says_so);
    return suite;
}
