/* The session map in one thread: which owner may start, take, leave and count, and what is evicted
 * when. check_sessions_threads.c tests it with many threads. */
#include "server/sessions/sessions.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <string.h>

#define TIMEOUT (30 * NS_PER_S)

enum { LIMIT = 1000, N = 3 };

struct test_owner {
    struct session_owner owner;
    int lost;
};

static struct fake_clock fake;
static struct sessions *sessions;

static void set_up(void)
{
    fake_clock_init(&fake, NS_PER_S);
    const struct sessions_settings settings = {
        .max_sessions = LIMIT, .timeout_ns = TIMEOUT, .clock = &fake.clock};
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
}

static void tear_down(void)
{
    sessions_stop_reaping(sessions);
    sessions_destroy(sessions);
    fake_clock_cleanup(&fake);
}

static void lose(struct session_owner *owner)
{
    ((struct test_owner *)owner)->lost++;
}

static struct test_owner new_owner(void)
{
    return (struct test_owner){.owner = {.lose = lose}};
}

static struct uuid uuid_of(uint32_t number)
{
    struct uuid uuid = {{0x42}};
    memcpy(uuid.bytes + 12, &number, sizeof number);
    return uuid;
}

static enum error start(uint32_t number, uint32_t n, struct test_owner *owner,
                        struct session_hold *hold)
{
    const struct uuid uuid = uuid_of(number);
    return sessions_start(sessions, &uuid, n, &owner->owner, hold);
}

/* Starts a session, which must succeed. */
static struct session_hold started(uint32_t number, struct test_owner *owner)
{
    struct session_hold hold = {0};
    ck_assert_int_eq(start(number, N, owner, &hold), ERROR_NONE);
    ck_assert_ptr_nonnull(hold.session);
    return hold;
}

static struct session *find(uint32_t number)
{
    const struct uuid uuid = uuid_of(number);
    return sessions_find(sessions, &uuid);
}

static bool exists(uint32_t number)
{
    struct session *session = find(number);
    if (session == NULL) {
        return false;
    }
    session_unref(session);
    return true;
}

/* Finds and takes a session, which must be there. Returns whether it was owned. */
static bool take(uint32_t number, struct test_owner *owner, struct session_hold *hold)
{
    bool was_owned = false;
    struct session *session = find(number);
    ck_assert_ptr_nonnull(session);
    ck_assert(sessions_take(sessions, session, &owner->owner, hold, &was_owned));
    session_unref(session);
    return was_owned;
}

static void count_all(const struct session_hold *hold)
{
    for (uint32_t position = 1; position <= session_n(hold->session) + 1; position++) {
        ck_assert(session_count(hold, position));
    }
}

static void start_and_leave(uint32_t number)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started(number, &owner);
    sessions_leave(sessions, &hold);
}

static void finish_and_leave(uint32_t number)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started(number, &owner);
    count_all(&hold);
    sessions_leave(sessions, &hold);
}

START_TEST(a_started_session_is_found)
{
    struct test_owner owner = new_owner();
    ck_assert_uint_eq(sessions_count(sessions), 0);
    ck_assert(!exists(1));
    struct session_hold hold = started(1, &owner);
    ck_assert_uint_eq(sessions_count(sessions), 1);
    ck_assert_ptr_eq(hold.owner, &owner.owner);

    struct session *session = find(1);
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
    ck_assert_int_eq(start(number, N + 1, &owner, &hold), wanted);
    ck_assert_uint_eq(sessions_count(sessions), count);
    ck_assert_ptr_null(hold.session);
    ck_assert_uint_eq(hold.epoch, untouched.epoch);
    ck_assert_int_eq(owner.lost, 0);
}

START_TEST(a_live_session_does_not_give_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started(1, &owner);
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
        struct session_hold hold = started(sent, &owner);
        ck_assert(session_count(&hold, sent));
        sessions_leave(sessions, &hold);
        must_refuse_start(sent, ERROR_UUID_TAKEN);

        ck_assert(!take(sent, &owner, &hold));
        ck_assert_uint_eq(session_n(hold.session), N);
        ck_assert_uint_eq(session_sent(hold.session), sent);
        sessions_leave(sessions, &hold);
    }
}
END_TEST

