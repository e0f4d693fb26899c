#include "server/turnstile.h"

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

/* Lets pass who is ready, while there is room; all but `asking` hear of it by their inboxes. */
static void admit_locked(struct turnstile *turnstile, const struct passer *asking)
{
    while (turnstile->room > 0 && turnstile->ready.first != NULL) {
        struct passer *passer = take_first(&turnstile->ready);
        passer->state = PASSER_INSIDE;
        turnstile->room--;
        if (passer != asking) {
            (void)inbox_post(passer->inbox, INBOX_TURN);
        }
    }
}

static void make_ready_locked(struct turnstile *turnstile, struct passer *passer)
{
    turnstile->gates[passer->gate].holder = passer;
    passer->state = PASSER_READY;
    append(&turnstile->ready, passer);
}

bool turnstile_enter(struct turnstile *turnstile, struct passer *passer)
{
    (void)pthread_mutex_lock(&turnstile->lock);
    if (passer->state == PASSER_OUTSIDE) {
        if (turnstile->gates[passer->gate].holder == NULL) {
            make_ready_locked(turnstile, passer);
            admit_locked(turnstile, passer);
        } else {
            passer->state = PASSER_AT_GATE;
            append(&turnstile->gates[passer->gate].waiting, passer);
        }
    }
    bool is_inside = passer->state == PASSER_INSIDE;
    (void)pthread_mutex_unlock(&turnstile->lock);
    return is_inside;
}

static void open_gate_locked(struct turnstile *turnstile, size_t gate)
{
    turnstile->gates[gate].holder = NULL;
    struct passer *next = take_first(&turnstile->gates[gate].waiting);
    if (next != NULL) {
        make_ready_locked(turnstile, next);
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
        turnstile->room++;
        open_gate_locked(turnstile, passer->gate);
        break;
    }
    passer->state = PASSER_OUTSIDE;
    admit_locked(turnstile, passer);
    (void)pthread_mutex_unlock(&turnstile->lock);
}
