/*
 * One stream of the fleet: a subscription that is measured, and where time is left followed by
 * another session when it is done. A stream belongs to its loop's thread.
 */
#ifndef COMMS_CLIENT_RUN_STREAM_H
#define COMMS_CLIENT_RUN_STREAM_H

#include "client/measure/pace.h"
#include "client/measure/tally.h"
#include "client/run/subscription.h"
#include "client/run/timers.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

/* What all streams have to do; nobody changes it once they run. */
struct stream_plan {
    const struct client_options *options;
    struct subscription_settings subscription;
    int64_t began;        /* the run */
    int64_t measure_from; /* the warm-up is over */
    int64_t repeat_until; /* a session that ends before is followed by another */
    const struct subscription_listener *printer; /* hears of everything too; NULL: nobody does */
};

/* What the streams of a thread share. */
struct stream_group {
    const struct stream_plan *plan;
    grpc_completion_queue *queue;
    struct timers *timers;
    struct tally *tally;
    unsigned running; /* streams that are not done */
    bool stopping;    /* no further sessions */
};

enum stream_state {
    STREAM_ASLEEP, /* its time has not come yet */
    STREAM_WAITING,
    STREAM_LIVE,
    STREAM_DONE
};

struct stream {
    struct subscription subscription; /* first: the subscription's address is the stream's */
    struct stream_group *group;
    struct timer timer;
    unsigned number; /* 1, 2, … */
    enum stream_state state;
    struct pace pace;
    unsigned fresh_messages; /* since it was resumed; many if it never was */
    bool was_held_back;
    bool is_violated; /* in any of its sessions */
};

/* What a plan's subscriptions tell goes here. */
extern const struct subscription_listener stream_listener;

/* Prepares a stream that begins at `start_at`, when its timer fires. */
void stream_init(struct stream *stream, struct stream_group *group, struct channel *channel,
                 unsigned number, int64_t start_at);

/* Frees what the stream holds. It must be done, or never have begun. */
void stream_cleanup(struct stream *stream);

/* A tag of one of the streams came out of the queue. */
void stream_handle(const grpc_event *event);

/* Ends it early, and soon. */
void stream_stop(struct stream *stream);

#endif
