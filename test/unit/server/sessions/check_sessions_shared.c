/* Sessions that are withdrawn to be given to another server, and that are all lost at once. */
#include "server/sessions/sessions_shared.h"
#include "server/sessions/sessions_table.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

#include <semaphore.h>

START_TEST(a_withdrawn_session_is_found_and_taken_by_nobody)
{
    struct test_owner owner = new_owner();
    struct test_owner giver = new_owner();
    struct test_owner late = new_owner();
    struct session_hold hold = started_session(1, &owner);
    struct session_hold gift = {0};
    struct session_hold other = {0};
    struct session_before before;
    struct session *session = find_session(1); /* a stream has found it before */
    ck_assert(session_count(&hold, 2));
    ck_assert_int_eq(sessions_withdraw(sessions, session, 0, &giver.owner, &gift, &before),
                     SESSION_CLAIMED);
    ck_assert(before.was_owned);
    ck_assert_uint_eq(before.sent, 2);
    ck_assert_int_eq(owner.lost, 1);
    ck_assert(!session_count(&hold, 3));
    ck_assert(!exists(1));
    ck_assert_int_eq(sessions_take(sessions, session, 0, &late.owner, &other, &before),
                     SESSION_GONE);
    ck_assert_int_eq(sessions_withdraw(sessions, session, 0, &late.owner, &other, &before),
                     SESSION_GONE);
    const struct uuid uuid = uuid_of(1);
    struct session *looked = NULL;
    ck_assert_int_eq(sessions_look(sessions, &uuid, &looked), SESSION_RESERVED);
    ck_assert_int_eq(start_session(1, N, &late, &other), ERROR_UUID_TAKEN);
    if (_i == 0) { /* it was given */
        sessions_discard(sessions, &gift);
        ck_assert_int_eq(sessions_look(sessions, &uuid, &looked), SESSION_ABSENT);
    } else { /* it stays */
        sessions_confirm(sessions, &gift);
        sessions_leave(sessions, &gift);
        ck_assert_int_eq(sessions_look(sessions, &uuid, &looked), SESSION_PRESENT);
        ck_assert_uint_eq(session_sent(looked), 2);
        session_unref(looked);
    }
    session_unref(session);
    sessions_leave(sessions, &hold);
    ck_assert_uint_eq(sessions_count(sessions), (uint64_t)_i);
    ck_assert_uint_eq(sessions_read_counts(sessions).events.started, 1);
}
END_TEST

