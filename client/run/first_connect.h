/*
 * Whether a run has found its server yet. Before it has a connection, one that is refused ends the
 * whole run; and before gRPC has answered, another protocol that does: a wrong address does not
 * become right by waiting. (--retry-connect waits all the same, and has none of this.) Shared by
 * all loops; thread-safe. Its lock is a leaf.
 */
#ifndef COMMS_CLIENT_RUN_FIRST_CONNECT_H
#define COMMS_CLIENT_RUN_FIRST_CONNECT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { FIRST_CONNECT_REASON_SIZE = 256 };

struct first_connect {
    atomic_bool was_made;     /* a connection */
    atomic_bool was_answered; /* a call, by gRPC */
    atomic_bool has_failed;
    void (*failed)(void *context); /* called once, in the thread of the failure: stops the run */
    void *context;

    pthread_mutex_t lock;
    char reason[FIRST_CONNECT_REASON_SIZE]; /* of the failure */
};

/* Every function takes NULL for `first`: then nothing ends the run. */

/* False if that failed. */
bool first_connect_init(struct first_connect *first, void (*failed)(void *context), void *context);
void first_connect_cleanup(struct first_connect *first);

/* A connection was made. */
void first_connect_note(struct first_connect *first);

/* A server of gRPC has answered a call; so a connection was made, too. */
void first_connect_note_answer(struct first_connect *first);

/* Whether a connection that is refused now ends the run. */
bool first_connect_is_open(const struct first_connect *first);

/* Whether an answer of another protocol ends the run. */
bool first_connect_is_unanswered(const struct first_connect *first);

/* Ends the run, which one of the two above has allowed. */
void first_connect_fail(struct first_connect *first, const char *reason);

/* Whether the run has ended in this way; if so, copies the reason. */
bool first_connect_has_failed(struct first_connect *first,
                              char reason[static FIRST_CONNECT_REASON_SIZE]);

#endif
