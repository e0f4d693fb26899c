#include "server/work/turnstile.h"

#include <assert.h>

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

/* First turns in a row whose writes are held back: some hundred microseconds. */
enum { HELD_TURNS_MAX = 32 };

/*
 * Inboxes whose owners are to be woken when turnstile.lock is free. A step gives two turns at most:
 * the next one of a line, and one for which a processor has become free.
 */
struct woken {
    struct inbox *inboxes[2];
    size_t count;
    bool takes_over;          /* the caller can serve a stream whose thread still sleeps */
    struct inbox *taken_over; /* the inbox of that thread, which is not woken; NULL: none */
};

static void wake(const struct woken *woken)
{
    for (size_t i = 0; i < woken->count; i++) {
        inbox_wake(woken->inboxes[i]);
    }
}

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

static bool wastes_too_much(const struct turn_line *line)
{
    return line->waste + WASTE > WASTE_MAX;
}

static bool has_first_turn_behind(const struct turn_line *line)
{
    return line->waiting.first != NULL && !line->waiting.first->had_first;
}

static void begin_hold_locked(struct turn_line *line)
{
    if (line->hold != NULL && line->held_turns == 0) {
        line->held_turns = 1;
        write_hold_begin(line->hold);
    }
}

/* Returns what the caller is to flush when the lock is free; NULL: nothing. */
static struct write_hold *end_hold_locked(struct turn_line *line)
{
    if (line->held_turns == 0) {
        return NULL;
    }
    line->held_turns = 0;
    return write_hold_end(line->hold) ? line->hold : NULL;
}

/* A turn ends: goes on holding if another first turn follows, up to the maximum. */
static struct write_hold *pass_hold_on_locked(struct turn_line *line)
{
    if (line->held_turns > 0 && line->held_turns < HELD_TURNS_MAX && has_first_turn_behind(line)) {
        line->held_turns++;
        return NULL;
    }
    return end_hold_locked(line);
}

static void flush(struct write_hold *hold)
{
    if (hold != NULL) {
        hold->flush(hold);
    }
}

/* Gives the turn and posts its event, except to `asking`, which learns it from a return value. */
static void give_locked(struct turn *turn, bool uses_processor, const struct turn *asking,
                        struct woken *woken)
{
    turn->state = TURN_HELD;
    turn->is_first = !turn->had_first;
    turn->is_kept = turn->is_first && !wastes_too_much(turn->line);
    turn->had_first = true;
    turn->uses_processor = uses_processor;
    if (turn->is_first) {
        begin_hold_locked(turn->line);
    }
    struct inbox *inbox = turn->inbox; /* once the event is there, the turn is its owner's */
    if (woken->takes_over && turn->event == INBOX_STREAM) {
        woken->takes_over = false;
        woken->taken_over = inbox;
    } else if (turn != asking && inbox_mark(inbox, turn->event)) {
        assert(woken->count < sizeof woken->inboxes / sizeof woken->inboxes[0]);
        woken->inboxes[woken->count++] = inbox;
    }
}

static void use_free_processors_locked(struct turnstile *turnstile, const struct turn *asking,
                                       struct woken *woken)
{
    while (turnstile->free_processors > 0 && turnstile->ready.first != NULL) {
        turnstile->free_processors--;
        give_locked(turn_queue_take_first(&turnstile->ready), true, asking, woken);
    }
}

/* The turn is the first in its line: gives it, or lets it wait for a processor. */
static void make_ready_locked(struct turnstile *turnstile, struct turn *turn,
                              const struct turn *asking, struct woken *woken)
{
    turn->line->holder = turn;
    if (!turn->had_first) {
        give_locked(turn, false, asking, woken);
        return;
    }
    turn->state = TURN_READY;
    turn_queue_append(&turnstile->ready, turn);
    use_free_processors_locked(turnstile, asking, woken);
}

/* Enters the line, if the turn is not in it. True: the stream has the turn. */
static bool stand_in_line(struct turn *turn, unsigned event)
{
    struct turnstile *turnstile = turn->turnstile;
    struct woken woken = {.count = 0};
    (void)pthread_mutex_lock(&turnstile->lock);
    turn->event = event;
    if (turn->state == TURN_NONE) {
        if (turn->line->holder == NULL) {
            make_ready_locked(turnstile, turn, turn, &woken);
        } else {
            turn->state = TURN_IN_LINE;
            turn_queue_append(&turn->line->waiting, turn);
        }
    }
    bool is_held = turn->state == TURN_HELD;
    (void)pthread_mutex_unlock(&turnstile->lock);
    wake(&woken);
    return is_held;
}

