/*
 * All streams of a run: spread over connections, and these over a few threads; sampled while they
 * run, and added up to the result when they are done.
 */
#ifndef COMMS_CLIENT_RUN_FLEET_H
#define COMMS_CLIENT_RUN_FLEET_H

#include "client/measure/result.h"
#include "client/run/loop.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Whoever hears of a fleet while it runs. */
struct fleet_listener {
    void *context; /* handed to `interval` */
    /*
     * An interval is over; called in the thread of fleet_run. `previous` is NULL at the first one.
     * False: what is told does not get through any more, and the streams are to stop.
     */
    bool (*interval)(void *context, const struct sample *sample, const struct sample *previous);
    const struct session_listener *sessions; /* in the loops' threads; NULL: nobody hears of them */
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

/* What the first stream's session came to, once the fleet has run; valid until fleet_cleanup. */
struct session_end fleet_first_session(const struct fleet *fleet);

#endif
