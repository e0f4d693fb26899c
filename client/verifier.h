/*
 * Checks every message of a stream, or of a session over all its streams, against the sequence that
 * it computes itself. It knows no gRPC type. A verifier belongs to one thread.
 */
#ifndef COMMS_CLIENT_VERIFIER_H
#define COMMS_CLIENT_VERIFIER_H

#include "shared/command.h"
#include "shared/sequence.h"
#include "shared/uuid.h"

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
    VERDICT_WRONG_NUMBER,
    VERDICT_WRONG_POSITION,
    VERDICT_WRONG_CHECKSUM_SO_FAR,
    VERDICT_WRONG_CHECKSUM
};

struct verifier {
    enum mode mode;
    uint32_t n; /* numbers wanted */

    uint64_t count;    /* numbers that came, and were right */
    uint64_t last;     /* the last message: what CONTINUE names */
    uint64_t expected; /* after a wrong verdict: what would have been right, 0 if not known */
    uint64_t sum;      /* of a stateless stream's numbers, modulo 2^64 */

    /* stateful */
    struct uuid uuid;
    struct sequence sequence;
    unsigned answers_awaited;
    bool position_is_known;
};

enum { VERIFIER_ERROR_SIZE = 160 };

/* Before the first number of a stateless stream of which n numbers are wanted. */
void verifier_init_stateless(struct verifier *verifier, uint32_t n);

/* Before the first message of a session of n numbers. */
void verifier_init_stateful(struct verifier *verifier, const struct uuid *uuid, uint32_t n);

/*
 * In a session of n numbers, after a message of which nothing is known but its value `last`: the
 * first answer to CONTINUE tells the position.
 */
void verifier_init_joining(struct verifier *verifier, const struct uuid *uuid, uint32_t n,
                           uint32_t last);

/*
 * A new stream begins; where it `resumes` a session, its first two messages are the answers to
 * CONTINUE.
 */
void verifier_begin_stream(struct verifier *verifier, bool resumes);

/* Judges the next message. After a wrong one the verifier is of no further use. */
enum verdict verifier_take(struct verifier *verifier, uint64_t message);

bool verdict_is_wrong(enum verdict verdict);

/* How many messages of the session have come: what Request.position says. */
uint32_t verifier_position(const struct verifier *verifier);

/* Whether everything that was wanted came and was right. */
bool verifier_is_complete(const struct verifier *verifier);

/* Says what was wrong: where, what was expected, what came. */
void verifier_describe(const struct verifier *verifier, enum verdict verdict, uint64_t message,
                       char text[static VERIFIER_ERROR_SIZE]);

#endif
