/*
 * A file store as its streams see it, with a clock that the test moves, in a folder of its own. For
 * the test's own thread.
 */
#ifndef COMMS_TEST_KIT_STORE_FIXTURE_H
#define COMMS_TEST_KIT_STORE_FIXTURE_H

#include "server/sessions/store.h"
#include "shared/protocol/error.h"
#include "test/kit/file_fixture.h"
#include "test/kit/sessions_fixture.h"

#include <semaphore.h>
#include <stdint.h>

#define CHANGES_NS (100 * NS_PER_MS) /* as in file_queue.c */
#define RETRY_NS   NS_PER_S          /* as in file_writer.c */

extern struct fake_clock store_clock;
extern struct sessions *store_sessions;
extern struct store *store;

/* A test's checked fixture: the store is open, and the test closes it. */
void store_set_up(void);
void store_tear_down(void);

struct sessions *store_create_sessions(void);
void store_begin(void);
void store_end(void);

/* A stream that asks the store. */
struct stream {
    struct store_request request; /* first: a pointer to one is a pointer to the other */
    struct test_owner owner;
    sem_t answered;
};

/* The stream of session `number`; then each question waits for its answer. */
void stream_prepare(struct stream *stream, uint32_t number, uint32_t attempt);
void stream_ask(struct stream *stream, enum store_operation operation);
enum error stream_try_start(struct stream *stream, uint32_t number);
void stream_start(struct stream *stream, uint32_t number);
void stream_resume(struct stream *stream, uint32_t number, uint32_t attempt, uint32_t position);
void stream_send_up_to(struct stream *stream, uint32_t sent);
void stream_leave(struct stream *stream);

struct store_status store_status_now(void);

/* Waits until the store has written this many sessions; until it has this state. */
void store_await_writes(uint64_t writes);
void store_await_state(enum store_state state);

/* Reads what the file has now into file_found, as after a crash. */
void store_crash(void);

#endif
