/* Which attempts claim a session, and what a refused one leaves as it was. */
#include "server/sessions/session.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

static enum error start_with(uint32_t attempt, struct test_owner *owner, struct session_hold *hold)
{
    const struct uuid uuid = uuid_of(1);
    return sessions_start(sessions, &uuid, N, attempt, &owner->owner, hold);
}

/* START with an attempt (0: none), then four times CONTINUE; `seen`: the highest at the end. */
static const struct {
    uint32_t start;
    uint32_t claims[4];
    enum session_claim expected[4];
    uint32_t seen;
} rows[] = {
    {1, {2, 3, 4, 5}, {SESSION_CLAIMED, SESSION_CLAIMED, SESSION_CLAIMED, SESSION_CLAIMED}, 5},
    {1,
     {3, 2, 4, 3},
     {SESSION_CLAIMED, SESSION_OLDER_ATTEMPT, SESSION_CLAIMED, SESSION_OLDER_ATTEMPT},
     4},
    {1,
     {1, 2, 2, 1},
     {SESSION_OLDER_ATTEMPT, SESSION_CLAIMED, SESSION_OLDER_ATTEMPT, SESSION_OLDER_ATTEMPT},
     2},
    /* absent: claims in any case, and changes nothing of the highest */
    {0,
     {0, 0, 1, 1},
     {SESSION_CLAIMED, SESSION_CLAIMED, SESSION_CLAIMED, SESSION_OLDER_ATTEMPT},
     1},
    {3,
     {0, 3, 0, 4},
     {SESSION_CLAIMED, SESSION_OLDER_ATTEMPT, SESSION_CLAIMED, SESSION_CLAIMED},
     4},
    /* far apart */
    {1,
     {1000, 999, UINT32_MAX - 1, 1000},
     {SESSION_CLAIMED, SESSION_OLDER_ATTEMPT, SESSION_CLAIMED, SESSION_OLDER_ATTEMPT},
     UINT32_MAX - 1},
    {UINT32_MAX,
     {UINT32_MAX, 1, UINT32_MAX - 1, 0},
     {SESSION_OLDER_ATTEMPT, SESSION_OLDER_ATTEMPT, SESSION_OLDER_ATTEMPT, SESSION_CLAIMED},
     UINT32_MAX},
};

/* Between two claims the session is idle, or still owned. */
static void try_row(int row, bool is_idle)
{
    struct test_owner owners[5];
    struct session_hold holds[5] = {0};
    uint32_t seen = rows[row].start;
    size_t current = 0;
    owners[0] = new_owner();
    ck_assert_int_eq(start_with(rows[row].start, &owners[0], &holds[0]), ERROR_NONE);
    for (size_t i = 1; i <= 4; i++) {
        struct session_before before = {.was_owned = is_idle};
        uint32_t attempt = rows[row].claims[i - 1];
        owners[i] = new_owner();
        if (is_idle) {
            sessions_leave(sessions, &holds[current]);
        }
        enum session_claim claim = claim_session(1, attempt, &owners[i], &holds[i], &before);
        ck_assert_msg(claim == rows[row].expected[i - 1], "row %d, claim %zu: %d", row, i, claim);
        ck_assert(before.was_owned == !is_idle);
        ck_assert_uint_eq(before.attempt, seen);
        if (claim == SESSION_CLAIMED) {
            ck_assert_int_eq(owners[current].lost, is_idle ? 0 : 1);
            sessions_leave(sessions, &holds[current]);
            current = i;
            seen = attempt == 0 ? seen : attempt;
        }
        ck_assert_int_eq(owners[current].lost, 0);
    }
    sessions_leave(sessions, &holds[current]);
    struct session *session = find_session(1);
    ck_assert_uint_eq(session->attempt, rows[row].seen);
    session_unref(session);
}

START_TEST(only_a_higher_attempt_claims)
{
    try_row(_i, false);
    sessions_tear_down();
    sessions_set_up();
    try_row(_i, true);
}
END_TEST

