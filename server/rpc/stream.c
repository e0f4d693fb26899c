#include "server/rpc/stream.h"

#include "server/net/peer.h"
#include "shared/grpc/wire.h"

#include <grpc/support/alloc.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    _Atomic(struct inbox *) inbox;
    atomic_uint refused; /* how far it is with the end of a stream that has no inbox */

    grpc_call *call; /* NULL until a client's call has come */
    grpc_completion_queue *queue;
    grpc_call_details details;
    grpc_metadata_array metadata;

    /* What C core runs when an operation is over. */
    grpc_completion_queue_functor received;
    grpc_completion_queue_functor sent;
    grpc_completion_queue_functor finished;
    grpc_completion_queue_functor closed;
    grpc_completion_queue_functor shut_down; /* the queue: the stream can be freed */

    grpc_byte_buffer *incoming;
    grpc_byte_buffer *outgoing;
    grpc_slice status_details;
    int cancelled;
    bool headers_sent;

    struct stream_pool *pool;
    struct stream *next_kept; /* pool.lock */
};

/* How many streams are kept for the next calls: some hundred short sessions are open at a time. */
enum { KEPT_MAX = 256 };

/*
 * What C core runs, in any thread of its own or inside a call of ours into it. What it reads of the
 * stream is atomic: C core orders that too, but a race detector cannot see into it.
 */
#define STREAM_OF(functor, member)                                                                 \
    ((struct stream *)(void *)((char *)(functor)-offsetof(struct stream, member)))

static void post(struct stream *stream, unsigned event)
{
    (void)inbox_post(atomic_load_explicit(&stream->inbox, memory_order_acquire), event);
}

static void run_received(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    post(STREAM_OF(functor, received), INBOX_RECEIVED);
}

static void run_sent(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    post(STREAM_OF(functor, sent), INBOX_SENT);
}

static void run_finished(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    post(STREAM_OF(functor, finished), INBOX_FINISHED);
}

static void run_closed(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    post(STREAM_OF(functor, closed), INBOX_CLOSED);
}

static void pool_add(struct stream_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->count++;
    (void)pthread_mutex_unlock(&pool->lock);
}

