#include "test/kit/store_fixture.h"

#include "server/sessions/session.h"
#include "server/sessions/sessions_durable.h"
#include "server/stores/file_store.h"

#include <check.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_clock store_clock;
struct sessions *store_sessions;
struct store *store;

static void answer(struct store_request *request)
{
    ck_assert_int_eq(sem_post(&((struct stream *)request)->answered), 0);
}

struct sessions *store_create_sessions(void)
{
    const struct sessions_settings settings = {.max_sessions = SESSIONS_LIMIT,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &store_clock.clock,
                                               .starts_pending = true};
    struct sessions *created = sessions_create(&settings);
    ck_assert_ptr_nonnull(created);
    return created;
}

void store_begin(void)
{
    store_sessions = store_create_sessions();
    store = file_store_open(file_path, &store_clock.clock, store_sessions, file_problem);
    ck_assert_msg(store != NULL, "%s", file_problem);
}

void store_end(void)
{
    ck_assert(store->close(store));
    sessions_destroy(store_sessions);
}

void store_set_up(void)
{
    file_set_up();
    fake_clock_init(&store_clock, NS_PER_S);
    store_begin();
}

void store_tear_down(void)
{
    fake_clock_cleanup(&store_clock);
    file_tear_down();
}

void stream_ask(struct stream *stream, enum store_operation operation)
{
    stream->request.operation = operation;
    if (!store->submit(store, &stream->request)) {
        ck_assert_int_eq(sem_wait(&stream->answered), 0);
    }
}

void stream_prepare(struct stream *stream, uint32_t number, uint32_t attempt)
{
    *stream = (struct stream){.owner = new_owner()};
    stream->request = (struct store_request){.uuid = uuid_of(number),
                                             .n = N,
                                             .attempt = attempt,
                                             .owner = &stream->owner.owner,
                                             .done = answer};
    ck_assert_int_eq(sem_init(&stream->answered, 0, 0), 0);
}

enum error stream_try_start(struct stream *stream, uint32_t number)
{
    stream_prepare(stream, number, 1);
    stream_ask(stream, STORE_CREATE);
    return stream->request.outcome;
}

void stream_start(struct stream *stream, uint32_t number)
{
    ck_assert_int_eq(stream_try_start(stream, number), ERROR_NONE);
}

void stream_resume(struct stream *stream, uint32_t number, uint32_t attempt, uint32_t position)
{
    stream_prepare(stream, number, attempt);
    stream_ask(stream, STORE_LOOK_UP);
    ck_assert_int_eq(stream->request.outcome, ERROR_NONE);
    stream_ask(stream, STORE_CLAIM);
    ck_assert_int_eq(stream->request.outcome, ERROR_NONE);
    session_unref(stream->request.session);
    session_prove(&stream->request.hold, position);
}

void stream_send_up_to(struct stream *stream, uint32_t sent)
{
    for (uint32_t k = session_sent(stream->request.hold.session) + 1; k <= sent; k++) {
        ck_assert(session_count(&stream->request.hold, k));
    }
}

void stream_leave(struct stream *stream)
{
    stream_ask(stream, STORE_RELEASE);
    ck_assert_int_eq(stream->request.outcome, ERROR_NONE);
}

struct store_status store_status_now(void)
{
    struct store_status now;
    store->status(store, &now);
    return now;
}

/* Waits until the store has written this many sessions. */
void store_await_writes(uint64_t writes)
{
    while (store_status_now().writes < writes) {
        (void)sched_yield();
    }
}

void store_await_state(enum store_state state)
{
    while (store_status_now().state != state) {
        (void)sched_yield();
    }
}

/* What the file has now, in file_found, as after a crash. */
void store_crash(void)
{
    char path[FILE_PATH_SIZE - 16];
    struct file_bytes bytes = file_bytes_read(file_path);
    snprintf(path, sizeof path, "%.90s", file_path);
    snprintf(file_path, sizeof file_path, "%s.crashed", path);
    file_bytes_write(file_path, &bytes);
    file_database_close(file_open());
    ck_assert_int_eq(unlink(file_path), 0);
    snprintf(file_path, sizeof file_path, "%s", path);
    free(bytes.bytes);
}
