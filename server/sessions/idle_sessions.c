#include "server/sessions/idle_sessions.h"

#include <stddef.h>

static struct idle_list *list_of(struct idle_sessions *idle, const struct session *session)
{
    return session_is_finished(session) ? &idle->finished : &idle->unfinished;
}

void idle_sessions_add(struct idle_sessions *idle, struct session *session)
{
    struct idle_list *list = list_of(idle, session);
    session->idle_next = NULL;
    session->idle_previous = list->last;
    if (list->last == NULL) {
        list->first = session;
    } else {
        list->last->idle_next = session;
    }
    list->last = session;
    list->count++;
}

void idle_sessions_remove(struct idle_sessions *idle, struct session *session)
{
    struct idle_list *list = list_of(idle, session);
    list->count--;
    if (session->idle_previous == NULL) {
        list->first = session->idle_next;
    } else {
        session->idle_previous->idle_next = session->idle_next;
    }
    if (session->idle_next == NULL) {
        list->last = session->idle_previous;
    } else {
        session->idle_next->idle_previous = session->idle_previous;
    }
}

struct session *idle_sessions_first(const struct idle_sessions *idle)
{
    struct session *unfinished = idle->unfinished.first;
    struct session *finished = idle->finished.first;
    if (unfinished == NULL || finished == NULL) {
        return unfinished == NULL ? finished : unfinished;
    }
    return finished->left_at < unfinished->left_at ? finished : unfinished;
}

struct session *idle_sessions_first_finished(const struct idle_sessions *idle)
{
    return idle->finished.first;
}
