/*
 * What a liar (test/kit/liar.h) remembers: who STARTed what, who is still owed a lie, and what must
 * be found of those told. Its thread asks what to say; the test asks what there was, any time.
 */
#ifndef COMMS_TEST_KIT_LIAR_SESSIONS_H
#define COMMS_TEST_KIT_LIAR_SESSIONS_H

#include "shared/protocol/codec.h"
#include "test/kit/liar.h"

#include <pthread.h>
#include <stdbool.h>

enum { LIAR_SESSIONS_MAX = 4096 };

/* A stateful session, or a stateless stream with those that went on with it. */
struct liar_session {
    struct uuid uuid; /* stateful */
    uint32_t n;       /* stateful */
    uint64_t first;   /* stateless: the first number */
    bool owes_lie;
};

struct liar_sessions {
    /* the thread's own */
    struct liar_settings settings;
    struct liar_session items[LIAR_SESSIONS_MAX];

    pthread_mutex_t lock;
    size_t count;                               /* lock; the thread writes it */
    size_t finding_count;                       /* lock */
    struct finding findings[LIAR_SESSIONS_MAX]; /* lock */
};

void liar_sessions_init(struct liar_sessions *sessions, const struct liar_settings *settings);
void liar_sessions_cleanup(struct liar_sessions *sessions);

/* Makes the lines that answer this request of a stream that has begun, or not. */
void liar_sessions_answer(struct liar_sessions *sessions, const struct request *request,
                          bool has_begun, struct lines *ret_lines);

/* As in test/kit/liar.h. */
size_t liar_sessions_count(struct liar_sessions *sessions);
size_t liar_sessions_finding_count(struct liar_sessions *sessions);
struct finding liar_sessions_finding(struct liar_sessions *sessions, size_t i);

#endif
