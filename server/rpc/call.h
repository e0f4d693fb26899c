/*
 * One gRPC call, as a stream that a worker owns. No room of the server but this one knows types of
 * C core.
 *
 * A call belongs to the acceptor until the acceptor hands it over, and then to one worker. Its
 * completion queue has the callback type: the thread that finishes an operation runs a small
 * function, which posts an event to the worker's inbox. At most one operation of each kind is under
 * way, and its event comes exactly once.
 */
#ifndef COMMS_SERVER_RPC_CALL_H
#define COMMS_SERVER_RPC_CALL_H

#include "server/net/connection.h"
#include "server/work/stream.h"

#include <grpc/grpc.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct call_headers;
struct call_pool;
struct refusals;

/* The fields are for this room. */
struct call {
    struct stream stream;           /* first: what the worker sees */
    struct connection *connection;  /* a reference; NULL: no call has come, or it is not known */
    bool is_plain;                  /* it came by C core's own way for descriptors, without TLS */
    struct client_identity *client; /* a reference; NULL: TLS says nothing of the client */
    struct turn_line alone;         /* the stream's turn line if its connection is not known */

    _Atomic(struct inbox *) inbox; /* of the worker; NULL before the call is opened */
    struct refusals *refusals;     /* of a refused call */
    atomic_bool is_live;           /* counted among the live streams of its connection */
    bool is_open;                  /* counted among those that are not over */
    bool has_message;              /* its client has sent one */
    bool is_served;                /* it has sent one */

    grpc_call *grpc; /* NULL until a client's call has come */
    grpc_completion_queue *queue;
    grpc_call_details details;
    grpc_metadata_array metadata;

    /* C core runs one of these when an operation is over. */
    grpc_completion_queue_functor received;
    grpc_completion_queue_functor sent;
    grpc_completion_queue_functor finished;
    grpc_completion_queue_functor closed;
    grpc_completion_queue_functor shut_down; /* the queue is shut down: frees the call */

    grpc_byte_buffer *incoming;
    grpc_byte_buffer *outgoing;
    grpc_slice status_details;
    int cancelled; /* C core writes it, before `closed` runs: the client may not have the status */
    struct call_headers *own_headers; /* NULL: those of its service */
    bool headers_sent;

    struct call_pool *pool;
    struct call *next_kept; /* call_pool.lock */
};

/* The call that this functor is a member of. */
#define CALL_OF(functor, member)                                                                   \
    ((struct call *)(void *)((char *)(functor)-offsetof(struct call, member)))

/*
 * C core orders what a thread does before it starts an operation before what runs at the end of the
 * operation. The thread sanitizer does not see that: these two say so.
 */
static inline void call_publish_what_was_written(struct call *call)
{
    atomic_store_explicit(&call->inbox, atomic_load_explicit(&call->inbox, memory_order_relaxed),
                          memory_order_release);
}

static inline void call_see_what_was_written(struct call *call)
{
    (void)atomic_load_explicit(&call->inbox, memory_order_acquire);
}

/* A new call with its completion queue, owned by the pool. NULL if memory is missing. */
struct call *call_create(struct call_pool *pool);

/*
 * Shuts down the queue of a call that holds no client's call. Once C core is done with the queue,
 * the call is freed and forgotten by the pool.
 */
void call_destroy(struct call *call);

/*
 * Asks the server to put the next client's call into this one. Then the call itself comes out of
 * `notifications` as a tag. False: the server is shutting down.
 */
bool call_request(struct call *call, grpc_server *server, grpc_completion_queue *notifications);

/*
 * Copies the path of the method that the client called; nothing if it does not fit into `size`
 * bytes, or has a NUL in it. Then frees the path and the metadata, which nothing reads after it: in
 * the acceptor's thread, since malloc keeps for each thread some of what the thread has freed.
 * Once, before `open`.
 */
void call_take_method(struct call *call, char *method, size_t size);

/* Gives the call back to its pool. It may hold a client's call or none. */
void call_release(struct call *call);

#endif
