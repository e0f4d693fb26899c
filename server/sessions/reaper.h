/*
 * The thread that evicts sessions that were idle for the time-out: it calls sessions_reap, which
 * finds them. For the main thread.
 */
#ifndef COMMS_SERVER_SESSIONS_REAPER_H
#define COMMS_SERVER_SESSIONS_REAPER_H

#include "server/sessions/sessions.h"

#include <pthread.h>

struct reaper {
    struct sessions *sessions; /* not owned; must outlive the thread */
    pthread_t thread;
};

/* 0, or an error number, and no thread runs. */
int reaper_start(struct reaper *reaper, struct sessions *sessions);

/* Ends the thread and waits for it. */
void reaper_stop(struct reaper *reaper);

#endif
