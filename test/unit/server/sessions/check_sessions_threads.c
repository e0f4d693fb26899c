/*
 * The session map under many threads. Like workers, they start, take, count and leave a few
 * sessions, with and without a reaper that evicts at the same time.
 *
 * Book-keeping checks the invariants: an owner reads `sent` and counts the messages after it one by
 * one. If two owners could count at the same time, they would count the same message. Then the
 * threads would have counted more messages in all than the sessions have sent.
 */
#include "server/sessions/sessions.h"
#include "test/suites.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 8, TURNS = 4000, UUIDS = 4, N = 20, COUNTED_A_TURN = 8, HELD_BACK_ONE_OF = 8 };

/* A thread must not assert. It counts the violations that it finds. */
enum violation {
    WRONG_ERROR,    /* START failed with an error that cannot be */
    TOO_MANY,       /* there are more sessions than the limit */
    SENT_FELL,      /* a session's `sent` was less than before */
    FAILED_UNTOLD,  /* session_count failed before `lose` was called */
    COUNTED_UNTOLD, /* another owner counted before `lose` was called */
    TOLD_TWICE,     /* `lose` was called more than once */
    LOST_TO_OLDER,  /* an attempt took the session from a newer one */
    WRONG_CLAIM,    /* a claim was refused that had to work, or the other way round */
    GAVE_WAY_EARLY, /* a session that is not finished gave way */
    VIOLATIONS
};

static atomic_int violations[VIOLATIONS];

static void check(bool good, enum violation violation)
{
    if (!good) {
        atomic_fetch_add(&violations[violation], 1);
    }
}

/* Freed after each turn: the address sanitizer finds a call of `lose` that comes too late. */
struct test_owner {
    struct session_owner owner;
    atomic_int lost;
    uint32_t attempt;
};

struct worker {
    pthread_t thread;
    struct sessions *sessions;
    uint64_t limit; /* most sessions */
    uint32_t random;
    uint64_t counted;
    uint64_t started;
    uint64_t taken_over;
    uint64_t refused; /* claims with an older attempt */
};

/* The attempts of all threads grow together, some of them held back for a while. */
static atomic_uint next_attempt = 1;

/* Of the claim under way in this thread, which is the one that `lose` is called in. */
static _Thread_local uint32_t claiming;

static void lose(struct session_owner *owner)
{
    struct test_owner *loser = (struct test_owner *)owner;
    check(claiming > loser->attempt, LOST_TO_OLDER);
    atomic_fetch_add(&loser->lost, 1);
}

static uint32_t choose(struct worker *worker, uint32_t count)
{
    worker->random = worker->random * 1664525 + 1013904223;
    return (worker->random >> 16) % count;
}

static struct uuid uuid_of(uint32_t number)
{
    return (struct uuid){{(uint8_t)number}};
}

static void start(struct worker *worker, const struct uuid *uuid, struct test_owner *owner,
                  struct session_hold *hold)
{
    enum error error =
        sessions_start(worker->sessions, uuid, N, owner->attempt, &owner->owner, hold);
    check(error == ERROR_NONE || error == ERROR_UUID_TAKEN ||
              (error == ERROR_TOO_MANY_SESSIONS && worker->limit < UUIDS),
          WRONG_ERROR);
    worker->started += error == ERROR_NONE;
}

static void find_and_take(struct worker *worker, const struct uuid *uuid, struct test_owner *owner,
                          struct session_hold *hold)
{
    struct session *session = sessions_find(worker->sessions, uuid);
    if (session == NULL) {
        return;
    }
    struct session_before found = {.was_owned = false};
    uint32_t before = session_sent(session);
    claiming = owner->attempt;
    enum session_claim claim =
        sessions_take(worker->sessions, session, owner->attempt, &owner->owner, hold, &found);
    if (claim != SESSION_GONE) {
        bool is_newer = owner->attempt > found.attempt;
        check(is_newer == (claim == SESSION_CLAIMED), WRONG_CLAIM);
    }
    if (claim == SESSION_CLAIMED) {
        worker->taken_over += found.was_owned;
    } else {
        worker->refused += claim == SESSION_OLDER_ATTEMPT;
    }
    check(session_sent(session) >= before, SENT_FELL);
    session_unref(session);
}

static void count_some(struct worker *worker, struct test_owner *owner,
                       const struct session_hold *hold)
{
    uint32_t sent = session_sent(hold->session);
    for (uint32_t left = choose(worker, COUNTED_A_TURN + 1); left > 0 && sent <= N; left--) {
        if (!session_count(hold, sent + 1)) {
            check(atomic_load(&owner->lost) == 1, FAILED_UNTOLD);
            return;
        }
        sent++;
        worker->counted++;
        if (choose(worker, 4) == 0) {
            sched_yield();
        }
        uint32_t now = session_sent(hold->session);
        check(now >= sent, SENT_FELL);
        check(now == sent || atomic_load(&owner->lost) == 1, COUNTED_UNTOLD);
    }
    (void)session_count(hold, choose(worker, sent + 1)); /* a message that is sent again */
    check(session_sent(hold->session) >= sent, SENT_FELL);
}

