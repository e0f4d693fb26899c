#include "server/work/turnstile.h"

#include <stdint.h>

int turnstile_init(struct turnstile *turnstile, unsigned processors)
{
    *turnstile = (struct turnstile){.room = processors};
    return pthread_mutex_init(&turnstile->lock, NULL);
}

void turnstile_cleanup(struct turnstile *turnstile)
{
    (void)pthread_mutex_destroy(&turnstile->lock);
}

/* FNV-1a: the names differ in a number. */
static size_t gate_of(const char *connection)
{
    uint32_t hash = 2166136261U;
    for (const char *c = connection; *c != '\0'; c++) {
        hash = (hash ^ (uint8_t)*c) * 16777619U;
    }
    return hash % TURNSTILE_GATES;
}

void passer_init(struct passer *passer, struct inbox *inbox, const char *connection)
{
    *passer = (struct passer){.inbox = inbox, .gate = gate_of(connection)};
}

static void append(struct passer_queue *queue, struct passer *passer)
{
    passer->next = NULL;
    if (queue->last == NULL) {
        queue->first = passer;
    } else {
        queue->last->next = passer;
    }
    queue->last = passer;
}

static struct passer *take_first(struct passer_queue *queue)
{
    struct passer *first = queue->first;
    if (first != NULL) {
        queue->first = first->next;
        queue->last = queue->first == NULL ? NULL : queue->last;
    }
    return first;
}

static void take_out(struct passer_queue *queue, const struct passer *passer)
{
    struct passer *before = NULL;
    for (struct passer *p = queue->first; p != passer; p = p->next) {
        before = p;
    }
    if (before == NULL) {
        queue->first = passer->next;
    } else {
        before->next = passer->next;
    }
    if (queue->last == passer) {
        queue->last = before;
    }
}

/* All but `asking` hear of it by their inboxes. */
static void let_in_locked(struct passer *passer, bool has_room, const struct passer *asking)
{
    passer->state = PASSER_INSIDE;
    passer->was_inside = true;
    passer->has_room = has_room;
    if (passer != asking) {
        (void)inbox_post(passer->inbox, INBOX_TURN);
    }
}

/* Lets pass who is ready, while there is room. */
static void admit_locked(struct turnstile *turnstile, const struct passer *asking)
{
    while (turnstile->room > 0 && turnstile->ready.first != NULL) {
        turnstile->room--;
        let_in_locked(take_first(&turnstile->ready), true, asking);
    }
}

/* It is the next of its connection. */
static void make_ready_locked(struct turnstile *turnstile, struct passer *passer,
                              const struct passer *asking)
{
    turnstile->gates[passer->gate].holder = passer;
    if (!passer->was_inside) {
        let_in_locked(passer, false, asking);
        return;
    }
    passer->state = PASSER_READY;
    append(&turnstile->ready, passer);
    admit_locked(turnstile, asking);
}

bool turnstile_enter(struct turnstile *turnstile, struct passer *passer)
{
    (void)pthread_mutex_lock(&turnstile->lock);
    if (passer->state == PASSER_OUTSIDE) {
        if (turnstile->gates[passer->gate].holder == NULL) {
            make_ready_locked(turnstile, passer, passer);
        } else {
            passer->state = PASSER_AT_GATE;
            append(&turnstile->gates[passer->gate].waiting, passer);
        }
    }
    bool is_inside = passer->state == PASSER_INSIDE;
    (void)pthread_mutex_unlock(&turnstile->lock);
    return is_inside;
}

bool turnstile_is_awaited(struct turnstile *turnstile, const struct passer *passer)
{
    (void)pthread_mutex_lock(&turnstile->lock);
    bool is_awaited =
        turnstile->ready.first != NULL || turnstile->gates[passer->gate].waiting.first != NULL;
    (void)pthread_mutex_unlock(&turnstile->lock);
    return is_awaited;
}

static void open_gate_locked(struct turnstile *turnstile, size_t gate)
{
    turnstile->gates[gate].holder = NULL;
    struct passer *next = take_first(&turnstile->gates[gate].waiting);
    if (next != NULL) {
        make_ready_locked(turnstile, next, NULL);
    }
}

void turnstile_leave(struct turnstile *turnstile, struct passer *passer)
{
    (void)pthread_mutex_lock(&turnstile->lock);
    switch (passer->state) {
    case PASSER_OUTSIDE:
        break;
    case PASSER_AT_GATE:
        take_out(&turnstile->gates[passer->gate].waiting, passer);
        break;
    case PASSER_READY:
        take_out(&turnstile->ready, passer);
        open_gate_locked(turnstile, passer->gate);
        break;
    case PASSER_INSIDE:
        turnstile->room += passer->has_room ? 1 : 0;
        open_gate_locked(turnstile, passer->gate);
        break;
    }
    passer->state = PASSER_OUTSIDE;
    admit_locked(turnstile, NULL);
    (void)pthread_mutex_unlock(&turnstile->lock);
}
