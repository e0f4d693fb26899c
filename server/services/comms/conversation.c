#include "server/services/comms/conversation.h"

#include "shared/base/log.h"

#include <string.h>

/* A worker that was held up sends at most a second's worth of numbers to make up for it. */
#define CATCH_UP_MAX_NS NS_PER_S

void conversation_init(struct conversation *conversation,
                       const struct conversation_settings *settings, struct session_owner *owner,
                       const char *peer)
{
    conversation->settings = settings;
    conversation->owner = owner;
    conversation->peer = peer;
    conversation->state = CONVERSATION_AWAITING;
    conversation->outcome.error = ERROR_NONE;
    conversation->outcome.text[0] = '\0';
    conversation->next_due = 0;
    conversation->numbers_sent = 0;
}

static bool is_stateful(const struct conversation *conversation)
{
    return conversation->settings->mode == MODE_STATEFUL;
}

/* `reason` may be NULL. */
static void log_session(const struct conversation *conversation, const char *event,
                        const char *reason)
{
    const struct stateful *stateful = &conversation->stream.stateful;
    const struct session *session = stateful->hold.session;
    log_event(LOG_LEVEL_INFO, event, log_uuid("uuid", session_uuid(session)),
              log_number("n", stateful->sequence->n),
              log_number("position", stateful->sequence->position),
              log_number("sent", session_sent(session)), log_address("peer", conversation->peer),
              log_text("reason", reason));
}

/* Leaves what the stream was part of, and says so. */
static void leave(struct conversation *conversation, const char *reason)
{
    if (conversation->state == CONVERSATION_RUNNING && is_stateful(conversation)) {
        struct stateful *stateful = &conversation->stream.stateful;
        if (stateful_is_finished(stateful)) {
            log_session(conversation, "session ended", NULL);
        } else {
            log_session(conversation, "session left", reason);
        }
        stateful_leave(stateful, conversation->settings->sessions);
    } else if (conversation->state == CONVERSATION_RUNNING) {
        log_event(LOG_LEVEL_INFO, "stream ended", log_number("numbers", conversation->numbers_sent),
                  log_address("peer", conversation->peer), log_text("reason", reason));
    }
    conversation->state = CONVERSATION_OVER;
}

/* Ends with the outcome that is set. */
static void finish(struct conversation *conversation)
{
    const struct failure *outcome = &conversation->outcome;
    if (conversation->state == CONVERSATION_AWAITING && outcome->error != ERROR_NONE) {
        log_event(LOG_LEVEL_INFO, "stream refused", log_address("peer", conversation->peer),
                  log_text("reason", outcome->text));
    }
    leave(conversation, outcome->error == ERROR_NONE ? "finished" : outcome->text);
}

void conversation_fail(struct conversation *conversation, enum error error, const char *detail)
{
    if (conversation->state != CONVERSATION_OVER) {
        (void)failure_set(&conversation->outcome, error, detail == NULL ? NULL : "%s", detail);
        finish(conversation);
    }
}

void conversation_leave(struct conversation *conversation)
{
    leave(conversation, "cancelled or connection lost");
}

static enum error begin(struct conversation *conversation, const struct command *command,
                        const struct request *request)
{
    const struct conversation_settings *settings = conversation->settings;
    if (settings->mode == MODE_STATELESS) {
        stateless_begin(&conversation->stream.stateless, command);
        return ERROR_NONE;
    }
    struct stateful *stateful = &conversation->stream.stateful;
    if (command->kind == COMMAND_START) {
        return stateful_start(stateful, settings->sessions, command, conversation->owner,
                              &conversation->outcome);
    }
    return stateful_continue(stateful, settings->sessions, command, request, conversation->owner,
                             &conversation->outcome);
}

static void log_beginning(const struct conversation *conversation, enum command_kind kind)
{
    bool resumed = kind == COMMAND_CONTINUE;
    if (!is_stateful(conversation)) {
        log_event(LOG_LEVEL_INFO, resumed ? "stream resumed" : "stream started",
                  log_address("peer", conversation->peer));
        return;
    }
    const char *event = "session started";
    if (resumed) {
        event = conversation->stream.stateful.took_over ? "session taken over" : "session resumed";
    }
    log_session(conversation, event, NULL);
}

