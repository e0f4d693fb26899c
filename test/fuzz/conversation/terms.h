/* What the model and the conversations under test have in common: numbers, settings, words. */
#ifndef COMMS_TEST_FUZZ_CONVERSATION_TERMS_H
#define COMMS_TEST_FUZZ_CONVERSATION_TERMS_H

#include "shared/protocol/command.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STREAMS = 4,  /* that are open at a time, each with a conversation */
    SESSIONS = 4, /* whose uuids are known, see known_sessions.h */
    N_MAX = 6,    /* numbers of a session */
    NOBODY = -1   /* in the place of a stream or of a session */
};

/* A server's. Times are in nanoseconds. */
struct settings {
    enum mode mode;
    int64_t interval_ns;
    uint64_t max_sessions;
    int64_t timeout_ns; /* of idle sessions */
};

/* How far a conversation is. */
enum state { AWAITING, RUNNING, OVER };

/* What a conversation says that comes next. */
struct next {
    enum { NEXT_WAIT, NEXT_SEND, NEXT_END } step;
    uint64_t number; /* NEXT_SEND */
    bool more;       /* NEXT_SEND: another one follows at once */
    int64_t due;     /* NEXT_WAIT: until then; CLOCK_NEVER: for a command */
};

/* A session, as far as both sides can see it. */
struct session_view {
    bool exists;
    uint32_t n;
    uint32_t sent;    /* messages, on any stream */
    uint32_t attempt; /* the highest; 0: none */
    int owner;        /* a stream, or NOBODY */
};

#endif
