/*
 * How many streams there may be at a time: the limit that was set, or less for a while, when the
 * system had no thread for a stream.
 *
 * Such a shortage teaches a limit: the streams that live have to do, and the spare threads become
 * room for C core. From 30 seconds later on, a stream that comes has the spare threads started
 * again. If all of them start, the shortage is over, and the limit that was set holds again.
 *
 * All of it is for the acceptor's thread, which admits streams.
 */
#ifndef COMMS_SERVER_WORK_STREAM_LIMIT_H
#define COMMS_SERVER_WORK_STREAM_LIMIT_H

#include "server/work/spare_threads.h"
#include "shared/base/clock.h"

#include <stdint.h>

/* Nanoseconds from a shortage until the limit that was set is tried again. */
#define STREAM_LIMIT_RETRY_NS (30 * NS_PER_S)

struct stream_limit {
    const struct clock *clock;
    uint64_t set;     /* streams at a time */
    uint64_t now;     /* the same, or what a shortage taught: at least 1 */
    int64_t retry_at; /* time on the clock; CLOCK_NEVER: there is no shortage */
    struct spare_threads spare;
};

/* 0, or an error number and nothing to clean up. */
int stream_limit_init(struct stream_limit *limit, const struct clock *clock, uint64_t max_streams);
void stream_limit_cleanup(struct stream_limit *limit);

/* The system has no thread for a stream more than those that live. */
void stream_limit_learn(struct stream_limit *limit, uint64_t live);

/* The streams that there may be now. */
uint64_t stream_limit_get(struct stream_limit *limit);

#endif
