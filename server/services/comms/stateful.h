/*
 * A stream's part in a stateful session: the hold of the session, and the sequence at the place
 * where this stream is. Belongs to one thread. Two streams can be at different places of one
 * session only when one has been taken over, and then its next message is refused.
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_STATEFUL_H
#define COMMS_SERVER_SERVICES_COMMS_STATEFUL_H

#include "server/sessions/sessions.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"
#include "shared/protocol/sequence.h"

#include <stdbool.h>
#include <stdint.h>

struct stateful {
    struct session_hold hold;
    unsigned answers_left;     /* of the two that follow CONTINUE */
    bool took_over;            /* another stream owned the session until CONTINUE */
    struct sequence *sequence; /* on the heap: a stateless stream has no use for the room */
};

/*
 * Begin as START or CONTINUE says. ERROR_NONE, or an error with *ret_failure filled and no session
 * changed. With CONTINUE the request tells the position, if it is known. After success the stream
 * must end by stateful_leave.
 */
enum error stateful_start(struct stateful *stateful, struct sessions *sessions,
                          const struct command *command, struct session_owner *owner,
                          struct failure *ret_failure);
enum error stateful_continue(struct stateful *stateful, struct sessions *sessions,
                             const struct command *command, const struct request *request,
                             struct session_owner *owner, struct failure *ret_failure);

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

/* Leaves the session, idle if no other stream took it. */
void stateful_leave(struct stateful *stateful, struct sessions *sessions);

#endif
