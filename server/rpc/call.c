#include "server/rpc/call.h"

#include "server/rpc/call_budget.h"
#include "server/rpc/call_completion.h"
#include "server/rpc/call_headers.h"
#include "server/rpc/call_pool.h"
#include "shared/grpc/wire.h"

#include <stdlib.h>
#include <string.h>

static struct call *call_of(struct stream *stream)
{
    return (struct call *)stream;
}

static const struct stream_operations call_operations;

/* Prepares the call for the next client's call. */
static void reset(struct call *call)
{
    call->stream = (struct stream){.operations = &call_operations};
    call->connection = NULL;
    call->client = NULL;
    call_completion_reset(call);
    call->cancelled = 0;
    call->headers_sent = false;
    atomic_store_explicit(&call->is_live, false, memory_order_relaxed);
    call->is_open = false;
    call->has_message = false;
    call->is_served = false;
    atomic_store_explicit(&call->inbox, NULL, memory_order_release);
}

/* ---- A worker's operations ------------------------------------------------------------------- */

static bool start(struct call *call, const grpc_op *operations, size_t count,
                  grpc_completion_queue_functor *done)
{
    return grpc_call_start_batch(call->grpc, operations, count, done, NULL) == GRPC_CALL_OK;
}

static bool watch_close(struct call *call)
{
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    close.data.recv_close_on_server.cancelled = &call->cancelled;
    return start(call, &close, 1, &call->closed);
}

/* Frees the method's path and the metadata. */
static void forget_details(struct call *call)
{
    grpc_call_details_destroy(&call->details);
    grpc_call_details_init(&call->details);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_metadata_array_init(&call->metadata);
}

static bool open_call(struct stream *stream, struct inbox *inbox)
{
    struct call *call = call_of(stream);
    atomic_store_explicit(&call->inbox, inbox, memory_order_release);
    return watch_close(call);
}

static bool receive_message(struct stream *stream)
{
    struct call *call = call_of(stream);
    grpc_op operation = {.op = GRPC_OP_RECV_MESSAGE};
    operation.data.recv_message.recv_message = &call->incoming;
    return start(call, &operation, 1, &call->received);
}

static enum stream_received
take_message(struct stream *stream, uint8_t bytes[static SERVICE_MESSAGE_MAX], size_t *ret_length)
{
    struct call *call = call_of(stream);
    if (call->incoming == NULL) {
        return STREAM_HALF_CLOSED;
    }
    call->has_message = true;
    if (call->connection != NULL) {
        traffic_take_message(&call->connection->watch->traffic);
    }
    const bool fits = wire_buffer_read(call->incoming, bytes, SERVICE_MESSAGE_MAX, ret_length);
    grpc_byte_buffer_destroy(call->incoming);
    call->incoming = NULL;
    return fits ? STREAM_MESSAGE
                : STREAM_HALF_CLOSED; /* C core lets none through that does not fit */
}

/* Adds the headers to the first batch that sends something. */
static size_t add_headers(struct call *call, grpc_op *operations)
{
    if (call->headers_sent) {
        return 0;
    }
    call->headers_sent = true;
    struct call_headers *headers = call->own_headers != NULL
                                       ? call->own_headers
                                       : &call->pool->headers[call->stream.service->number];
    operations[0] = (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA};
    operations[0].data.send_initial_metadata.count = headers->count;
    operations[0].data.send_initial_metadata.metadata = headers->items;
    return 1;
}

static void announce(struct stream *stream, const struct service_header *header)
{
    struct call *call = call_of(stream);
    if (call->own_headers == NULL) {
        call->own_headers = call_headers_copy(&call->pool->headers[stream->service->number]);
    }
    if (call->own_headers != NULL) {
        call_headers_put(call->own_headers, header);
    }
}

/* Adds the message in `outgoing`. */
static size_t add_message(struct call *call, grpc_op *operations, uint32_t flags)
{
    operations[0] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE, .flags = flags};
    operations[0].data.send_message.send_message = call->outgoing;
    return 1;
}

static bool send_message(struct stream *stream, const struct service_message *message, bool more)
{
    struct call *call = call_of(stream);
    grpc_op operations[2];
    size_t count = add_headers(call, operations);
    /* The hint would hold back the headers too. Their batch completes only when they are written,
     * and the next message, which would write them, can only follow when the batch is complete. */
    bool hold_back = more && count == 0;
    if (count > 0) {
        call->is_served = true;
        traffic_watch_count_served(1);
    }
    wire_buffer_refill(call->outgoing, message->bytes, message->length);
    if (message->padding_length > 0) {
        wire_buffer_add_static(call->outgoing, message->padding, message->padding_length);
    }
    count += add_message(call, operations + count, hold_back ? GRPC_WRITE_BUFFER_HINT : 0);
    return start(call, operations, count, &call->sent);
}

