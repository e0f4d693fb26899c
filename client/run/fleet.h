/*
 * All streams of a run. The fleet spreads the streams over connections and the connections over a
 * few threads, samples them during the run, and adds their tallies up to the result at the end.
 *
 * This room carries out the plan. Each part owns the next one:
 *
 *     fleet ──▶ loop ──▶ runner ──▶ subscription ──▶ call (client/grpc)
 *               a thread  a stream   a session, with all its calls
 *
 * A loop also owns its connections, each with its channel and its chaos, its timers, and the tally
 * of its runners; the fleet owns the result.
 *
 * Threads: up to four loops, in which everything below the loop happens, without a lock; the thread
 * of fleet_run, which samples the loops; and interrupt, which waits for signals. Other threads only
 * ask a loop for a sample or for its stop, by loop_request_….
 *
 * Locks: fleet.lock (which loops have ended) and loop.lock (the sample). Neither takes another one.
 */
#ifndef COMMS_CLIENT_RUN_FLEET_H
#define COMMS_CLIENT_RUN_FLEET_H

#include "client/measure/result.h"
#include "client/run/loop.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Listens to a fleet while it runs. */
struct fleet_listener {
    void *context; /* handed to each */
    /* Called in the thread of fleet_run once all loops run; `began` is the wall clock. NULL:
     * nobody. False stops all streams. */
    bool (*started)(void *context, const struct timespec *began);
    /*
     * Called in the thread of fleet_run after each interval; `previous` is NULL at the first one.
     * False stops all streams.
     */
    bool (*interval)(void *context, const struct sample *sample, const struct sample *previous);
    /* The first server of the run has announced itself: likewise; NULL: nobody. */
    bool (*announced)(void *context, const struct announcement *server);
    /* The server does not agree with the plan, which is told once: likewise; NULL: nobody. */
    bool (*noticed)(void *context, const char *text);
    /* Streams broke, or could not begin: called a second later at most, in the same thread; NULL:
     * nobody. False stops all streams. */
    bool (*broken)(void *context, const struct break_notes *notes);
    const struct session_listener *sessions; /* called in the loops' threads; NULL: no listener */
};

struct fleet {
    struct runner_settings settings;
    const struct fleet_listener *listener;
    struct loop *loops;
    size_t loop_count;
    size_t loops_ready; /* loops for which loop_init was called */
    struct result *result;
    struct first_connect first_connect;
    bool has_first_connect;
    struct server_news news;
    bool has_news;

    /* What was seen of the loops since the last sample, or since it was told; of fleet_run. */
    struct loop_sample *seen; /* one for each loop: the last one */
    int64_t looked_at;        /* nanoseconds since the beginning of the run */
    int64_t told_at;
    struct break_notes notes;
    unsigned live_lowest;
    unsigned waiting_highest;

    pthread_mutex_t lock; /* takes no other lock */
    pthread_cond_t ended;
    bool has_condition;
    size_t loops_ended;
};

/*
 * Prepares the fleet; nothing is sent yet. `plan` and `listener` must outlive it. False if memory
 * is missing; fleet_cleanup must be called then, too.
 */
bool fleet_init(struct fleet *fleet, const struct plan *plan,
                const struct fleet_listener *listener);
void fleet_cleanup(struct fleet *fleet);

/*
 * Runs all streams to their ends. The result belongs to the fleet; the caller completes it with
 * result_conclude. NULL if a thread could not be started.
 */
struct result *fleet_run(struct fleet *fleet);

/* Stops all streams, soon. From any thread, while the fleet exists. */
void fleet_request_stop(struct fleet *fleet);

/* Whether all streams have come to their ends. From any thread, while the fleet exists. */
bool fleet_has_ended(struct fleet *fleet);

/* The end of the first stream's session, after fleet_run; valid until fleet_cleanup. */
struct session_end fleet_first_session(const struct fleet *fleet);

#endif
