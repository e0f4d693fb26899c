/*
 * What the lying server (test/kit/lying_server.h) says on one stream, line by line: the truth, then
 * one lie in it, and what a client must find wrong because of it. Nothing here knows gRPC.
 */
#ifndef COMMS_TEST_KIT_LYING_LINES_H
#define COMMS_TEST_KIT_LYING_LINES_H

#include "client/measure/violation.h"
#include "shared/protocol/error.h"
#include "shared/protocol/sequence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lie_told {
    LIE_DROP,           /* `amount` numbers from number `at` on are left out */
    LIE_REPEAT,         /* number `at` comes twice */
    LIE_SWAP,           /* number `at` comes after the next one */
    LIE_CORRUPT,        /* instead of number `at` comes one more than it */
    LIE_WRONG_CHECKSUM, /* the final one; stateful */
    LIE_EARLY_OK,       /* OK after number `at`; stateful */
    LIE_PADDING,        /* that of number `at` is wrong */
    LIE_LATE,           /* number `at` is held back for `late_ns`, and those after it are not */
    /* After number `at` the stream breaks with UNAVAILABLE; the lie is told on CONTINUE. */
    LIE_WRONG_POSITION_ON_RESUME, /* stateful */
    LIE_WRONG_CHECKSUM_ON_RESUME, /* stateful */
    LIE_BREAK_THEN_REPEAT,        /* the last message that the client has comes again */
    LIE_BREAK_THEN_SKIP,          /* the first one that it lacks does not come */
    LIE_OLDER_ATTEMPT_TAKES_OVER  /* stateful; after the first one that it lacks */
};

struct lie_settings {
    enum lie_told lie;
    uint32_t at;     /* 1, 2, …, n; before n with SWAP and a break; not 1 where stateless */
    uint32_t amount; /* LIE_DROP */
    int64_t late_ns; /* LIE_LATE */
    uint32_t size;   /* bytes of padding that the client asks for */
    /* LIE_PADDING: bytes of padding that are sent, and which one is wrong, 1, 2, …; 0: none. */
    uint32_t padding_length;
    uint32_t wrong_byte;
};

/* What a client must have found at the end. */
struct finding {
    enum violation_kind kind;
    struct uuid uuid; /* stateful: the session */
    uint64_t position;
    uint64_t amount;
    bool has_numbers; /* there is something to expect and something to receive */
    uint64_t expected;
    uint64_t received;
};

enum { STATELESS_LINES = 10000 }; /* a stateless stream falls silent after these */

/* A number, or the end of the stream, and when: since the stream's beginning. */
struct lying_line {
    uint64_t number;
    int64_t due_ns;
    bool is_end;
    enum status status;
    const char *details; /* of the status; static, NULL: none */
    bool has_padding;    /* the next two count, and not what the client has asked for */
    uint32_t padding_length;
    uint32_t wrong_byte;
};

struct lying_lines {
    struct lying_line *items;
    size_t count;
    size_t first;      /* which one is the first message: the answers to CONTINUE go before it */
    uint32_t position; /* the messages before it */
    uint64_t last;     /* the message before it */
    uint32_t n;        /* stateful: the session's numbers */
};

/* The truth about a session from where the sequence stands, with answers where it `resumes`. */
void lying_lines_init_session(struct lying_lines *lines, const struct sequence *sequence,
                              uint32_t last, bool resumes, int64_t interval_ns);

/* The truth about a stateless stream after number `position`, which is `last`. */
void lying_lines_init_stateless(struct lying_lines *lines, uint32_t position, uint64_t last,
                                uint64_t next, int64_t interval_ns);

/* Nothing but an end. */
void lying_lines_init_end(struct lying_lines *lines, enum status status);

/* Frees what it holds; also one of all zeroes. */
void lying_lines_cleanup(struct lying_lines *lines);

/* Whether the lie is told only on a stream that resumes another. */
bool lie_needs_break(enum lie_told lie);

/* Ends the lines with UNAVAILABLE after number `at`, if it is among them. */
void lying_lines_break(struct lying_lines *lines, uint32_t at);

/*
 * Puts the lie into the lines. False: it does not fit there, and the lines are still the truth.
 */
bool lying_lines_lie(struct lying_lines *lines, const struct lie_settings *settings,
                     struct finding *ret_finding);

#endif