START_TEST(a_refused_claim_leaves_the_owner_alone)
{
    static const struct session_hold untouched = {.epoch = 77};
    struct test_owner owner = new_owner();
    struct test_owner late = new_owner();
    struct session_hold hold = {0};
    struct session_hold late_hold = untouched;
    struct session_before before;
    ck_assert_int_eq(start_with(2, &owner, &hold), ERROR_NONE);
    ck_assert(session_count(&hold, 1));
    uint64_t progress = atomic_load(&hold.session->progress);
    for (uint32_t attempt = 1; attempt <= 2; attempt++) {
        ck_assert_int_eq(claim_session(1, attempt, &late, &late_hold, &before),
                         SESSION_OLDER_ATTEMPT);
    }
    ck_assert_ptr_null(late_hold.session);
    ck_assert_uint_eq(late_hold.epoch, untouched.epoch);
    ck_assert_int_eq(owner.lost, 0);
    ck_assert_ptr_eq(hold.session->owner, &owner.owner);
    ck_assert_uint_eq(atomic_load(&hold.session->progress), progress);
    ck_assert(session_count(&hold, 2));
    sessions_leave(sessions, &hold);
}
END_TEST

static size_t evicted_count;

static void note_evicted(const struct session *session)
{
    (void)session;
    evicted_count++;
}

/* It neither begins the idle time-out anew nor changes the order. */
START_TEST(a_refused_claim_leaves_the_idle_timeout_alone)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    struct session_before before;
    ck_assert_int_eq(start_with(2, &owner, &hold), ERROR_NONE);
    sessions_leave(sessions, &hold);
    fake_clock_advance(&sessions_clock, NS_PER_S);
    start_and_leave(2);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT - NS_PER_S - 1);
    ck_assert_int_eq(claim_session(1, 2, &owner, &hold, &before), SESSION_OLDER_ATTEMPT);
    ck_assert(!before.was_owned);
    fake_clock_advance(&sessions_clock, 1);
    evicted_count = 0;
    ck_assert(sessions_reap(sessions, note_evicted));
    ck_assert_uint_eq(evicted_count, 1);
    ck_assert(!exists(1) && exists(2));
}
END_TEST

/* A new client of the uuid begins at attempt 1; the fence of the old session is gone with it. */
START_TEST(start_of_a_finished_session_begins_anew)
{
    static const uint32_t starts[] = {1, 0, 9};
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    struct session_before before;
    ck_assert_int_eq(start_with(5, &owner, &hold), ERROR_NONE);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        count_all(&hold);
        sessions_leave(sessions, &hold);
        ck_assert_int_eq(start_with(starts[i], &owner, &hold), ERROR_NONE);
        ck_assert_uint_eq(hold.session->attempt, starts[i]);
    }
    sessions_leave(sessions, &hold);
    ck_assert_int_eq(claim_session(1, 9, &owner, &hold, &before), SESSION_OLDER_ATTEMPT);
    ck_assert_int_eq(claim_session(1, 10, &owner, &hold, &before), SESSION_CLAIMED);
    sessions_leave(sessions, &hold);
}
END_TEST

/* A START that was refused is no attempt at the session that is there. */
START_TEST(a_refused_start_raises_nothing)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    struct session_hold other = {0};
    struct session_before before;
    ck_assert_int_eq(start_with(1, &owner, &hold), ERROR_NONE);
    ck_assert_int_eq(start_with(7, &owner, &other), ERROR_UUID_TAKEN);
    ck_assert_uint_eq(hold.session->attempt, 1);
    sessions_leave(sessions, &hold);
    ck_assert_int_eq(claim_session(1, 2, &owner, &hold, &before), SESSION_CLAIMED);
    sessions_leave(sessions, &hold);
}
END_TEST

Suite *sessions_attempts_suite(void)
{
    Suite *suite = suite_create("sessions-attempts");
    TCase *attempts = tcase_create("attempts");
    suite_add_tcase(suite, attempts);
    tcase_add_checked_fixture(attempts, sessions_set_up, sessions_tear_down);
    tcase_add_loop_test(attempts, only_a_higher_attempt_claims, 0, sizeof rows / sizeof *rows);
    tcase_add_test(attempts, a_refused_claim_leaves_the_owner_alone);
    tcase_add_test(attempts, a_refused_claim_leaves_the_idle_timeout_alone);
    tcase_add_test(attempts, start_of_a_finished_session_begins_anew);
    tcase_add_test(attempts, a_refused_start_raises_nothing);
    return suite;
}
