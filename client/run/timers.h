/*
 * What is due when: a heap of timers, each embedded in what it is for. A timer that is moved to a
 * later time costs nothing until its old time comes. For one thread.
 */
#ifndef COMMS_CLIENT_RUN_TIMERS_H
#define COMMS_CLIENT_RUN_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t due;                                    /* CLOCK_NEVER: not set */
    int64_t looked;                                 /* where the heap has it: not after `due` */
    size_t place;                                   /* in the heap */
    void (*fire)(struct timer *timer, int64_t now); /* may set the timer again, and others */
};

struct timers {
    size_t count;
    size_t room;
    struct timer **heap;
};

/* Room for so many timers; false where memory is missing. */
bool timers_init(struct timers *timers, size_t room);
void timers_cleanup(struct timers *timers);

/* Adds a timer that is not set. There must be room. */
void timers_add(struct timers *timers, struct timer *timer, void (*fire)(struct timer *, int64_t));

/* Sets when it is due, or CLOCK_NEVER. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due);

/* When timers_fire_one must be called next; it may find nothing to do then. */
int64_t timers_next(const struct timers *timers);

/*
 * Fires the earliest of the timers that are due, if any is; it is unset before it fires. Only one,
 * so that other work gets its turn where thousands are due at the same time.
 */
void timers_fire_one(struct timers *timers, int64_t now);

#endif