void conversation_command(struct conversation *conversation, const struct request *request)
{
    if (conversation->state == CONVERSATION_OVER) {
        return;
    }
    const struct conversation_settings *settings = conversation->settings;
    struct command command = {.kind = COMMAND_START};
    enum error error = command_parse(settings->mode, settings->max_n, request->text,
                                     request->length, &command, &conversation->outcome);

    bool is_end = error == ERROR_NONE && command.kind == COMMAND_END;
    if (conversation->state == CONVERSATION_RUNNING && error != ERROR_UNKNOWN_COMMAND && !is_end) {
        error = failure_set(&conversation->outcome, ERROR_ALREADY_RUNNING,
                            "one START or CONTINUE a stream");
    }
    if (error == ERROR_NONE && !is_end) {
        error = begin(conversation, &command, request);
    }
    if (error != ERROR_NONE || is_end) {
        finish(conversation);
        return;
    }
    conversation->state = CONVERSATION_RUNNING;
    conversation->next_due = settings->clock->now(settings->clock);
    log_beginning(conversation, command.kind);
}

void conversation_half_close(struct conversation *conversation)
{
    if (conversation->state == CONVERSATION_AWAITING) {
        conversation_fail(conversation, ERROR_CLOSED_EARLY, "send a command first");
    }
}

/*
 * Whether the next number's time has come. Number k is due at the start plus k intervals, however
 * late the ones before it were: the pace is kept on average and does not drift.
 */
static bool is_due(struct conversation *conversation)
{
    const struct conversation_settings *settings = conversation->settings;
    if (settings->interval_ns == 0) {
        return true;
    }
    int64_t now = settings->clock->now(settings->clock);
    if (now < conversation->next_due) {
        return false;
    }
    if (now - conversation->next_due > CATCH_UP_MAX_NS) {
        conversation->next_due = now - CATCH_UP_MAX_NS;
    }
    conversation->next_due = clock_add(conversation->next_due, settings->interval_ns);
    return true;
}

static void log_message(const struct conversation *conversation, uint64_t number)
{
    log_event(LOG_LEVEL_DEBUG, "message", log_number("number", number),
              log_address("peer", conversation->peer));
}

static enum conversation_step next_stateless(struct conversation *conversation, struct reply *reply,
                                             bool *ret_more, int64_t *ret_due)
{
    if (!is_due(conversation)) {
        *ret_due = conversation->next_due;
        return CONVERSATION_WAIT;
    }
    reply->number = stateless_take(&conversation->stream.stateless);
    conversation->numbers_sent++;
    *ret_more = conversation->settings->interval_ns == 0;
    return CONVERSATION_SEND;
}

static enum conversation_step next_stateful(struct conversation *conversation, struct reply *reply,
                                            bool *ret_more, int64_t *ret_due)
{
    struct stateful *stateful = &conversation->stream.stateful;
    if (stateful_is_finished(stateful)) {
        finish(conversation);
        return CONVERSATION_END;
    }
    if (!stateful_is_prompt(stateful)) {
        if (!is_due(conversation)) {
            *ret_due = conversation->next_due;
            return CONVERSATION_WAIT;
        }
        conversation->numbers_sent++;
    }
    uint32_t message;
    if (!stateful_take(stateful, &message)) {
        conversation_fail(conversation, ERROR_TAKEN_OVER, NULL);
        return CONVERSATION_END;
    }
    reply->number = message;
    *ret_more = !stateful_is_finished(stateful) &&
                (conversation->settings->interval_ns == 0 || stateful_is_prompt(stateful));
    return CONVERSATION_SEND;
}

enum conversation_step conversation_next(struct conversation *conversation, struct reply *ret_reply,
                                         bool *ret_more, int64_t *ret_due)
{
    switch (conversation->state) {
    case CONVERSATION_AWAITING:
        *ret_due = CLOCK_NEVER;
        return CONVERSATION_WAIT;
    case CONVERSATION_OVER:
        return CONVERSATION_END;
    case CONVERSATION_RUNNING:
        break;
    }
    ret_reply->is_error = false;
    enum conversation_step step = is_stateful(conversation)
                                      ? next_stateful(conversation, ret_reply, ret_more, ret_due)
                                      : next_stateless(conversation, ret_reply, ret_more, ret_due);
    if (step == CONVERSATION_SEND) {
        log_message(conversation, ret_reply->number);
    }
    return step;
}

bool conversation_finishes_by(const struct conversation *conversation, int64_t deadline)
{
    if (conversation->state == CONVERSATION_OVER) {
        return true;
    }
    if (conversation->state == CONVERSATION_AWAITING || !is_stateful(conversation)) {
        return false;
    }
    int64_t remaining = stateful_remaining(&conversation->stream.stateful);
    int64_t interval = conversation->settings->interval_ns;
    if (remaining == 0 || interval == 0) {
        return true;
    }
    int64_t left = deadline - conversation->next_due;
    return left >= 0 && (remaining - 1) <= left / interval;
}

bool conversation_is_running(const struct conversation *conversation)
{
    return conversation->state == CONVERSATION_RUNNING;
}

bool conversation_is_over(const struct conversation *conversation)
{
    return conversation->state == CONVERSATION_OVER;
}
