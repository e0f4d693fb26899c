/* Why a stream broke, read from what C core says of the call. Pure functions, for any thread. */
#ifndef COMMS_CLIENT_MEASURE_BREAK_CAUSE_H
#define COMMS_CLIENT_MEASURE_BREAK_CAUSE_H

#include "shared/grpc/core_version.h"
#include "shared/protocol/error.h"

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
 * Reads the cause from what C core says of a call that ended with `status` and these details. Where
 * no status came C core makes a text of its own: one that is not among `texts` is BREAK_STATUS, and
 * a server that sends one of them is taken for C core. `texts` NULL (core_version_texts): none is
 * known, only the status tells.
 */
struct break_kind break_classify(const struct core_texts *texts, enum status status,
                                 const char *details);

#endif
