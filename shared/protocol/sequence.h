/*
 * The messages of a stream, as server and client both compute them (proto/PROTOCOL.md). Nothing
 * here allocates or locks; a sequence belongs to one thread at a time.
 *
 * A stateful session of n numbers has n + 1 messages: message k is number k for k = 1..n, and
 * message n + 1 is the checksum of all numbers. A *position* is the count of messages so far.
 */
#ifndef COMMS_SHARED_PROTOCOL_SEQUENCE_H
#define COMMS_SHARED_PROTOCOL_SEQUENCE_H

#include "shared/base/uuid.h"
#include "shared/protocol/go_rand.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SEQUENCE_N_DEFAULT_MAX = 65535,
    SEQUENCE_N_MAX = 16777215, /* the highest --max-numbers */
    SEQUENCE_CHECKSUM_MODULUS = 123456,
    STATELESS_FIRST_MAX = 255 /* a stateless stream begins with 1..255 */
};

/* The session at one position. Anyone may read the fields; only these functions write them. */
struct sequence {
    uint32_t n;
    uint32_t position;
    uint64_t sum; /* of the numbers so far: 2^24 numbers of 32 bits fit */
    struct go_rand source;
};

/* Sets the sequence before its first message. */
void sequence_init(struct sequence *sequence, const struct uuid *uuid, uint32_t n);

/* Returns the next message and moves past it. There must be one: position <= n. */
static inline uint32_t sequence_next(struct sequence *sequence)
{
    if (sequence->position++ == sequence->n) {
        return (uint32_t)(sequence->sum % SEQUENCE_CHECKSUM_MODULUS);
    }
    uint32_t number = go_rand_uint32(&sequence->source);
    sequence->sum += number;
    return number;
}

/* What sequence_next returns next. */
static inline uint32_t sequence_peek(const struct sequence *sequence)
{
    return sequence->position == sequence->n ? (uint32_t)(sequence->sum % SEQUENCE_CHECKSUM_MODULUS)
                                             : go_rand_uint32_peek(&sequence->source);
}

/* The checksum of the numbers so far. */
uint32_t sequence_checksum(const struct sequence *sequence);

/* Whether the position is n + 1, the end. */
bool sequence_is_finished(const struct sequence *sequence);

/*
 * Sets the sequence just after message `position`, n + 1 at most. True if that message equals
 * `last`; at position 0 there is no message, and every `last` is right.
 */
bool sequence_seek(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                   uint32_t position, uint32_t last);

/*
 * Sets the sequence just after the latest message that equals `last` among the first `sent`
 * messages, n + 1 at most. False if there is none; the sequence then must be set anew.
 */
bool sequence_seek_latest(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                          uint32_t sent, uint32_t last);

/*
 * Sets the sequence just after the message that equals `last`, if exactly one of all n + 1 messages
 * does. False if none or several do; the sequence then must be set anew.
 */
bool sequence_seek_only(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                        uint32_t last);

/*
 * The latest position so far whose message equals `message`; 0: none. Searches the last
 * GO_RAND_WORDS numbers, and the checksum.
 */
uint32_t sequence_find_back(const struct sequence *sequence, uint64_t message);

/*
 * The first position whose message equals `message`, among `reach` messages behind the next one; 0:
 * none.
 */
uint32_t sequence_find_ahead(const struct sequence *sequence, uint64_t message, uint32_t reach);

/* The number that follows x in a stateless stream: three times x, modulo 2^64. */
static inline uint64_t stateless_next(uint64_t x)
{
    return 3 * x;
}

/* The number before x in a stateless stream. */
static inline uint64_t stateless_previous(uint64_t x)
{
    return UINT64_C(0xaaaaaaaaaaaaaaab) * x; /* times 3, this is 1 modulo 2^64 */
}

#endif
