#include "server/sessions/eviction_log.h"

#include "shared/base/log.h"

static void log_eviction(const struct session *session, const char *reason)
{
    log_event(LOG_LEVEL_INFO, "session evicted", log_uuid("uuid", session_uuid(session)),
              log_number("n", session_n(session)),
              log_number("messages", (uint64_t)session_n(session) + 1),
              log_number("sent", session_sent(session)), log_text("reason", reason));
}

void eviction_log_expired(const struct session *session)
{
    log_eviction(session, "idle for --session-timeout");
}

void eviction_log_gave_way(const struct session *session)
{
    log_eviction(session, "finished, and --max-sessions is reached");
}
