/* What a store that outlives the process does to the map: pending, restored and inexact sessions.
 */
#include "server/sessions/session.h"
#include "server/sessions/sessions_durable.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

static struct sessions *table;
static struct test_owner owner;

static void set_up(void)
{
    sessions_set_up();
    const struct sessions_settings settings = {.max_sessions = 2,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &sessions_clock.clock,
                                               .starts_pending = true};
    table = sessions_create(&settings);
    ck_assert_ptr_nonnull(table);
    owner = new_owner();
}

static void tear_down(void)
{
    sessions_destroy(table);
    sessions_tear_down();
}

static enum error start(uint32_t number, struct session_hold *hold)
{
    const struct uuid uuid = uuid_of(number);
    return sessions_start(table, &uuid, N, 0, &owner.owner, hold);
}

static bool is_found(uint32_t number)
{
    const struct uuid uuid = uuid_of(number);
    struct session *session = sessions_find(table, &uuid);
    if (session != NULL) {
        session_unref(session);
    }
    return session != NULL;
}

static struct session_record record_of(uint32_t number, uint32_t sent, bool is_exact)
{
    return (struct session_record){.uuid = uuid_of(number),
                                   .client = {{1, 2}},
                                   .n = N,
                                   .sent = sent,
                                   .is_exact = is_exact,
                                   .attempt = 5,
                                   .generation = 77};
}

/* Nobody finds it, and nobody else can have its uuid. */
START_TEST(a_pending_session_is_hidden_and_reserved)
{
    struct session_hold hold = {0};
    struct session_hold other = {0};
    ck_assert_int_eq(start(1, &hold), ERROR_NONE);
    ck_assert(!is_found(1));
    ck_assert_int_eq(start(1, &other), ERROR_UUID_TAKEN);
    sessions_confirm(table, &hold);
    ck_assert(is_found(1));
    ck_assert_int_eq(start(1, &other), ERROR_UUID_TAKEN);
    sessions_leave(table, &hold);
    ck_assert(is_found(1));
}
END_TEST

START_TEST(a_discarded_session_leaves_nothing)
{
    struct session_hold hold = {0};
    ck_assert_int_eq(start(1, &hold), ERROR_NONE);
    sessions_discard(table, &hold);
    ck_assert_ptr_null(hold.session);
    ck_assert_uint_eq(sessions_count(table), 0);
    sessions_discard(table, &hold); /* a hold of nothing */
    ck_assert_int_eq(start(1, &hold), ERROR_NONE);
    sessions_confirm(table, &hold);
    sessions_leave(table, &hold);
}
END_TEST

START_TEST(a_restored_session_is_what_it_was)
{
    struct session_record record = record_of(1, 2, true);
    struct session_record got;
    ck_assert(sessions_restore(table, &record));
    ck_assert(!sessions_restore(table, &record)); /* it is there */
    struct session *session = sessions_find(table, &record.uuid);
    ck_assert_ptr_nonnull(session);
    ck_assert(sessions_describe(table, session, &got));
    ck_assert_uint_eq(got.sent, 2);
    ck_assert_uint_eq(got.n, N);
    ck_assert_uint_eq(got.attempt, 5);
    ck_assert_uint_eq(got.generation, 77);
    ck_assert(got.is_exact);
    ck_assert_mem_eq(got.client.bytes, record.client.bytes, sizeof got.client.bytes);
    session_unref(session);

    struct session_hold hold = {0}; /* a new one is newer than each restored one */
    ck_assert_int_eq(start(2, &hold), ERROR_NONE);
    ck_assert_uint_eq(hold.session->generation, 78);
    sessions_discard(table, &hold);
}
END_TEST

/* More than --max-sessions are restored; then the limit holds. */
START_TEST(restored_sessions_may_exceed_the_limit)
{
    struct session_hold hold = {0};
    for (uint32_t i = 0; i < 4; i++) {
        struct session_record record = record_of(i, 1, true);
        ck_assert(sessions_restore(table, &record));
    }
    ck_assert_uint_eq(sessions_count(table), 4);
    ck_assert_int_eq(start(9, &hold), ERROR_TOO_MANY_SESSIONS);
}
END_TEST

static void drop(const struct session *session)
{
    (void)session;
}

