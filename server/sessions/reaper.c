#include "server/sessions/reaper.h"

#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/base/thread.h"

/*
 * So many sessions after a peak, their memory is given back. More at a time would take longer, and
 * whoever allocates has to wait for it.
 */
enum { TRIM_EVERY = 32768 };

static void log_eviction(const struct session *session)
{
    log_event(LOG_LEVEL_INFO, "session evicted", log_uuid("uuid", session_uuid(session)),
              log_number("sent", session_sent(session)));
}

static void *run(void *argument)
{
    struct reaper *reaper = argument;
    thread_set_name("reaper");
    uint64_t peak = 0;
    while (sessions_reap(reaper->sessions, log_eviction)) {
        uint64_t count = sessions_count(reaper->sessions);
        if (count > peak) {
            peak = count;
        } else if (peak - count >= TRIM_EVERY) {
            peak = count;
            process_give_memory_back();
        }
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
