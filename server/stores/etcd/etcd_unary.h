/* One call of etcd with one answer, over C core. Belongs to the thread of its client. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_UNARY_H
#define COMMS_SERVER_STORES_ETCD_ETCD_UNARY_H

#include "server/stores/etcd/etcd_channel.h"
#include "server/stores/etcd/etcd_txn.h"

#include <grpc/grpc.h>

enum { ETCD_DETAILS_SIZE = 160 };

struct etcd_unary;

/* Called once, and then the call is freed. `message` NULL: none came. */
typedef void etcd_unary_ended(struct etcd_unary *unary, grpc_status_code status,
                              const char *details, const grpc_slice *message);

struct etcd_unary {
    struct etcd_tag tag; /* first: a pointer to one is a pointer to the other */

    /* The caller's, set after the start. */
    struct etcd_unary *next;
    struct etcd_unary *previous;
    void *context;
    void *subject;
    size_t member;
    etcd_unary_ended *ended;

    /* of C core */
    grpc_call *call;
    grpc_metadata metadata[ETCD_METADATA_MAX];
    size_t metadata_count;
    grpc_byte_buffer *outgoing;
    grpc_byte_buffer *incoming;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_status_code status;
    grpc_slice details;
};

/*
 * Starts a call; `ended` is called when its tag comes back. NULL: memory is missing, or C core
 * refuses it; `ended` is not called.
 */
struct etcd_unary *etcd_unary_start(grpc_channel *channel, grpc_completion_queue *queue,
                                    const char *method, const struct etcd_bytes *request,
                                    const char *token, int64_t timeout_ns);

/* The list of the calls under way. */
void etcd_unary_link(struct etcd_unary **list, struct etcd_unary *unary);
void etcd_unary_unlink(struct etcd_unary **list, struct etcd_unary *unary);

#endif