START_TEST(an_older_attempt_withdraws_nothing)
{
    struct test_owner owner = new_owner();
    struct test_owner giver = new_owner();
    struct session_hold hold = {0};
    struct session_hold gift = {0};
    struct session_before before;
    const struct uuid uuid = uuid_of(1);
    ck_assert_int_eq(sessions_start(sessions, &uuid, N, 5, &owner.owner, &hold), ERROR_NONE);
    struct session *session = find_session(1);
    ck_assert_int_eq(sessions_withdraw(sessions, session, 5, &giver.owner, &gift, &before),
                     SESSION_OLDER_ATTEMPT);
    session_unref(session);
    ck_assert_int_eq(owner.lost, 0);
    ck_assert(session_count(&hold, 1));
    ck_assert(exists(1));
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(idle_sessions_are_withdrawn_and_owned_ones_are_not)
{
    struct test_owner owner = new_owner();
    struct test_owner giver = new_owner();
    struct session_hold holds[8];
    start_and_leave(1);
    finish_and_leave(2);
    struct session_hold hold = started_session(3, &owner);
    start_and_leave(4);
    ck_assert_uint_eq(sessions_withdraw_idle(sessions, &giver.owner, holds, 2), 2);
    ck_assert_uint_eq(sessions_withdraw_idle(sessions, &giver.owner, holds + 2, 6), 1);
    ck_assert_uint_eq(sessions_withdraw_idle(sessions, &giver.owner, holds + 3, 5), 0);
    ck_assert(exists(3));
    ck_assert(!exists(1) && !exists(2) && !exists(4));
    for (int i = 0; i < 3; i++) {
        sessions_discard(sessions, &holds[i]);
    }
    sessions_leave(sessions, &hold);
    ck_assert_uint_eq(sessions_count(sessions), 1);
}
END_TEST

START_TEST(all_are_abandoned_at_once)
{
    struct test_owner owner = new_owner();
    struct test_owner giver = new_owner();
    struct session_hold gift;
    start_and_leave(1);
    ck_assert_uint_eq(sessions_withdraw_idle(sessions, &giver.owner, &gift, 1), 1);
    finish_and_leave(2);
    struct session_hold hold = started_session(3, &owner);
    sessions_abandon_all(sessions);
    ck_assert_uint_eq(sessions_count(sessions), 0);
    ck_assert_int_eq(owner.lost, 1);
    ck_assert(session_is_abandoned(hold.session));
    ck_assert(!session_count(&hold, 1));
    struct test_owner next = new_owner();
    struct session_hold again = started_session(3, &next); /* the uuid is free */
    sessions_leave(sessions, &hold);
    sessions_discard(sessions, &gift);
    ck_assert(!session_is_abandoned(again.session));
    ck_assert(session_count(&again, 1));
    ck_assert_int_eq(next.lost, 0);
    sessions_leave(sessions, &again);
    ck_assert_uint_eq(sessions_count(sessions), 1);
}
END_TEST

static sem_t given_back;

static void note_given_back(void)
{
    (void)sem_post(&given_back);
}

/* Half of the peak is another part's. So that of each STARTed session and of the one that it
 * replaces is released, or too little is to be given back. */
START_TEST(what_is_abandoned_is_released)
{
    enum { PAIRS = 10000 };
    struct fake_clock clock;
    struct test_owner owner = new_owner();
    static struct session_hold holds[PAIRS];
    fake_clock_init(&clock, NS_PER_S);
    ck_assert_int_eq(sem_init(&given_back, 0, 0), 0);
    struct memory *memory = memory_start(&clock.clock, note_given_back);
    const struct sessions_settings settings = {.max_sessions = PAIRS,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &sessions_clock.clock,
                                               .memory = memory,
                                               .starts_pending = true};
    struct sessions *table = sessions_create(&settings);
    ck_assert_ptr_nonnull(table);
    for (uint32_t i = 0; i < 2 * PAIRS; i++) {
        struct session_hold *hold = &holds[i % PAIRS];
        const struct uuid uuid = uuid_of(i % PAIRS);
        ck_assert_int_eq(sessions_start(table, &uuid, N, 1, &owner.owner, hold), ERROR_NONE);
        if (i < PAIRS) {
            sessions_confirm(table, hold);
            count_all(hold);
            sessions_leave(table, hold);
        }
    }
    memory_use(memory, (uint64_t)2 * PAIRS * SESSION_MEMORY);
    sessions_abandon_all(table);
    for (uint32_t i = 0; i < PAIRS; i++) {
        sessions_discard(table, &holds[i]);
    }
    fake_clock_await_deadline(&clock, fake_clock_now(&clock) + NS_PER_S);
    fake_clock_advance(&clock, NS_PER_S);
    ck_assert_int_eq(sem_wait(&given_back), 0);
    ck_assert_uint_eq(sessions_count(table), 0);
    sessions_destroy(table);
    memory_stop(memory);
    fake_clock_cleanup(&clock);
}
END_TEST

START_TEST(old_records_are_listed_and_all_of_them)
{
    enum { COUNT = 300, OLD = 200, PIECE = 7 };
    struct session_record records[PIECE];
    uint64_t place = 0;
    size_t listed = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        start_and_leave(i);
        struct session *session = find_session(i);
        sessions_set_generation(sessions, session, i < OLD ? 10 : 11);
        session_unref(session);
    }
    do {
        const size_t count = sessions_list(sessions, 10, &place, records, PIECE);
        ck_assert_uint_le(count, PIECE);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(records[i].generation, 10);
        }
        listed += count;
    } while (place != 0);
    ck_assert_uint_eq(listed, OLD);
}
END_TEST

START_TEST(a_session_of_a_record_is_in_no_map)
{
    const struct session_record record = {
        .uuid = uuid_of(1), .client = {{9}}, .n = N, .sent = 2, .attempt = 3, .generation = 12};
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    struct session_before before;
    struct session *session = session_of_record(&record);
    ck_assert_ptr_nonnull(session);
    ck_assert_uint_eq(session_sent(session), 2);
    ck_assert(!session_is_exact(session));
    ck_assert(!session_belongs_to(session, &owner.owner));
    ck_assert(!exists(1));
    ck_assert_int_eq(sessions_take(sessions, session, 4, &owner.owner, &hold, &before),
                     SESSION_GONE);
    session_unref(session);
}
END_TEST

Suite *sessions_shared_suite(void)
{
    Suite *suite = suite_create("sessions-shared");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, sessions_set_up, sessions_tear_down);
    tcase_add_loop_test(test_case, a_withdrawn_session_is_found_and_taken_by_nobody, 0, 2);
    tcase_add_test(test_case, an_older_attempt_withdraws_nothing);
    tcase_add_test(test_case, idle_sessions_are_withdrawn_and_owned_ones_are_not);
    tcase_add_test(test_case, all_are_abandoned_at_once);
    tcase_add_test(test_case, what_is_abandoned_is_released);
    tcase_add_test(test_case, old_records_are_listed_and_all_of_them);
    tcase_add_test(test_case, a_session_of_a_record_is_in_no_map);
    suite_add_tcase(suite, test_case);
    return suite;
}
