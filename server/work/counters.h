/*
 * What workers count. The counters of a worker are written by its thread only; any thread may read
 * and sum them. So a number changes no word that workers share. What happens once a stream is
 * counted in the sums themselves, under workers.lock.
 */
#ifndef COMMS_SERVER_WORK_COUNTERS_H
#define COMMS_SERVER_WORK_COUNTERS_H

#include "server/services/dialogue_counts.h"
#include "server/services/service.h"
#include "shared/protocol/error.h"

#include <stdatomic.h>
#include <stdint.h>

/* The counters of one worker, which serves one stream. What its dialogue counts lies elsewhere, so
 * that a number at full speed touches fewer cache lines. */
struct counters {
    atomic_uint_fast64_t received; /* messages from the client */
    atomic_uint_fast64_t sent;     /* messages to the client, without those about a failure */
};

enum {
    STREAM_TIME_BOUNDS = 16,
    STREAM_TIME_BUCKETS = STREAM_TIME_BOUNDS + 1 /* the last one: beyond the last bound */
};

/* The longest life of the streams of each bucket but the last, nanoseconds, in rising order. */
extern const int64_t stream_time_bounds_ns[STREAM_TIME_BOUNDS];

/* Sums over all streams of a service. */
struct service_counts {
    uint64_t started; /* streams that a worker has begun to serve */
    uint64_t received;
    uint64_t sent;
    uint64_t handled[STATUS_COUNT];          /* streams that have ended with the status */
    uint64_t lifetimes[STREAM_TIME_BUCKETS]; /* streams that have ended */
    uint64_t lifetime_ns;                    /* of those together */
};

/* Sums over all streams. */
struct counts {
    /* streams that were handed over, and whose threads are not free yet */
    uint64_t live[SERVICE_PLACES_KINDS];
    struct service_counts services[SERVICES_MAX]; /* by service.number */
    uint64_t failures[ERROR_COUNT];               /* streams that have ended with the error */
    struct dialogue_counts dialogue;
};

/* Adds the counters' present values to the sums. From any thread. */
void counters_add_to(const struct counters *counters, const struct service *service,
                     struct counts *counts);

/*
 * Counts the end of a stream that lived for `lifetime_ns`. `is_finished`: it ended with this
 * outcome; else it was cancelled, or its connection lost.
 */
void counts_add_end(struct counts *counts, const struct service *service, int64_t lifetime_ns,
                    bool is_finished, const struct failure *outcome);

/* The sums of all services. */
struct service_counts counts_sum(const struct counts *counts);

#endif
