/*
 * The file store as its streams see it, and what the file has when the process ends: in order, or
 * in the middle of everything. A crash is a copy of the file: that is what a killed process leaves.
 */
#include "server/sessions/session.h"
#include "server/sessions/sessions_durable.h"
#include "server/stores/file_store.h"
#include "test/kit/store_fixture.h"
#include "test/suites.h"
#include "test/unit/server/stores/file_store_trouble.h"

#include <sched.h>
#include <string.h>

/* ---- What is there after a crash ------------------------------------------------------------- */

START_TEST(an_answered_session_is_there_after_a_crash)
{
    struct stream streams[10];
    for (uint32_t i = 0; i < 10; i++) {
        stream_start(&streams[i], i);
        store_crash();
        ck_assert_uint_eq(file_found.count, i + 1);
        const struct uuid uuid = uuid_of(i);
        ck_assert(uuid_equal(&file_found.records[0].uuid, &uuid));
        ck_assert_uint_eq(file_found.records[0].n, N);
        ck_assert_uint_eq(file_found.records[0].attempt, 1);
        ck_assert(!file_found.records[0].is_exact);
    }
    for (uint32_t i = 0; i < 10; i++) {
        stream_leave(&streams[i]);
    }
    store_end();
}
END_TEST

START_TEST(a_position_is_written_after_the_stream_has_left)
{
    struct stream stream;
    stream_start(&stream, 1);
    stream_send_up_to(&stream, 2);
    stream_leave(&stream);
    fake_clock_advance(&store_clock, CHANGES_NS);
    store_await_writes(2);
    store_crash();
    ck_assert_uint_eq(file_found.records[0].sent, 2);
    store_end();
}
END_TEST

START_TEST(live_positions_are_written_once_a_second)
{
    struct stream stream;
    struct stream idle;
    stream_start(&stream, 1);
    stream_start(&idle, 2);
    for (uint32_t second = 1; second <= N; second++) {
        stream_send_up_to(&stream, second);
        fake_clock_advance(&store_clock, NS_PER_S);
        while (store_status_now().queue == 0 && store_status_now().writes < 2 + second) {
            (void)sched_yield();
        }
        fake_clock_advance(&store_clock, CHANGES_NS);
        store_await_writes(2 + second);
        store_crash();
        ck_assert_uint_eq(file_found.records[1].sent, second);
        ck_assert_uint_eq(store_status_now().writes,
                          2 + second); /* nothing of the stream that sent nothing */
    }
    stream_leave(&stream);
    stream_leave(&idle);
    store_end();
}
END_TEST

/* ---- What is there after a stop -------------------------------------------------------------- */

START_TEST(all_is_exact_after_an_ordered_stop)
{
    struct stream streams[3];
    for (uint32_t i = 0; i < 3; i++) {
        stream_start(&streams[i], i);
        stream_send_up_to(&streams[i], i == 2 ? N + 1 : i);
        stream_leave(&streams[i]);
    }
    store_end();
    store_begin();
    for (uint32_t i = 0; i < 3; i++) {
        const struct uuid uuid = uuid_of(i);
        struct session *session = sessions_find(store_sessions, &uuid);
        ck_assert_ptr_nonnull(session);
        ck_assert(session_is_exact(session));
        ck_assert_uint_eq(session_sent(session), i == 2 ? N + 1 : i);
        ck_assert_int_eq(session_is_finished(session), i == 2);
        session_unref(session);
    }
    struct stream again;
    ck_assert_int_eq(stream_try_start(&again, 1), ERROR_UUID_TAKEN);
    stream_start(&again, 2); /* it is finished */
    stream_leave(&again);
    store_end();
}
END_TEST

/* It was claimed, sent on, and nothing of that was written when the server crashed. */
START_TEST(a_claim_that_was_not_written_makes_the_session_inexact)
{
    struct stream stream;
    stream_start(&stream, 1);
    stream_send_up_to(&stream, 2);
    stream_leave(&stream);
    store_end();
    store_begin();
    stream_resume(&stream, 1, 2, 2);
    stream_send_up_to(&stream, 3);
    store_crash();
    ck_assert_uint_eq(file_found.records[0].sent, 2);
    ck_assert(!file_found.records[0].is_exact);
    stream_leave(&stream);
    store_end();
}
END_TEST

/* The attempt is restored, and so is whose the session is. */
START_TEST(attempt_and_client_come_back)
{
    struct stream stream;
    const struct client_key client = {{1, 2, 3}};
    stream_prepare(&stream, 1, 7);
    stream.owner.owner.client = &client;
    stream_ask(&stream, STORE_CREATE);
    ck_assert_int_eq(stream.request.outcome, ERROR_NONE);
    stream_leave(&stream);
    store_end();
    store_begin();
    stream_prepare(&stream, 1, 7);
    stream_ask(&stream, STORE_LOOK_UP);
    ck_assert_int_eq(stream.request.outcome, ERROR_OTHER_CLIENT);
    stream.owner.owner.client = &client;
    stream_ask(&stream, STORE_LOOK_UP);
    ck_assert_int_eq(stream.request.outcome, ERROR_NONE);
    stream_ask(&stream, STORE_CLAIM);
    ck_assert_int_eq(stream.request.outcome, ERROR_OLDER_ATTEMPT);
    session_unref(stream.request.session);
    store_end();
}
END_TEST