static void move_line_up_locked(struct turnstile *turnstile, struct turn_line *line,
                                struct woken *woken)
{
    line->holder = NULL;
    struct turn *next = turn_queue_take_first(&line->waiting);
    if (next != NULL) {
        make_ready_locked(turnstile, next, NULL, woken);
    }
}

/* Only a first turn is judged, and once. */
static void judge_turn_locked(struct turn *turn, bool was_used)
{
    struct turn_line *line = turn->line;
    if (turn->is_first && !was_used) {
        line->waste = wastes_too_much(line) ? (unsigned)WASTE_MAX : line->waste + WASTE;
    } else if (turn->is_first && line->waste > 0) {
        line->waste--;
    }
    turn->is_first = false;
}

/* Leaves the turn that the stream has. Returns what the caller is to flush. */
static struct write_hold *leave_turn_locked(struct turn *turn, bool was_used, struct woken *woken)
{
    turn->turnstile->free_processors += turn->uses_processor ? 1 : 0;
    judge_turn_locked(turn, was_used);
    struct write_hold *held = pass_hold_on_locked(turn->line);
    move_line_up_locked(turn->turnstile, turn->line, woken);
    return held;
}

static struct inbox *leave_line(struct turn *turn, bool takes_over)
{
    struct turnstile *turnstile = turn->turnstile;
    struct woken woken = {.takes_over = takes_over};
    struct write_hold *held = NULL;
    const bool was_used = turn->burst_left < BURST; /* for a message */
    if (turnstile == NULL) {
        return NULL;
    }
    turn->burst_left = 0;
    turn->is_awaited = false;
    (void)pthread_mutex_lock(&turnstile->lock);
    switch (turn->state) {
    case TURN_NONE:
        break;
    case TURN_IN_LINE:
        turn_queue_take_out(&turn->line->waiting, turn);
        break;
    case TURN_READY:
        turn_queue_take_out(&turnstile->ready, turn);
        move_line_up_locked(turnstile, turn->line, &woken);
        break;
    case TURN_HELD:
        held = leave_turn_locked(turn, was_used, &woken);
        break;
    }
    turn->state = TURN_NONE;
    use_free_processors_locked(turnstile, NULL, &woken);
    (void)pthread_mutex_unlock(&turnstile->lock);
    flush(held);
    wake(&woken);
    return woken.taken_over;
}

/* The stream goes on with its turn, and what it has sent is to go out now. */
static void stop_holding(const struct turn *turn)
{
    struct turn_line *line = turn->line;
    if (line->hold == NULL || !write_hold_is_on(line->hold)) {
        return;
    }
    (void)pthread_mutex_lock(&turn->turnstile->lock);
    struct write_hold *held = end_hold_locked(line);
    (void)pthread_mutex_unlock(&turn->turnstile->lock);
    flush(held);
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
        stop_holding(turn); /* the worker is going to wait */
        return turn->keep_until;
    }
    turn_end(turn);
    return CLOCK_NEVER;
}

bool turn_end_burst(struct turn *turn)
{
    struct turnstile *turnstile = turn->turnstile;
    (void)pthread_mutex_lock(&turnstile->lock);
    bool others_wait = turnstile->ready.first != NULL || turn->line->waiting.first != NULL;
    if (!others_wait) { /* the turn goes on, and its messages are forgotten: so it is judged now */
        judge_turn_locked(turn, true);
    }
    (void)pthread_mutex_unlock(&turnstile->lock);
    if (!others_wait) {
        stop_holding(turn);
        turn->burst_left = BURST;
    }
    return others_wait;
}

void turn_end(struct turn *turn)
{
    (void)leave_line(turn, false);
}

struct inbox *turn_pass_on(struct turn *turn)
{
    return leave_line(turn, true);
}

void turn_leave_line(struct turn *turn)
{
    turn_end(turn);
    turn->turnstile = NULL;
}
