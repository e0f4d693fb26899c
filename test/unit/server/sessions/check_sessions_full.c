/* The session map at its limit, in one thread: who gives way to a new session, and who never does.
 */
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

#include <string.h>

enum { LIMIT = 5 };

/* The sessions that gave way to a new one, in order. */
static uint32_t gone_numbers[2 * LIMIT];
static size_t gone_count;

static void note_gone(const struct session *session)
{
    (void)sessions_count(sessions); /* would hang if the lock were held */
    ck_assert_uint_eq(session_sent(session), session_n(session) + 1);
    memcpy(&gone_numbers[gone_count++], session_uuid(session)->bytes + 12, sizeof(uint32_t));
}

static void set_up(void)
{
    fake_clock_init(&sessions_clock, NS_PER_S);
    const struct sessions_settings settings = {.max_sessions = LIMIT,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &sessions_clock.clock,
                                               .gave_way = note_gone};
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
    gone_count = 0;
}

static void expect_gone(size_t count, const uint32_t *numbers)
{
    ck_assert_uint_eq(gone_count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(gone_numbers[i], numbers[i]);
        ck_assert(!exists(numbers[i]));
    }
    ck_assert_uint_eq(sessions_count(sessions), LIMIT);
}

static void must_refuse(uint32_t number)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    ck_assert_int_eq(start_session(number, N, &owner, &hold), ERROR_TOO_MANY_SESSIONS);
    ck_assert_ptr_null(hold.session);
    ck_assert(!exists(number));
}

START_TEST(finished_sessions_give_way_in_the_order_in_which_they_were_left)
{
    static const uint32_t order[LIMIT] = {3, 1, 4, 0, 2};
    struct test_owner owner = new_owner();
    struct session_hold holds[LIMIT];
    for (uint32_t number = 0; number < LIMIT; number++) {
        holds[number] = started_session(number, &owner);
        count_all(&holds[number]);
    }
    for (size_t i = 0; i < LIMIT; i++) {
        sessions_leave(sessions, &holds[order[i]]);
    }
    for (uint32_t number = LIMIT; number < 2 * LIMIT; number++) {
        start_and_leave(number);
        expect_gone(number - LIMIT + 1, order);
    }
    must_refuse(2 * LIMIT); /* only unfinished ones are left */
    expect_gone(LIMIT, order);
}
END_TEST

/* The map stays usable for short sessions, one after the other, for ever. */
START_TEST(a_map_full_of_finished_sessions_keeps_nobody_out)
{
    for (uint32_t number = 0; number < LIMIT; number++) {
        finish_and_leave(number);
    }
    for (uint32_t number = LIMIT; number < 1000; number++) {
        gone_count = 0;
        finish_and_leave(number);
        ck_assert_uint_eq(gone_count, 1);
        ck_assert_uint_eq(gone_numbers[0], number - LIMIT);
        ck_assert_uint_eq(sessions_count(sessions), LIMIT);
    }
}
END_TEST

START_TEST(unfinished_sessions_never_give_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(0, &owner);
    for (uint32_t sent = 0; sent < N; sent++) { /* idle; the checksum is missing at the last */
        struct session_hold other = started_session(1 + sent, &owner);
        ck_assert(session_count(&other, sent + 1));
        sessions_leave(sessions, &other);
    }
    start_and_leave(LIMIT - 1);
    must_refuse(LIMIT);
    expect_gone(0, NULL);
    ck_assert_int_eq(owner.lost, 0);
    sessions_leave(sessions, &hold);
    must_refuse(LIMIT);
    expect_gone(0, NULL);
}
END_TEST

START_TEST(only_the_finished_ones_of_a_mixture_give_way)
{
    static const uint32_t finished[] = {1, 3};
    for (uint32_t number = 0; number < LIMIT; number++) {
        if (number % 2 == 0) {
            start_and_leave(number);
        } else {
            finish_and_leave(number);
        }
    }
    start_and_leave(LIMIT);
    expect_gone(1, finished);
    start_and_leave(LIMIT + 1);
    expect_gone(2, finished);
    must_refuse(LIMIT + 2);
    for (uint32_t number = 0; number < LIMIT; number += 2) {
        ck_assert(exists(number));
    }
}
END_TEST

/* A client that lost the last messages fetches them: meanwhile its session does not give way. */
START_TEST(a_finished_session_that_is_owned_does_not_give_way)
{
    static const uint32_t others[] = {1, 2, 3, 4};
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    for (uint32_t number = 0; number < LIMIT; number++) {
        finish_and_leave(number);
    }
    ck_assert(!take_session(0, &owner, &hold));
    for (uint32_t number = 1; number < LIMIT; number++) {
        start_and_leave(LIMIT + number);
        expect_gone(number, others);
    }
    must_refuse(0 + 2 * LIMIT);
    ck_assert_int_eq(owner.lost, 0);
    sessions_leave(sessions, &hold); /* left again: now it may go */
    start_and_leave(2 * LIMIT);
    ck_assert_uint_eq(gone_count, LIMIT);
    ck_assert_uint_eq(gone_numbers[LIMIT - 1], 0);
}
END_TEST

START_TEST(a_session_that_is_left_again_is_the_last_to_give_way)
{
    static const uint32_t order[] = {1, 2, 3, 4, 0};
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    for (uint32_t number = 0; number < LIMIT; number++) {
        finish_and_leave(number);
    }
    ck_assert(!take_session(0, &owner, &hold));
    sessions_leave(sessions, &hold);
    for (uint32_t number = LIMIT; number < 2 * LIMIT; number++) {
        start_and_leave(number);
    }
    expect_gone(LIMIT, order);
}
END_TEST

