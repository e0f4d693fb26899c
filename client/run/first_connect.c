#include "client/run/first_connect.h"

#include <stdio.h>

bool first_connect_init(struct first_connect *first, void (*failed)(void *context), void *context)
{
    *first = (struct first_connect){.failed = failed, .context = context};
    atomic_init(&first->was_made, false);
    atomic_init(&first->was_answered, false);
    atomic_init(&first->has_failed, false);
    return pthread_mutex_init(&first->lock, NULL) == 0;
}

void first_connect_cleanup(struct first_connect *first)
{
    if (first != NULL) {
        (void)pthread_mutex_destroy(&first->lock);
    }
}

void first_connect_note(struct first_connect *first)
{
    if (first != NULL && !atomic_load(&first->was_made)) {
        atomic_store(&first->was_made, true);
    }
}

void first_connect_note_answer(struct first_connect *first)
{
    if (first != NULL && !atomic_load(&first->was_answered)) {
        atomic_store(&first->was_made, true);
        atomic_store(&first->was_answered, true);
    }
}

bool first_connect_is_open(const struct first_connect *first)
{
    return first != NULL && !atomic_load(&first->was_made);
}

bool first_connect_is_unanswered(const struct first_connect *first)
{
    return first != NULL && !atomic_load(&first->was_answered);
}

void first_connect_fail(struct first_connect *first, const char *reason)
{
    (void)pthread_mutex_lock(&first->lock);
    bool is_first = first->reason[0] == '\0';
    if (is_first) {
        (void)snprintf(first->reason, sizeof first->reason, "%s", reason);
    }
    (void)pthread_mutex_unlock(&first->lock);
    if (is_first) {
        atomic_store(&first->has_failed, true);
        first->failed(first->context);
    }
}

bool first_connect_has_failed(struct first_connect *first,
                              char reason[static FIRST_CONNECT_REASON_SIZE])
{
    if (first == NULL || !atomic_load(&first->has_failed)) {
        return false;
    }
    (void)pthread_mutex_lock(&first->lock);
    (void)snprintf(reason, FIRST_CONNECT_REASON_SIZE, "%s", first->reason);
    (void)pthread_mutex_unlock(&first->lock);
    return true;
}
