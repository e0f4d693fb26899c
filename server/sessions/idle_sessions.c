#include "server/sessions/idle_sessions.h"

#include <stddef.h>

static struct session_list *list_of(struct idle_sessions *idle, const struct session *session)
{
    return session_is_finished(session) ? &idle->finished : &idle->unfinished;
}

void idle_sessions_add(struct idle_sessions *idle, struct session *session)
{
    session_list_add(list_of(idle, session), session);
}

void idle_sessions_remove(struct idle_sessions *idle, struct session *session)
{
    session_list_remove(list_of(idle, session), session);
}

struct session *idle_sessions_first(const struct idle_sessions *idle)
{
    struct session *unfinished = idle->unfinished.first;
    struct session *finished = idle->finished.first;
    if (unfinished == NULL || finished == NULL) {
        return unfinished == NULL ? finished : unfinished;
    }
    return finished->since < unfinished->since ? finished : unfinished;
}

struct session *idle_sessions_first_finished(const struct idle_sessions *idle)
{
    return idle->finished.first;
}
