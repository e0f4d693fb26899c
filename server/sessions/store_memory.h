/*
 * The store that keeps sessions in this process only, in the map of sessions.h. It answers at once
 * and costs nothing.
 */
#ifndef COMMS_SERVER_SESSIONS_STORE_MEMORY_H
#define COMMS_SERVER_SESSIONS_STORE_MEMORY_H

#include "server/sessions/store.h"

struct store_memory {
    struct store store; /* first, so that one can be the other */
    struct sessions *sessions;
};

/* The sessions stay the caller's, and must outlive the store. */
void store_memory_init(struct store_memory *memory, struct sessions *sessions);

#endif
