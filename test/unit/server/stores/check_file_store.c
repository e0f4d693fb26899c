/*
 * The file store as its streams see it, and what the file has when the process ends: in order, or
 * in the middle of everything. A crash is a copy of the file: that is what a killed process leaves.
 */
#include "server/sessions/session.h"
#include "server/sessions/sessions_durable.h"
#include "server/stores/file_store.h"
#include "test/kit/file_fixture.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CHANGES_NS (100 * NS_PER_MS) /* as in file_queue.c */
#define RETRY_NS   NS_PER_S          /* as in file_writer.c */

static struct fake_clock time_now;
static struct sessions *table;
static struct store *store;

/* A stream that asks the store. */
struct stream {
    struct store_request request; /* first: a pointer to one is a pointer to the other */
    struct test_owner owner;
    sem_t answered;
};

static void answer(struct store_request *request)
{
    ck_assert_int_eq(sem_post(&((struct stream *)request)->answered), 0);
}

static struct sessions *create_table(void)
{
    const struct sessions_settings settings = {.max_sessions = SESSIONS_LIMIT,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &time_now.clock,
                                               .starts_pending = true};
    struct sessions *created = sessions_create(&settings);
    ck_assert_ptr_nonnull(created);
    return created;
}

static void open_store(void)
{
    table = create_table();
    store = file_store_open(file_path, &time_now.clock, table, file_problem);
    ck_assert_msg(store != NULL, "%s", file_problem);
}

static void close_store(void)
{
    ck_assert(store->close(store));
    sessions_destroy(table);
}

static void set_up(void)
{
    file_set_up();
    fake_clock_init(&time_now, NS_PER_S);
    open_store();
}

static void tear_down(void)
{
    fake_clock_cleanup(&time_now);
    file_tear_down();
}

static void ask(struct stream *stream, enum store_operation operation)
{
    stream->request.operation = operation;
    if (!store->submit(store, &stream->request)) {
        ck_assert_int_eq(sem_wait(&stream->answered), 0);
    }
}

static void prepare(struct stream *stream, uint32_t number, uint32_t attempt)
{
    *stream = (struct stream){.owner = new_owner()};
    stream->request = (struct store_request){.uuid = uuid_of(number),
                                             .n = N,
                                             .attempt = attempt,
                                             .owner = &stream->owner.owner,
                                             .done = answer};
    ck_assert_int_eq(sem_init(&stream->answered, 0, 0), 0);
}

static enum error try_start(struct stream *stream, uint32_t number)
{
    prepare(stream, number, 1);
    ask(stream, STORE_CREATE);
    return stream->request.outcome;
}

static void start(struct stream *stream, uint32_t number)
{
    ck_assert_int_eq(try_start(stream, number), ERROR_NONE);
}

static void resume(struct stream *stream, uint32_t number, uint32_t attempt, uint32_t position)
{
    prepare(stream, number, attempt);
    ask(stream, STORE_LOOK_UP);
    ck_assert_int_eq(stream->request.outcome, ERROR_NONE);
    ask(stream, STORE_CLAIM);
    ck_assert_int_eq(stream->request.outcome, ERROR_NONE);
    session_unref(stream->request.session);
    session_prove(&stream->request.hold, position);
}

static void send_up_to(struct stream *stream, uint32_t sent)
{
    for (uint32_t k = session_sent(stream->request.hold.session) + 1; k <= sent; k++) {
        ck_assert(session_count(&stream->request.hold, k));
    }
}

static void leave(struct stream *stream)
{
    ask(stream, STORE_RELEASE);
    ck_assert_int_eq(stream->request.outcome, ERROR_NONE);
}

static struct store_status status(void)
{
    struct store_status now;
    store->status(store, &now);
    return now;
}

/* Waits until the store has written so many sessions. */
static void await_writes(uint64_t writes)
{
    while (status().writes < writes) {
        (void)sched_yield();
    }
}

static void await_state(enum store_state state)
{
    while (status().state != state) {
        (void)sched_yield();
    }
}