START_TEST(a_finished_session_that_is_owned_does_not_give_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started(1, &owner);
    count_all(&hold);
    must_refuse_start(1, ERROR_UUID_TAKEN);
    sessions_leave(sessions, &hold);

    ck_assert(!take(1, &owner, &hold)); /* a client fetches the last messages again */
    must_refuse_start(1, ERROR_UUID_TAKEN);
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(a_finished_session_that_nobody_owns_gives_way)
{
    finish_and_leave(1);
    struct session *old = find(1);
    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    ck_assert_int_eq(start(1, N + 1, &owner, &hold), ERROR_NONE);
    ck_assert_uint_eq(sessions_count(sessions), 1);
    ck_assert_ptr_ne(hold.session, old);
    ck_assert_uint_eq(session_n(hold.session), N + 1);
    ck_assert_uint_eq(session_sent(hold.session), 0);

    /* A stream that found the old session before can not take it any more. */
    struct test_owner late = new_owner();
    struct session_hold late_hold = {0};
    bool was_owned = false;
    ck_assert(!sessions_take(sessions, old, &late.owner, &late_hold, &was_owned));
    ck_assert_ptr_null(late_hold.session);
    ck_assert_int_eq(owner.lost, 0);
    ck_assert_uint_eq(session_sent(old), N + 1);
    session_unref(old);
    ck_assert(session_count(&hold, 1));
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(at_the_limit_only_a_finished_session_of_that_uuid_gives_way)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started(0, &owner);
    finish_and_leave(1);
    for (uint32_t number = 2; number < LIMIT; number++) {
        start_and_leave(number);
    }
    ck_assert_uint_eq(sessions_count(sessions), LIMIT);
    must_refuse_start(LIMIT, ERROR_TOO_MANY_SESSIONS);
    ck_assert(!exists(LIMIT));
    must_refuse_start(0, ERROR_UUID_TAKEN);
    must_refuse_start(2, ERROR_UUID_TAKEN);
    finish_and_leave(1);
    ck_assert_uint_eq(sessions_count(sessions), LIMIT);
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(taking_an_idle_session_disturbs_nobody)
{
    struct test_owner first = new_owner();
    struct session_hold first_hold = started(1, &first);
    ck_assert(session_count(&first_hold, 2));
    sessions_leave(sessions, &first_hold);
    ck_assert_ptr_null(first_hold.session);

    struct test_owner second = new_owner();
    struct session_hold hold = {0};
    ck_assert(!take(1, &second, &hold));
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
    struct session_hold old_hold = started(1, &old);
    ck_assert(session_count(&old_hold, 1));

    struct test_owner new = new_owner();
    struct session_hold hold = {0};
    ck_assert(take(1, &new, &hold));
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
    ck_assert(take(1, &third, &third_hold)); /* it was owned */
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
            holds[0] = started(1, &owners[0]);
        } else {
            ck_assert(take(1, &owners[i], &holds[i]));
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

/* The sessions that sessions_reap evicted. */
static uint32_t evicted_numbers[LIMIT];
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
        holds[number] = started(number, &owner);
    }
    static const uint32_t order[] = {2, 0, 3, 1}; /* left one second apart */
    for (size_t i = 0; i < 4; i++) {
        sessions_leave(sessions, &holds[order[i]]);
        fake_clock_advance(&fake, NS_PER_S);
    }
    fake_clock_advance(&fake, TIMEOUT - 4 * NS_PER_S);
    for (size_t i = 0; i < 4; i++) {
        reap();
        ck_assert_uint_eq(evicted_count, 1);
        ck_assert_uint_eq(evicted_numbers[0], order[i]);
        ck_assert(!exists(order[i]));
        ck_assert_uint_eq(sessions_count(sessions), 3 - i);
        fake_clock_advance(&fake, NS_PER_S);
    }
}
END_TEST

/* Sessions are taken from the front, the middle and the end of the list. One that is left again
 * goes to its end. */
START_TEST(taking_takes_out_of_the_order_and_leaving_puts_at_its_end)
{
    for (uint32_t number = 0; number < 6; number++) {
        start_and_leave(number);
        fake_clock_advance(&fake, NS_PER_S);
    }
    struct test_owner owner = new_owner();
    struct session_hold holds[3] = {0};
    static const uint32_t taken[] = {0, 3, 5};
    for (size_t i = 0; i < 3; i++) {
        ck_assert(!take(taken[i], &owner, &holds[i]));
    }
    sessions_leave(sessions, &holds[1]);
    fake_clock_advance(&fake, TIMEOUT - 2 * NS_PER_S);
    sessions_leave(sessions, &holds[0]);
    reap(); /* due: the sessions left up to 4 */
    ck_assert_uint_eq(evicted_count, 3);
    ck_assert(!exists(1) && !exists(2) && !exists(4));
    ck_assert(exists(0) && exists(3) && exists(5));

    fake_clock_advance(&fake, 2 * NS_PER_S);
    reap();
    ck_assert_uint_eq(evicted_count, 1);
    ck_assert(exists(0) && !exists(3) && exists(5));

    fake_clock_advance(&fake, TIMEOUT);
    reap();
    ck_assert_uint_eq(evicted_count, 1);
    ck_assert(!exists(0) && exists(5)); /* 5 is owned */
    sessions_leave(sessions, &holds[2]);
}
END_TEST

START_TEST(an_evicted_session_can_not_be_taken)
{
    start_and_leave(1);
    struct session *found = find(1);
    fake_clock_advance(&fake, TIMEOUT);
    reap();
    ck_assert_uint_eq(evicted_count, 1);

    struct test_owner owner = new_owner();
    struct session_hold hold = {0};
    bool was_owned = false;
    ck_assert(!sessions_take(sessions, found, &owner.owner, &hold, &was_owned));
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
        struct session_hold holds[LIMIT] = {0};
        for (uint32_t number = 0; number < LIMIT; number++) {
            if (number % 3 != 1) {
                holds[number] = started(number, &owner);
            } else if (round == 0) {
                finish_and_leave(number);
            }
        }
        for (uint32_t i = 0; i < LIMIT; i++) { /* a hold that was not started holds nothing */
            sessions_leave(sessions, &holds[(i * 7 + round) % LIMIT]);
        }
        ck_assert_uint_eq(sessions_count(sessions), LIMIT);
        for (uint32_t number = 1; number < LIMIT; number += 3) {
            ck_assert(!take(number, &owner, &holds[number]));
        }
        fake_clock_advance(&fake, TIMEOUT);
        for (size_t left = LIMIT - LIMIT / 3; left > 0; left -= evicted_count) {
            reap();
            ck_assert_uint_le(evicted_count, left);
        }
        for (uint32_t number = 0; number < LIMIT; number++) {
            ck_assert_msg(exists(number) == (number % 3 == 1), "%u", number);
        }
        for (uint32_t number = 1; number < LIMIT; number += 3) {
            sessions_leave(sessions, &holds[number]);
        }
    }
}
END_TEST

