/*
 * The store that keeps the sessions in the memory of this process, in the map of sessions.h. It
 * answers within `submit`, so the seam costs nothing.
 */
#ifndef COMMS_SERVER_SESSIONS_STORE_MEMORY_H
#define COMMS_SERVER_SESSIONS_STORE_MEMORY_H

#include "server/sessions/store.h"

struct store_memory {
    struct store store; /* first: a pointer to one is a pointer to the other */
    struct sessions *sessions;
};

/* The caller owns the sessions, which must outlive the store. Nothing to clean up. */
void store_memory_init(struct store_memory *memory, struct sessions *sessions);

#endif
