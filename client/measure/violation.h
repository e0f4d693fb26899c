/* The kinds of violations, and one violation. Plain data. */
#ifndef COMMS_CLIENT_MEASURE_VIOLATION_H
#define COMMS_CLIENT_MEASURE_VIOLATION_H

#include "shared/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum violation_kind {
    VIOLATION_LOST,        /* `amount` numbers from `position` on were skipped */
    VIOLATION_REPEATED,    /* a number came again */
    VIOLATION_REORDERED,   /* a number came after one that comes later in the sequence */
    VIOLATION_CORRUPT,     /* a number that is not in the sequence */
    VIOLATION_CHECKSUM,    /* the final checksum, or the one after CONTINUE */
    VIOLATION_POSITION,    /* the position after CONTINUE */
    VIOLATION_PADDING,     /* of a message; the number is right */
    VIOLATION_ENDED_EARLY, /* OK with `amount` numbers still to come; 0: only the checksum */
    VIOLATION_ATTEMPT,     /* the session went to an older attempt, or its newest was refused */
    VIOLATION_MALFORMED,   /* a message that is no reply */
    VIOLATION_LATE,        /* a number came more than --max-lateness after it was due */
    VIOLATION_KINDS
};

enum { CONNECTION_ADDRESS_SIZE = 64 };

struct violation {
    enum violation_kind kind;
    unsigned stream; /* 1, 2, … */
    bool has_uuid;   /* it was a stateful session */
    struct uuid uuid;
    uint64_t position; /* of the message in its session, 1, 2, … */
    /* Numbers: LOST, ENDED_EARLY; nanoseconds: LATE; the first byte that is wrong, missing or too
     * much, 1, 2, …: PADDING; else 1. */
    uint64_t amount;
    bool was_lost;     /* REORDERED: it had been counted as LOST */
    bool has_expected; /* `expected` is known */
    uint64_t expected; /* PADDING: its length in bytes, if that is wrong */
    bool has_received; /* a number came */
    uint64_t received;
    unsigned connection;                   /* 1, 2, … */
    char address[CONNECTION_ADDRESS_SIZE]; /* of the client's end; empty: not known */
    int64_t at_ns;                         /* nanoseconds since the beginning of the run */
    bool after_resume;                     /* it was among the first messages after a resume */
};

#endif
