/*
 * Compares every message of a stateless stream, or of a session over all its streams, with the
 * sequence that it computes itself. After a wrong message it finds its place in the sequence again,
 * so that it can name every loss, repetition and reordering.
 *
 * This room has the verifier and the events of a session (session_event), and does not know gRPC. A
 * verifier owns its sequence and its absent messages, and belongs to the thread of one session.
 * There are no locks.
 */
#ifndef COMMS_CLIENT_VERIFY_VERIFIER_H
#define COMMS_CLIENT_VERIFY_VERIFIER_H

#include "shared/base/uuid.h"
#include "shared/protocol/command.h"
#include "shared/protocol/sequence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a message turned out to be. */
enum verdict {
    VERDICT_NUMBER,          /* the next number, and right */
    VERDICT_POSITION,        /* the first answer to CONTINUE, and right */
    VERDICT_CHECKSUM_SO_FAR, /* the second answer to CONTINUE, and right */
    VERDICT_CHECKSUM,        /* the final checksum, and right */
    VERDICT_SURPLUS,         /* stateless: a number after the last one that was wanted */
    VERDICT_LOST,     /* a later message of the sequence; `amount` numbers before it were skipped */
    VERDICT_REPEATED, /* a number that came before */
    VERDICT_REORDERED, /* a number that was absent, and comes after all */
    VERDICT_CORRUPT,   /* not among the messages nearby; it takes the place of the due one */
    VERDICT_WRONG_POSITION,
    VERDICT_WRONG_CHECKSUM_SO_FAR,
    VERDICT_WRONG_CHECKSUM,
    /* Found by the subscription: */
    VERDICT_MALFORMED,     /* a message that is no reply */
    VERDICT_WRONG_PADDING, /* of a message whose number is right */
    VERDICT_ENDED_EARLY,   /* the status OK before all messages */
    VERDICT_WRONG_ATTEMPT  /* the status is that of another attempt at the session */
};

/* Messages searched for a wrong one, after and before the due one; not found there: corrupt. */
enum { VERIFIER_LOOK_AHEAD = 1024, VERIFIER_LOOK_BACK = GO_RAND_WORDS };

struct absent_messages;

struct verifier {
    enum mode mode;
    uint32_t n; /* numbers wanted */

    uint32_t position; /* messages that have gone by, lost ones included */
    uint64_t count;    /* numbers that came and were right, each once */
    uint64_t last;     /* the value of message `position`, as it should be; CONTINUE names it */
    uint64_t sum;      /* of the counted numbers, modulo 2^64 */

    /* Numbers found wrong so far; a reordered one is no longer counted as lost. */
    uint32_t lost;
    uint32_t repeated;
    uint32_t reordered;
    uint32_t corrupt;

    /* About the last message that was wrong. */
    uint64_t amount; /* numbers skipped if VERDICT_LOST, else 1 */
    /*
     * Position of the wrong message in its session, 1, 2, …. A repeated or reordered number has the
     * position of that number. Any other message has the position of the message that was due:
     * VERDICT_LOST the first lost number, a wrong answer to CONTINUE the message after the answers.
     */
    uint64_t wrong_at;
    uint64_t right_before; /* `count` before it came */
    uint64_t expected;     /* what should have come */
    bool has_expected;
    bool was_lost; /* VERDICT_REORDERED: it was counted as lost until now */

    struct absent_messages *absent; /* messages that did not come in their place; NULL: none */

    /* stateful */
    struct uuid uuid;
    struct sequence *sequence; /* 4.9 KB, on the heap: a stateless stream has none */
    unsigned answers_awaited;
    bool position_is_known; /* false: verifier_init_joining, and no right position came yet */
};

/* Begins a stateless stream of which n numbers are wanted. */
void verifier_init_stateless(struct verifier *verifier, uint32_t n);

/* Begins a session of n numbers. False if memory is missing. */
bool verifier_init_stateful(struct verifier *verifier, const struct uuid *uuid, uint32_t n);

/*
 * Joins a session of n numbers after the message of value `last`. Its position is not known until
 * the first answer to CONTINUE. False if memory is missing.
 */
bool verifier_init_joining(struct verifier *verifier, const struct uuid *uuid, uint32_t n,
                           uint32_t last);

/* Frees what the verifier holds; also right for one of all zeroes. */
void verifier_cleanup(struct verifier *verifier);

/* A new stream begins. If it `resumes` a session its first two messages answer CONTINUE. */
void verifier_begin_stream(struct verifier *verifier, bool resumes);

/* Judges the next message. */
enum verdict verifier_take(struct verifier *verifier, uint64_t message);

bool verdict_is_wrong(enum verdict verdict);

/* Messages of the session that have gone by, for Request.position. */
uint32_t verifier_position(const struct verifier *verifier);

/* Whether all messages that were wanted have gone by, right or not. */
bool verifier_is_complete(const struct verifier *verifier);

/* The checksum of the numbers so far, as it should be; 0 for a stateless stream, which has none. */
uint32_t verifier_checksum(const struct verifier *verifier);

#endif
