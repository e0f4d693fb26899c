/*
 * A stream's part in a stateful session: the hold of the session, and the sequence at this stream's
 * position. Belongs to one thread. If another stream takes the session over, two streams may have
 * different positions for a moment; the next stateful_take of the old one is refused.
 *
 *     create ──▶ begin ──▶ asking the store ──▶ begun ──▶ leave ──▶ asking the store ──▶ left
 *                                 └──▶ refused ──────────────┘
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_STATEFUL_H
#define COMMS_SERVER_SERVICES_COMMS_STATEFUL_H

#include "server/services/service.h"
#include "server/sessions/store.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"
#include "shared/protocol/sequence.h"

#include <stdbool.h>
#include <stdint.h>

/* On the heap, because a stateless stream does not need the memory. */
struct stateful {
    /* what a number needs, side by side */
    struct session_hold hold;
    unsigned answers_left; /* answers to CONTINUE still to be sent, of two */
    bool took_over;        /* another stream owned the session until CONTINUE */
    struct sequence sequence;

    struct store *store;
    struct service_host *host;    /* is told SERVICE_ANSWERED */
    struct store_request request; /* the store has it while is_asking */
    bool is_asking;
    bool is_leaving; /* what the store answers now is given back */

    /* CONTINUE: the client's position, as the client says */
    bool has_position;
    uint32_t position; /* messages received */
    uint32_t last;     /* value of the last message received */
};

enum stateful_progress {
    STATEFUL_ASKING,  /* the host will be told SERVICE_ANSWERED */
    STATEFUL_BEGUN,   /* the stream owns its session */
    STATEFUL_REFUSED, /* no session was changed; *ret_failure says why */
    STATEFUL_LEFT     /* the stream has left its session, and `stateful` is freed */
};

/*
 * `lose` of `owner` is called if another stream takes the session over. All three must outlive the
 * result. NULL if memory is missing.
 */
struct stateful *stateful_create(struct store *store, struct session_owner *owner,
                                 struct service_host *host);

/*
 * Begins with START or CONTINUE. The request may have the client's attempt, and with CONTINUE its
 * position.
 * *ret_failure is filled only if the result is STATEFUL_REFUSED.
 */
enum stateful_progress stateful_begin(struct stateful *stateful, const struct command *command,
                                      const struct request *request, struct failure *ret_failure);

/* The host was told SERVICE_ANSWERED. *ret_failure as in stateful_begin. */
enum stateful_progress stateful_answered(struct stateful *stateful, struct failure *ret_failure);

/*
 * Leaves the session; it becomes idle, unless another stream has taken it over. Returns
 * STATEFUL_LEFT, or STATEFUL_ASKING: then stateful_answered returns STATEFUL_LEFT later.
 */
enum stateful_progress stateful_leave(struct stateful *stateful);

/* The functions below are for a stream that owns its session: STATEFUL_BEGUN. */

/* Whether the next message goes out at once: an answer to CONTINUE, or the checksum. */
bool stateful_is_prompt(const struct stateful *stateful);

/* Whether all messages were sent. */
bool stateful_is_finished(const struct stateful *stateful);

/* The count of numbers still to be sent. */
uint32_t stateful_remaining(const struct stateful *stateful);

/*
 * Counts the next message as sent, and sets *ret_message to it. There must be one. False: the
 * stream has lost its session, and stateful_why_lost tells why.
 */
bool stateful_take(struct stateful *stateful, uint32_t *ret_message);

/* ERROR_TAKEN_OVER: another stream has the session. ERROR_STORE_AWAY: this server can no longer
 * say that it owns it. */
enum error stateful_why_lost(const struct stateful *stateful);

#endif
