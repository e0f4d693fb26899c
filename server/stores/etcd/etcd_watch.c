#include "server/stores/etcd/etcd_watch.h"

#include "shared/grpc/wire.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char method[] = "/etcdserverpb.Watch/Watch";

#define WATCH_OF(tag, field)                                                                       \
    ((struct etcd_watch *)(void *)((char *)(tag)-offsetof(struct etcd_watch, field)))

static void free_watch(struct etcd_watch *watch)
{
    for (size_t i = 0; i < watch->request_count; i++) {
        free(watch->requests[i].data);
    }
    if (watch->call != NULL) {
        grpc_call_unref(watch->call);
    }
    etcd_metadata_cleanup(watch->metadata, watch->metadata_count);
    grpc_byte_buffer_destroy(watch->outgoing);
    grpc_byte_buffer_destroy(watch->incoming);
    grpc_metadata_array_destroy(&watch->headers);
    grpc_metadata_array_destroy(&watch->trailers);
    grpc_slice_unref(watch->details);
    free(watch);
}

static bool start(struct etcd_watch *watch, const grpc_op *operations, size_t count,
                  struct etcd_tag *tag)
{
    if (grpc_call_start_batch(watch->call, operations, count, tag, NULL) != GRPC_CALL_OK) {
        (void)grpc_call_cancel(watch->call, NULL);
        return false;
    }
    watch->pending++;
    return true;
}

static void await_end(struct etcd_watch *watch)
{
    if (watch->has_status) {
        return;
    }
    watch->has_status = true;
    grpc_op operation = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    operation.data.recv_status_on_client.trailing_metadata = &watch->trailers;
    operation.data.recv_status_on_client.status = &watch->status;
    operation.data.recv_status_on_client.status_details = &watch->details;
    (void)start(watch, &operation, 1, &watch->ended);
}

/* Frees the stream with its last tag. */
static void drop_tag(struct etcd_watch *watch)
{
    watch->pending--;
    if (watch->pending == 0 && watch->has_status) {
        watch->over(watch, watch->context);
        free_watch(watch);
    }
}

static void receive(struct etcd_watch *watch)
{
    grpc_op operation = {.op = GRPC_OP_RECV_MESSAGE};
    operation.data.recv_message.recv_message = &watch->incoming;
    if (!start(watch, &operation, 1, &watch->received)) {
        await_end(watch);
    }
}

static void send_next(struct etcd_watch *watch, bool is_first)
{
    const struct etcd_bytes *request = &watch->requests[watch->requests_sent++];
    grpc_op operations[2] = {{.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_INITIAL_METADATA}};
    watch->outgoing = wire_buffer_create(request->data, request->length);
    operations[0].data.send_message.send_message = watch->outgoing;
    operations[1].data.send_initial_metadata.count = watch->metadata_count;
    operations[1].data.send_initial_metadata.metadata = watch->metadata;
    (void)start(watch, operations, is_first ? 2 : 1, &watch->sent);
}

static void sent(struct etcd_tag *tag, bool success)
{
    struct etcd_watch *watch = WATCH_OF(tag, sent);
    grpc_byte_buffer_destroy(watch->outgoing);
    watch->outgoing = NULL;
    if (success && watch->requests_sent < watch->request_count) {
        send_next(watch, false);
    }
    drop_tag(watch);
}

static void tell(struct etcd_watch *watch, const Etcd__WatchResponse *response)
{
    if (response->canceled) {
        (void)grpc_call_cancel(watch->call, NULL);
        return;
    }
    if (response->created && ++watch->created == watch->request_count && watch->watcher != NULL) {
        watch->watcher->began(watch->watcher);
    }
    for (size_t i = 0; i < response->n_events && watch->watcher != NULL; i++) {
        if (response->events[i]->kv != NULL) {
            watch->watcher->happened(watch->watcher, response->events[i]);
        }
    }
}

static void received(struct etcd_tag *tag, bool success)
{
    struct etcd_watch *watch = WATCH_OF(tag, received);
    if (!success || watch->incoming == NULL) {
        await_end(watch);
        drop_tag(watch);
        return;
    }
    grpc_slice bytes = wire_buffer_join(watch->incoming);
    Etcd__WatchResponse *response =
        etcd__watch_response__unpack(NULL, GRPC_SLICE_LENGTH(bytes), GRPC_SLICE_START_PTR(bytes));
    grpc_slice_unref(bytes);
    grpc_byte_buffer_destroy(watch->incoming);
    watch->incoming = NULL;
    if (response == NULL) {
        (void)grpc_call_cancel(watch->call, NULL);
    } else {
        tell(watch, response);
        etcd__watch_response__free_unpacked(response, NULL);
    }
    receive(watch);
    drop_tag(watch);
}

static void ended(struct etcd_tag *tag, bool success)
{
    (void)success;
    drop_tag(WATCH_OF(tag, ended));
}

static bool copy_requests(struct etcd_watch *watch, const struct etcd_bytes *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct etcd_bytes *copy = &watch->requests[watch->request_count++];
        copy->length = requests[i].length;
        copy->data = malloc(copy->length + 1);
        if (copy->data == NULL) {
            return false;
        }
        memcpy(copy->data, requests[i].data, copy->length);
    }
    return true;
}

struct etcd_watch *etcd_watch_start(grpc_channel *channel, grpc_completion_queue *queue,
                                    const struct etcd_bytes *requests, size_t count,
                                    const char *token, struct etcd_watcher *watcher)
{
    struct etcd_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return NULL;
    }
    watch->sent.complete = sent;
    watch->received.complete = received;
    watch->ended.complete = ended;
    watch->watcher = watcher;
    watch->details = grpc_empty_slice();
    grpc_metadata_array_init(&watch->headers);
    grpc_metadata_array_init(&watch->trailers);
    watch->metadata_count = etcd_metadata_init(watch->metadata, token);
    if (copy_requests(watch, requests, count)) {
        watch->call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                               grpc_slice_from_static_string(method), NULL,
                                               gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    }
    if (watch->call == NULL) {
        free_watch(watch);
        return NULL;
    }
    grpc_op first[2] = {{.op = GRPC_OP_RECV_INITIAL_METADATA}, {.op = GRPC_OP_RECV_MESSAGE}};
    first[0].data.recv_initial_metadata.recv_initial_metadata = &watch->headers;
    first[1].data.recv_message.recv_message = &watch->incoming;
    send_next(watch, true);
    if (!start(watch, first, 2, &watch->received)) {
        await_end(watch);
    }
    return watch;
}

void etcd_watch_cancel(struct etcd_watch *watch)
{
    watch->watcher = NULL;
    (void)grpc_call_cancel(watch->call, NULL);
}
