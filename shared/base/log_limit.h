/*
 * Limits the log lines of one kind, for events that a peer can cause as often as it likes: some
 * lines a second are written, the others are counted, and a later line has their count.
 */
#ifndef COMMS_SHARED_BASE_LOG_LIMIT_H
#define COMMS_SHARED_BASE_LOG_LIMIT_H

#include "shared/base/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct log_limit {
    unsigned lines_max;   /* a second */
    pthread_mutex_t lock; /* a leaf lock */

    /* lock */
    int64_t second_ends; /* time on clock_monotonic */
    unsigned lines;      /* written in this second */
    uint64_t skipped;    /* not written since the last line */
};

#define LOG_LIMIT(lines_a_second)                                                                  \
    {                                                                                              \
        .lines_max = (lines_a_second), .lock = PTHREAD_MUTEX_INITIALIZER                           \
    }

/*
 * Whether a line may be written at `now`, a time on clock_monotonic. `more` is how many other lines
 * it stands for, which another limit has skipped. True: *ret_skipped is how many lines were not
 * written before it. False: the lines are counted. From any thread.
 */
bool log_limit_admit(struct log_limit *limit, int64_t now, uint64_t more, uint64_t *ret_skipped);

/* The last field of such a line: `skipped=N`; nothing if no line was skipped. */
struct log_field log_skipped(uint64_t skipped);

#endif
