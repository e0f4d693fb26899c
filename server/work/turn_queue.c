#include "server/work/turn_queue.h"

#include "server/work/turnstile.h"

#include <stddef.h>

void turn_queue_append(struct turn_queue *queue, struct turn *turn)
{
    turn->previous = queue->last;
    turn->next = NULL;
    if (queue->last == NULL) {
        queue->first = turn;
    } else {
        queue->last->next = turn;
    }
    queue->last = turn;
}

void turn_queue_take_out(struct turn_queue *queue, struct turn *turn)
{
    if (turn->previous == NULL) {
        queue->first = turn->next;
    } else {
        turn->previous->next = turn->next;
    }
    if (turn->next == NULL) {
        queue->last = turn->previous;
    } else {
        turn->next->previous = turn->previous;
    }
}

struct turn *turn_queue_take_first(struct turn_queue *queue)
{
    struct turn *first = queue->first;
    if (first != NULL) {
        turn_queue_take_out(queue, first);
    }
    return first;
}
