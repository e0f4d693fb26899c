/*
 * A thread with many runners: it takes their tags out of its queue, fires their timers, and breaks
 * their connections where --chaos wants it. Other threads ask it for a sample, or to stop.
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

/* A channel that runners share, and when it is looked at and broken. */
struct connection {
    struct channel channel; /* the number is its own, 1, 2, … */
    struct loop *loop;
    struct chaos chaos;
    struct timer chaos_timer;
    struct timer look_timer;
};

/* What the loop adds up to at one moment. */
struct loop_sample {
    struct counts counts;
    unsigned live;
    unsigned waiting;
};

struct loop {
    pthread_t thread;
    grpc_completion_queue *queue;

    /* The thread's own while it runs. */
    struct runner_group group;
    struct timers timers;
    struct connection *connections;
    size_t connection_count;
    struct runner *runners;
    size_t runner_count;

    /*
     * A call to nowhere: a batch without operations posts its tag at once, from any thread. C core
     * has no other way to post one's own tag to a queue that polls.
     */
    grpc_channel *nowhere;
    grpc_call *waker;
    atomic_bool stop_requested;
    atomic_bool sample_requested;

    void (*ended)(void *argument); /* called by the thread as its last */
    void *ended_argument;

    pthread_mutex_t lock; /* takes no other lock */
    pthread_cond_t sampled;
    bool has_ended;
    bool has_sample;
    struct loop_sample sample;
};

/*
 * Prepares a loop with room for this many connections and runners. False where memory is missing;
 * loop_cleanup is then right all the same.
 */
bool loop_init(struct loop *loop, const struct runner_settings *settings, size_t connections,
               size_t runners);
void loop_cleanup(struct loop *loop);

/* Adds a connection, and a runner that uses it. Before the loop runs. */
struct connection *loop_add_connection(struct loop *loop, unsigned number);
void loop_add_runner(struct loop *loop, struct connection *connection, unsigned number,
                     int64_t start_at);

/* Runs the runners until all are done, in the calling thread. */
void loop_run(struct loop *loop);

/*
 * The same in a thread of its own, which calls `ended` as its last. 0, or an error number. The
 * caller joins it by loop_join.
 */
int loop_start(struct loop *loop, void (*ended)(void *argument), void *argument);
void loop_join(struct loop *loop);

/* Adds what the runners have come to, and tells of the first runner. After the loop has ended. */
void loop_add_to_result(const struct loop *loop, struct result *result);
struct session_end loop_first_session(const struct loop *loop);

/* Stops all runners, soon. From any thread, while the loop exists. */
void loop_request_stop(struct loop *loop);

/*
 * What the streams add up to now; when the loop has ended, what they have come to. From any thread
 * but the loop's; loop_request_sample first, so that all loops answer at the same time.
 */
void loop_request_sample(struct loop *loop);
struct loop_sample loop_take_sample(struct loop *loop);

#endif
