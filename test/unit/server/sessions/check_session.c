/* One session's progress word and references, without the map. */
#include "server/sessions/session.h"
#include "shared/protocol/sequence.h"
#include "test/suites.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

static const struct uuid some_uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5}};

static struct session *create(uint32_t n)
{
    struct session *session = session_create(&some_uuid, n);
    ck_assert_ptr_nonnull(session);
    return session;
}

START_TEST(a_new_session_has_sent_nothing)
{
    struct session *session = create(5);
    ck_assert(uuid_equal(session_uuid(session), &some_uuid));
    ck_assert_uint_eq(session_n(session), 5);
    ck_assert_uint_eq(session_sent(session), 0);
    ck_assert_ptr_null(session->owner);
    ck_assert_ptr_null(session->link);
    session_unref(session);
}
END_TEST

START_TEST(sent_follows_what_is_counted)
{
    struct session *session = create(5);
    const struct session_hold hold = {.session = session, .epoch = 1};
    for (uint32_t position = 1; position <= 6; position++) {
        ck_assert(session_count(&hold, position));
        ck_assert_uint_eq(session_sent(session), position);
    }
    session_unref(session);
}
END_TEST

START_TEST(sent_never_falls)
{
    struct session *session = create(10);
    const struct session_hold hold = {.session = session, .epoch = 1};
    ck_assert(session_count(&hold, 7));
    for (uint32_t position = 0; position <= 7; position++) {
        ck_assert(session_count(&hold, position));
        ck_assert_uint_eq(session_sent(session), 7);
    }
    session_raise_epoch(session);
    ck_assert_uint_eq(session_sent(session), 7);
    session_unref(session);
}
END_TEST

START_TEST(who_lost_the_session_counts_nothing)
{
    struct session *session = create(10);
    const struct session_hold old = {.session = session, .epoch = 1};
    ck_assert(session_count(&old, 3));

    const struct session_hold new = {.session = session, .epoch = session_raise_epoch(session)};
    ck_assert_uint_eq(new.epoch, 2);
    ck_assert(!session_count(&old, 4));
    ck_assert(!session_count(&old, 3)); /* not even a position that was counted before */
    ck_assert(!session_count(&old, 0));
    ck_assert_uint_eq(session_sent(session), 3);

    ck_assert(session_count(&new, 4));
    ck_assert_uint_eq(session_sent(session), 4);
    ck_assert(!session_count(&old, 5));
    ck_assert_uint_eq(session_sent(session), 4);
    session_unref(session);
}
END_TEST

START_TEST(each_owner_has_an_epoch_of_its_own)
{
    struct session *session = create(10);
    for (uint32_t epoch = 2; epoch < 100; epoch++) {
        const struct session_hold last = {.session = session, .epoch = epoch - 1};
        ck_assert(session_count(&last, epoch));
        ck_assert_uint_eq(session_raise_epoch(session), epoch);
        ck_assert(!session_count(&last, epoch + 1));
        ck_assert_uint_eq(session_sent(session), epoch);
    }
    session_unref(session);
}
END_TEST

/* A carry out of one half of the word must not change the other half. */
START_TEST(the_largest_values_stay_apart)
{
    const uint32_t last = SEQUENCE_N_MAX + 1;
    struct session *session = create(SEQUENCE_N_MAX);
    atomic_store(&session->progress, (uint64_t)UINT32_MAX << 32);
    const struct session_hold old = {.session = session, .epoch = UINT32_MAX};
    ck_assert(session_count(&old, last));
    ck_assert_uint_eq(session_sent(session), last);

    const struct session_hold new = {.session = session, .epoch = session_raise_epoch(session)};
    ck_assert_uint_eq(new.epoch, 0);
    ck_assert_uint_eq(session_sent(session), last);
    ck_assert(!session_count(&old, last));
    ck_assert(session_count(&new, last));
    session_unref(session);
}
END_TEST

/* The address sanitizer finds a free that comes too early, the leak sanitizer one that is missing.
 */
START_TEST(the_last_reference_frees_it)
{
    struct session *session = create(5);
    session_ref(session);
    session_ref(session);
    ck_assert_uint_eq(atomic_load(&session->references), 3);
    session_unref(session);
    session_unref(session);
    ck_assert_uint_eq(atomic_load(&session->references), 1);
    ck_assert(uuid_equal(session_uuid(session), &some_uuid));
    session_unref(session);
}
END_TEST

struct counter {
    struct session_hold hold;
    uint32_t counted; /* the last position that was counted */
};

static void *count_until_lost(void *argument)
{
    struct counter *counter = argument;
    while (session_count(&counter->hold, counter->counted + 1)) {
        if (++counter->counted % 16 == 0) {
            sched_yield();
        }
    }
    return NULL;
}

START_TEST(whoever_counts_meanwhile_stops_at_once)
{
    enum { ROUNDS = 100 };
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct session *session = create(SEQUENCE_N_MAX);
        struct counter counter = {.hold = {.session = session, .epoch = 1}};
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, count_until_lost, &counter), 0);
        while (session_sent(session) < round) {
            sched_yield();
        }
        session_raise_epoch(session);
        uint32_t sent = session_sent(session);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_uint_eq(session_sent(session), sent);
        ck_assert_uint_eq(counter.counted, sent);
        session_unref(session);
    }
}
END_TEST

static void *ref_and_unref(void *argument)
{
    struct session *session = argument;
    for (int i = 0; i < 10000; i++) {
        session_ref(session);
        session_unref(session);
    }
    session_unref(session); /* the reference that this thread was given */
    return NULL;
}

START_TEST(references_are_counted_for_many_threads)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct session *session = create(5);
    for (int i = 0; i < THREADS; i++) {
        session_ref(session);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ref_and_unref, session), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_uint_eq(atomic_load(&session->references), 1);
    session_unref(session);
}
END_TEST

Suite *session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *session = tcase_create("session");
    suite_add_tcase(suite, session);
    tcase_add_test(session, a_new_session_has_sent_nothing);
    tcase_add_test(session, sent_follows_what_is_counted);
    tcase_add_test(session, sent_never_falls);
    tcase_add_test(session, who_lost_the_session_counts_nothing);
    tcase_add_test(session, each_owner_has_an_epoch_of_its_own);
    tcase_add_test(session, the_largest_values_stay_apart);
    tcase_add_test(session, the_last_reference_frees_it);
    tcase_add_test(session, whoever_counts_meanwhile_stops_at_once);
    tcase_add_test(session, references_are_counted_for_many_threads);
    return suite;
}
