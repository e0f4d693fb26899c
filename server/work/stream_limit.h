/*
 * The limit of live streams: --max-streams, or less after a shortage of threads.
 *
 * If the system has no thread for a stream, the spare threads end, to make room for C core. New
 * workers must not take that room, so the limit becomes the number of live streams. A stream that
 * comes 30 seconds later or more starts the spare threads again. If all start, the shortage is
 * over, and the limit is as before.
 *
 * For the acceptor's thread, which admits the streams.
 */
#ifndef COMMS_SERVER_WORK_STREAM_LIMIT_H
#define COMMS_SERVER_WORK_STREAM_LIMIT_H

#include "server/work/spare_threads.h"
#include "shared/base/clock.h"

#include <stdint.h>

/* Nanoseconds from a shortage until the spare threads are started again. */
#define STREAM_LIMIT_RETRY_NS (30 * NS_PER_S)

struct stream_limit {
    const struct clock *clock;
    uint64_t set;     /* streams, as set by --max-streams */
    uint64_t now;     /* streams: `set`, or less during a shortage; 1 at least */
    int64_t retry_at; /* time on the clock; CLOCK_NEVER: no shortage */
    struct spare_threads spare;
};

/* 0, or an error number and nothing to clean up. */
int stream_limit_init(struct stream_limit *limit, const struct clock *clock, uint64_t max_streams);
void stream_limit_cleanup(struct stream_limit *limit);

/* The system has threads for `live` streams and for no more: lowers the limit, and logs it. */
void stream_limit_learn(struct stream_limit *limit, uint64_t live);

/* The limit now, in streams. May first start the spare threads again, to end a shortage. */
uint64_t stream_limit_get(struct stream_limit *limit);

#endif
