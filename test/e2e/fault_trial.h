/*
 * A trial: a client with a session of its own, through a proxy that breaks its connections by a
 * plan. Whatever breaks, the client must end with every number proven right; where it went on shows
 * in its output, `Count set to: K`. Trials may run side by side. Each function fails the test where
 * the trial went otherwise. For the test's own thread.
 */
#ifndef COMMS_TEST_E2E_FAULT_TRIAL_H
#define COMMS_TEST_E2E_FAULT_TRIAL_H

#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/programs.h"

enum { TRIAL_PLAN_MAX = 4, TRIAL_RESUMES_MAX = 8 };

struct trial {
    /* what is tried */
    struct fault plan[TRIAL_PLAN_MAX]; /* for the first connections, in order */
    const char *mode;
    unsigned n;                /* numbers of the session, at most 10 in stateful mode */
    const char *stall_timeout; /* the client's option; or NULL */
    int expected_status;       /* the client's */

    /* while it runs */
    struct fault_proxy *proxy;
    struct program *client;

    /* what was seen */
    int resumes[TRIAL_RESUMES_MAX]; /* the position of each resume */
    size_t resume_count;
    uint64_t bytes; /* to the client, on the first connection */
    unsigned faults_made;
};

/* Starts proxy and client. They run until trial_cleanup. */
void trial_start(struct trial *trial, const struct server *server);

/* Waits until a connection is at the place of its fault on command, and the client has said this
 * (NULL: anything); then lets the fault happen. */
void trial_strike(struct trial *trial, const char *said);

/* Waits for the client's end, checks its status and all that it printed, and notes what was seen.
 */
void trial_end(struct trial *trial);

void trial_cleanup(struct trial *trial);

/* Runs trials from start to clean-up, several at a time: a resume waits half a second. */
void trials_run(struct trial *trials, size_t count, const struct server *server);

/* Fails the test, with what the trial was and all that its client said. */
_Noreturn void trial_fail(const struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