static void pool_remove(struct stream_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    if (--pool->count == 0) {
        (void)pthread_cond_signal(&pool->none_left);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

/* The queue is shut down: C core needs the stream no more. */
static void run_shut_down(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    struct stream *stream = STREAM_OF(functor, shut_down);
    (void)atomic_load_explicit(&stream->inbox, memory_order_acquire); /* of stream_release */
    struct stream_pool *pool = stream->pool;
    grpc_completion_queue_destroy(stream->queue);
    grpc_byte_buffer_destroy(stream->outgoing);
    free(stream);
    pool_remove(pool);
}

static grpc_completion_queue *create_queue(grpc_completion_queue_functor *shut_down)
{
    grpc_completion_queue_attributes attributes = {
        .version = GRPC_CQ_CURRENT_VERSION,
        .cq_completion_type = GRPC_CQ_CALLBACK,
        .cq_polling_type = GRPC_CQ_NON_POLLING,
        .cq_shutdown_cb = shut_down,
    };
    return grpc_completion_queue_create(grpc_completion_queue_factory_lookup(&attributes),
                                        &attributes, NULL);
}

/* Such a function may run in the thread that finished the operation: it is short. */
static grpc_completion_queue_functor inlineable(void (*run)(grpc_completion_queue_functor *functor,
                                                            int success))
{
    return (grpc_completion_queue_functor){.functor_run = run, .inlineable = 1};
}

/* What a stream begins with, the first time and again. */
static void set_up(struct stream *stream)
{
    stream->finished.functor_run = run_finished;
    stream->closed.functor_run = run_closed;
    stream->call = NULL;
    stream->status_details = grpc_empty_slice();
    grpc_call_details_init(&stream->details);
    grpc_metadata_array_init(&stream->metadata);
    stream->cancelled = 0;
    stream->headers_sent = false;
    atomic_store_explicit(&stream->refused, 0, memory_order_relaxed);
    atomic_store_explicit(&stream->inbox, NULL, memory_order_release);
}

static struct stream *create(struct stream_pool *pool)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    stream->received = inlineable(run_received);
    stream->sent = inlineable(run_sent);
    stream->finished = inlineable(run_finished);
    stream->closed = inlineable(run_closed);
    stream->shut_down = inlineable(run_shut_down);
    stream->queue = create_queue(&stream->shut_down);
    stream->outgoing = wire_buffer_create(NULL, 0);
    stream->pool = pool;
    set_up(stream);
    pool_add(pool);
    return stream;
}

static struct stream *take_kept(struct stream_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    struct stream *stream = pool->kept;
    if (stream != NULL) {
        pool->kept = stream->next_kept;
        pool->kept_count--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return stream;
}

/* False: there are enough, the stream has to end. */
static bool keep(struct stream *stream)
{
    struct stream_pool *pool = stream->pool;
    (void)pthread_mutex_lock(&pool->lock);
    bool is_kept = !pool->is_closed && pool->kept_count < KEPT_MAX;
    if (is_kept) {
        stream->next_kept = pool->kept;
        pool->kept = stream;
        pool->kept_count++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return is_kept;
}

int stream_pool_init(struct stream_pool *pool)
{
    *pool = (struct stream_pool){.count = 0};
    int error = pthread_mutex_init(&pool->lock, NULL);
    if (error != 0) {
        return error;
    }
    error = pthread_cond_init(&pool->none_left, NULL);
    if (error != 0) {
        (void)pthread_mutex_destroy(&pool->lock);
    }
    return error;
}

void stream_pool_close(struct stream_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->is_closed = true;
    (void)pthread_mutex_unlock(&pool->lock);
    struct stream *stream;
    while ((stream = take_kept(pool)) != NULL) {
        grpc_completion_queue_shutdown(stream->queue);
    }
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->count > 0) {
        (void)pthread_cond_wait(&pool->none_left, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

void stream_pool_cleanup(struct stream_pool *pool)
{
    (void)pthread_cond_destroy(&pool->none_left);
    (void)pthread_mutex_destroy(&pool->lock);
}

struct stream *stream_request(grpc_server *server, grpc_completion_queue *notifications,
                              struct stream_pool *pool)
{
    struct stream *stream = take_kept(pool);
    if (stream == NULL) {
        stream = create(pool);
    }
    if (stream == NULL) {
        return NULL;
    }
    grpc_call_error error =
        grpc_server_request_call(server, &stream->call, &stream->details, &stream->metadata,
                                 stream->queue, notifications, stream);
    if (error != GRPC_CALL_OK) {
        stream_release(stream);
        return NULL;
    }
    return stream;
}

void stream_release(struct stream *stream)
{
    grpc_byte_buffer_destroy(stream->incoming);
    stream->incoming = NULL;
    grpc_slice_unref(stream->status_details);
    grpc_call_details_destroy(&stream->details);
    grpc_metadata_array_destroy(&stream->metadata);
    if (stream->call != NULL) {
        grpc_call_unref(stream->call);
    }
    set_up(stream);
    if (!keep(stream)) {
        grpc_completion_queue_shutdown(stream->queue);
    }
}

bool stream_is_for(const struct stream *stream, const char *method)
{
    return wire_slice_is(stream->details.method, method);
}

void stream_peer(const struct stream *stream, char peer[static PEER_SIZE])
{
    char *name = grpc_call_get_peer(stream->call);
    peer_describe(name, peer, PEER_SIZE);
    gpr_free(name);
}

void stream_init_passer(struct stream *stream, struct passer *passer, struct inbox *inbox)
{
    char *name = grpc_call_get_peer(stream->call);
    passer_init(passer, inbox, name);
    gpr_free(name);
}

static bool start(struct stream *stream, const grpc_op *operations, size_t count,
                  grpc_completion_queue_functor *done)
{
    return grpc_call_start_batch(stream->call, operations, count, done, NULL) == GRPC_CALL_OK;
}

static bool open_call(struct stream *stream)
{
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    close.data.recv_close_on_server.cancelled = &stream->cancelled;
    return start(stream, &close, 1, &stream->closed);
}

bool stream_open(struct stream *stream, struct inbox *inbox)
{
    atomic_store_explicit(&stream->inbox, inbox, memory_order_release);
    /* What told the method and the rest: nobody asks again. */
    grpc_call_details_destroy(&stream->details);
    grpc_call_details_init(&stream->details);
    grpc_metadata_array_destroy(&stream->metadata);
    grpc_metadata_array_init(&stream->metadata);
    return open_call(stream);
}

bool stream_was_cancelled(const struct stream *stream)
{
    return stream->cancelled != 0;
}

bool stream_receive(struct stream *stream)
{
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &stream->incoming;
    return start(stream, &receive, 1, &stream->received);
}

enum stream_received stream_take_request(struct stream *stream, struct request *ret_request)
{
    if (stream->incoming == NULL) {
        return STREAM_HALF_CLOSED;
    }
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t length;
    bool good = wire_buffer_read(stream->incoming, bytes, sizeof bytes, &length) &&
                request_decode(bytes, length, ret_request);
    grpc_byte_buffer_destroy(stream->incoming);
    stream->incoming = NULL;
    return good ? STREAM_REQUEST : STREAM_MALFORMED;
}

/* Adds the headers, which go out with the first thing that is sent. */
static size_t add_headers(struct stream *stream, grpc_op *operations)
{
    if (stream->headers_sent) {
        return 0;
    }
    stream->headers_sent = true;
    operations[0] = (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA};
    return 1;
}

/* Not inlined: below its buffer on the stack C core would touch a page more, in every thread. */
__attribute__((noinline)) static void encode(struct stream *stream, const struct reply *reply)
{
    uint8_t bytes[REPLY_SIZE_MAX];
    wire_buffer_refill(stream->outgoing, bytes, reply_encode(reply, bytes));
}

static size_t add_message(struct stream *stream, grpc_op *operations, const struct reply *reply,
                          uint32_t flags)
{
    encode(stream, reply);
    operations[0] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE, .flags = flags};
    operations[0].data.send_message.send_message = stream->outgoing;
    return 1;
}

bool stream_send(struct stream *stream, const struct reply *reply, bool more)
{
    grpc_op operations[2];
    size_t count = add_headers(stream, operations);
    /* With the hint the headers would be held back too, and their batch ends only when they are
     * written: the next reply, which would push them out, could never follow. */
    bool hold_back = more && count == 0;
    count += add_message(stream, operations + count, reply, hold_back ? GRPC_WRITE_BUFFER_HINT : 0);
    return start(stream, operations, count, &stream->sent);
}

bool stream_finish(struct stream *stream, const struct failure *outcome)
{
    grpc_op operations[3];
    size_t count = add_headers(stream, operations);
    /* A method that is not ours has replies of another type: the status alone has to do. */
    if (outcome->error != ERROR_NONE && outcome->error != ERROR_UNKNOWN_METHOD) {
        struct reply reply = {.is_error = true};
        memcpy(reply.error, outcome->text, sizeof reply.error);
        count += add_message(stream, operations + count, &reply, GRPC_WRITE_BUFFER_HINT);
    }
    stream->status_details = grpc_slice_from_copied_string(outcome->text);
    grpc_op *status = &operations[count++];
    *status = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    status->data.send_status_from_server.status = (grpc_status_code)error_status(outcome->error);
    status->data.send_status_from_server.status_details = &stream->status_details;
    return start(stream, operations, count, &stream->finished);
}

void stream_cancel(struct stream *stream)
{
    (void)grpc_call_cancel(stream->call, NULL);
}

/* A refused stream has no worker: whichever of these comes last destroys it. */
enum { REFUSAL_BEGUN = INBOX_SENT, REFUSAL_OVER = REFUSAL_BEGUN | INBOX_FINISHED | INBOX_CLOSED };

static void refusal_step_done(struct stream *stream, unsigned event)
{
    unsigned before = atomic_fetch_or_explicit(&stream->refused, event, memory_order_acq_rel);
    if ((before | event) == REFUSAL_OVER) {
        stream_release(stream);
    }
}

static void run_refusal_finished(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    refusal_step_done(STREAM_OF(functor, finished), INBOX_FINISHED);
}

static void run_refusal_closed(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    refusal_step_done(STREAM_OF(functor, closed), INBOX_CLOSED);
}

void stream_refuse(struct stream *stream, const struct failure *outcome)
{
    stream->finished.functor_run = run_refusal_finished;
    stream->closed.functor_run = run_refusal_closed;
    if (!open_call(stream)) {
        refusal_step_done(stream, INBOX_CLOSED);
    }
    if (!stream_finish(stream, outcome)) {
        refusal_step_done(stream, INBOX_FINISHED);
    }
    refusal_step_done(stream, REFUSAL_BEGUN);
}
