#include "server/sessions/store_memory.h"

static enum error look_up(struct sessions *sessions, struct store_request *request)
{
    request->session = sessions_find(sessions, &request->uuid);
    if (request->session == NULL) {
        return ERROR_NO_SESSION;
    }
    if (!session_belongs_to(request->session, request->owner)) {
        session_unref(request->session);
        request->session = NULL;
        return ERROR_OTHER_CLIENT;
    }
    return ERROR_NONE;
}

static enum error claim(struct sessions *sessions, struct store_request *request)
{
    switch (sessions_take(sessions, request->session, request->attempt, request->owner,
                          &request->hold, &request->before)) {
    case SESSION_CLAIMED:
        return ERROR_NONE;
    case SESSION_OLDER_ATTEMPT:
        return ERROR_OLDER_ATTEMPT;
    case SESSION_GONE:
        break;
    }
    return ERROR_NO_SESSION;
}

static bool submit(struct store *store, struct store_request *request)
{
    struct sessions *sessions = ((struct store_memory *)(void *)store)->sessions;
    switch (request->operation) {
    case STORE_CREATE:
        request->outcome = sessions_start(sessions, &request->uuid, request->n, request->attempt,
                                          request->owner, &request->hold);
        break;
    case STORE_LOOK_UP:
        request->outcome = look_up(sessions, request);
        break;
    case STORE_CLAIM:
        request->outcome = claim(sessions, request);
        break;
    case STORE_RELEASE:
        sessions_leave(sessions, &request->hold);
        request->outcome = ERROR_NONE;
        break;
    }
    return true;
}

void store_memory_init(struct store_memory *memory, struct sessions *sessions)
{
    *memory = (struct store_memory){.store = {.submit = submit}, .sessions = sessions};
}
