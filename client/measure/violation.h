/* What can be wrong with a stream, and one such finding. */
#ifndef COMMS_CLIENT_MEASURE_VIOLATION_H
#define COMMS_CLIENT_MEASURE_VIOLATION_H

#include "shared/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum violation_kind {
    VIOLATION_LOST,        /* a number came while `amount` before it had not */
    VIOLATION_REPEATED,    /* a number came again */
    VIOLATION_REORDERED,   /* a number came after one that follows it */
    VIOLATION_CORRUPT,     /* no number of the sequence */
    VIOLATION_CHECKSUM,    /* the final checksum, or the one after CONTINUE */
    VIOLATION_POSITION,    /* the position after CONTINUE */
    VIOLATION_ENDED_EARLY, /* OK with `amount` numbers still to come, or with only the checksum */
    VIOLATION_MALFORMED,   /* a message that is no reply */
    VIOLATION_LATE,        /* a number more than --max-lateness behind its time */
    VIOLATION_KINDS
};

enum { CONNECTION_ADDRESS_SIZE = 64 };

struct violation {
    enum violation_kind kind;
    unsigned stream; /* 1, 2, … */
    bool has_uuid;   /* a stateful session */
    struct uuid uuid;
    uint64_t position; /* of the message in its session, 1, 2, … */
    uint64_t amount;   /* numbers: LOST, ENDED_EARLY; nanoseconds: LATE; else 1 */
    bool was_lost;     /* REORDERED: it had been told as LOST */
    bool has_expected; /* it is known what would have been right */
    uint64_t expected;
    bool has_received; /* a number came */
    uint64_t received;
    unsigned connection;                   /* 1, 2, … */
    char address[CONNECTION_ADDRESS_SIZE]; /* of the connection's own end, or empty */
    int64_t at_ns;                         /* since the beginning of the run */
    bool after_resume;                     /* among the first messages after a CONTINUE */
};

#endif
