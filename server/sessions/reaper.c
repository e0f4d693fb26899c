#include "server/sessions/reaper.h"

#include "server/sessions/eviction_log.h"
#include "shared/base/thread.h"

static void *run(void *argument)
{
    struct reaper *reaper = argument;
    thread_set_name("reaper");
    while (sessions_reap(reaper->sessions, eviction_log_expired)) {
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
