/*
 * A heap of timers, each embedded in its owner. Moving a timer to a later time costs nothing until
 * its old time comes. For one thread.
 */
#ifndef COMMS_CLIENT_RUN_TIMERS_H
#define COMMS_CLIENT_RUN_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t due;      /* CLOCK_NEVER: not set */
    int64_t heap_key; /* its key in the heap: may lag behind `due`, corrected when it comes up */
    size_t place;     /* its index in the heap */
    void (*fire)(struct timer *timer, int64_t now); /* may set this timer again, and others */
};

struct timers {
    size_t count;
    size_t room;
    struct timer **heap;
};

/* Prepares a heap for up to `room` timers. False if memory is missing. */
bool timers_init(struct timers *timers, size_t room);
void timers_cleanup(struct timers *timers);

/* Adds a timer, which is not set yet. There must be room. */
void timers_add(struct timers *timers, struct timer *timer, void (*fire)(struct timer *, int64_t));

/* Sets when the timer is due; CLOCK_NEVER: unsets it. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due);

/* When timers_fire_one must be called next. It may find nothing to do then. */
int64_t timers_next(const struct timers *timers);

/*
 * Fires the earliest timer that is due, if there is one; it is unset before it fires. Only one, so
 * that other work gets its turn when thousands of timers are due at the same time.
 */
void timers_fire_one(struct timers *timers, int64_t now);

#endif