/* The time that the server was down does not count. */
START_TEST(a_restored_session_has_its_full_timeout)
{
    struct stream stream;
    const struct uuid uuid = uuid_of(1);
    stream_start(&stream, 1);
    stream_leave(&stream);
    store_end();
    fake_clock_advance(&store_clock, 1000 * SESSIONS_TIMEOUT);
    store_begin();
    fake_clock_advance(&store_clock, SESSIONS_TIMEOUT - 1);
    struct session *session = sessions_find(store_sessions, &uuid);
    ck_assert_ptr_nonnull(session);
    session_unref(session);
    store_end();
}
END_TEST

/* ---- What goes ------------------------------------------------------------------------------- */

static void drop(const struct session *session)
{
    (void)session;
}

START_TEST(an_evicted_session_leaves_the_file)
{
    struct stream stream;
    struct stream owned;
    stream_start(&stream, 1);
    stream_start(&owned, 2);
    stream_leave(&stream);
    fake_clock_advance(&store_clock, SESSIONS_TIMEOUT);
    ck_assert(sessions_reap(store_sessions, drop));
    fake_clock_advance(&store_clock, NS_PER_S);
    while (store_status_now().queue > 0 || store_status_now().writes < 4) {
        fake_clock_advance(&store_clock, CHANGES_NS);
        (void)sched_yield();
    }
    store_crash();
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert_uint_eq(file_found.records[0].uuid.bytes[12], 2);
    stream_leave(&owned);
    store_end();
}
END_TEST

START_TEST(a_session_that_is_replaced_leaves_the_file)
{
    struct stream stream;
    for (int i = 0; i < 3; i++) {
        stream_start(&stream, 1);
        stream_send_up_to(&stream, N + 1);
        stream_leave(&stream);
    }
    store_end();
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, 1);
}
END_TEST

/* The server crashed between a START that replaced a session and the deletion of that one. */
START_TEST(the_newest_of_two_sessions_counts)
{
    store_end();
    struct file_database *database = file_open();
    struct file_change changes[2] = {{.record = file_record_of(5, 1)},
                                     {.record = file_record_of(6, 2)}};
    changes[1].record.uuid = changes[0].record.uuid;
    ck_assert_int_eq(file_database_write(database, changes, 2, false), FILE_WRITTEN);
    file_close(database);
    store_begin();
    struct session *session = sessions_find(store_sessions, &changes[0].record.uuid);
    ck_assert_ptr_nonnull(session);
    ck_assert_uint_eq(session_sent(session), 2);
    session_unref(session);
    store_end();
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert_uint_eq(file_found.records[0].generation, 6);
}
END_TEST

/* ---- Others ---------------------------------------------------------------------------------- */

START_TEST(status_counts)
{
    struct stream stream;
    ck_assert_uint_eq(store_status_now().latency.buckets[0], 0);
    stream_start(&stream, 1);
    ck_assert_uint_eq(store_status_now().latency.buckets[0], 1); /* the clock stands */
    ck_assert_uint_eq(store_status_now().writes, 1);
    ck_assert_uint_eq(store_status_now().queue, 0);
    stream_leave(&stream);
    ck_assert_uint_eq(store_status_now().queue, 1);
    store_end();
}
END_TEST

START_TEST(a_second_store_on_the_file_is_refused)
{
    struct sessions *others = store_create_sessions();
    ck_assert_ptr_null(file_store_open(file_path, &store_clock.clock, others, file_problem));
    ck_assert_ptr_nonnull(strstr(file_problem, "in use by another server"));
    sessions_destroy(others);
    store_end();
}
END_TEST

Suite *file_store_suite(void)
{
    Suite *suite = suite_create("file-store");
    TCase *tcase = tcase_create("file-store");
    tcase_add_checked_fixture(tcase, store_set_up, store_tear_down);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, an_answered_session_is_there_after_a_crash);
    tcase_add_test(tcase, a_position_is_written_after_the_stream_has_left);
    tcase_add_test(tcase, live_positions_are_written_once_a_second);
    tcase_add_test(tcase, all_is_exact_after_an_ordered_stop);
    tcase_add_test(tcase, a_claim_that_was_not_written_makes_the_session_inexact);
    tcase_add_test(tcase, attempt_and_client_come_back);
    tcase_add_test(tcase, a_restored_session_has_its_full_timeout);
    tcase_add_test(tcase, an_evicted_session_leaves_the_file);
    tcase_add_test(tcase, a_session_that_is_replaced_leaves_the_file);
    tcase_add_test(tcase, the_newest_of_two_sessions_counts);
    tcase_add_test(tcase, status_counts);
    tcase_add_test(tcase, a_second_store_on_the_file_is_refused);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, file_store_trouble_case());
    return suite;
}
