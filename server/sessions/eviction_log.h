/* The lines of the log about evicted sessions. A flood of them is limited (log_limit).
 * Every function may be called from any thread. */
#ifndef COMMS_SERVER_SESSIONS_EVICTION_LOG_H
#define COMMS_SERVER_SESSIONS_EVICTION_LOG_H

#include "server/sessions/sessions.h"

/* The session was idle for the time-out. */
void eviction_log_expired(const struct session *session);

/* The finished session gave way to a new one, because the map is full. */
void eviction_log_gave_way(const struct session *session);

#endif
