/*
 * A stream as a worker sees it: operations that start at once and end later, each with one event in
 * the worker's inbox. A gRPC call is such a stream (server/rpc/call.h); a test has one that follows
 * a script.
 *
 * A stream belongs to one thread at a time: to the acceptor until it is handed over, then to its
 * worker. At most one operation of each kind is under way.
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
    STREAM_HALF_CLOSED /* the client has half-closed, or the call is over: INBOX_CLOSED comes */
};

struct stream_operations {
    /*
     * Posts the end of every operation to this inbox from now on, and INBOX_CLOSED when the call is
     * over. The first operation, once. False: the call cannot be used, and no event comes.
     */
    bool (*open)(struct stream *stream, struct inbox *inbox);

    /*
     * Starts a receive. True: INBOX_RECEIVED follows, with INBOX_TOO_LARGE if a message came that
     * is larger than SERVICE_MESSAGE_MAX: it is dropped, and the call ends.
     */
    bool (*receive)(struct stream *stream);

    /* Copies the message that came to `bytes`. Once after each INBOX_RECEIVED. */
    enum stream_received (*take)(struct stream *stream, uint8_t bytes[static SERVICE_MESSAGE_MAX],
                                 size_t *ret_length);

    /* The stream begins with this header too: service_host.announce. Before the first send. */
    void (*announce)(struct stream *stream, const struct service_header *header);

    /*
     * Starts to send a copy of the message, and its padding. True: INBOX_SENT follows. `more`: the
     * next message follows at once, so the bytes may be held back for it.
     */
    bool (*send)(struct stream *stream, const struct service_message *message, bool more);

    /*
     * The bytes that the client's end of the connection has taken, those of other streams included;
     * 0: not known. It may go back by some bytes.
     */
    uint64_t (*taken)(struct stream *stream);

    /*
     * Starts to end the stream: sends the service's message about the failure, if there is one, and
     * the status of the outcome. True: INBOX_FINISHED follows. No send may be under way.
     */
    bool (*finish)(struct stream *stream, const struct failure *outcome);

    /* Ends the call with this status, whatever is under way: its operations end soon. */
    void (*cancel)(struct stream *stream, enum status status);

    /*
     * Ends the connection of the stream, and all its streams: for a client that takes nothing, of
     * which even a cancelled operation does not end.
     */
    void (*cut)(struct stream *stream);

    /* Frees the call, within the stream's turn. Every operation must be over. */
    void (*close)(struct stream *stream);

    /* Frees the stream. After `close`, and after turn_end. */
    void (*release)(struct stream *stream);
};

/* A stream's own structure begins with this. */
struct stream {
    const struct stream_operations *operations;
    const struct service *service; /* of the method that the client called; set by the acceptor */
    const char *peer; /* the client's address, for the log; lives as long as the stream */
    const struct client_identity *client; /* NULL: none; lives as long as the stream */
    int64_t deadline;       /* the client's, a time on the clock; CLOCK_NEVER: it has set none */
    struct turn_line *line; /* of its connection */
    struct turn turn;       /* valid from the hand-over on */
};

#endif