START_TEST(a_restored_session_expires_after_its_full_timeout)
{
    struct session_record record = record_of(1, 1, true);
    fake_clock_advance(&sessions_clock, 100 * SESSIONS_TIMEOUT);
    ck_assert(sessions_restore(table, &record));
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT - 1);
    ck_assert(is_found(1));
    fake_clock_advance(&sessions_clock, 1);
    ck_assert(sessions_reap(table, drop));
    ck_assert(!is_found(1));
}
END_TEST

/* What the client proves is counted, and makes the session exact. */
START_TEST(a_proof_makes_a_session_exact)
{
    struct session_record record = record_of(1, 1, false);
    struct session_before before;
    struct session_hold hold = {0};
    ck_assert(sessions_restore(table, &record));
    struct session *session = sessions_find(table, &record.uuid);
    ck_assert(!session_is_exact(session));
    ck_assert_int_eq(sessions_take(table, session, 0, &owner.owner, &hold, &before),
                     SESSION_CLAIMED);
    session_prove(&hold, 3);
    ck_assert(session_is_exact(session));
    ck_assert_uint_eq(session_sent(session), 3);
    session_prove(&hold, 2); /* `sent` never falls */
    ck_assert_uint_eq(session_sent(session), 3);
    session_unref(session);
    sessions_leave(table, &hold);
}
END_TEST

/* A stream that has lost the session proves nothing any more. */
START_TEST(a_lost_hold_proves_nothing)
{
    struct session_record record = record_of(1, 1, false);
    struct session_before before;
    struct session_hold old = {0};
    struct session_hold new = {0};
    ck_assert(sessions_restore(table, &record));
    struct session *session = sessions_find(table, &record.uuid);
    ck_assert_int_eq(sessions_take(table, session, 0, &owner.owner, &old, &before),
                     SESSION_CLAIMED);
    ck_assert_int_eq(sessions_take(table, session, 0, &owner.owner, &new, &before),
                     SESSION_CLAIMED);
    session_prove(&old, 3);
    ck_assert(!session_is_exact(session));
    ck_assert_uint_eq(session_sent(session), 1);
    session_unref(session);
    sessions_leave(table, &old);
    sessions_leave(table, &new);
}
END_TEST

/* ---- The listener ---------------------------------------------------------------------------- */

static uint64_t forgotten[4];
static size_t forgotten_count;

static void note(struct session_listener *listener, const struct session *session)
{
    (void)listener;
    forgotten[forgotten_count++] = session->generation;
}

static struct session_listener listener = {.forgotten = note};

static void finish_and_go(uint32_t number)
{
    struct session_hold hold = {0};
    ck_assert_int_eq(start(number, &hold), ERROR_NONE);
    sessions_confirm(table, &hold);
    count_all(&hold);
    sessions_leave(table, &hold);
}

START_TEST(the_listener_hears_of_each_end)
{
    struct session_hold hold = {0};
    sessions_set_listener(table, &listener);
    finish_and_go(1);
    finish_and_go(1); /* replaces it */
    ck_assert_uint_eq(forgotten_count, 1);
    ck_assert_uint_eq(forgotten[0], 1);
    finish_and_go(2);
    finish_and_go(3); /* 1 gives way */
    ck_assert_uint_eq(forgotten_count, 2);
    ck_assert_uint_eq(forgotten[1], 2);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    ck_assert(sessions_reap(table, drop));
    ck_assert_uint_eq(forgotten_count, 4);
    ck_assert_int_eq(start(4, &hold), ERROR_NONE);
    sessions_discard(table, &hold); /* the store did this itself */
    ck_assert_uint_eq(forgotten_count, 4);
}
END_TEST

/* A START that the store refuses changes nothing: what it had replaced is there again. */
START_TEST(a_discarded_session_gives_back_what_it_replaced)
{
    struct session_hold hold = {0};
    sessions_set_listener(table, &listener);
    finish_and_go(1);
    ck_assert_int_eq(start(1, &hold), ERROR_NONE);
    ck_assert(!is_found(1));
    sessions_discard(table, &hold);
    ck_assert(is_found(1));
    finish_and_go(2);
    ck_assert_int_eq(start(3, &hold), ERROR_NONE); /* 1 gives way */
    ck_assert(!is_found(1));
    sessions_discard(table, &hold);
    ck_assert(is_found(1) && is_found(2));
    ck_assert_uint_eq(sessions_count(table), 2);
    ck_assert_uint_eq(forgotten_count, 0);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    ck_assert(sessions_reap(table, drop));
    ck_assert_uint_eq(forgotten_count, 2);
}
END_TEST