/* One session replaces another of its uuid, and none of another uuid. */
START_TEST(a_refused_start_or_a_replacement_costs_nobody_its_place)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    start_and_leave(0);
    for (uint32_t number = 1; number < LIMIT; number++) {
        finish_and_leave(number);
    }
    ck_assert_int_eq(start_session(0, N, &owner, &hold), ERROR_UUID_TAKEN);
    expect_gone(0, NULL);
    start_and_leave(2);
    expect_gone(0, NULL);
    ck_assert(exists(1));
}
END_TEST

/* A stream has found the session that gives way, and has not claimed it yet. */
START_TEST(a_session_that_gave_way_cannot_be_claimed)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    struct session_before before;
    for (uint32_t number = 0; number < LIMIT; number++) {
        finish_and_leave(number);
    }
    struct session *found = find_session(0);
    start_and_leave(LIMIT);
    ck_assert_int_eq(sessions_take(sessions, found, 0, &owner.owner, &hold, &before), SESSION_GONE);
    ck_assert_ptr_null(hold.session);
    ck_assert_uint_eq(session_sent(found), N + 1); /* the reference keeps it readable */
    session_unref(found);
}
END_TEST

static uint32_t evicted_numbers[LIMIT];
static size_t evicted_count;

static void note_evicted(const struct session *session)
{
    memcpy(&evicted_numbers[evicted_count++], session_uuid(session)->bytes + 12, sizeof(uint32_t));
}

/* Finished or not: what was left first expires first, also after one has given way. */
START_TEST(both_kinds_expire_in_the_order_in_which_they_were_left)
{
    int64_t now = 0;
    for (uint32_t number = 0; number < LIMIT; number++) {
        if (number % 2 == (uint32_t)_i) {
            start_and_leave(number);
        } else {
            finish_and_leave(number);
        }
        fake_clock_advance(&sessions_clock, NS_PER_S);
        now += NS_PER_S;
    }
    start_and_leave(LIMIT); /* the first finished one gives way */
    ck_assert_uint_eq(gone_count, 1);
    ck_assert_uint_eq(gone_numbers[0], (uint32_t)(1 - _i));

    evicted_count = 0;
    for (uint32_t number = 0; number <= LIMIT; number++) {
        if (number != gone_numbers[0]) {
            int64_t expiry = number * NS_PER_S + SESSIONS_TIMEOUT;
            fake_clock_advance(&sessions_clock, expiry - now);
            now = expiry;
            ck_assert(sessions_reap(sessions, note_evicted));
            ck_assert_uint_gt(evicted_count, 0);
            ck_assert_uint_eq(evicted_numbers[--evicted_count], number);
            ck_assert_uint_eq(evicted_count, 0);
        }
    }
    ck_assert_uint_eq(sessions_count(sessions), 0);
}
END_TEST

static void expect_states(uint64_t owned, uint64_t idle, uint64_t finished)
{
    const struct sessions_counts counts = sessions_read_counts(sessions);
    ck_assert_uint_eq(counts.owned, owned);
    ck_assert_uint_eq(counts.idle, idle);
    ck_assert_uint_eq(counts.finished, finished);
}

START_TEST(states_and_events_are_counted)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(1, &owner);
    expect_states(1, 0, 0);
    start_and_leave(2);
    start_and_leave(3);
    finish_and_leave(4);
    finish_and_leave(5);
    expect_states(1, 2, 2);
    finish_and_leave(5); /* replaced by one of the same uuid: nobody gives way */
    ck_assert_uint_eq(sessions_read_counts(sessions).events.gave_way, 0);
    finish_and_leave(6); /* 4 gives way */
    expect_states(1, 2, 2);
    struct session_hold taken;
    ck_assert(!take_session(2, &owner, &taken));
    expect_states(2, 1, 2);
    ck_assert_int_eq(start_session(3, N, &owner, &hold), ERROR_UUID_TAKEN);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    evicted_count = 0;
    while (evicted_count < 3) {
        ck_assert(sessions_reap(sessions, note_evicted));
    }
    expect_states(2, 0, 0);
    const struct sessions_events events = sessions_read_counts(sessions).events;
    ck_assert_uint_eq(events.started, 7);
    ck_assert_uint_eq(events.gave_way, 1);
    ck_assert_uint_eq(events.evicted_unfinished, 1);
    ck_assert_uint_eq(events.evicted_finished, 2);
    sessions_leave(sessions, &taken);
    sessions_leave(sessions, &hold);
    expect_states(0, 2, 0);
}
END_TEST

Suite *sessions_full_suite(void)
{
    Suite *suite = suite_create("sessions-full");
    TCase *full = tcase_create("full");
    suite_add_tcase(suite, full);
    tcase_add_checked_fixture(full, set_up, sessions_tear_down);
    tcase_add_test(full, finished_sessions_give_way_in_the_order_in_which_they_were_left);
    tcase_add_test(full, a_map_full_of_finished_sessions_keeps_nobody_out);
    tcase_add_test(full, unfinished_sessions_never_give_way);
    tcase_add_test(full, only_the_finished_ones_of_a_mixture_give_way);
    tcase_add_test(full, a_finished_session_that_is_owned_does_not_give_way);
    tcase_add_test(full, a_session_that_is_left_again_is_the_last_to_give_way);
    tcase_add_test(full, a_refused_start_or_a_replacement_costs_nobody_its_place);
    tcase_add_test(full, a_session_that_gave_way_cannot_be_claimed);
    tcase_add_test(full, states_and_events_are_counted);
    tcase_add_loop_test(full, both_kinds_expire_in_the_order_in_which_they_were_left, 0, 2);
    return suite;
}
