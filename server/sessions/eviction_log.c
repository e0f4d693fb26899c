#include "server/sessions/eviction_log.h"

#include "shared/base/log.h"
#include "shared/base/log_limit.h"

/* A client may start sessions as often as it likes, and each is evicted. */
enum { LINES_A_SECOND = 300, LINES_AT_ONCE = 5000 };

static void log_eviction(const struct session *session, const char *reason)
{
    static struct log_limit limit = LOG_LIMIT_AT_ONCE(LINES_A_SECOND, LINES_AT_ONCE);
    uint64_t skipped;
    if (log_limit_admit_info(&limit, &skipped)) {
        log_event(LOG_LEVEL_INFO, "session evicted", log_uuid("uuid", session_uuid(session)),
                  log_number("n", session_n(session)),
                  log_number("messages", (uint64_t)session_n(session) + 1),
                  log_number("sent", session_sent(session)), log_text("reason", reason),
                  log_skipped(skipped));
    }
}

void eviction_log_expired(const struct session *session)
{
    log_eviction(session, "idle for --session-timeout");
}

void eviction_log_gave_way(const struct session *session)
{
    log_eviction(session, "finished, and --max-sessions is reached");
}
