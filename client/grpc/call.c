#include "client/grpc/call.h"

#include "client/grpc/padded_reply.h"
#include "shared/base/text.h"
#include "shared/grpc/wire.h"
#include "shared/protocol/padding.h"

#include <grpc/byte_buffer.h>
#include <grpc/support/alloc.h>

#include <string.h>

void call_init(struct call *call, void *owner)
{
    *call = (struct call){.owner = owner,
                          .send = {call},
                          .await_headers = {call},
                          .receive = {call},
                          .await_status = {call}};
}

bool call_is_open(const struct call *call)
{
    return call->call != NULL;
}

/* Starts a batch. Its tag comes back exactly once, also if the call breaks. */
static bool start(struct call *call, const grpc_op *operations, size_t count, struct operation *tag)
{
    if (grpc_call_start_batch(call->call, operations, count, tag, NULL) != GRPC_CALL_OK) {
        (void)grpc_call_cancel(call->call, NULL);
        return false;
    }
    call->pending++;
    return true;
}

static void start_awaiting_status(struct call *call)
{
    if (call->has_status) {
        return;
    }
    call->has_status = true;
    grpc_op operation = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    operation.data.recv_status_on_client.trailing_metadata = &call->trailers;
    operation.data.recv_status_on_client.status = &call->status;
    operation.data.recv_status_on_client.status_details = &call->status_details;
    (void)start(call, &operation, 1, &call->await_status);
}

void call_cancel(struct call *call)
{
    if (call->call == NULL) {
        return;
    }
    (void)grpc_call_cancel(call->call, NULL);
    if (!call->receiving) {
        start_awaiting_status(call);
    }
}

static void drop_outgoing(struct call *call)
{
    grpc_byte_buffer_destroy(call->outgoing);
    call->outgoing = NULL;
}

static void drop_incoming(struct call *call)
{
    grpc_byte_buffer_destroy(call->incoming);
    call->incoming = NULL;
}

static grpc_op send_message(struct call *call, const struct request *request)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t length = request_encode(request, bytes);
    call->outgoing = wire_buffer_create(bytes, length);
    grpc_op send = {.op = GRPC_OP_SEND_MESSAGE};
    send.data.send_message.send_message = call->outgoing;
    return send;
}

static void start_receiving(struct call *call)
{
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &call->incoming;
    call->receiving = start(call, &receive, 1, &call->receive);
    if (!call->receiving) {
        start_awaiting_status(call);
    }
}

void call_open(struct call *call, struct channel *channel, grpc_completion_queue *queue,
               const struct request *request)
{
    call->generation = channel->generation;
    call->size = request->size;
    if (call->size > 0) {
        padding_prepare();
    }
    call->has_headers = false;
    call->has_status = false;
    call->is_deaf = false;
    call->status = GRPC_STATUS_UNKNOWN;
    call->status_details = grpc_empty_slice();
    grpc_metadata_array_init(&call->headers);
    grpc_metadata_array_init(&call->trailers);
    call->call = channel_call(channel, queue);

    grpc_op metadata = {.op = GRPC_OP_SEND_INITIAL_METADATA};
    metadata.data.send_initial_metadata.metadata = channel->route->headers;
    metadata.data.send_initial_metadata.count = channel->route->header_count;
    const grpc_op send[] = {metadata, send_message(call, request)};
    call->sending = start(call, send, 2, &call->send);

    grpc_op headers = {.op = GRPC_OP_RECV_INITIAL_METADATA};
    headers.data.recv_initial_metadata.recv_initial_metadata = &call->headers;
    (void)start(call, &headers, 1, &call->await_headers);

    start_receiving(call);
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

/* Decodes a message that is longer than a server of ours ever sends. */
static bool decode_long(struct call *call, struct reply *ret_reply)
{
    grpc_slice slice = wire_buffer_join(call->incoming);
    bool good = reply_decode(GRPC_SLICE_START_PTR(slice), GRPC_SLICE_LENGTH(slice), ret_reply);
    grpc_slice_unref(slice);
    return good;
}

/* Decodes a message that must have no padding. */
static bool decode(struct call *call, struct reply *ret_reply, struct padding_fault *ret_fault)
{
    uint8_t bytes[REPLY_SIZE_MAX];
    size_t length;
    ret_fault->kind = PADDING_RIGHT;
    bool good = wire_buffer_read(call->incoming, bytes, sizeof bytes, &length)
                    ? reply_decode(bytes, length, ret_reply)
                    : decode_long(call, ret_reply);
    if (good && ret_reply->padding_length > 0) {
        (void)padding_fault_begin(ret_fault, 0, ret_reply->padding_length);
    }
    return good;
}

/* Decodes the message that came, if one did, and asks for the next one. */
static enum call_progress take_message(struct call *call, struct reply *ret_reply,
                                       struct padding_fault *ret_fault)
{
    call->receiving = false;
    if (call->incoming == NULL) {
        start_awaiting_status(call); /* the status says why no more messages come */
        return CALL_NOTHING;
    }
    /* C core has put the headers into the array before it gives a message out, but their tag may
     * come later than that of the message. */
    call->has_headers = true;
    if (call->is_deaf) {
        drop_incoming(call);
        return CALL_NOTHING;
    }
    bool good = call->size == 0
                    ? decode(call, ret_reply, ret_fault)
                    : padded_reply_read(call->incoming, call->size, ret_reply, ret_fault);
    drop_incoming(call);
    start_receiving(call);
    return good ? CALL_REPLY : CALL_MALFORMED;
}

enum call_progress call_take(struct call *call, const grpc_event *event, struct reply *ret_reply,
                             struct padding_fault *ret_fault)
{
    call->pending--;
    if (event->tag == &call->receive) {
        return take_message(call, ret_reply, ret_fault);
    }
    if (event->tag == &call->send) {
        /* After a failed send the call is broken, and stays unable to send. */
        call->sending = event->success == 0;
        drop_outgoing(call);
    } else if (event->tag == &call->await_headers) {
        call->has_headers = event->success != 0;
    }
    return CALL_NOTHING;
}

void call_read_announcement(const struct call *call, struct announcement *ret_announcement)
{
    *ret_announcement = (struct announcement){.has = 0};
    for (size_t i = 0; call->has_headers && i < call->headers.count; i++) {
        const grpc_metadata *header = &call->headers.metadata[i];
        announcement_read(ret_announcement, (const char *)GRPC_SLICE_START_PTR(header->key),
                          GRPC_SLICE_LENGTH(header->key),
                          (const char *)GRPC_SLICE_START_PTR(header->value),
                          GRPC_SLICE_LENGTH(header->value));
    }
}

bool call_is_over(const struct call *call)
{
    return call->call != NULL && call->pending == 0 && call->has_status;
}

enum status call_status(const struct call *call)
{
    return (enum status)call->status;
}

void call_status_details(const struct call *call, char *text, size_t size)
{
    text_copy_printable((const char *)GRPC_SLICE_START_PTR(call->status_details),
                        GRPC_SLICE_LENGTH(call->status_details), text, size);
}

void call_peer(const struct call *call, char *text, size_t size)
{
    char *peer = grpc_call_get_peer(call->call);
    text_copy_printable(peer == NULL ? "" : peer, peer == NULL ? 0 : strlen(peer), text, size);
    gpr_free(peer);
}

void call_close(struct call *call)
{
    grpc_call_unref(call->call);
    call->call = NULL;
    drop_outgoing(call);
    drop_incoming(call);
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    grpc_slice_unref(call->status_details);
}
