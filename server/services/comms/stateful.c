#include "server/services/comms/stateful.h"

#include "server/sessions/sessions_shared.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

enum { ANSWERS = 2 }; /* the position, and the checksum up to it */

static void answer_came(struct store_request *request)
{
    char *bytes = (char *)request;
    struct stateful *stateful =
        (struct stateful *)(void *)(bytes - offsetof(struct stateful, request));
    stateful->host->tell(stateful->host, SERVICE_ANSWERED);
}

struct stateful *stateful_create(struct store *store, struct session_owner *owner,
                                 struct service_host *host)
{
    struct stateful *stateful = malloc(sizeof *stateful);
    if (stateful == NULL) {
        return NULL;
    }
    stateful->store = store;
    stateful->host = host;
    stateful->request = (struct store_request){.owner = owner, .done = answer_came};
    stateful->is_asking = false;
    stateful->is_leaving = false;
    stateful->hold = (struct session_hold){.session = NULL};
    stateful->answers_left = 0;
    stateful->took_over = false;
    return stateful;
}

/* ---- What the store answers ------------------------------------------------------------------ */

/* For a client whose certificate names another one than at the START. */
static const char other_client[] = "come with the certificate that started it, or START another";

static enum stateful_progress refuse_start(const struct stateful *stateful,
                                           struct failure *ret_failure)
{
    enum error error = stateful->request.outcome;
    (void)failure_set(ret_failure, error, "%s",
                      error == ERROR_UUID_TAKEN     ? "CONTINUE goes on with its session"
                      : error == ERROR_OTHER_CLIENT ? other_client
                      : error == ERROR_TOO_MANY_CLIENT_SESSIONS
                          ? "--max-client-sessions is reached; finish others first"
                          : "try again later");
    return STATEFUL_REFUSED;
}

static enum stateful_progress take_created(struct stateful *stateful, struct failure *ret_failure)
{
    const struct store_request *request = &stateful->request;
    if (request->outcome != ERROR_NONE) {
        return refuse_start(stateful, ret_failure);
    }
    stateful->hold = request->hold;
    sequence_init(&stateful->sequence, &request->uuid, request->n);
    return STATEFUL_BEGUN;
}

static enum error refuse_position(uint32_t position, uint32_t sent, struct failure *failure)
{
    return failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                       "position %" PRIu32 " but only %" PRIu32 " messages were sent", position,
                       sent);
}

/*
 * Finds the client's position among the messages sent so far, and sets the sequence to it. If a
 * server has died nobody knows how many were sent: then the client's position decides, and without
 * one a number that occurs once.
 */
static enum error seek(struct stateful *stateful, struct failure *failure)
{
    /* `sent` only grows: a position that is allowed now is still allowed when the store claims.
     * Exactness comes before it: what a client has proved was counted before. */
    const struct session *session = stateful->request.session;
    const bool is_exact = session_is_exact(session);
    const struct uuid *uuid = &stateful->request.uuid;
    const uint32_t sent = session_sent(session);
    const uint32_t n = session_n(session);
    const uint32_t last = stateful->last;

    if (!stateful->has_position && is_exact) {
        return sequence_seek_latest(&stateful->sequence, uuid, n, sent, last)
                   ? ERROR_NONE
                   : failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                                 "%" PRIu32 " is none of the %" PRIu32 " messages sent", last,
                                 sent);
    }
    if (!stateful->has_position) {
        return sequence_seek_only(&stateful->sequence, uuid, n, last)
                   ? ERROR_NONE
                   : failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                                 "%" PRIu32 " is not one of the %" PRIu32 " messages, or several",
                                 last, n + 1);
    }
    if (stateful->position > (is_exact ? sent : n + 1)) {
        return refuse_position(stateful->position, is_exact ? sent : n + 1, failure);
    }
    return sequence_seek(&stateful->sequence, uuid, n, stateful->position, last)
               ? ERROR_NONE
               : failure_set(failure, ERROR_WRONG_LAST_NUMBER,
                             "message %" PRIu32 " is not %" PRIu32, stateful->position, last);
}

/* A seek may take long: it runs without a lock, and before the present owner loses the session. */
static enum stateful_progress take_found(struct stateful *stateful, struct failure *ret_failure)
{
    const enum error outcome = stateful->request.outcome;
    if (outcome != ERROR_NONE) {
        (void)failure_set(ret_failure, outcome, "%s",
                          outcome == ERROR_OTHER_CLIENT ? other_client
                          : outcome == ERROR_NO_SESSION ? "never started, or evicted"
                                                        : "try again later");
        return STATEFUL_REFUSED;
    }
    if (seek(stateful, ret_failure) != ERROR_NONE) {
        session_unref(stateful->request.session);
        return STATEFUL_REFUSED;
    }
    stateful->request.operation = STORE_CLAIM;
    stateful->request.position = stateful->sequence.position;
    return STATEFUL_ASKING;
}

static enum stateful_progress refuse_claim(const struct store_request *request,
                                           struct failure *ret_failure)
{
    if (request->outcome == ERROR_OLDER_ATTEMPT) {
        (void)failure_set(ret_failure, ERROR_OLDER_ATTEMPT,
                          "attempt %" PRIu32 " came after attempt %" PRIu32
                          "; CONTINUE with a higher one",
                          request->attempt, request->before.attempt);
    } else if (request->outcome == ERROR_WRONG_LAST_NUMBER) {
        (void)refuse_position(request->position, request->before.sent, ret_failure);
    } else {
        (void)failure_set(ret_failure, request->outcome, "try again later");
    }
    return STATEFUL_REFUSED;
}

