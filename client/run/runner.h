/*
 * Runs one of the N streams of a run: starts its subscription, and the next session while there is
 * time. What the subscription reports goes to runner_listener. A runner belongs to the thread of
 * its loop.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_H
#define COMMS_CLIENT_RUN_RUNNER_H

#include "client/measure/pace.h"
#include "client/measure/tally.h"
#include "client/run/server_news.h"
#include "client/run/subscription.h"
#include "client/run/timers.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

/* The settings of all runners; constant once they run. */
struct runner_settings {
    const struct plan *plan;
    struct channel_route route; /* of all connections */
    struct subscription_settings subscription;
    int64_t began;        /* when the run began */
    int64_t measure_from; /* when the warm-up is over */
    int64_t repeat_until; /* a session that ends before this time is followed by another one */
    const struct session_listener *listener; /* listens to the sessions; NULL: none */
    struct server_news *news;                /* shared by all loops; NULL: none */
};

/* How fast numbers came lately, for runner_length. */
struct runner_speed {
    int64_t seen_at;  /* when the next two were counted; 0: not yet */
    uint64_t numbers; /* of the tally, by then */
    double per_s;     /* of all runners, before that; 0: not known */
};

/* What the runners of a thread share. */
struct runner_group {
    const struct runner_settings *settings;
    grpc_completion_queue *queue;
    struct timers *timers;
    struct tally *tally;
    bool has_announced;            /* a stream has got headers */
    struct announcement announced; /* the last ones */
    struct runner_speed speed;
    unsigned running; /* runners that are not done */
    bool stopping;    /* no further sessions */
};

enum runner_state {
    RUNNER_ASLEEP, /* before its start */
    RUNNER_WAITING,
    RUNNER_LIVE,
    RUNNER_DONE
};

enum {
    RUNNER_FRESH_MESSAGES = 3, /* messages that belong to a resume: position, checksum, number */
    RUNNER_NEVER_RESUMED       /* `fresh_messages` of a stream without a recent resume */
};

struct runner {
    struct subscription subscription; /* first: its address is the runner's */
    struct runner_group *group;
    struct timer timer;
    unsigned number; /* 1, 2, … */
    enum runner_state state;
    struct pace pace;
    bool ends_with_time;     /* the session has no N, and ends when the time of the run is over */
    bool is_broken;          /* a stream that had lived broke, and has not gone on yet */
    unsigned fresh_messages; /* since the last resume, RUNNER_NEVER_RESUMED at most */
    bool was_held_back;
    bool is_violated;        /* something was wrong in any of its sessions */
    uint64_t addresses_seen; /* for address_table_note */
};

/* The runner that this subscription is a part of. */
static inline struct runner *runner_of_subscription(struct subscription *subscription)
{
    return (struct runner *)subscription;
}

/* Prepares a runner that begins at `start_at`, when its timer fires. */
void runner_init(struct runner *runner, struct runner_group *group, struct channel *channel,
                 unsigned number, int64_t start_at);

/* Frees what the runner holds. It must be done, or never have begun. */
void runner_cleanup(struct runner *runner);

/* Handles a tag that came out of the queue: it belongs to one of the runners. */
void runner_handle(const grpc_event *event);

/* The end of the runner's last session. The reason is valid until runner_cleanup. */
struct session_end runner_session_end(const struct runner *runner);

/* Stops the runner; it is done soon. */
void runner_stop(struct runner *runner);
/* Moves the stream to another state, and counts it there in the group's tally from now on. */
void runner_set_state(struct runner *runner, enum runner_state state);

#endif
