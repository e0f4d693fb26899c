#include "server/services/comms/stateful.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ANSWERS = 2 }; /* the position, and the checksum up to it */

static enum error allocate_sequence(struct stateful *stateful, struct failure *failure)
{
    stateful->sequence = malloc(sizeof *stateful->sequence);
    return stateful->sequence == NULL
               ? failure_set(failure, ERROR_TOO_MANY_SESSIONS, "the server is out of memory")
               : ERROR_NONE;
}

static void free_sequence(struct stateful *stateful)
{
    free(stateful->sequence);
    stateful->sequence = NULL;
}

static enum error start(struct stateful *stateful, struct sessions *sessions,
                        const struct command *command, struct session_owner *owner,
                        struct failure *ret_failure)
{
    enum error error = sessions_start(sessions, &command->uuid, command->n, owner, &stateful->hold);
    if (error == ERROR_UUID_TAKEN) {
        return failure_set(ret_failure, error, "CONTINUE goes on with its session");
    }
    if (error != ERROR_NONE) {
        return failure_set(ret_failure, error, "try again later");
    }
    stateful->answers_left = 0;
    stateful->took_over = false;
    sequence_init(stateful->sequence, &command->uuid, command->n);
    return ERROR_NONE;
}

enum error stateful_start(struct stateful *stateful, struct sessions *sessions,
                          const struct command *command, struct session_owner *owner,
                          struct failure *ret_failure)
{
    enum error error = allocate_sequence(stateful, ret_failure);
    if (error == ERROR_NONE) {
        error = start(stateful, sessions, command, owner, ret_failure);
    }
    if (error != ERROR_NONE) {
        free_sequence(stateful);
    }
    return error;
}

/* Sets the sequence where the client is, by what the session has sent so far. */
static enum error seek(struct sequence *sequence, const struct session *session,
                       const struct command *command, const struct request *request,
                       struct failure *failure)
{
    /* `sent` only grows, so what is allowed now stays allowed until the session is taken. */
    const uint32_t sent = session_sent(session);
    const uint32_t n = session_n(session);
    const uint32_t last = (uint32_t)command->last;

    if (!request->has_position) {
        return sequence_seek_latest(sequence, &command->uuid, n, sent, last)
                   ? ERROR_NONE
                   : failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                                 "%" PRIu32 " is none of the %" PRIu32 " messages sent", last,
                                 sent);
    }
    if (request->position > sent) {
        return failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                           "position %" PRIu32 " but only %" PRIu32 " messages were sent",
                           request->position, sent);
    }
    return sequence_seek(sequence, &command->uuid, n, request->position, last)
               ? ERROR_NONE
               : failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                             "message %" PRIu32 " is not %" PRIu32, request->position, last);
}

static enum error go_on(struct stateful *stateful, struct sessions *sessions,
                        const struct command *command, const struct request *request,
                        struct session_owner *owner, struct failure *ret_failure)
{
    /* Seeking may take long, so it is done without the lock, and before the present owner is
     * disturbed. Where the session was evicted, or began anew, meanwhile: look again. */
    for (;;) {
        struct session *session = sessions_find(sessions, &command->uuid);
        if (session == NULL) {
            return failure_set(ret_failure, ERROR_NO_SESSION, "never started, or evicted");
        }
        enum error error = seek(stateful->sequence, session, command, request, ret_failure);
        bool taken = error == ERROR_NONE &&
                     sessions_take(sessions, session, owner, &stateful->hold, &stateful->took_over);
        session_unref(session);
        if (error != ERROR_NONE) {
            return error;
        }
        if (taken) {
            stateful->answers_left = ANSWERS;
            return ERROR_NONE;
        }
    }
}

enum error stateful_continue(struct stateful *stateful, struct sessions *sessions,
                             const struct command *command, const struct request *request,
                             struct session_owner *owner, struct failure *ret_failure)
{
    enum error error = allocate_sequence(stateful, ret_failure);
    if (error == ERROR_NONE) {
        error = go_on(stateful, sessions, command, request, owner, ret_failure);
    }
    if (error != ERROR_NONE) {
        free_sequence(stateful);
    }
    return error;
}

bool stateful_is_prompt(const struct stateful *stateful)
{
    return stateful->answers_left > 0 || stateful->sequence->position == stateful->sequence->n;
}

bool stateful_is_finished(const struct stateful *stateful)
{
    return stateful->answers_left == 0 && sequence_is_finished(stateful->sequence);
}

uint32_t stateful_remaining(const struct stateful *stateful)
{
    return sequence_is_finished(stateful->sequence)
               ? 0
               : stateful->sequence->n - stateful->sequence->position;
}

bool stateful_take(struct stateful *stateful, uint32_t *ret_message)
{
    uint32_t position = stateful->sequence->position;
    if (stateful->answers_left > 0) {
        if (!session_count(&stateful->hold, position)) {
            return false;
        }
        *ret_message =
            stateful->answers_left == ANSWERS ? position : sequence_checksum(stateful->sequence);
        stateful->answers_left--;
        return true;
    }
    if (!session_count(&stateful->hold, position + 1)) {
        return false;
    }
    *ret_message = sequence_next(stateful->sequence);
    return true;
}

void stateful_leave(struct stateful *stateful, struct sessions *sessions)
{
    sessions_leave(sessions, &stateful->hold);
    free_sequence(stateful);
}
