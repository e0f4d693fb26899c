#include "server/work/turnstile.h"

/*
 * Messages that a stream sends in one turn: enough to fill C core's writes, and few enough that the
 * other streams do not wait long.
 */
enum { BURST = 512 };

/*
 * How long a stream may keep its first turn and send nothing. It may have to wait for C core, while
 * a poller does the connection's work. So a short session is over in one turn.
 */
#define FIRST_TURN_NS NS_PER_MS

/* What a first turn without a message adds to its line's waste, and the most that a line may have:
 * eight such turns in a row, later one for each eight with messages. */
enum { WASTE = 8, WASTE_MAX = 8 * WASTE };

int turnstile_init(struct turnstile *turnstile, unsigned processors, const struct clock *clock)
{
    *turnstile = (struct turnstile){.clock = clock, .free_processors = processors};
    return pthread_mutex_init(&turnstile->lock, NULL);
}

void turnstile_cleanup(struct turnstile *turnstile)
{
    (void)pthread_mutex_destroy(&turnstile->lock);
}

/* ---- The lines, under the lock --------------------------------------------------------------- */

static void append(struct turn_queue *queue, struct turn *turn)
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

static void take_out(struct turn_queue *queue, struct turn *turn)
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

static struct turn *take_first(struct turn_queue *queue)
{
    struct turn *first = queue->first;
    if (first != NULL) {
        take_out(queue, first);
    }
    return first;
}

static bool wastes_too_much(const struct turn_line *line)
{
    return line->waste + WASTE > WASTE_MAX;
}

/* Gives the turn and posts its event, except to `asking`, which learns it from a return value. */
static void give_locked(struct turn *turn, bool uses_processor, const struct turn *asking)
{
    turn->state = TURN_HELD;
    turn->is_first = !turn->had_first;
    turn->is_kept = turn->is_first && !wastes_too_much(turn->line);
    turn->had_first = true;
    turn->uses_processor = uses_processor;
    if (turn != asking) {
        inbox_post(turn->inbox, turn->event);
    }
}

static void use_free_processors_locked(struct turnstile *turnstile, const struct turn *asking)
{
    while (turnstile->free_processors > 0 && turnstile->ready.first != NULL) {
        turnstile->free_processors--;
        give_locked(take_first(&turnstile->ready), true, asking);
    }
}

/* The turn is the first in its line: gives it, or lets it wait for a processor. */
static void make_ready_locked(struct turnstile *turnstile, struct turn *turn,
                              const struct turn *asking)
{
    turn->line->holder = turn;
    if (!turn->had_first) {
        give_locked(turn, false, asking);
        return;
    }
    turn->state = TURN_READY;
    append(&turnstile->ready, turn);
    use_free_processors_locked(turnstile, asking);
}

/* Enters the line, if the turn is not in it. True: the stream has the turn. */
static bool stand_in_line(struct turn *turn, unsigned event)
{
    struct turnstile *turnstile = turn->turnstile;
    (void)pthread_mutex_lock(&turnstile->lock);
    turn->event = event;
    if (turn->state == TURN_NONE) {
        if (turn->line->holder == NULL) {
            make_ready_locked(turnstile, turn, turn);
        } else {
            turn->state = TURN_IN_LINE;
            append(&turn->line->waiting, turn);
        }
    }
    bool is_held = turn->state == TURN_HELD;
    (void)pthread_mutex_unlock(&turnstile->lock);
    return is_held;
}

static void move_line_up_locked(struct turnstile *turnstile, struct turn_line *line)
{
    line->holder = NULL;
    struct turn *next = take_first(&line->waiting);
    if (next != NULL) {
        make_ready_locked(turnstile, next, NULL);
    }
}

static void judge_first_turn_locked(struct turn_line *line, bool was_used)
{
    if (!was_used) {
        line->waste = wastes_too_much(line) ? (unsigned)WASTE_MAX : line->waste + WASTE;
    } else if (line->waste > 0) {
        line->waste--;
    }
}

