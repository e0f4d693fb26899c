#include "client/run/timers.h"

#include "shared/base/clock.h"

#include <stdlib.h>

bool timers_init(struct timers *timers, size_t room)
{
    *timers = (struct timers){.room = room};
    timers->heap = calloc(room, sizeof(struct timer *));
    return timers->heap != NULL;
}

void timers_cleanup(struct timers *timers)
{
    free((void *)timers->heap);
}

static void put(struct timers *timers, struct timer *timer, size_t place)
{
    timers->heap[place] = timer;
    timer->place = place;
}

static void move_up(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    while (place > 0) {
        size_t parent = (place - 1) / 2;
        if (timers->heap[parent]->heap_key <= timer->heap_key) {
            break;
        }
        put(timers, timers->heap[parent], place);
        place = parent;
    }
    put(timers, timer, place);
}

static void move_down(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= timers->count) {
            break;
        }
        if (child + 1 < timers->count &&
            timers->heap[child + 1]->heap_key < timers->heap[child]->heap_key) {
            child++;
        }
        if (timers->heap[child]->heap_key >= timer->heap_key) {
            break;
        }
        put(timers, timers->heap[child], place);
        place = child;
    }
    put(timers, timer, place);
}

void timers_add(struct timers *timers, struct timer *timer, void (*fire)(struct timer *, int64_t))
{
    *timer = (struct timer){.due = CLOCK_NEVER, .heap_key = CLOCK_NEVER, .fire = fire};
    put(timers, timer, timers->count++);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due)
{
    timer->due = due;
    if (due < timer->heap_key) {
        timer->heap_key = due;
        move_up(timers, timer);
    }
}

int64_t timers_next(const struct timers *timers)
{
    return timers->count == 0 ? CLOCK_NEVER : timers->heap[0]->heap_key;
}

void timers_fire_one(struct timers *timers, int64_t now)
{
    while (timers_next(timers) <= now) {
        struct timer *timer = timers->heap[0];
        bool is_due = timer->heap_key == timer->due;
        timer->heap_key = is_due ? CLOCK_NEVER : timer->due;
        move_down(timers, timer);
        if (is_due) {
            timer->due = CLOCK_NEVER;
            timer->fire(timer, now);
            return;
        }
    }
}
