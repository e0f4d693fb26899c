/*
 * Which streams may use C core at full speed: one stream of each connection, and in all as many as
 * there are processors.
 *
 * C core does the work of a connection one thing after the other. So two workers that send at full
 * speed on one connection mostly wake each other: a number costs ten times as much as with one. So
 * a stream sends a burst in its turn, ends the turn, and stands in its connection's line again. All
 * streams get a fair share. A worker waits for its turn in its inbox, where all its other events
 * come, too.
 *
 * The first turn of a stream needs no processor: a short session is over within it, and would wait
 * longer than it runs. Its thread then goes on with the next stream of the line (turn_pass_on), and
 * wakes nobody. A paced stream takes no turns.
 *
 * A stream opens its call in its first turn, and keeps the turn for a moment until the command
 * comes. A stream that says nothing wastes it. If many streams of a connection do so, no first turn
 * of it is kept, and its next streams open their calls without a turn, and stand in line when they
 * have a command: silent streams do not delay their neighbours.
 *
 * What is sent in a first turn is held back (write_hold.h) until the stream waits, or until the
 * last of some first turns that follow one another ends: so the writes of short sessions go out
 * together.
 *
 * The bench rows "100 on 1" and "1,000 on 10" show what the turnstile is worth.
 *
 * turnstile.lock is a leaf lock: no other lock is taken inside it. No thread is woken inside it: it
 * would run at once, and wait for the lock.
 */
#ifndef COMMS_SERVER_WORK_TURNSTILE_H
#define COMMS_SERVER_WORK_TURNSTILE_H

#include "server/work/inbox.h"
#include "server/work/turn_queue.h"
#include "server/work/write_hold.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { TURN_PADDING_BYTES = 1024 }; /* of padding that count as much as a message */

/* The line of one connection, which embeds it. All zeroes: no stream is in the line. */
struct turn_line {
    struct write_hold *hold; /* of the connection; NULL: its writes are not held back */

    /* turnstile.lock */
    struct turn *holder;       /* first in the line: has the turn, or waits only for a processor */
    struct turn_queue waiting; /* behind the holder, in the order of arrival */
    unsigned held_turns;       /* first turns in a row whose writes are held back */
    unsigned waste;            /* grows with each first turn without a message, falls with others */
};

struct turnstile {
    const struct clock *clock;
    pthread_mutex_t lock;

    /* lock */
    unsigned free_processors; /* processors that no turn uses */
    struct turn_queue ready;  /* turns in TURN_READY */
};

enum turn_state {
    TURN_NONE,    /* has not asked for a turn */
    TURN_IN_LINE, /* behind another stream of the connection */
    TURN_READY,   /* first of its line; waits for a processor */
    TURN_HELD     /* the stream has the turn */
};

/* The turns of one stream, which embeds this. */
struct turn {
    struct turnstile *turnstile; /* NULL: a paced stream, which may always send */
    struct turn_line *line;      /* of the stream's connection */
    struct inbox *inbox;         /* of the stream's worker */

    /* the worker's thread */
    unsigned burst_left; /* messages left in this turn; 0: the stream has no turn */
    bool is_awaited;     /* the worker waits for INBOX_TURN */
    int64_t keep_until;  /* time on the clock: until then the first turn may send nothing */

    /* turnstile.lock */
    enum turn_state state;
    unsigned event;      /* enum inbox_event to post when the turn comes */
    bool had_first;      /* the stream has had its first turn */
    bool is_first;       /* the turn that the stream has is its first one, and not judged yet */
    bool is_kept;        /* and may be kept for a moment */
    bool uses_processor; /* this turn has taken one of turnstile.free_processors */
    struct turn *previous;
    struct turn *next;
};

/* 0, or an error number. `clock` is the clock of the workers. */
int turnstile_init(struct turnstile *turnstile, unsigned processors, const struct clock *clock);
void turnstile_cleanup(struct turnstile *turnstile);

/*
 * Prepares the turns of a stream whose worker has this inbox. `turnstile` is NULL for a paced
 * stream. All three must outlive the turn.
 */
void turn_init(struct turn *turn, struct turnstile *turnstile, struct turn_line *line,
               struct inbox *inbox);

/*
 * Asks for the first turn while the worker's thread still sleeps. True: the worker may open its
 * call. False: INBOX_STREAM will be posted when it may. So the thread is woken once, for its stream
 * and for the turn. From the thread that hands the stream over.
 */
bool turn_ask_for(struct turn *turn);

/* The functions below are for the worker's thread. */

/*
 * Whether the worker may open its call: in its first turn, or without a turn if its connection has
 * wasted many. False: the turn was asked for, and INBOX_TURN will be posted.
 */
bool turn_ask_to_open(struct turn *turn);

/* turn_ask and turn_count_message where the answer is not at hand. */
bool turn_stand_in_line(struct turn *turn);
bool turn_end_burst(struct turn *turn);

/*
 * True: it is the stream's turn. False: the turn was asked for, and INBOX_TURN will be posted. In
 * line, as it is done for every number.
 */
static inline bool turn_ask(struct turn *turn)
{
    return turn->burst_left > 0 || turn_stand_in_line(turn);
}

/* The worker has taken INBOX_TURN out of its inbox: it has the turn. */
void turn_came(struct turn *turn);

/* Begins the millisecond in which the first turn may send nothing and does not end. */
void turn_begin_first(struct turn *turn);

/*
 * The stream has nothing to send. Returns the time until which it keeps its turn all the same;
 * CLOCK_NEVER: it has no turn. After the first millisecond this ends the turn, because the stream
 * waits for its client.
 */
int64_t turn_keep(struct turn *turn);

/* Counts a message of the turn. True: it was the last one, and the caller must call turn_end. */
static inline bool turn_count_message(struct turn *turn)
{
    return turn->turnstile != NULL && --turn->burst_left == 0 && turn_end_burst(turn);
}

/* A stream that has the turn is paced from now on: ends the turn, and may always send. */
void turn_leave_line(struct turn *turn);

/*
 * Counts the padding of the message that turn_count_message counts next, as further messages: a
 * turn sends half a mebibyte, or one message that is larger.
 */
static inline void turn_count_padding(struct turn *turn, size_t length)
{
    const size_t messages = length / TURN_PADDING_BYTES;
    turn->burst_left =
        messages < turn->burst_left ? turn->burst_left - (unsigned)messages : turn->burst_left > 0;
}

/*
 * Ends the turn, or leaves the line. After its return no event is posted; one may have been posted
 * before.
 */
void turn_end(struct turn *turn);

/*
 * The same for a stream that is over, whose thread can serve the next one. If the next turn is the
 * first one of a stream whose thread still sleeps (turn_ask_for), that thread is not woken: returns
 * its inbox, and the caller must serve the stream in its place. NULL: there is none.
 */
struct inbox *turn_pass_on(struct turn *turn);

#endif
