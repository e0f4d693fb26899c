#include "server/sessions/reaper.h"

#include "shared/base/log.h"
#include "shared/base/thread.h"

static void log_eviction(const struct session *session)
{
    log_event(LOG_LEVEL_INFO, "session evicted", log_uuid("uuid", session_uuid(session)),
              log_number("sent", session_sent(session)));
}

static void *run(void *argument)
{
    struct reaper *reaper = argument;
    thread_set_name("reaper");
    while (sessions_reap(reaper->sessions, log_eviction)) {
    }
    return NULL;
}

int reaper_start(struct reaper *reaper, struct sessions *sessions)
{
    reaper->sessions = sessions;
    return thread_start(&reaper->thread, 0, run, reaper);
}

void reaper_stop(struct reaper *reaper)
{
    sessions_stop_reaping(reaper->sessions);
    (void)pthread_join(reaper->thread, NULL);
}
