/*
 * What the lying server (test/kit/lying_server.h) remembers: who STARTed what, who is still owed a
 * lie, and what must be found of those told. Its thread asks what to say; the test asks what there
 * was, any time.
 */
#ifndef COMMS_TEST_KIT_LYING_SESSIONS_H
#define COMMS_TEST_KIT_LYING_SESSIONS_H

#include "shared/protocol/codec.h"
#include "test/kit/lying_server.h"

#include <pthread.h>
#include <stdbool.h>

enum { LYING_SESSIONS_MAX = 4096 };

/* A stateful session, or a stateless stream with those that went on with it. */
struct lying_session {
    struct uuid uuid; /* stateful */
    uint32_t n;       /* stateful */
    uint64_t first;   /* stateless: the first number */
    bool owes_lie;
};

struct lying_sessions {
    /* the thread's own */
    struct lying_server_settings settings;
    struct lying_session items[LYING_SESSIONS_MAX];

    pthread_mutex_t lock;
    size_t count;                                /* lock; the thread writes it */
    size_t finding_count;                        /* lock */
    struct finding findings[LYING_SESSIONS_MAX]; /* lock */
};

void lying_sessions_init(struct lying_sessions *sessions,
                         const struct lying_server_settings *settings);
void lying_sessions_cleanup(struct lying_sessions *sessions);

/* Makes the lines that answer this request of a stream that has begun, or not. */
void lying_sessions_answer(struct lying_sessions *sessions, const struct request *request,
                           bool has_begun, struct lying_lines *ret_lines);

/* As in test/kit/lying_server.h. */
size_t lying_sessions_count(struct lying_sessions *sessions);
size_t lying_sessions_finding_count(struct lying_sessions *sessions);
struct finding lying_sessions_finding(struct lying_sessions *sessions, size_t i);

#endif
