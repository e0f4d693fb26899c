/*
 * A stream of etcd's Watch over C core: some requests are sent, then events come until it breaks.
 * Belongs to the thread of its client.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_WATCH_H
#define COMMS_SERVER_STORES_ETCD_ETCD_WATCH_H

#include "server/stores/etcd/etcd_channel.h"
#include "server/stores/etcd/etcd_link.h"

#include <grpc/grpc.h>

#include <stdbool.h>

struct etcd_watch {
    struct etcd_tag sent; /* first: a pointer to one is a pointer to the other */
    struct etcd_tag received;
    struct etcd_tag ended;
    struct etcd_watcher *watcher; /* NULL: it was cancelled, and tells nobody */

    /* Called once, when the stream is over; then it is freed. */
    void (*over)(struct etcd_watch *watch, void *context);
    void *context;

    struct etcd_bytes requests[ETCD_WATCHES_MAX]; /* a copy */
    size_t request_count;
    size_t requests_sent;
    size_t created; /* watches that etcd has confirmed */

    grpc_call *call;
    unsigned pending; /* tags under way */
    bool has_status;  /* it is asked for */
    grpc_metadata metadata[ETCD_METADATA_MAX];
    size_t metadata_count;
    grpc_byte_buffer *outgoing;
    grpc_byte_buffer *incoming;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_status_code status;
    grpc_slice details;
};

/* Starts a stream. NULL: memory is missing, and `over` is not called. */
struct etcd_watch *etcd_watch_start(grpc_channel *channel, grpc_completion_queue *queue,
                                    const struct etcd_bytes *requests, size_t count,
                                    const char *token, struct etcd_watcher *watcher);

/* From now on the watcher is told nothing. `over` is called later. */
void etcd_watch_cancel(struct etcd_watch *watch);

#endif
