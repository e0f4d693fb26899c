/*
 * A stream as a worker sees it: operations that begin at once and end later, each with one event
 * in the worker's inbox. server/rpc/call.h makes one of a gRPC call; a test makes one of a script.
 *
 * A stream belongs to one thread at a time: to the acceptor until it is handed over, to its worker
 * after that. At most one operation of each kind is under way.
 */
#ifndef COMMS_SERVER_WORK_STREAM_H
#define COMMS_SERVER_WORK_STREAM_H

#include "server/services/service.h"
#include "server/work/inbox.h"
#include "server/work/turnstile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

enum stream_received {
    STREAM_MESSAGE,
    STREAM_TOO_LARGE,
    STREAM_HALF_CLOSED /* or the call is over, then INBOX_CLOSED tells */
};

struct stream_operations {
    /*
     * Has the end of every operation posted to this inbox from now on, and asks for INBOX_CLOSED
     * when the call is over. First of all, once. False: the call is of no use, and no event comes.
     */
    bool (*open)(struct stream *stream, struct inbox *inbox);

    /* Starts a receive; INBOX_RECEIVED follows unless false is returned. */
    bool (*receive)(struct stream *stream);

    /* After INBOX_RECEIVED, once: what came. A message is copied to `bytes`. */
    enum stream_received (*take)(struct stream *stream, uint8_t bytes[static SERVICE_MESSAGE_MAX],
                                 size_t *ret_length);

    /*
     * Starts to send a copy of the message; INBOX_SENT follows unless false is returned. With
     * `more`, the bytes may be held back for the next message, which must follow at once.
     */
    bool (*send)(struct stream *stream, const struct service_message *message, bool more);

    /*
     * Starts to end the stream with the status of the outcome, after the message by which the
     * service tells the failure. INBOX_FINISHED follows unless false is returned. No send may be
     * under way.
     */
    bool (*finish)(struct stream *stream, const struct failure *outcome);

    /* Breaks the call off; the operations under way end soon. */
    void (*cancel)(struct stream *stream);

    /* Lets go of the call, in the stream's turn. Every operation must be over. */
    void (*close)(struct stream *stream);

    /* Frees the stream. After `close`, and when no turn of it is left. */
    void (*release)(struct stream *stream);
};

/* What every stream begins with. */
struct stream {
    const struct stream_operations *operations;
    const struct service *service; /* what the client called; set by the acceptor */
    const char *peer;              /* the client's address, for the log; the stream's own */
    struct turn_line *line;        /* of its connection */
    struct turn turn;              /* from the hand-over on */
};

#endif
