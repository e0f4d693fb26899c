/*
 * One RPC: its batches under way, and the messages and the status that they bring.
 *
 * This room makes the RPCs: call (one RPC), channel (a connection that calls share) and
 * socket_watch (the socket of a channel). It owns the objects of C core that it makes. A channel
 * and its calls belong to the thread of one loop, which also takes their tags out of the queue.
 * Only socket_watch is also used by the threads of C core; it has the room's only lock.
 *
 * An open call has one tag in the queue, the tag of its next message: Debian's C core scans all
 * tags of a queue at every completion, and many calls share a queue. Therefore the call asks for
 * its status only when no more messages come.
 */
#ifndef COMMS_CLIENT_GRPC_CALL_H
#define COMMS_CLIENT_GRPC_CALL_H

#include "client/grpc/channel.h"
#include "client/verify/padding_fault.h"
#include "shared/protocol/announcement.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <grpc/grpc.h>

#include <stdbool.h>

struct call;

/* The tag of a batch. */
struct operation {
    struct call *call;
};

struct call {
    void *owner;         /* the subscription, which handles the tags of this call */
    grpc_call *call;     /* NULL: not open */
    unsigned generation; /* the channel's generation when the call was opened */
    unsigned pending;    /* batches under way */
    uint32_t size;       /* bytes of padding that each Data must have, as the request said */
    bool sending;        /* a send is under way, or failed: nothing can be sent */
    bool receiving;      /* a receive is under way */
    bool has_headers;    /* the server answered; set before its first message is taken */
    bool has_status;     /* the status was asked for; it is known once call_is_over */
    bool is_deaf;        /* set by the owner: drops all messages until the call is cancelled */
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

/* The news that a tag brought. */
enum call_progress {
    CALL_REPLY,
    CALL_MALFORMED, /* a message that is no reply */
    CALL_NOTHING    /* call_is_over or call_can_send may have changed */
};

/* Prepares a call that is not open. */
void call_init(struct call *call, void *owner);

/* Opens the call, with a request as its first message. It must not be open. */
void call_open(struct call *call, struct channel *channel, grpc_completion_queue *queue,
               const struct request *request);

bool call_is_open(const struct call *call);

/* Whether another request can be sent now, by call_send. */
bool call_can_send(const struct call *call);
void call_send(struct call *call, const struct request *request);

/* Cancels the call if it is open; call_is_over soon after that. */
void call_cancel(struct call *call);

/*
 * For a tag from the queue: returns its call; handles the tag, and fills *ret_reply and *ret_fault
 * if CALL_REPLY. The reply's padding has been judged, and is gone.
 */
struct call *call_of_event(const grpc_event *event);
enum call_progress call_take(struct call *call, const grpc_event *event, struct reply *ret_reply,
                             struct padding_fault *ret_fault);

/* Reads what the server announces in its headers, once has_headers is set; nothing before. */
void call_read_announcement(const struct call *call, struct announcement *ret_announcement);

/* Whether all batches of an open call have come back; then its status is known. */
bool call_is_over(const struct call *call);
enum status call_status(const struct call *call);
/* Writes the details as printable ASCII, cut to what fits. */
void call_status_details(const struct call *call, char *text, size_t size);

/* Writes the address of the peer in C core's notation, ipv4:10.0.0.1:443; or the target's, if
 * there was no connection. While the call is open. */
void call_peer(const struct call *call, char *text, size_t size);

/* Frees what a call that is over holds; it can be opened again. */
void call_close(struct call *call);

#endif