/* `was_used`: a message was sent in the turn that ends. */
static void leave_line(struct turn *turn, bool was_used)
{
    struct turnstile *turnstile = turn->turnstile;
    (void)pthread_mutex_lock(&turnstile->lock);
    switch (turn->state) {
    case TURN_NONE:
        break;
    case TURN_IN_LINE:
        take_out(&turn->line->waiting, turn);
        break;
    case TURN_READY:
        take_out(&turnstile->ready, turn);
        move_line_up_locked(turnstile, turn->line);
        break;
    case TURN_HELD:
        turnstile->free_processors += turn->uses_processor ? 1 : 0;
        if (turn->is_first) {
            judge_first_turn_locked(turn->line, was_used);
        }
        move_line_up_locked(turnstile, turn->line);
        break;
    }
    turn->state = TURN_NONE;
    use_free_processors_locked(turnstile, NULL);
    (void)pthread_mutex_unlock(&turnstile->lock);
}

static bool others_wait(const struct turn *turn)
{
    struct turnstile *turnstile = turn->turnstile;
    (void)pthread_mutex_lock(&turnstile->lock);
    bool wait = turnstile->ready.first != NULL || turn->line->waiting.first != NULL;
    (void)pthread_mutex_unlock(&turnstile->lock);
    return wait;
}

/* ---- A stream's turns ------------------------------------------------------------------------ */

void turn_init(struct turn *turn, struct turnstile *turnstile, struct turn_line *line,
               struct inbox *inbox)
{
    *turn = (struct turn){.turnstile = turnstile, .line = line, .inbox = inbox};
}

/* Whether the stream is to open its call without a turn. */
static bool has_no_first_turn(const struct turn *turn)
{
    struct turnstile *turnstile = turn->turnstile;
    (void)pthread_mutex_lock(&turnstile->lock);
    bool has_none = turn->state == TURN_NONE && wastes_too_much(turn->line);
    (void)pthread_mutex_unlock(&turnstile->lock);
    return has_none;
}

bool turn_ask_for(struct turn *turn)
{
    if (turn->turnstile == NULL || has_no_first_turn(turn)) {
        return true;
    }
    turn->burst_left = BURST; /* for the worker, which is woken when it has the turn */
    return stand_in_line(turn, INBOX_STREAM);
}

bool turn_stand_in_line(struct turn *turn)
{
    if (turn->turnstile != NULL && !turn->is_awaited) {
        turn->is_awaited = !stand_in_line(turn, INBOX_TURN);
        turn->burst_left = turn->is_awaited ? 0 : BURST;
    }
    return !turn->is_awaited;
}

bool turn_ask_to_open(struct turn *turn)
{
    if (turn->burst_left > 0 || turn->turnstile == NULL) {
        return true;
    }
    return (!turn->is_awaited && has_no_first_turn(turn)) || turn_stand_in_line(turn);
}

void turn_came(struct turn *turn)
{
    turn->is_awaited = false;
    turn->burst_left = BURST;
}

void turn_begin_first(struct turn *turn)
{
    if (turn->burst_left > 0 && turn->is_kept) {
        const struct clock *clock = turn->turnstile->clock;
        turn->keep_until = clock->now(clock) + FIRST_TURN_NS;
    }
}

int64_t turn_keep(struct turn *turn)
{
    if (turn->burst_left == 0) {
        return CLOCK_NEVER;
    }
    const struct clock *clock = turn->turnstile->clock;
    if (clock->now(clock) < turn->keep_until) {
        return turn->keep_until;
    }
    turn_end(turn);
    return CLOCK_NEVER;
}

bool turn_end_burst(struct turn *turn)
{
    if (others_wait(turn)) {
        return true;
    }
    turn->burst_left = BURST; /* no other stream waits: the turn goes on */
    return false;
}

void turn_end(struct turn *turn)
{
    if (turn->turnstile != NULL) {
        bool was_used = turn->burst_left < BURST;
        turn->burst_left = 0;
        turn->is_awaited = false;
        leave_line(turn, was_used);
    }
}
