/* Why a stream broke, read from the status of its call. Pure functions, for any thread. */
#ifndef COMMS_CLIENT_MEASURE_BREAK_CAUSE_H
#define COMMS_CLIENT_MEASURE_BREAK_CAUSE_H

#include "shared/grpc/core_version.h"
#include "shared/protocol/error.h"

#include <stdbool.h>

enum break_cause {
    BREAK_REFUSED,     /* connection refused */
    BREAK_UNREACHABLE, /* no connection for another reason: no route, no such name, time-out */
    BREAK_TLS,         /* no connection, because TLS failed */
    BREAK_RESET,       /* the connection was reset */
    BREAK_CLOSED,      /* the connection was closed, without a GOAWAY */
    BREAK_GOAWAY,      /* the connection ended after a GOAWAY of the peer */
    BREAK_RST_STREAM,  /* code: the error code of HTTP/2 */
    BREAK_HTTP,        /* a status of HTTP, as proxies send it; code: the status */
    BREAK_CUT_SHORT,   /* ended without a status, and for no reason above */
    BREAK_DEADLINE,    /* DEADLINE_EXCEEDED */
    BREAK_TOO_LARGE,   /* a message is larger than C core receives */
    BREAK_STALLED,     /* the stream began, then nothing came for --stall-timeout */
    BREAK_WAITING,     /* not even a header came for --stall-timeout */
    BREAK_STATUS,      /* another status; code: the status of gRPC */
    BREAK_CHAOS_CUT,   /* cut by --chaos */
    BREAK_CHAOS_STALL, /* silenced by --chaos */
    BREAK_CAUSES
};

/* Room for the words of a server, printable ASCII; longer ones end with "...". */
enum { BREAK_WORDS_SIZE = 96 };

/* The kind that a break is counted as. */
struct break_kind {
    enum break_cause cause;
    unsigned code; /* BREAK_RST_STREAM, BREAK_HTTP, BREAK_STATUS; else 0 */
};

/*
 * Reads the cause from the status and the details of a call that ended. If the peer sent no status,
 * C core makes one, with details from `texts`. Details that are not in `texts` mean BREAK_STATUS. A
 * server that sends a text of C core as its own details is mistaken for C core. `texts` is
 * core_version_texts(); NULL: only the status is read.
 */
struct break_kind break_classify(const struct core_texts *texts, enum status status,
                                 const char *details);

/*
 * Whether the status of HTTP says that the peer is no server of gRPC, nor a proxy before one: a
 * proxy whose server is away says 5xx, and 401, 403, 407, 408 and 429 are refusals.
 */
bool break_is_no_grpc(const struct break_kind *kind);

/* Whether there was no connection yet. */
bool break_is_of_connecting(enum break_cause cause);

#endif
