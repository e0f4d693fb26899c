/* What the store does later. */
#include "server/stores/etcd/etcd_core.h"

void etcd_timer_set(struct etcd_core *core, struct etcd_timer *timer, int64_t at,
                    void (*fire)(struct etcd_timer *timer))
{
    etcd_timer_cancel(core, timer);
    core->timers_at = at < core->timers_at ? at : core->timers_at;
    timer->at = at;
    timer->fire = fire;
    timer->is_set = true;
    timer->previous = NULL;
    timer->next = core->timers;
    if (core->timers != NULL) {
        core->timers->previous = timer;
    }
    core->timers = timer;
}

void etcd_timer_cancel(struct etcd_core *core, struct etcd_timer *timer)
{
    if (!timer->is_set) {
        return;
    }
    timer->is_set = false;
    if (timer->previous == NULL) {
        core->timers = timer->next;
    } else {
        timer->previous->next = timer->next;
    }
    if (timer->next != NULL) {
        timer->next->previous = timer->previous;
    }
}

/* A timer that fires may set and cancel others, so the list is looked through anew. */
int64_t etcd_timers_run(struct etcd_core *core)
{
    const int64_t now = etcd_core_now(core);
    struct etcd_timer *due = NULL;
    if (now < core->timers_at) {
        return core->timers_at;
    }
    int64_t next = CLOCK_NEVER;
    do {
        due = NULL;
        next = CLOCK_NEVER;
        for (struct etcd_timer *timer = core->timers; timer != NULL && due == NULL;
             timer = timer->next) {
            due = timer->at <= now ? timer : NULL;
            next = timer->at < next ? timer->at : next;
        }
        if (due != NULL) {
            etcd_timer_cancel(core, due);
            due->fire(due);
        }
    } while (due != NULL);
    core->timers_at = next;
    return next;
}
