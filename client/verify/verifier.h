/*
 * Checks every message of a stream, or of a session over all its streams, against the sequence that
 * it computes itself. After a wrong message it finds its place again, so that every loss,
 * repetition and exchange is told by its name. It knows no gRPC type. A verifier belongs to one
 * thread.
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
    VERDICT_SURPLUS,         /* stateless: after the last number that was wanted */
    VERDICT_LOST,            /* a later message of the sequence: `amount` before it did not come */
    VERDICT_REPEATED,        /* a number that had come before */
    VERDICT_REORDERED,       /* a number that had been missing: it comes after all */
    VERDICT_CORRUPT,         /* of no place near: taken for the message that was due */
    VERDICT_WRONG_POSITION,
    VERDICT_WRONG_CHECKSUM_SO_FAR,
    VERDICT_WRONG_CHECKSUM,
    VERDICT_MALFORMED,  /* the subscription's: a message that is no reply */
    VERDICT_ENDED_EARLY /* the subscription's: OK before everything came */
};

/*
 * How far around the due message a wrong one is looked for; what is farther away is corrupt.
 */
enum { VERIFIER_LOOK_AHEAD = 1024, VERIFIER_LOOK_BACK = GO_RAND_WORDS };

struct absent_messages; /* messages that did not come in their place, in case they come after all */

struct verifier {
    enum mode mode;
    uint32_t n; /* numbers wanted */

    uint32_t position; /* messages that have gone by, those lost included */
    uint64_t count;    /* numbers that came and were right: each once, late or not */
    uint64_t last;     /* message `position`, as it should be: what CONTINUE names */
    uint64_t sum;      /* of the numbers counted, modulo 2^64 */

    /* Numbers found wrong so far; one that is reordered is no longer lost. */
    uint32_t lost;
    uint32_t repeated;
    uint32_t reordered;
    uint32_t corrupt;

    /* Of the last verdict, where it is a wrong one. */
    uint64_t amount; /* VERDICT_LOST: how many; otherwise 1 */
    /*
     * The position, 1, 2, …: of a repeated or reordered number its own; else of the message that
     * was due, which is the first of those lost, and the one after the answers to CONTINUE.
     */
    uint64_t wrong_at;
    uint64_t right_before; /* the count until then */
    uint64_t expected;     /* what would have been right */
    bool has_expected;
    bool was_lost; /* VERDICT_REORDERED: until now it was counted as lost */

    struct absent_messages *absent; /* NULL until something is missing */

    /* stateful */
    struct uuid uuid;
    struct sequence *sequence; /* 4.9 KB, on the heap: a stateless stream has none */
    unsigned answers_awaited;
    bool position_is_known; /* unless it joined: then every message is corrupt until it is */
};

enum { VERIFIER_ERROR_SIZE = 224 };

/* Before the first number of a stateless stream of which n numbers are wanted. */
void verifier_init_stateless(struct verifier *verifier, uint32_t n);

/* Before the first message of a session of n numbers. False where memory is missing. */
bool verifier_init_stateful(struct verifier *verifier, const struct uuid *uuid, uint32_t n);

/*
 * In a session of n numbers, after a message of which nothing is known but its value `last`: the
 * first answer to CONTINUE tells the position. False where memory is missing.
 */
bool verifier_init_joining(struct verifier *verifier, const struct uuid *uuid, uint32_t n,
                           uint32_t last);

/* Frees what it holds; also one of all zeroes. */
void verifier_cleanup(struct verifier *verifier);

/*
 * A new stream begins; where it `resumes` a session, its first two messages are the answers to
 * CONTINUE.
 */
void verifier_begin_stream(struct verifier *verifier, bool resumes);

/* Judges the next message. */
enum verdict verifier_take(struct verifier *verifier, uint64_t message);

bool verdict_is_wrong(enum verdict verdict);

/* How many messages of the session have come: what Request.position says. */
uint32_t verifier_position(const struct verifier *verifier);

/* Whether everything that was wanted has gone by, right or not. */
bool verifier_is_complete(const struct verifier *verifier);

/* The checksum of the numbers so far, as it should be; stateful. */
uint32_t verifier_checksum(const struct verifier *verifier);

/* Says what was wrong with the message just judged: where, what was expected, what came. */
void verifier_describe(const struct verifier *verifier, enum verdict verdict, uint64_t message,
                       char text[static VERIFIER_ERROR_SIZE]);

#endif
