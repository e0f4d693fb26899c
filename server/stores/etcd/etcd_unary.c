#include "server/stores/etcd/etcd_unary.h"

#include "shared/base/text.h"
#include "shared/grpc/wire.h"

#include <stdlib.h>

static void free_unary(struct etcd_unary *unary)
{
    if (unary->call != NULL) {
        grpc_call_unref(unary->call);
    }
    etcd_metadata_cleanup(unary->metadata, unary->metadata_count);
    grpc_byte_buffer_destroy(unary->outgoing);
    grpc_byte_buffer_destroy(unary->incoming);
    grpc_metadata_array_destroy(&unary->headers);
    grpc_metadata_array_destroy(&unary->trailers);
    grpc_slice_unref(unary->details);
    free(unary);
}

static void complete(struct etcd_tag *tag, bool success)
{
    struct etcd_unary *unary = (struct etcd_unary *)(void *)tag;
    char details[ETCD_DETAILS_SIZE];
    (void)success;
    text_copy_printable((const char *)GRPC_SLICE_START_PTR(unary->details),
                        GRPC_SLICE_LENGTH(unary->details), details, sizeof details);
    if (unary->incoming == NULL) {
        unary->ended(unary, unary->status, details, NULL);
    } else {
        grpc_slice message = wire_buffer_join(unary->incoming);
        unary->ended(unary, unary->status, details, &message);
        grpc_slice_unref(message);
    }
    free_unary(unary);
}

static grpc_call_error start(struct etcd_unary *unary)
{
    grpc_op operations[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},  {.op = GRPC_OP_SEND_MESSAGE},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}, {.op = GRPC_OP_RECV_INITIAL_METADATA},
        {.op = GRPC_OP_RECV_MESSAGE},           {.op = GRPC_OP_RECV_STATUS_ON_CLIENT}};
    operations[0].data.send_initial_metadata.count = unary->metadata_count;
    operations[0].data.send_initial_metadata.metadata = unary->metadata;
    operations[1].data.send_message.send_message = unary->outgoing;
    operations[3].data.recv_initial_metadata.recv_initial_metadata = &unary->headers;
    operations[4].data.recv_message.recv_message = &unary->incoming;
    operations[5].data.recv_status_on_client.trailing_metadata = &unary->trailers;
    operations[5].data.recv_status_on_client.status = &unary->status;
    operations[5].data.recv_status_on_client.status_details = &unary->details;
    return grpc_call_start_batch(unary->call, operations, 6, &unary->tag, NULL);
}

struct etcd_unary *etcd_unary_start(grpc_channel *channel, grpc_completion_queue *queue,
                                    const char *method, const struct etcd_bytes *request,
                                    const char *token, int64_t timeout_ns)
{
    struct etcd_unary *unary = calloc(1, sizeof *unary);
    if (unary == NULL) {
        return NULL;
    }
    unary->tag.complete = complete;
    unary->details = grpc_empty_slice();
    grpc_metadata_array_init(&unary->headers);
    grpc_metadata_array_init(&unary->trailers);
    unary->metadata_count = etcd_metadata_init(unary->metadata, token);
    unary->outgoing = wire_buffer_create(request->data, request->length);
    unary->call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                           grpc_slice_from_static_string(method), NULL,
                                           etcd_deadline(timeout_ns), NULL);
    if (unary->call == NULL || start(unary) != GRPC_CALL_OK) {
        free_unary(unary);
        return NULL;
    }
    return unary;
}

void etcd_unary_link(struct etcd_unary **list, struct etcd_unary *unary)
{
    unary->previous = NULL;
    unary->next = *list;
    if (*list != NULL) {
        (*list)->previous = unary;
    }
    *list = unary;
}

void etcd_unary_unlink(struct etcd_unary **list, struct etcd_unary *unary)
{
    if (unary->previous == NULL) {
        *list = unary->next;
    } else {
        unary->previous->next = unary->next;
    }
    if (unary->next != NULL) {
        unary->next->previous = unary->previous;
    }
}