/* What the file has now, in file_found, as after a crash. */
static void crash(void)
{
    char path[FILE_PATH_SIZE];
    struct file_bytes bytes = file_bytes_read(file_path);
    memcpy(path, file_path, sizeof path);
    strcat(file_path, ".crashed");
    file_bytes_write(file_path, &bytes);
    file_database_close(file_open());
    ck_assert_int_eq(unlink(file_path), 0);
    memcpy(file_path, path, sizeof path);
    free(bytes.bytes);
}

/* ---- What is there after a crash ------------------------------------------------------------- */

START_TEST(an_answered_session_is_there_after_a_crash)
{
    struct stream streams[10];
    for (uint32_t i = 0; i < 10; i++) {
        start(&streams[i], i);
        crash();
        ck_assert_uint_eq(file_found.count, i + 1);
        const struct uuid uuid = uuid_of(i);
        ck_assert(uuid_equal(&file_found.records[0].uuid, &uuid));
        ck_assert_uint_eq(file_found.records[0].n, N);
        ck_assert_uint_eq(file_found.records[0].attempt, 1);
        ck_assert(!file_found.records[0].is_exact);
    }
    for (uint32_t i = 0; i < 10; i++) {
        leave(&streams[i]);
    }
    close_store();
}
END_TEST

START_TEST(a_position_is_written_after_the_stream_has_left)
{
    struct stream stream;
    start(&stream, 1);
    send_up_to(&stream, 2);
    leave(&stream);
    fake_clock_advance(&time_now, CHANGES_NS);
    await_writes(2);
    crash();
    ck_assert_uint_eq(file_found.records[0].sent, 2);
    close_store();
}
END_TEST

START_TEST(live_positions_are_written_once_a_second)
{
    struct stream stream;
    struct stream idle;
    start(&stream, 1);
    start(&idle, 2);
    for (uint32_t second = 1; second <= N; second++) {
        send_up_to(&stream, second);
        fake_clock_advance(&time_now, NS_PER_S);
        while (status().queue == 0 && status().writes < 2 + second) {
            (void)sched_yield();
        }
        fake_clock_advance(&time_now, CHANGES_NS);
        await_writes(2 + second);
        crash();
        ck_assert_uint_eq(file_found.records[1].sent, second);
        ck_assert_uint_eq(status().writes,
                          2 + second); /* nothing of the stream that sent nothing */
    }
    leave(&stream);
    leave(&idle);
    close_store();
}
END_TEST

/* ---- What is there after a stop -------------------------------------------------------------- */

START_TEST(all_is_exact_after_an_ordered_stop)
{
    struct stream streams[3];
    for (uint32_t i = 0; i < 3; i++) {
        start(&streams[i], i);
        send_up_to(&streams[i], i == 2 ? N + 1 : i);
        leave(&streams[i]);
    }
    close_store();
    open_store();
    for (uint32_t i = 0; i < 3; i++) {
        const struct uuid uuid = uuid_of(i);
        struct session *session = sessions_find(table, &uuid);
        ck_assert_ptr_nonnull(session);
        ck_assert(session_is_exact(session));
        ck_assert_uint_eq(session_sent(session), i == 2 ? N + 1 : i);
        ck_assert_int_eq(session_is_finished(session), i == 2);
        session_unref(session);
    }
    struct stream again;
    ck_assert_int_eq(try_start(&again, 1), ERROR_UUID_TAKEN);
    start(&again, 2); /* it is finished */
    leave(&again);
    close_store();
}
END_TEST

/* It was claimed, sent on, and nothing of that was written when the server crashed. */
START_TEST(a_claim_that_was_not_written_makes_the_session_inexact)
{
    struct stream stream;
    start(&stream, 1);
    send_up_to(&stream, 2);
    leave(&stream);
    close_store();
    open_store();
    resume(&stream, 1, 2, 2);
    send_up_to(&stream, 3);
    crash();
    ck_assert_uint_eq(file_found.records[0].sent, 2);
    ck_assert(!file_found.records[0].is_exact);
    leave(&stream);
    close_store();
}
END_TEST

