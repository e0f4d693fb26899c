/*
 * A stream's part in a stateful session: the hold of the session, and the sequence at the place
 * where this stream is. Belongs to one thread. Two streams can be at different places of one
 * session only when one has been taken over, and then its next message is refused.
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

/* On the heap: a stateless stream has no use for the room. */
struct stateful {
    struct store *store;
    struct service_host *host;    /* is told SERVICE_ANSWERED */
    struct store_request request; /* under way while asking */
    bool is_asking;
    bool is_leaving; /* whatever the store answers, it is given back */

    /* CONTINUE: where the client says that it is */
    bool has_position;
    uint32_t position;
    uint32_t last; /* the message that it received last */

    struct session_hold hold;
    unsigned answers_left; /* of the two that follow CONTINUE */
    bool took_over;        /* another stream owned the session until CONTINUE */
    struct sequence sequence;
};

enum stateful_progress {
    STATEFUL_ASKING,  /* the store's answer will be told to the host */
    STATEFUL_BEGUN,   /* the stream owns its session */
    STATEFUL_REFUSED, /* no session was changed; the failure says why */
    STATEFUL_LEFT     /* freed */
};

/* NULL where memory is missing. `owner` hears of a take-over. All three must outlive it. */
struct stateful *stateful_create(struct store *store, struct session_owner *owner,
                                 struct service_host *host);

/*
 * Begins as START or CONTINUE says. With CONTINUE the request tells the position, if the client
 * knows it. *ret_failure is filled with STATEFUL_REFUSED only.
 */
enum stateful_progress stateful_begin(struct stateful *stateful, const struct command *command,
                                      const struct request *request, struct failure *ret_failure);

/* The store has answered. */
enum stateful_progress stateful_answered(struct stateful *stateful, struct failure *ret_failure);

/*
 * Leaves the session, idle if no other stream took it. STATEFUL_LEFT, or STATEFUL_ASKING: then
 * stateful_answered will tell when it has left.
 */
enum stateful_progress stateful_leave(struct stateful *stateful);

/* What follows is for one that has begun. */

/* Whether the next message waits for no tick: an answer to CONTINUE, or the checksum. */
bool stateful_is_prompt(const struct stateful *stateful);

/* Whether everything was sent. */
bool stateful_is_finished(const struct stateful *stateful);

/* How many numbers are still to be sent. */
uint32_t stateful_remaining(const struct stateful *stateful);

/*
 * Counts the next message as sent and returns it; there must be one. False: another stream has
 * taken the session over.
 */
bool stateful_take(struct stateful *stateful, uint32_t *ret_message);

#endif
