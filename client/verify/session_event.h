/*
 * The events of a session, and its end: plain data, for code that counts or prints them and does
 * not know gRPC.
 */
#ifndef COMMS_CLIENT_VERIFY_SESSION_EVENT_H
#define COMMS_CLIENT_VERIFY_SESSION_EVENT_H

#include "client/measure/break_cause.h"
#include "client/verify/verifier.h"

#include <stdbool.h>
#include <stdint.h>

enum session_result {
    SESSION_UNFINISHED,  /* still under way */
    SESSION_PROVEN,      /* every message came and was right */
    SESSION_VIOLATED,    /* something was wrong; the reason describes the first case */
    SESSION_UNREACHABLE, /* no number came for the retry time-out */
    SESSION_REFUSED,     /* a status that another try would not change */
    SESSION_STOPPED      /* the client was asked to stop */
};

/* A message came, and the verifier gave its verdict. */
struct session_message {
    enum verdict verdict;
    uint64_t number;   /* the value that came; 0 if it was no number */
    uint64_t count;    /* numbers that came and were right, this one included */
    uint64_t wrong_at; /* position of a wrong number in its session, 1, 2, … */
    bool is_last;      /* with it all messages have gone by; the stream may still be open */
    bool is_good;      /* neither it nor a message before it was wrong or too late */
    uint64_t sum;      /* of the numbers that came and were right, modulo 2^64 */
    uint32_t checksum; /* as it should be; stateful */
};

enum { SESSION_ADDRESS_SIZE = 64 };

/* The stream of a session broke, or the server could not be reached. */
struct session_break {
    struct break_kind kind;
    const char *reason;                 /* the status and its details; valid during the call */
    char address[SESSION_ADDRESS_SIZE]; /* of the peer, 10.0.0.1:443; empty: unknown */
    char words[BREAK_WORDS_SIZE];       /* of the server, about its status; or empty */
    int64_t age_ns;                     /* nanoseconds since the call began */
    int64_t silence_ns; /* nanoseconds since the last message of the call, or since it began */
    bool was_held_back; /* no header came, while other streams of the connection went on */
    bool resumes;       /* after delay_ns; otherwise this was the last try */
    int64_t delay_ns;
};

/* The end of a session. */
struct session_end {
    enum session_result result;
    const char *reason; /* of the result, or of the last break; owned by the session */
    enum mode mode;
    uint32_t n;        /* numbers wanted */
    uint64_t count;    /* numbers that came and were right */
    uint64_t sum;      /* of these numbers, modulo 2^64 */
    uint32_t checksum; /* as it should be; stateful */
};

/*
 * Listens to the sessions of a run. Every function is called in the thread that runs the session;
 * `stream` is the number of its stream, 1, 2, ….
 */
struct session_listener {
    void *context; /* handed to each function */
    void (*message)(void *context, unsigned stream, const struct session_message *message);
    void (*broken)(void *context, unsigned stream, const struct session_break *event);
    /* Called before the thread waits for the next event; false stops the sessions. */
    bool (*before_wait)(void *context);
};

#endif
