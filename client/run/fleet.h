/*
 * All streams of a run: spread over connections, and these over a few threads; sampled while they
 * run, and added up to the result when they are done.
 */
#ifndef COMMS_CLIENT_RUN_FLEET_H
#define COMMS_CLIENT_RUN_FLEET_H

#include "client/measure/result.h"
#include "client/run/loop.h"
#include "client/run/subscription.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* What the calling thread wants to hear while the fleet runs. */
struct fleet_listener {
    /*
     * An interval is over. `previous` is NULL at the first. False: something is wrong with what is
     * written, and the streams are to stop.
     */
    bool (*interval)(const struct sample *sample, const struct sample *previous);
    /* For each message and break, in the stream's thread; NULL where nobody wants to. */
    const struct subscription_listener *printer;
    bool (*before_wait)(void); /* see loop.h; NULL with more than one stream */
};

struct fleet {
    struct runner_settings settings;
    const struct fleet_listener *listener;
    struct loop *loops;
    size_t loop_count;
    size_t loops_ready; /* loop_init was called */
    struct result *result;

    pthread_mutex_t lock; /* takes no other lock */
    pthread_cond_t ended;
    bool has_condition;
    size_t loops_ended;
};

/*
 * Prepares it; nothing is sent yet. `plan` and `listener` must outlive it. False where memory is
 * missing; fleet_cleanup is then right all the same.
 */
bool fleet_init(struct fleet *fleet, const struct plan *plan,
                const struct fleet_listener *listener);
void fleet_cleanup(struct fleet *fleet);

/*
 * Runs all streams to their ends. The result is the fleet's, and lacks only what the caller knows
 * better: whether a signal stopped it. NULL where no thread could be started.
 */
struct result *fleet_run(struct fleet *fleet);

/* Has all streams stopped. From any thread, while the fleet exists. */
void fleet_request_stop(struct fleet *fleet);

/* The first stream, once the fleet has run. */
const struct subscription *fleet_first(const struct fleet *fleet);

#endif
