/*
 * One call of the service's method: the operations of C core that are under way, and what they
 * brought. Belongs to one thread, which also takes its tags out of the queue.
 *
 * Once it is under way a call has one tag in the queue, the next message's: Debian's C core looks
 * through the list of a queue's tags at every completion, and many calls share a queue. The status
 * is asked for when no more messages come.
 */
#ifndef COMMS_CLIENT_GRPC_CALL_H
#define COMMS_CLIENT_GRPC_CALL_H

#include "client/grpc/channel.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <grpc/grpc.h>

#include <stdbool.h>

struct call;

/* A batch of operations: the tag. */
struct operation {
    struct call *call;
};

struct call {
    void *owner;         /* whoever the tags of this call concern */
    grpc_call *call;     /* NULL: not open */
    unsigned generation; /* of the channel, when it was opened */
    unsigned pending;    /* batches under way */
    bool sending;        /* or failed to: nothing can be sent */
    bool receiving;      /* the next message is asked for */
    bool has_headers;    /* the server answered */
    bool has_status;     /* or is about to */
    bool is_deaf;        /* set from outside: reads no more, until it is cancelled */
    struct operation send;
    struct operation await_headers;
    struct operation receive;
    struct operation await_status;
    grpc_byte_buffer *outgoing;
    grpc_byte_buffer *incoming;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_status_code status;
    grpc_slice status_details;
};

/* What a tag brought. */
enum call_progress {
    CALL_REPLY,
    CALL_MALFORMED, /* a message that is no reply */
    CALL_NOTHING    /* look at call_is_over, and whether the call can send */
};

/* A call that is not open. */
void call_init(struct call *call, void *owner);

/* Opens it with a request as its first message. It must not be open. */
void call_open(struct call *call, struct channel *channel, grpc_completion_queue *queue,
               const struct request *request);

bool call_is_open(const struct call *call);

/* Whether a further request can be sent now; if so, call_send starts to. */
bool call_can_send(const struct call *call);
void call_send(struct call *call, const struct request *request);

/* Breaks it off, if it is open; it is over soon. */
void call_cancel(struct call *call);

/* A tag came out of the queue. Which call it is of, and what it brought: a reply, for one. */
struct call *call_of_event(const grpc_event *event);
enum call_progress call_take(struct call *call, const grpc_event *event, struct reply *ret_reply);

/* Whether all operations of an open call are over; then its status is known. */
bool call_is_over(const struct call *call);
enum status call_status(const struct call *call);
void call_status_details(const struct call *call, char *text, size_t size);

/* Frees what an open call that is over holds; it can be opened again. */
void call_close(struct call *call);

#endif