/* The attempt is restored, and so is whose the session is. */
START_TEST(attempt_and_client_come_back)
{
    struct stream stream;
    const struct client_key client = {{1, 2, 3}};
    prepare(&stream, 1, 7);
    stream.owner.owner.client = &client;
    ask(&stream, STORE_CREATE);
    ck_assert_int_eq(stream.request.outcome, ERROR_NONE);
    leave(&stream);
    close_store();
    open_store();
    prepare(&stream, 1, 7);
    ask(&stream, STORE_LOOK_UP);
    ck_assert_int_eq(stream.request.outcome, ERROR_OTHER_CLIENT);
    stream.owner.owner.client = &client;
    ask(&stream, STORE_LOOK_UP);
    ck_assert_int_eq(stream.request.outcome, ERROR_NONE);
    ask(&stream, STORE_CLAIM);
    ck_assert_int_eq(stream.request.outcome, ERROR_OLDER_ATTEMPT);
    session_unref(stream.request.session);
    close_store();
}
END_TEST

/* The time that the server was down does not count. */
START_TEST(a_restored_session_has_its_full_timeout)
{
    struct stream stream;
    const struct uuid uuid = uuid_of(1);
    start(&stream, 1);
    leave(&stream);
    close_store();
    fake_clock_advance(&time_now, 1000 * SESSIONS_TIMEOUT);
    open_store();
    fake_clock_advance(&time_now, SESSIONS_TIMEOUT - 1);
    struct session *session = sessions_find(table, &uuid);
    ck_assert_ptr_nonnull(session);
    session_unref(session);
    close_store();
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
    start(&stream, 1);
    start(&owned, 2);
    leave(&stream);
    fake_clock_advance(&time_now, SESSIONS_TIMEOUT);
    ck_assert(sessions_reap(table, drop));
    fake_clock_advance(&time_now, NS_PER_S);
    while (status().queue > 0 || status().writes < 4) {
        fake_clock_advance(&time_now, CHANGES_NS);
        (void)sched_yield();
    }
    crash();
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert_uint_eq(file_found.records[0].uuid.bytes[12], 2);
    leave(&owned);
    close_store();
}
END_TEST

START_TEST(a_session_that_is_replaced_leaves_the_file)
{
    struct stream stream;
    for (int i = 0; i < 3; i++) {
        start(&stream, 1);
        send_up_to(&stream, N + 1);
        leave(&stream);
    }
    close_store();
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, 1);
}
END_TEST

/* The server crashed between a START that replaced a session and the deletion of that one. */
START_TEST(the_newest_of_two_sessions_counts)
{
    close_store();
    struct file_database *database = file_open();
    struct file_change changes[2] = {{.record = file_record_of(5, 1)},
                                     {.record = file_record_of(6, 2)}};
    changes[1].record.uuid = changes[0].record.uuid;
    ck_assert_int_eq(file_database_write(database, changes, 2, false), FILE_WRITTEN);
    file_close(database);
    open_store();
    struct session *session = sessions_find(table, &changes[0].record.uuid);
    ck_assert_ptr_nonnull(session);
    ck_assert_uint_eq(session_sent(session), 2);
    session_unref(session);
    close_store();
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert_uint_eq(file_found.records[0].generation, 6);
}
END_TEST

/* ---- Trouble --------------------------------------------------------------------------------- */

