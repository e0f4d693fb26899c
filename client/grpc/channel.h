/*
 * A connection to the server, on C core's side of the fence; streams share it. Belongs to one
 * thread.
 */
#ifndef COMMS_CLIENT_GRPC_CHANNEL_H
#define COMMS_CLIENT_GRPC_CHANNEL_H

#include "client/grpc/socket_watch.h"
#include "shared/base/clock.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

#define CHANNEL_LOOK_NS (100 * NS_PER_MS)

struct channel {
    const char *target;
    unsigned number; /* 1, 2, … */
    grpc_channel *connection;
    struct socket_watch *socket;

    /* Made anew how often, from 1 on: streams that share it break together, and one renews it. */
    unsigned generation;
    int64_t last_activity; /* when a message came on it */

    /*
     * C core tells nobody of a GOAWAY, but the channel is idle from then on while its calls go on,
     * until another call connects it anew. Looked at now and then by channel_look.
     */
    bool was_ready;
    int64_t left_ready_at; /* CLOCK_NEVER: it never did */

    /*
     * What became of the last generations: the calls of several may still be there. Bit i is of the
     * i-th generation before this one.
     */
    uint64_t dropped_ready; /* connected, when it was dropped */
    uint64_t cut;           /* by --chaos */
    uint64_t silent;        /* by --chaos: no longer read */
};

/*
 * `target` is any that C core knows, and must outlive it. False where memory is missing. Connects
 * with the first call.
 */
bool channel_init(struct channel *channel, const char *target, unsigned number);
void channel_cleanup(struct channel *channel);

/* A new call of the service's one method; the caller unreferences it. */
grpc_call *channel_call(struct channel *channel, grpc_completion_queue *queue);

/* Whether it is connected now. */
bool channel_is_ready(const struct channel *channel);

/* The same of the connection of that generation: now, or when it was dropped. */
bool channel_was_ready(const struct channel *channel, unsigned generation);

/* Notes whether it is still ready. To be called every CHANNEL_LOOK_NS while it has calls. */
void channel_look(struct channel *channel, int64_t now);

/* Whether the connection of a call from `opened_at` was told to go away, before it ended now. */
bool channel_was_sent_away(const struct channel *channel, int64_t opened_at, int64_t now);

/*
 * Drops the connection for the calls to come: the next one makes a new one, and at once, while C
 * core would let it wait for a backoff of its own after a try that failed. Where memory is missing
 * the connection stays as it is.
 */
void channel_renew(struct channel *channel);

/* Cuts the connection under its calls, and drops it. Nothing happens where there is none. */
void channel_cut(struct channel *channel);

/* Has its calls read no more, as if nothing came. */
void channel_silence(struct channel *channel);

/* Whether one of these was done to the calls of that generation. */
bool channel_was_cut(const struct channel *channel, unsigned generation);
bool channel_was_silenced(const struct channel *channel, unsigned generation);

#endif
