/*
 * One stream's conversation, as the protocol has it (proto/PROTOCOL.md): commands go in, in order;
 * replies come out, each when it is due; at the end there is a status. It knows no gRPC type, no
 * thread and no socket. A conversation belongs to one thread.
 *
 *     awaiting a START or CONTINUE ──▶ running ──▶ over
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_CONVERSATION_H
#define COMMS_SERVER_SERVICES_COMMS_CONVERSATION_H

#include "server/services/comms/stateful.h"
#include "server/services/comms/stateless.h"
#include "server/sessions/sessions.h"
#include "shared/base/clock.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stdint.h>

/* What is the same for all conversations of a server. */
struct conversation_settings {
    enum mode mode;
    uint32_t max_n;
    int64_t interval_ns; /* between numbers; 0: full speed */
    const struct clock *clock;
    struct sessions *sessions; /* NULL in stateless mode */
};

enum conversation_step {
    CONVERSATION_WAIT, /* nothing to send before the time that is due, or a command */
    CONVERSATION_SEND, /* the reply is to be sent now */
    CONVERSATION_END   /* it is over: the stream ends with the outcome */
};

enum conversation_state { CONVERSATION_AWAITING, CONVERSATION_RUNNING, CONVERSATION_OVER };

struct conversation {
    const struct conversation_settings *settings;
    struct session_owner *owner;
    const char *peer; /* for the log */

    enum conversation_state state;
    struct failure outcome; /* ERROR_NONE: ends with OK */

    int64_t next_due;      /* when the next number goes out */
    uint64_t numbers_sent; /* on this stream, answers and checksum not counted */
    union {
        struct stateless stateless;
        struct stateful stateful;
    } stream;
};

/*
 * Begins to await a command. `settings`, `owner` (which hears of a take-over) and `peer` must
 * outlive the conversation. Ends with conversation_leave.
 */
void conversation_init(struct conversation *conversation,
                       const struct conversation_settings *settings, struct session_owner *owner,
                       const char *peer);

/* A command came. */
void conversation_command(struct conversation *conversation, const struct request *request);

/* The client sends no more commands. */
void conversation_half_close(struct conversation *conversation);

/* Ends it from outside with an error: malformed input, taken over, shutting down. */
void conversation_fail(struct conversation *conversation, enum error error, const char *detail);

/* The stream is gone: nothing more is said, its session is idle from now on. */
void conversation_leave(struct conversation *conversation);

/*
 * What to do next. With CONVERSATION_SEND the message in *ret_reply has been counted as sent, and
 * *ret_more tells that another follows at once. With CONVERSATION_WAIT *ret_due is a time on the
 * clock, or CLOCK_NEVER.
 */
enum conversation_step conversation_next(struct conversation *conversation, struct reply *ret_reply,
                                         bool *ret_more, int64_t *ret_due);

/* Whether all that is left will have been sent at that time, as far as the pace goes. */
bool conversation_finishes_by(const struct conversation *conversation, int64_t deadline);

/* Whether it has begun and goes on: there are numbers to send. */
bool conversation_is_running(const struct conversation *conversation);

bool conversation_is_over(const struct conversation *conversation);

#endif
