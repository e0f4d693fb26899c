/*
 * What the log says of the file store: that it is full or failing, and that it works again. From
 * any thread.
 */
#ifndef COMMS_SERVER_STORES_FILE_LOG_H
#define COMMS_SERVER_STORES_FILE_LOG_H

#include "server/sessions/store.h"

/* A line, if the state has changed; one a second at most. `reason`: NULL if it is well. */
void file_log_state(const char *path, enum store_state before, enum store_state now,
                    const char *reason);

#endif
