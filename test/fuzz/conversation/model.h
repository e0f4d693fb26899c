/*
 * What a server must do, written from the protocol (proto/PROTOCOL.md) and from nothing else: a
 * session is a number of messages sent and the stream that owns it. It asserts what comes, and
 * follows it.
 */
#ifndef COMMS_TEST_FUZZ_CONVERSATION_MODEL_H
#define COMMS_TEST_FUZZ_CONVERSATION_MODEL_H

#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"
#include "test/fuzz/conversation/terms.h"

struct model_session {
    struct session_view view;
    int64_t left_at;      /* when the last owner left it */
    uint64_t left_before; /* how many times any session was left before that */
};

struct model_stream {
    enum state state;
    enum error outcome;
    bool is_lost; /* another stream took its session */

    /* stateful */
    int session;
    uint32_t n; /* of the session that it began; another one of that uuid may have come since */
    uint32_t position;
    unsigned answers_left; /* to a CONTINUE */

    uint64_t next; /* stateless: the next number; 0 where it is random */

    /* the pace */
    int64_t began_at;
    int64_t last_at;    /* when the last number was sent */
    uint64_t numbers;   /* that were sent */
    int64_t wait_until; /* what it has said last; 0: nothing */
};

struct model {
    struct settings settings;
    int64_t now;
    uint64_t leaves; /* how many times a session was left */
    struct model_session sessions[SESSIONS];
    struct model_stream streams[STREAMS];
};

/* Begins without a session. */
void model_begin(struct model *model, const struct settings *settings, int64_t now);
bool model_is_stateful(const struct model *model);

/* What happens to a stream. */
void model_open(struct model *model, int stream);
/* False, and nothing happens, where the command names a session that the model does not know. */
bool model_command(struct model *model, int stream, const struct request *request);
void model_half_close(struct model *model, int stream);
void model_fail(struct model *model, int stream, enum error error);
void model_leave(struct model *model, int stream);

/* Asserts that this may come next on the stream; true where it is a message. */
bool model_next(struct model *model, int stream, const struct next *next);

/* When the stream's last message is sent, if it waits until `due` and then keeps the pace;
 * CLOCK_NEVER: it has no end. */
int64_t model_finishes_at(const struct model *model, int stream, int64_t due);

uint64_t model_count_sessions(const struct model *model);

/* When the first idle session expires; CLOCK_NEVER: there is none. */
int64_t model_first_expiry(const struct model *model);
/* Asserts that this session has expired, and removes it. */
void model_evict(struct model *model, int session);

#endif
