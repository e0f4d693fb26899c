/*
 * One gRPC call, as a stream that a worker owns. In this room C core ends: no other room of the
 * server knows its types.
 *
 * A call belongs to the acceptor until it is handed over, to one worker after that. Its queue is of
 * the callback type: C core runs a small function in whichever thread finished an operation, and
 * that function posts an event to the worker's inbox. At most one operation of each kind is under
 * way; the event that ends it comes exactly once.
 */
#ifndef COMMS_SERVER_RPC_CALL_H
#define COMMS_SERVER_RPC_CALL_H

#include "server/net/connection.h"
#include "server/work/stream.h"

#include <grpc/grpc.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct call_pool;

/* The fields are for this room. */
struct call {
    struct stream stream;          /* first: what the worker sees */
    struct connection *connection; /* a reference; NULL: none is known, or no call has come yet */
    struct turn_line alone;        /* the stream's line where no connection is known */

    _Atomic(struct inbox *) inbox;
    atomic_uint refused; /* enum refusal_step: how far the end of a refused call is */

    grpc_call *grpc; /* NULL until a client's call has come */
    grpc_completion_queue *queue;
    grpc_call_details details;
    grpc_metadata_array metadata;

    /* What C core runs when an operation is over. */
    grpc_completion_queue_functor received;
    grpc_completion_queue_functor sent;
    grpc_completion_queue_functor finished;
    grpc_completion_queue_functor closed;
    grpc_completion_queue_functor shut_down; /* the queue is: the call can be freed */

    grpc_byte_buffer *incoming;
    grpc_byte_buffer *outgoing;
    grpc_slice status_details;
    int cancelled; /* written by C core; nobody needs it */
    bool headers_sent;

    struct call_pool *pool;
    struct call *next_kept; /* call_pool.lock */
};

/* The call whose functor this is. */
#define CALL_OF(functor, member)                                                                   \
    ((struct call *)(void *)((char *)(functor)-offsetof(struct call, member)))

/* A new call, with its queue, that belongs to the pool. NULL where memory is missing. */
struct call *call_create(struct call_pool *pool);

/* Ends the queue of a call that has none of C core's; frees it and tells the pool soon after. */
void call_destroy(struct call *call);

/*
 * Asks the server to put the next client's call into this one: the call itself is the tag that
 * comes out of `notifications`. False: the server is shutting down.
 */
bool call_request(struct call *call, grpc_server *server, grpc_completion_queue *notifications);

/* A client's call has come: finds its connection, and so the client's address. */
void call_identify(struct call *call, struct connections *connections);

/* Copies the path of the method that the client called, cut to what fits. Before `open`. */
void call_read_method(const struct call *call, char *method, size_t size);

/* Asks for `closed` when the call is over. Once. False: it is of no use. */
bool call_watch_close(struct call *call);

/* Gives the call back to its pool, whether a client's call has come or not. */
void call_release(struct call *call);

#endif