static void take_turn(struct worker *worker)
{
    struct test_owner *owner = calloc(1, sizeof *owner);
    if (owner == NULL) {
        abort();
    }
    owner->owner.lose = lose;
    owner->attempt = atomic_fetch_add(&next_attempt, 1);
    if (choose(worker, HELD_BACK_ONE_OF) == 0) {
        sched_yield();
    }
    const struct uuid uuid = uuid_of(choose(worker, UUIDS));
    struct session_hold hold = {0};
    if (choose(worker, 2) == 0) {
        start(worker, &uuid, owner, &hold);
    } else {
        find_and_take(worker, &uuid, owner, &hold);
    }
    if (hold.session != NULL) {
        count_some(worker, owner, &hold);
        sessions_leave(worker->sessions, &hold);
    }
    check(atomic_load(&owner->lost) <= 1, TOLD_TWICE);
    check(sessions_count(worker->sessions) <= worker->limit, TOO_MANY);
    free(owner);
}

static void *work(void *argument)
{
    for (int i = 0; i < TURNS; i++) {
        take_turn(argument);
    }
    return NULL;
}

/* How many sessions the reaper evicted, and how many messages those had sent. */
static atomic_uint_fast64_t evicted;
static atomic_uint_fast64_t evicted_sent;

static void note_evicted(const struct session *session)
{
    atomic_fetch_add(&evicted, 1);
    atomic_fetch_add(&evicted_sent, session_sent(session));
}

/* How many sessions gave way to one of another uuid. */
static atomic_uint_fast64_t gave_way_count;

static void note_gave_way(const struct session *session)
{
    check(session_sent(session) == N + 1, GAVE_WAY_EARLY);
    atomic_fetch_add(&gave_way_count, 1);
}

static void *reap(void *argument)
{
    while (sessions_reap(argument, note_evicted)) {
    }
    return NULL;
}

static void check_books(struct sessions *sessions, const struct worker *workers)
{
    uint64_t counted = 0;
    uint64_t started = 0;
    uint64_t taken_over = 0;
    uint64_t refused = 0;
    for (int i = 0; i < THREADS; i++) {
        counted += workers[i].counted;
        started += workers[i].started;
        taken_over += workers[i].taken_over;
        refused += workers[i].refused;
    }
    uint64_t remaining = 0;
    uint64_t sent = atomic_load(&evicted_sent);
    for (uint32_t number = 0; number < UUIDS; number++) {
        const struct uuid uuid = uuid_of(number);
        struct session *session = sessions_find(sessions, &uuid);
        if (session != NULL) {
            remaining++;
            sent += session_sent(session);
            session_unref(session);
        }
    }
    ck_assert_uint_eq(sessions_count(sessions), remaining);
    ck_assert_uint_ge(started, remaining + atomic_load(&evicted));
    uint64_t gave_way = started - remaining - atomic_load(&evicted);
    ck_assert_uint_eq(counted, sent + gave_way * (N + 1));
    /* The test tests something only if these happened. */
    ck_assert_uint_gt(taken_over, 0);
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_gt(gave_way, 0);
}

/* Without a reaper, with one that evicts at once, and with one that evicts a little later; and the
 * same while the map is often full. */
static const struct {
    bool reaps;
    int64_t timeout_ns;
    uint64_t limit;
} variants[] = {{false, NS_PER_S, UUIDS}, {true, 0, UUIDS}, {true, NS_PER_MS / 20, UUIDS},
                {false, NS_PER_S, 2},     {true, 0, 2},     {true, NS_PER_MS / 20, 2}};

START_TEST(a_session_has_one_owner_and_sends_nothing_twice)
{
    const struct sessions_settings settings = {.max_sessions = variants[_i].limit,
                                               .timeout_ns = variants[_i].timeout_ns,
                                               .clock = &clock_monotonic,
                                               .gave_way = note_gave_way};
    struct sessions *sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
    pthread_t reaper;
    struct worker workers[THREADS] = {0};
    if (variants[_i].reaps) {
        ck_assert_int_eq(pthread_create(&reaper, NULL, reap, sessions), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].sessions = sessions;
        workers[i].limit = variants[_i].limit;
        workers[i].random = i;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
    }
    while (variants[_i].reaps && atomic_load(&evicted) == 0) {
        (void)sched_yield(); /* the sessions left last are due: the reaper needs time to run */
    }
    sessions_stop_reaping(sessions);
    if (variants[_i].reaps) {
        ck_assert_int_eq(pthread_join(reaper, NULL), 0);
    }
    for (int i = 0; i < VIOLATIONS; i++) {
        ck_assert_msg(atomic_load(&violations[i]) == 0, "violation %d, %d times", i,
                      atomic_load(&violations[i]));
    }
    check_books(sessions, workers);
    uint64_t gave_way = atomic_load(&gave_way_count);
    ck_assert(variants[_i].limit == UUIDS ? gave_way == 0 : gave_way > 0 || variants[_i].reaps);
    sessions_destroy(sessions);
}
END_TEST

Suite *sessions_threads_suite(void)
{
    Suite *suite = suite_create("sessions-threads");
    TCase *threads = tcase_create("threads");
    suite_add_tcase(suite, threads);
    tcase_set_timeout(threads, 30);
    tcase_add_loop_test(threads, a_session_has_one_owner_and_sends_nothing_twice, 0,
                        sizeof variants / sizeof *variants);
    return suite;
}