static void must_have_counted(uint64_t started, uint64_t gave_way)
{
    const struct sessions_events events = sessions_read_counts(table).events;
    ck_assert_uint_eq(events.started, started);
    ck_assert_uint_eq(events.gave_way, gave_way);
}

START_TEST(a_start_counts_when_it_is_confirmed)
{
    struct session_hold hold = {0};
    finish_and_go(1);
    finish_and_go(2);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(start(3, &hold), ERROR_NONE); /* 1 or 2 gives way */
        must_have_counted(2, 0);
        sessions_discard(table, &hold);
        must_have_counted(2, 0);
    }
    ck_assert_int_eq(start(3, &hold), ERROR_NONE);
    sessions_confirm(table, &hold);
    must_have_counted(3, 1);
    sessions_leave(table, &hold);
}
END_TEST

/* The uuid of what gave way has another session by now. */
START_TEST(what_gave_way_may_have_a_successor)
{
    struct session_hold hold = {0};
    struct session_hold successor = {0};
    sessions_set_listener(table, &listener);
    finish_and_go(1);
    finish_and_go(2);
    ck_assert_int_eq(start(3, &hold), ERROR_NONE);      /* 1 gives way */
    ck_assert_int_eq(start(1, &successor), ERROR_NONE); /* 2 gives way */
    sessions_discard(table, &hold);
    ck_assert_uint_eq(forgotten_count, 1);
    ck_assert_uint_eq(forgotten[0], 1);
    must_have_counted(2, 1);
    sessions_confirm(table, &successor);
    must_have_counted(3, 2);
    ck_assert_uint_eq(forgotten_count, 2);
    ck_assert_uint_eq(forgotten[1], 2);
    ck_assert_uint_eq(sessions_count(table), 1);
    sessions_leave(table, &successor);
}
END_TEST

START_TEST(a_session_that_has_left_the_map_says_so)
{
    struct session_record got;
    finish_and_go(1);
    const struct uuid uuid = uuid_of(1);
    struct session *session = sessions_find(table, &uuid);
    ck_assert(sessions_describe(table, session, &got));
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
    ck_assert(sessions_reap(table, drop));
    ck_assert(!sessions_describe(table, session, &got));
    session_unref(session);
}
END_TEST

START_TEST(a_session_is_noted_once)
{
    struct session_hold hold = {0};
    ck_assert_int_eq(start(1, &hold), ERROR_NONE);
    ck_assert(session_note(hold.session));
    ck_assert(!session_note(hold.session));
    session_take_note(hold.session);
    ck_assert(session_note(hold.session));
    sessions_discard(table, &hold);
}
END_TEST

Suite *sessions_durable_suite(void)
{
    Suite *suite = suite_create("sessions-durable");
    TCase *tcase = tcase_create("sessions-durable");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_pending_session_is_hidden_and_reserved);
    tcase_add_test(tcase, a_discarded_session_leaves_nothing);
    tcase_add_test(tcase, a_restored_session_is_what_it_was);
    tcase_add_test(tcase, restored_sessions_may_exceed_the_limit);
    tcase_add_test(tcase, a_restored_session_expires_after_its_full_timeout);
    tcase_add_test(tcase, a_proof_makes_a_session_exact);
    tcase_add_test(tcase, a_lost_hold_proves_nothing);
    tcase_add_test(tcase, the_listener_hears_of_each_end);
    tcase_add_test(tcase, a_discarded_session_gives_back_what_it_replaced);
    tcase_add_test(tcase, a_start_counts_when_it_is_confirmed);
    tcase_add_test(tcase, what_gave_way_may_have_a_successor);
    tcase_add_test(tcase, a_session_that_has_left_the_map_says_so);
    tcase_add_test(tcase, a_session_is_noted_once);
    return suite;
}