static void limit_file(rlim_t size)
{
    const struct rlimit limit = {size, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_refuses_starts_and_nothing_else)
{
    struct stream stream;
    struct stream late;
    limit_file(256 * 1024); /* so that nothing can be reserved */
    ck_assert_int_eq(try_start(&stream, 1), ERROR_STORE_FULL);
    ck_assert_int_eq(status().state, STORE_STATE_FULL);
    ck_assert_uint_eq(status().refusals, 1);
    limit_file(RLIM_INFINITY);
    start(&stream, 1); /* it left nothing behind */
    ck_assert_int_eq(status().state, STORE_STATE_OK);
    limit_file(1024 * 1024);
    send_up_to(&stream, 2);
    leave(&stream);
    fake_clock_advance(&time_now, CHANGES_NS);
    await_writes(2);
    limit_file(RLIM_INFINITY);
    crash();
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert_uint_eq(file_found.records[0].sent, 2);
    start(&late, 2);
    leave(&late);
    close_store();
}
END_TEST

/* The state is well again without a START that tries it. */
START_TEST(a_full_disk_is_noticed_to_be_over)
{
    struct stream stream;
    limit_file(256 * 1024);
    ck_assert_int_eq(try_start(&stream, 1), ERROR_STORE_FULL);
    limit_file(RLIM_INFINITY);
    while (status().state != STORE_STATE_OK) {
        fake_clock_advance(&time_now, RETRY_NS);
        (void)sched_yield();
    }
    close_store();
}
END_TEST

/* What was left, evicted and refused while nothing could be written is written as soon as it can.
 */
START_TEST(what_changes_meanwhile_is_written_later)
{
    struct stream streams[3];
    struct stream refused;
    char aside[FILE_PATH_SIZE + 8];
    for (uint32_t i = 0; i < 3; i++) {
        start(&streams[i], i);
    }
    snprintf(aside, sizeof aside, "%s.aside", file_path);
    ck_assert_int_eq(rename(file_path, aside), 0);
    send_up_to(&streams[1], 2);
    for (int times = 0; times < 5; times++) {
        leave(&streams[1]);
        leave(&streams[2]);
        ck_assert_int_eq(try_start(&refused, 9), ERROR_STORE_AWAY);
        ck_assert_uint_le(status().queue, 2 + 5); /* one for each session, and the refused ones */
        ck_assert_int_eq(status().state, STORE_STATE_FAILING);
        resume(&streams[1], 1, 0, 2);
        resume(&streams[2], 2, 0, 0);
    }
    leave(&streams[1]);
    leave(&streams[2]);
    const struct uuid uuid = uuid_of(9);
    ck_assert_ptr_null(sessions_find(table, &uuid));
    ck_assert_int_eq(rename(aside, file_path), 0);
    while (status().queue > 0) {
        fake_clock_advance(&time_now, RETRY_NS);
        (void)sched_yield();
    }
    await_state(STORE_STATE_OK);
    crash();
    ck_assert_uint_eq(file_found.count, 3);
    ck_assert_uint_eq(file_found.records[1].sent, 2);
    leave(&streams[0]);
    close_store();
}
END_TEST

/* Then a stop ends in time, and the file does not say that it is final. */
START_TEST(a_stop_without_the_file_ends)
{
    struct stream stream;
    char aside[FILE_PATH_SIZE + 8];
    start(&stream, 1);
    send_up_to(&stream, 2);
    snprintf(aside, sizeof aside, "%s.aside", file_path);
    ck_assert_int_eq(rename(file_path, aside), 0);
    leave(&stream);
    close_store();
    ck_assert_int_eq(rename(aside, file_path), 0);
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert(!file_found.records[0].is_exact);
}
END_TEST

/* ---- Others ---------------------------------------------------------------------------------- */

START_TEST(status_counts)
{
    struct stream stream;
    ck_assert_int_eq(status().latency_ns, 0);
    start(&stream, 1);
    ck_assert_uint_eq(status().writes, 1);
    ck_assert_uint_eq(status().queue, 0);
    leave(&stream);
    ck_assert_uint_eq(status().queue, 1);
    close_store();
}
END_TEST

START_TEST(a_second_store_on_the_file_is_refused)
{
    struct sessions *others = create_table();
    ck_assert_ptr_null(file_store_open(file_path, &time_now.clock, others, file_problem));
    ck_assert_ptr_nonnull(strstr(file_problem, "in use by another server"));
    sessions_destroy(others);
    close_store();
}
END_TEST

Suite *file_store_suite(void)
{
    Suite *suite = suite_create("file-store");
    TCase *tcase = tcase_create("file-store");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
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
    tcase_add_test(tcase, a_full_disk_refuses_starts_and_nothing_else);
    tcase_add_test(tcase, a_full_disk_is_noticed_to_be_over);
    tcase_add_test(tcase, what_changes_meanwhile_is_written_later);
    tcase_add_test(tcase, a_stop_without_the_file_ends);
    tcase_add_test(tcase, status_counts);
    tcase_add_test(tcase, a_second_store_on_the_file_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