START_TEST(stopped_reaping_says_so)
{
    start_and_leave(1);
    fake_clock_advance(&fake, TIMEOUT);
    sessions_stop_reaping(sessions);
    evicted_count = 0;
    ck_assert(!sessions_reap(sessions, note_evicted));
    ck_assert(!sessions_reap(sessions, note_evicted));
    ck_assert_uint_eq(evicted_count, 0);
}
END_TEST

Suite *sessions_suite(void)
{
    Suite *suite = suite_create("sessions");
    TCase *owning = tcase_create("owning");
    suite_add_tcase(suite, owning);
    tcase_add_checked_fixture(owning, set_up, tear_down);
    tcase_add_test(owning, a_started_session_is_found);
    tcase_add_test(owning, a_live_session_does_not_give_way);
    tcase_add_test(owning, an_unfinished_session_does_not_give_way);
    tcase_add_test(owning, a_finished_session_that_is_owned_does_not_give_way);
    tcase_add_test(owning, a_finished_session_that_nobody_owns_gives_way);
    tcase_add_test(owning, at_the_limit_only_a_finished_session_of_that_uuid_gives_way);
    tcase_add_test(owning, taking_an_idle_session_disturbs_nobody);
    tcase_add_test(owning, a_take_over_tells_the_old_owner_once);
    tcase_add_test(owning, only_the_last_of_many_owners_counts);
    tcase_add_test(owning, a_hold_of_nothing_is_left_alone);

    TCase *expiring = tcase_create("expiring");
    suite_add_tcase(suite, expiring);
    tcase_add_checked_fixture(expiring, set_up, tear_down);
    tcase_add_test(expiring, sessions_expire_in_the_order_in_which_they_were_left);
    tcase_add_test(expiring, taking_takes_out_of_the_order_and_leaving_puts_at_its_end);
    tcase_add_test(expiring, an_evicted_session_can_not_be_taken);
    tcase_add_test(expiring, a_full_map_loses_nothing);
    tcase_add_test(expiring, stopped_reaping_says_so);
    return suite;
}
