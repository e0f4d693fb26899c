/*
 * Whose turn it is to use C core at full speed: one stream a connection, and in all as many as
 * there are processors.
 *
 * C core does a connection's work one thing after the other: two workers that send at full speed on
 * one connection spend most of their time on waking each other, ten times as much as one alone. So
 * each sends a burst in its turn, ends the turn, and stands in its connection's line again: a fair
 * share, however many streams there are. A worker waits for its turn in its inbox, where everything
 * else reaches it too.
 *
 * The first turn of a stream needs no processor: a short session is over in it, and would wait
 * longer than it takes. A stream that is paced takes no turns.
 *
 * The bench rows "100 on 1" and "1,000 on 10" would notice its absence.
 *
 * turnstile.lock is a leaf lock: no other lock is taken inside it.
 */
#ifndef COMMS_SERVER_WORK_TURNSTILE_H
#define COMMS_SERVER_WORK_TURNSTILE_H

#include "server/work/inbox.h"

#include <pthread.h>
#include <stdbool.h>

struct turn;

struct turn_queue {
    struct turn *first;
    struct turn *last;
};

/* Whose turn it is on one connection, which embeds this. All zeroes: nobody's. */
struct turn_line {
    /* turnstile.lock */
    struct turn *holder;       /* has the connection's turn, or waits for a processor only */
    struct turn_queue waiting; /* in the order of arrival */
};

struct turnstile {
    const struct clock *clock;
    pthread_mutex_t lock;

    /* lock */
    unsigned free_processors;
    struct turn_queue ready; /* first of their lines; each waits for a processor */
};

enum turn_state {
    TURN_NONE,
    TURN_IN_LINE, /* another stream of the connection is ahead */
    TURN_READY,   /* first of its line; waits for a processor */
    TURN_HELD
};

/* The turns of one stream, which embeds this. */
struct turn {
    struct turnstile *turnstile; /* NULL: the stream is paced, and it is always its turn */
    struct turn_line *line;
    struct inbox *inbox; /* of the worker */

    /* the worker's thread */
    unsigned burst_left; /* messages of this turn; 0: the stream has no turn */
    bool is_awaited;     /* an event will tell that the turn has come */
    int64_t keep_until;  /* the first turn may idle until then */

    /* turnstile.lock */
    enum turn_state state;
    unsigned event;      /* what to post when the turn comes */
    bool had_first;      /* the stream had its first turn */
    bool uses_processor; /* holds one of turnstile.free_processors */
    struct turn *previous;
    struct turn *next;
};

/* 0, or an error number. The clock is the workers'. */
int turnstile_init(struct turnstile *turnstile, unsigned processors, const struct clock *clock);
void turnstile_cleanup(struct turnstile *turnstile);

/*
 * Prepares the turns of a stream whose worker waits at `inbox`. `turnstile` is NULL for a paced
 * stream; all three must outlive the turn.
 */
void turn_init(struct turn *turn, struct turnstile *turnstile, struct turn_line *line,
               struct inbox *inbox);

/*
 * Asks for the first turn in the name of the worker, which sleeps: true if the turn has come; else
 * INBOX_STREAM is posted when it comes. So one wake-up is enough for the stream and its turn. From
 * the thread that hands the stream over.
 */
bool turn_ask_for(struct turn *turn);

/* What follows is for the worker's thread. */

/* Whether it is the stream's turn. If not, the turn is asked for: INBOX_TURN is posted then. */
bool turn_ask(struct turn *turn);

/* INBOX_TURN was taken out of the inbox. */
void turn_came(struct turn *turn);

/* The first turn begins to be used: the stream may keep it for a moment though it sends nothing. */
void turn_begin_first(struct turn *turn);

/*
 * Until when the stream keeps its turn although it has nothing to send; CLOCK_NEVER: it has no turn
 * (any more). Outside of the first moment the turn ends here: what the stream waits for is its
 * client.
 */
int64_t turn_keep(struct turn *turn);

/* Counts a message of the turn; true: it was the last one, and turn_end is due. */
bool turn_count_message(struct turn *turn);

/*
 * Ends the turn, or leaves the line. When it has returned, no event is posted any more; one may
 * have been.
 */
void turn_end(struct turn *turn);

#endif
