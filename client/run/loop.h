/*
 * A thread with many runners: takes their tags out of its queue, fires their timers, and breaks
 * their connections for --chaos. Other threads ask it for a sample, or to stop.
 */
#ifndef COMMS_CLIENT_RUN_LOOP_H
#define COMMS_CLIENT_RUN_LOOP_H

#include "client/grpc/channel.h"
#include "client/run/chaos.h"
#include "client/run/runner.h"

#include <grpc/grpc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* A channel that runners share, with the timers that look at it and break it. */
struct connection {
    struct channel channel; /* `channel.number` is the number of the connection, 1, 2, … */
    struct loop *loop;
    struct chaos chaos;
    struct timer chaos_timer;
    struct timer look_timer;
};

/* The counts of all runners of a loop at one moment. */
struct loop_sample {
    struct counts counts;
    unsigned live;
    unsigned waiting;
    unsigned live_lowest; /* since the sample before */
    unsigned waiting_highest;
    int64_t at;     /* the moment */
    double live_ns; /* as in the tally */
    double waiting_ns;
    struct break_notes notes; /* since the sample before */
};

struct loop {
    pthread_t thread;
    grpc_completion_queue *queue;

    /* Only the thread uses these while it runs. */
    struct runner_group group;
    struct timers timers;
    struct connection *connections;
    size_t connection_count;
    struct runner *runners;
    size_t runner_count;
    int64_t expected_by; /* when the loop should come round again at the latest */

    /*
     * A call that is never connected: a batch without operations posts its tag to the queue at
     * once, from any thread. C core has no other way to post a tag to a queue that polls.
     */
    grpc_channel *nowhere;
    grpc_call *waker;
    atomic_bool stop_requested;
    atomic_bool sample_requested;

    void (*ended)(void *argument); /* the last thing that the thread calls */
    void *ended_argument;

    pthread_mutex_t lock; /* takes no other lock */
    pthread_cond_t sampled;
    bool has_ended;
    bool has_sample;
    struct loop_sample sample;
};

/*
 * Prepares a loop with room for this many connections and runners. False if memory is missing;
 * loop_cleanup must be called then, too.
 */
bool loop_init(struct loop *loop, const struct runner_settings *settings, size_t connections,
               size_t runners);
void loop_cleanup(struct loop *loop);

/* Add a connection (NULL: memory is missing), and a runner that uses it. Before the loop runs. */
struct connection *loop_add_connection(struct loop *loop, unsigned number);
void loop_add_runner(struct loop *loop, struct connection *connection, unsigned number,
                     int64_t start_at);

/* Runs all runners until they are done, in the calling thread. */
void loop_run(struct loop *loop);

/*
 * The same in a thread of its own, which calls `ended` at its end. 0, or an error number and no
 * thread was started. The caller joins the thread by loop_join.
 */
int loop_start(struct loop *loop, void (*ended)(void *argument), void *argument);
void loop_join(struct loop *loop);

/* After the end: adds the tally to the result; returns the end of the first runner's session. */
void loop_add_to_result(const struct loop *loop, struct result *result);
struct session_end loop_first_session(const struct loop *loop);

/* Stops all runners, soon. From any thread, while the loop exists. */
void loop_request_stop(struct loop *loop);

/*
 * The counts of the runners now, or at their end if the loop has ended. From any thread but the
 * loop's. loop_take_sample waits for the answer to loop_request_sample: a caller that first
 * requests from all loops gets samples of nearly the same moment.
 */
void loop_request_sample(struct loop *loop);
struct loop_sample loop_take_sample(struct loop *loop);

#endif
