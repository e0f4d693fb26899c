/* A queue of turns. The caller holds turnstile.lock. */
#ifndef COMMS_SERVER_WORK_TURN_QUEUE_H
#define COMMS_SERVER_WORK_TURN_QUEUE_H

struct turn;

/* All zeroes: empty. */
struct turn_queue {
    struct turn *first;
    struct turn *last;
};

void turn_queue_append(struct turn_queue *queue, struct turn *turn);

/* The turn is in this queue. */
void turn_queue_take_out(struct turn_queue *queue, struct turn *turn);

/* NULL: the queue is empty. */
struct turn *turn_queue_take_first(struct turn_queue *queue);

#endif
