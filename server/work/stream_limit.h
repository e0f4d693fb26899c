/*
 * The limit of live streams of all services after a shortage of threads.
 *
 * If the system has no thread for a stream, or no memory for its stack, the limit becomes the
 * number of live streams: what is left is for C core. When a stream comes 30 seconds later or more,
 * and there is room for some threads, the shortage is over, and there is no such limit.
 *
 * For the acceptor's thread, which admits the streams.
 */
#ifndef COMMS_SERVER_WORK_STREAM_LIMIT_H
#define COMMS_SERVER_WORK_STREAM_LIMIT_H

#include "shared/base/clock.h"

#include <stdint.h>

/* Nanoseconds from a shortage until it is looked whether it is over. */
#define STREAM_LIMIT_RETRY_NS (30 * NS_PER_S)

/* There is no shortage. */
#define STREAM_LIMIT_NONE UINT64_MAX

struct stream_limit {
    const struct clock *clock;
    uint64_t set;     /* streams, as set by --max-streams: for the log */
    uint64_t now;     /* streams, 1 at least; STREAM_LIMIT_NONE: no shortage */
    int64_t retry_at; /* time on the clock; CLOCK_NEVER: no shortage */
};

void stream_limit_init(struct stream_limit *limit, const struct clock *clock, uint64_t max_streams);

/* The system has threads for `live` streams and for no more: lowers the limit, and logs it. */
void stream_limit_learn(struct stream_limit *limit, uint64_t live);

/* The limit now, in streams, or STREAM_LIMIT_NONE. May first start and end some threads, to see
 * whether a shortage is over. */
uint64_t stream_limit_get(struct stream_limit *limit);

#endif