/* If the session was evicted or replaced since it was found, the uuid is looked up again. */
static enum stateful_progress take_claimed(struct stateful *stateful, struct failure *ret_failure)
{
    const struct store_request *request = &stateful->request;
    session_unref(request->session);
    if (request->outcome == ERROR_NO_SESSION) {
        stateful->request.operation = STORE_LOOK_UP;
        return STATEFUL_ASKING;
    }
    if (request->outcome != ERROR_NONE) {
        return refuse_claim(request, ret_failure);
    }
    stateful->hold = request->hold;
    session_prove(&stateful->hold, stateful->sequence.position);
    stateful->took_over = request->before.was_owned;
    dialogue_counters_resume(stateful->host->counters, stateful->took_over);
    stateful->answers_left = ANSWERS;
    return STATEFUL_BEGUN;
}

static enum stateful_progress free_stateful(struct stateful *stateful)
{
    free(stateful);
    return STATEFUL_LEFT;
}

/* STATEFUL_ASKING: the caller is to ask request.operation next. */
static enum stateful_progress take_answer(struct stateful *stateful, struct failure *ret_failure)
{
    switch (stateful->request.operation) {
    case STORE_CREATE:
        return take_created(stateful, ret_failure);
    case STORE_LOOK_UP:
        return take_found(stateful, ret_failure);
    case STORE_CLAIM:
        return take_claimed(stateful, ret_failure);
    case STORE_RELEASE:
        break;
    }
    return free_stateful(stateful);
}

/* Asks one question after the other, until an answer will come later or no question is left. */
static enum stateful_progress ask(struct stateful *stateful, struct failure *ret_failure)
{
    stateful->is_asking = true;
    while (stateful->store->submit(stateful->store, &stateful->request)) {
        stateful->is_asking = false;
        enum stateful_progress progress = take_answer(stateful, ret_failure);
        if (progress != STATEFUL_ASKING) {
            return progress;
        }
        stateful->is_asking = true;
    }
    return STATEFUL_ASKING;
}

/* ---- Beginning and leaving ------------------------------------------------------------------- */

enum stateful_progress stateful_begin(struct stateful *stateful, const struct command *command,
                                      const struct request *request, struct failure *ret_failure)
{
    stateful->request.uuid = command->uuid;
    stateful->request.n = command->n;
    stateful->request.attempt = request->attempt;
    stateful->has_position = request->has_position;
    stateful->position = request->position;
    stateful->last = (uint32_t)command->last;
    stateful->request.operation = command->kind == COMMAND_START ? STORE_CREATE : STORE_LOOK_UP;
    return ask(stateful, ret_failure);
}

/* The stream is leaving when the answer comes: drops the reference or keeps the hold to release. */
static void drop_answer(struct stateful *stateful)
{
    const struct store_request *request = &stateful->request;
    bool is_found = request->operation == STORE_LOOK_UP && request->outcome == ERROR_NONE;
    if (is_found || request->operation == STORE_CLAIM) {
        session_unref(request->session);
    }
    bool gave_hold = request->operation == STORE_CREATE || request->operation == STORE_CLAIM;
    if (gave_hold && request->outcome == ERROR_NONE) {
        stateful->hold = request->hold;
    }
}

enum stateful_progress stateful_answered(struct stateful *stateful, struct failure *ret_failure)
{
    stateful->is_asking = false;
    if (stateful->is_leaving && stateful->request.operation != STORE_RELEASE) {
        drop_answer(stateful);
        return stateful_leave(stateful);
    }
    enum stateful_progress progress = take_answer(stateful, ret_failure);
    return progress == STATEFUL_ASKING ? ask(stateful, ret_failure) : progress;
}

enum stateful_progress stateful_leave(struct stateful *stateful)
{
    stateful->is_leaving = true;
    if (stateful->is_asking) {
        return STATEFUL_ASKING;
    }
    if (stateful->hold.session == NULL) {
        return free_stateful(stateful);
    }
    /* The request still has the hold that it was given. It is not written again: the store may be
     * reading it, to write the session's position. */
    stateful->request.operation = STORE_RELEASE;
    stateful->hold = (struct session_hold){.session = NULL};
    return ask(stateful, NULL); /* a release cannot be refused */
}

/* ---- What is sent ---------------------------------------------------------------------------- */

bool stateful_is_prompt(const struct stateful *stateful)
{
    return stateful->answers_left > 0 || stateful->sequence.position == stateful->sequence.n;
}

bool stateful_is_finished(const struct stateful *stateful)
{
    return stateful->answers_left == 0 && sequence_is_finished(&stateful->sequence);
}

uint32_t stateful_remaining(const struct stateful *stateful)
{
    return sequence_is_finished(&stateful->sequence)
               ? 0
               : stateful->sequence.n - stateful->sequence.position;
}

enum error stateful_why_lost(const struct stateful *stateful)
{
    const bool is_owner =
        store_owns(stateful->store) &&
        !(stateful->hold.session != NULL && session_is_abandoned(stateful->hold.session));
    return is_owner ? ERROR_TAKEN_OVER : ERROR_STORE_AWAY;
}

bool stateful_take(struct stateful *stateful, uint32_t *ret_message)
{
    struct sequence *sequence = &stateful->sequence;
    uint32_t position = sequence->position;
    if (!store_owns(stateful->store)) {
        return false;
    }
    if (stateful->answers_left > 0) {
        if (!session_count(&stateful->hold, position)) {
            return false;
        }
        *ret_message = stateful->answers_left == ANSWERS ? position : sequence_checksum(sequence);
        stateful->answers_left--;
        return true;
    }
    if (!session_count(&stateful->hold, position + 1)) {
        return false;
    }
    *ret_message = sequence_next(sequence);
    return true;
}
