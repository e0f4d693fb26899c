/*
 * Limits the log lines of one kind, for events that a peer can cause as often as it likes: some
 * lines a second are written, the others are counted, and a later line has their count. A limit may
 * let more through at once: who has written few for a while may write many.
 */
#ifndef COMMS_SHARED_BASE_LOG_LIMIT_H
#define COMMS_SHARED_BASE_LOG_LIMIT_H

#include "shared/base/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct log_limit {
    unsigned lines_a_second;
    unsigned lines_at_once; /* the same number, or more */
    pthread_mutex_t lock;   /* a leaf lock */

    /* lock */
    int64_t second_ends; /* time on clock_monotonic */
    unsigned lines;      /* of those at once, written */
    uint64_t skipped;    /* not written since the last line */
};

#define LOG_LIMIT(a_second) LOG_LIMIT_AT_ONCE(a_second, a_second)

#define LOG_LIMIT_AT_ONCE(a_second, at_once)                                                       \
    {                                                                                              \
        .lines_a_second = (a_second), .lines_at_once = (at_once),                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/*
 * Whether a line may be written at `now`, a time on clock_monotonic. `more` is how many other lines
 * it stands for, which another limit has skipped. True: *ret_skipped is how many lines were not
 * written before it. False: the lines are counted. From any thread.
 */
bool log_limit_admit(struct log_limit *limit, int64_t now, uint64_t more, uint64_t *ret_skipped);

/*
 * The same for a line at LOG_LEVEL_INFO, now. False, too, if such lines are not written. With
 * LOG_LEVEL_DEBUG there is no limit: somebody wants to see everything.
 */
bool log_limit_admit_info(struct log_limit *limit, uint64_t *ret_skipped);

/* The last field of such a line: `skipped=N`; nothing if no line was skipped. */
struct log_field log_skipped(uint64_t skipped);

#endif
