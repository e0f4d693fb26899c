/*
 * The conversations under test, and their sessions: every call to server/services/comms and
 * server/sessions is in subject.c. A stream is named by its number. It is opened, and must be left
 * before it is opened again. All of this is for one thread; time stands still but for
 * subject_set_time and subject_reap.
 */
#ifndef COMMS_TEST_FUZZ_CONVERSATION_SUBJECT_H
#define COMMS_TEST_FUZZ_CONVERSATION_SUBJECT_H

#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"
#include "test/fuzz/conversation/terms.h"

/* A server without a session begins, at this time in nanoseconds; and ends, with no stream open. */
void subject_begin(const struct settings *of, int64_t now);
void subject_end(void);

void subject_set_time(int64_t now);

/* What happens to a stream. */
void subject_open(int stream);
void subject_command(int stream, const struct request *request);
void subject_half_close(int stream);
void subject_shut_down(int stream);
void subject_end_taken_over(int stream); /* as its worker does, once the stream was told */
void subject_leave(int stream);

/* What the stream's conversation says that comes next. */
struct next subject_next(int stream);

enum state subject_state(int stream);
const struct failure *subject_outcome(int stream);
bool subject_finishes_by(int stream, int64_t deadline);

/* Whether the stream was told that another one took its session. */
bool subject_was_told(int stream);

struct session_view subject_session(const struct uuid *uuid);
uint64_t subject_count_sessions(void);

/*
 * Evicts all sessions that have expired, or else lets time go by until the first one expires, at
 * `first`. Tells of each.
 */
void subject_reap(int64_t first, void (*tell)(const struct uuid *uuid));

#endif
