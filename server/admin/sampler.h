/*
 * The thread that looks at the server once a second, for the history. It runs while there is an
 * admin port, so a server without one pays nothing.
 */
#ifndef COMMS_SERVER_ADMIN_SAMPLER_H
#define COMMS_SERVER_ADMIN_SAMPLER_H

#include "server/admin/history.h"
#include "server/admin/sources.h"

struct sampler;

/* Takes the first sample, and starts the thread. The sources must outlive it. NULL if memory or a
 * thread is missing. */
struct sampler *sampler_start(const struct admin_sources *sources);

/* NULL: does nothing. */
void sampler_stop(struct sampler *sampler);

/* What the page shows of the samples. */
struct sampler_view {
    struct counts counts; /* as at the last sample */
    struct history_sample last;
    struct history_sample recent; /* ten seconds before, or since the start */
    struct history_sample oldest; /* of those that are kept */
    struct history_fold fold;
};

/* From any thread; takes sampler.lock, a leaf lock. */
void sampler_read(struct sampler *sampler, struct sampler_view *ret_view);

#endif
