#include "client/call.h"

#include "shared/text.h"
#include "shared/wire.h"

#include <grpc/byte_buffer.h>

void call_init(struct call *call, void *owner)
{
    *call =
        (struct call){.owner = owner, .send = {call}, .receive = {call}, .await_status = {call}};
}

bool call_is_open(const struct call *call)
{
    return call->call != NULL;
}

void call_cancel(struct call *call)
{
    if (call->call != NULL) {
        (void)grpc_call_cancel(call->call, NULL);
    }
}

/* Starts a batch; the tag comes back exactly once, also where the call breaks. */
static bool start(struct call *call, const grpc_op *operations, size_t count, struct operation *tag)
{
    if (grpc_call_start_batch(call->call, operations, count, tag, NULL) != GRPC_CALL_OK) {
        call_cancel(call);
        return false;
    }
    call->pending++;
    return true;
}

static grpc_op send_message(struct call *call, const struct request *request)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t length = request_encode(request, bytes);
    grpc_byte_buffer_destroy(call->outgoing);
    call->outgoing = wire_buffer_create(bytes, length);
    grpc_op send = {.op = GRPC_OP_SEND_MESSAGE};
    send.data.send_message.send_message = call->outgoing;
    return send;
}

static grpc_op receive_message(struct call *call)
{
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &call->incoming;
    return receive;
}

static void start_awaiting_status(struct call *call)
{
    grpc_op operation = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    operation.data.recv_status_on_client.trailing_metadata = &call->trailers;
    operation.data.recv_status_on_client.status = &call->status;
    operation.data.recv_status_on_client.status_details = &call->status_details;
    (void)start(call, &operation, 1, &call->await_status);
}

void call_open(struct call *call, struct channel *channel, grpc_completion_queue *queue,
               const struct request *request)
{
    call->status = GRPC_STATUS_UNKNOWN;
    call->status_details = grpc_empty_slice();
    grpc_metadata_array_init(&call->headers);
    grpc_metadata_array_init(&call->trailers);
    call->call = channel_call(channel, queue);
    start_awaiting_status(call);

    const grpc_op send[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, send_message(call, request)};
    call->sending = start(call, send, 2, &call->send);

    grpc_op receive[] = {{.op = GRPC_OP_RECV_INITIAL_METADATA}, receive_message(call)};
    receive[0].data.recv_initial_metadata.recv_initial_metadata = &call->headers;
    (void)start(call, receive, 2, &call->receive);
}

bool call_can_send(const struct call *call)
{
    return call->call != NULL && !call->sending;
}

void call_send(struct call *call, const struct request *request)
{
    const grpc_op operation = send_message(call, request);
    call->sending = start(call, &operation, 1, &call->send);
}

struct call *call_of_event(const grpc_event *event)
{
    return ((struct operation *)event->tag)->call;
}

/* Reads what came, if anything did, and asks for more. */
static enum call_progress take_message(struct call *call, struct reply *ret_reply)
{
    if (call->incoming == NULL) {
        return CALL_NOTHING; /* nor will there be any more: the status tells why */
    }
    uint8_t bytes[REPLY_SIZE_MAX];
    size_t length;
    bool good = wire_buffer_read(call->incoming, bytes, sizeof bytes, &length) &&
                reply_decode(bytes, length, ret_reply);
    grpc_byte_buffer_destroy(call->incoming);
    call->incoming = NULL;
    const grpc_op operation = receive_message(call);
    (void)start(call, &operation, 1, &call->receive);
    return good ? CALL_REPLY : CALL_MALFORMED;
}

enum call_progress call_take(struct call *call, const grpc_event *event, struct reply *ret_reply)
{
    call->pending--;
    if (event->tag == &call->receive) {
        return take_message(call, ret_reply);
    }
    if (event->tag == &call->send) {
        /* After a failure there is nothing to send any more. */
        call->sending = event->success == 0;
    }
    return CALL_NOTHING;
}

bool call_is_over(const struct call *call)
{
    return call->call != NULL && call->pending == 0;
}

enum status call_status(const struct call *call)
{
    return (enum status)call->status;
}

void call_status_details(const struct call *call, char *text, size_t size)
{
    wire_slice_read(call->status_details, text, size);
    text_make_printable(text);
}

void call_close(struct call *call)
{
    grpc_call_unref(call->call);
    call->call = NULL;
    grpc_byte_buffer_destroy(call->outgoing);
    grpc_byte_buffer_destroy(call->incoming);
    call->outgoing = NULL;
    call->incoming = NULL;
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    grpc_slice_unref(call->status_details);
}
