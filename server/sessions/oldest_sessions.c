#include "server/sessions/oldest_sessions.h"

#include "server/sessions/sessions_table.h"

#include <stdio.h>
#include <string.h>

/* An owner lives as long as it owns: its address may be read under the lock. */
static void view(const struct session *session, int64_t now, struct session_view *ret_view)
{
    *ret_view = (struct session_view){.uuid = session->uuid,
                                      .n = session->n,
                                      .sent = session_sent(session),
                                      .age_ns = now - session->since};
    if (session->owner != NULL && session->owner->address != NULL) {
        (void)snprintf(ret_view->address, sizeof ret_view->address, "%s", session->owner->address);
    }
}

void oldest_sessions_read(struct sessions *sessions, struct oldest_sessions *ret_oldest)
{
    memset(ret_oldest, 0, sizeof *ret_oldest);
    ret_oldest->timeout_ns = sessions->settings.timeout_ns;
    const struct session_list *const lists[SESSION_STATES] = {
        [SESSION_OWNED] = &sessions->owned,
        [SESSION_IDLE] = &sessions->idle.unfinished,
        [SESSION_FINISHED] = &sessions->idle.finished};
    (void)pthread_mutex_lock(&sessions->lock);
    const int64_t now = sessions->settings.clock->now(sessions->settings.clock);
    for (size_t state = 0; state < SESSION_STATES; state++) {
        const struct session *session = lists[state]->first;
        size_t count = 0;
        for (; session != NULL && count < OLDEST_SESSIONS_MAX; session = session->list_next) {
            view(session, now, &ret_oldest->states[state].items[count++]);
        }
        ret_oldest->states[state].count = count;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
}