static uint64_t taken_bytes(struct stream *stream)
{
    const struct connection *connection = call_of(stream)->connection;
    return connection == NULL ? 0 : connection_taken(connection);
}

/*
 * Puts the service's message about the failure into `outgoing`. False: no message is needed. Not
 * inlined: with this buffer on the stack above C core, every thread would touch one page more.
 */
__attribute__((noinline)) static bool encode_failure(struct call *call,
                                                     const struct failure *failure)
{
    uint8_t bytes[SERVICE_ERROR_MAX];
    size_t length = service_encode_failure(call->stream.service, failure, bytes);
    if (length > 0) {
        wire_buffer_refill(call->outgoing, bytes, length);
    }
    return length > 0;
}

static bool finish_call(struct stream *stream, const struct failure *outcome)
{
    struct call *call = call_of(stream);
    call_count_out(call);
    grpc_op operations[3];
    size_t count = add_headers(call, operations);
    bool is_ok = outcome->error == ERROR_NONE;
    if (encode_failure(call, outcome)) {
        count += add_message(call, operations + count, GRPC_WRITE_BUFFER_HINT);
        is_ok = stream->service->fails_with_ok;
    }
    call->status_details = grpc_slice_from_copied_string(is_ok ? "" : outcome->text);
    grpc_op *status = &operations[count++];
    *status = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    status->data.send_status_from_server.status =
        is_ok ? GRPC_STATUS_OK : (grpc_status_code)error_status(outcome->error);
    status->data.send_status_from_server.status_details = &call->status_details;
    return start(call, operations, count, &call->finished);
}

static void cancel_call(struct stream *stream, enum status status)
{
    (void)grpc_call_cancel_with_status(call_of(stream)->grpc, (grpc_status_code)status,
                                       status == STATUS_DEADLINE_EXCEEDED
                                           ? "the client's deadline is over"
                                           : "the server has given the stream up",
                                       NULL);
}

static void cut_connection(struct stream *stream)
{
    struct connection *connection = call_of(stream)->connection;
    if (connection != NULL) {
        connection_shut_down(connection);
    }
}

static void close_call(struct stream *stream)
{
    struct call *call = call_of(stream);
    const bool was_served = atomic_load_explicit(&call->inbox, memory_order_relaxed) != NULL;
    if (was_served && !call->has_message) {
        call_waste(call, call->cancelled != 0 ? BUDGET_RESET : BUDGET_ANSWERED);
    }
    grpc_byte_buffer_destroy(call->incoming);
    call->incoming = NULL;
    grpc_slice_unref(call->status_details);
    call->status_details = grpc_empty_slice();
    forget_details(call);
    call_headers_destroy(call->own_headers);
    call->own_headers = NULL;
    if (call->is_served) {
        traffic_watch_count_served(-1);
    }
    if (call->grpc != NULL) {
        grpc_call_unref(call->grpc);
        call->grpc = NULL;
    }
}

static void release_call(struct stream *stream)
{
    struct call *call = call_of(stream);
    call_uncount(call);
    if (call->connection != NULL) {
        connection_unref(call->connection);
    }
    client_identity_unref(call->client);
    reset(call);
    call_pool_put(call->pool, call);
}

static const struct stream_operations call_operations = {.open = open_call,
                                                         .receive = receive_message,
                                                         .take = take_message,
                                                         .announce = announce,
                                                         .send = send_message,
                                                         .taken = taken_bytes,
                                                         .finish = finish_call,
                                                         .cancel = cancel_call,
                                                         .cut = cut_connection,
                                                         .close = close_call,
                                                         .release = release_call};

/* ---- The acceptor's part --------------------------------------------------------------------- */

struct call *call_create(struct call_pool *pool)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    call_completion_init(call);
    call->outgoing = wire_buffer_create(NULL, 0);
    call->status_details = grpc_empty_slice();
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    call->pool = pool;
    reset(call);
    return call;
}

void call_destroy(struct call *call)
{
    grpc_completion_queue_shutdown(call->queue);
}

bool call_request(struct call *call, grpc_server *server, grpc_completion_queue *notifications)
{
    return grpc_server_request_call(server, &call->grpc, &call->details, &call->metadata,
                                    call->queue, notifications, call) == GRPC_CALL_OK;
}

void call_take_method(struct call *call, char *method, size_t size)
{
    wire_slice_read(call->details.method, method, size);
    if (strlen(method) != GRPC_SLICE_LENGTH(call->details.method)) {
        method[0] = '\0'; /* no service has such a path */
    }
    forget_details(call);
}

void call_release(struct call *call)
{
    close_call(&call->stream);
    release_call(&call->stream);
}
