/*
 * One gRPC stream on the server: the call, its completion queue, the operations under way. With
 * this module and the acceptor, C core ends: nothing else of the server knows its types.
 *
 * A stream belongs to the acceptor until it is handed over, to one worker after that. Its queue is
 * of the callback type: C core runs a small function in whichever thread finished an operation, and
 * that function leaves word in the stream's inbox. The owner alone starts operations. At most one
 * of each kind is under way; the inbox event that ends it comes exactly once.
 */
#ifndef COMMS_SERVER_RPC_STREAM_H
#define COMMS_SERVER_RPC_STREAM_H

#include "server/work/inbox.h"
#include "server/work/turnstile.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stddef.h>

enum { PEER_SIZE = 128 };

struct stream;

/*
 * All streams of a server: those in use, so that a stop can wait for the last one, and a few that
 * are kept for the next calls. To end a stream's queue takes a thread of C core's, and as long as
 * sending some numbers.
 */
struct stream_pool {
    pthread_mutex_t lock; /* takes no other lock */
    pthread_cond_t none_left;

    /* lock */
    size_t count; /* that exist */
    size_t kept_count;
    struct stream *kept;
    bool is_closed; /* none is kept any more */
};

int stream_pool_init(struct stream_pool *pool);

/* Ends the streams that are kept, and waits until the last one is gone. Once, before cleanup. */
void stream_pool_close(struct stream_pool *pool);
void stream_pool_cleanup(struct stream_pool *pool);

/*
 * Takes or makes a stream and asks the server to give it the next call: the stream itself is the
 * tag that comes out of `notifications`. NULL where memory is missing or the server is shutting
 * down.
 */
struct stream *stream_request(grpc_server *server, grpc_completion_queue *notifications,
                              struct stream_pool *pool);

/*
 * Unreferences the call and gives the stream back to the pool. Every operation that was started
 * must be over. From any thread; where a worker owned the stream, from that.
 */
void stream_release(struct stream *stream);

/* Whether the client called this method. */
bool stream_is_for(const struct stream *stream, const char *method);

/* The client's address, as text. */
void stream_peer(const struct stream *stream, char peer[static PEER_SIZE]);

/* Prepares a passer of the stream's connection. */
void stream_init_passer(struct stream *stream, struct passer *passer, struct inbox *inbox);

/*
 * Asks for INBOX_CLOSED when the call is over. First of all, once. From now on the end of each
 * operation is posted to this inbox. False: the call is of no use.
 */
bool stream_open(struct stream *stream, struct inbox *inbox);

/* After INBOX_CLOSED: whether it ended otherwise than by the status that was sent. */
bool stream_was_cancelled(const struct stream *stream);

/* Starts a receive; INBOX_RECEIVED follows unless false is returned. */
bool stream_receive(struct stream *stream);

enum stream_received {
    STREAM_REQUEST,
    STREAM_HALF_CLOSED, /* or the call is over, then INBOX_CLOSED tells */
    STREAM_MALFORMED
};

/* After INBOX_RECEIVED, once: what came. */
enum stream_received stream_take_request(struct stream *stream, struct request *ret_request);

/*
 * Starts to send a reply; INBOX_SENT follows unless false is returned. With `more`, gRPC may hold
 * the bytes back for the next reply, which must follow at once.
 */
bool stream_send(struct stream *stream, const struct reply *reply, bool more);

/*
 * Starts to end the stream with the status of the outcome; an error goes before it as a reply.
 * INBOX_FINISHED follows unless false is returned. No send may be under way.
 */
bool stream_finish(struct stream *stream, const struct failure *outcome);

/* Breaks the call off; what is under way ends soon. */
void stream_cancel(struct stream *stream);

/* Ends a stream that no worker owns with this outcome, and releases it, without waiting. */
void stream_refuse(struct stream *stream, const struct failure *outcome);

#endif
