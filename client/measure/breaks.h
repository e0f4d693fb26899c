/*
 * Why streams broke: the cause of one break, read from what C core says about it, and the table of
 * all breaks of a run. Nothing here locks; a table belongs to one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_BREAKS_H
#define COMMS_CLIENT_MEASURE_BREAKS_H

#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum break_cause {
    BREAK_REFUSED,     /* connection refused */
    BREAK_UNREACHABLE, /* no connection for another reason: no route, no such name, time-out */
    BREAK_RESET,       /* the connection was reset */
    BREAK_CLOSED,      /* the connection was closed, without a GOAWAY */
    BREAK_GOAWAY,      /* the connection ended after the peer had sent it away, in good order */
    BREAK_RST_STREAM,  /* code: that of HTTP/2 */
    BREAK_HTTP,        /* a status of HTTP, as proxies send it; code: the status */
    BREAK_CUT_SHORT,   /* ended without a status, and by none of these */
    BREAK_DEADLINE,    /* DEADLINE_EXCEEDED */
    BREAK_STALLED,     /* the stream began, then nothing came for --stall-timeout */
    BREAK_WAITING,     /* not even a header came for --stall-timeout */
    BREAK_STATUS,      /* another status; code: that of gRPC */
    BREAK_CHAOS_CUT,   /* --chaos did it */
    BREAK_CHAOS_STALL,
    BREAK_CAUSES
};

/* What a break is counted as. */
struct break_kind {
    enum break_cause cause;
    unsigned code; /* BREAK_RST_STREAM, BREAK_HTTP, BREAK_STATUS; else 0 */
};

/*
 * What C core says of a call that ended with `status` and these details. It makes texts of its own
 * where there was no status: how they read is not promised, so what is not understood is
 * BREAK_STATUS, and a server that says the same is taken for C core.
 */
struct break_kind break_classify(enum status status, const char *details);

/* A word for programs, such as "connection_reset" or "rst_stream"; static. */
const char *break_cause_name(enum break_cause cause);

/* Room for any name, NUL included. */
enum { BREAK_NAME_SIZE = 64 };

/* For people: "connection reset", "RST_STREAM (INTERNAL_ERROR)", "HTTP status 502", "UNAVAILABLE".
 */
void break_name(struct break_kind kind, char name[static BREAK_NAME_SIZE]);

/* When a stream broke. */
struct break_times {
    int64_t at_ns;      /* since the beginning of the run */
    int64_t age_ns;     /* since the stream began */
    int64_t silence_ns; /* since its last message */
};

enum { BREAK_SAMPLES = 512, BREAK_ROWS = 48 };

/* All breaks of one kind. */
struct break_row {
    struct break_kind kind;
    uint64_t count;
    unsigned samples; /* a random choice of the breaks */
    struct break_times times[BREAK_SAMPLES];
};

/* All zeroes is an empty one. */
struct breaks {
    uint64_t count; /* of all rows, and of those that found no row */
    size_t row_count;
    struct break_row rows[BREAK_ROWS];
    uint64_t random; /* state for the choice of samples */
};

/* Counts a break. */
void breaks_record(struct breaks *breaks, struct break_kind kind, const struct break_times *times);

/* Adds what `from` has. */
void breaks_add(struct breaks *breaks, const struct breaks *from);

/* Puts the rows in order: the most frequent first. */
void breaks_sort(struct breaks *breaks);

/* The middle of a set of durations, and how far from it the middle half reaches. */
struct spread {
    int64_t median_ns;
    int64_t half_width_ns; /* half of the distance between the quartiles */
};
struct spread break_row_ages(const struct break_row *row);
struct spread break_row_silences(const struct break_row *row);

enum { BREAK_HINT_SIZE = 240 };

/*
 * What the times of a row's breaks give away, such as `412 streams died at 60.0 s ± 0.1 s: looks
 * like a request time-out in between`; false, and an empty text, where they do not cluster, are
 * few, or are the client's own doing.
 */
bool break_row_hint(const struct break_row *row, char hint[static BREAK_HINT_SIZE]);

#endif
