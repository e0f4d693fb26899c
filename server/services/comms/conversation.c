#include "server/services/comms/conversation.h"

#include "server/services/comms/announce.h"
#include "server/services/comms/conversation_end.h"
#include "server/services/comms/session_log.h"
#include "server/services/comms/size_limit.h"
#include "shared/base/log.h"
#include "shared/protocol/padding.h"

#include <assert.h>
#include <stddef.h>

static_assert(sizeof(struct conversation) <= SERVICE_DIALOGUE_MAX,
              "a worker has room for a conversation");
static_assert((int)REQUEST_SIZE_MAX <= (int)SERVICE_MESSAGE_MAX, "a worker reads every request");
static_assert((int)REPLY_ERROR_SIZE <= (int)SERVICE_ERROR_MAX, "a failure's message fits");

static struct conversation *conversation_of(struct dialogue *dialogue)
{
    return (struct conversation *)dialogue;
}

/* Another stream takes the session over. Called in its thread, with sessions.lock held. */
static void lose(struct session_owner *owner)
{
    char *bytes = (char *)owner;
    struct conversation *conversation =
        (struct conversation *)(void *)(bytes - offsetof(struct conversation, owner));
    conversation->host->tell(conversation->host, SERVICE_TAKEN_OVER);
}

static void begin(struct dialogue *dialogue, const struct service *service,
                  struct service_host *host)
{
    struct conversation *conversation = conversation_of(dialogue);
    *dialogue = (struct dialogue){.state = DIALOGUE_BEGINNING};
    conversation->settings = service->settings;
    conversation->host = host;
    conversation->owner.lose = lose;
    conversation->owner.address = host->peer;
    conversation->owner.client = host->client == NULL ? NULL : &host->client->key;
    command_wait_init(&conversation->command_wait, conversation->settings->clock,
                      conversation->settings->command_timeout_ns);
    conversation->wish_ns = 0;
    conversation->refusal_unlogged = false;
    conversation->size = 0;
    conversation->numbers_sent = 0;
    conversation->stream.stateful = NULL;
}

/* ---- The end --------------------------------------------------------------------------------- */

static void too_large(struct dialogue *dialogue)
{
    conversation_fail(conversation_of(dialogue), ERROR_REQUEST_TOO_LARGE,
                      "expected a grpc.Request of at most 1024 bytes");
}

static void half_close(struct dialogue *dialogue)
{
    if (dialogue->state == DIALOGUE_BEGINNING && !dialogue->is_asking) {
        conversation_fail(conversation_of(dialogue), ERROR_CLOSED_EARLY, "send a command first");
    }
}

static void shut_down(struct dialogue *dialogue)
{
    conversation_fail(conversation_of(dialogue), ERROR_SHUTTING_DOWN,
                      "go on elsewhere, or here later");
}

static void leave(struct dialogue *dialogue, enum service_end why)
{
    conversation_leave(conversation_of(dialogue), why);
}

/* ---- Commands -------------------------------------------------------------------------------- */

static void run(struct conversation *conversation)
{
    const struct conversation_settings *settings = conversation->settings;
    const bool is_slower = conversation->wish_ns > settings->interval_ns;
    const int64_t interval_ns = is_slower ? conversation->wish_ns : settings->interval_ns;
    conversation->dialogue.state = DIALOGUE_RUNNING;
    if (is_slower) {
        announce_interval(conversation->host, interval_ns, settings->interval_ns);
    }
    schedule_begin(&conversation->schedule, settings->clock, interval_ns,
                   conversation->host->counters);
}

static void begin_stateless(struct conversation *conversation, const struct command *command)
{
    bool resumed = command->kind == COMMAND_CONTINUE;
    stateless_begin(&conversation->stream.stateless, command);
    if (resumed) {
        dialogue_counters_resume(conversation->host->counters, false);
    }
    run(conversation);
    session_log_stream_beginning(conversation->host, resumed);
}

static void take_progress(struct conversation *conversation, enum stateful_progress progress)
{
    conversation->dialogue.is_asking = progress == STATEFUL_ASKING;
    switch (progress) {
    case STATEFUL_ASKING:
        break;
    case STATEFUL_BEGUN:
        run(conversation);
        session_log_beginning(conversation->stream.stateful, conversation->host->peer);
        break;
    case STATEFUL_REFUSED:
        conversation_finish(conversation);
        break;
    case STATEFUL_LEFT:
        conversation->stream.stateful = NULL;
        break;
    }
}

static void begin_stateful(struct conversation *conversation, const struct command *command,
                           const struct request *request)
{
    struct stateful *stateful =
        stateful_create(conversation->settings->store, &conversation->owner, conversation->host);
    if (stateful == NULL) {
        conversation_fail(conversation, ERROR_TOO_MANY_SESSIONS, "the server is out of memory");
        return;
    }
    conversation->stream.stateful = stateful;
    take_progress(conversation,
                  stateful_begin(stateful, command, request, &conversation->host->outcome));
}

static void take_command(struct conversation *conversation, const struct request *request)
{
    const struct conversation_settings *settings = conversation->settings;
    struct failure *outcome = &conversation->host->outcome;
    struct command command = {.kind = COMMAND_START};
    enum error error = command_parse(settings->mode, settings->max_n, request->text,
                                     request->length, &command, outcome);

    bool is_end = error == ERROR_NONE && command.kind == COMMAND_END;
    bool has_begun =
        conversation->dialogue.state == DIALOGUE_RUNNING || conversation->dialogue.is_asking;
    if (has_begun && error != ERROR_UNKNOWN_COMMAND && !is_end) {
        error = failure_set(outcome, ERROR_ALREADY_RUNNING, "one START or CONTINUE a stream");
    }
    if (error == ERROR_NONE && !is_end) { /* END needs no padding */
        error = size_limit_check(request->size, settings->max_size, outcome);
        conversation->size = request->size;
    }
    conversation->wish_ns = request->interval_ns;
    if (error != ERROR_NONE || is_end) {
        conversation_finish(conversation);
    } else if (conversation_is_stateful(conversation)) {
        begin_stateful(conversation, &command, request);
    } else {
        begin_stateless(conversation, &command);
    }
}

static void message(struct dialogue *dialogue, const uint8_t *bytes, size_t length)
{
    struct request request;
    if (dialogue->state == DIALOGUE_OVER) {
        return;
    }
    if (request_decode(bytes, length, &request)) {
        take_command(conversation_of(dialogue), &request);
    } else {
        conversation_fail(conversation_of(dialogue), ERROR_MALFORMED_REQUEST,
                          "expected a grpc.Request");
    }
}

static void hear(struct dialogue *dialogue, enum service_word word)
{
    struct conversation *conversation = conversation_of(dialogue);
    switch (word) {
    case SERVICE_ANSWERED:
        take_progress(conversation, stateful_answered(conversation->stream.stateful,
                                                      &conversation->host->outcome));
        break;
    case SERVICE_TAKEN_OVER:
        conversation_lose_session(conversation, "its client came back");
        break;
    case SERVICE_NEWS:
        break;
    }
}

/* ---- What is sent ---------------------------------------------------------------------------- */

static enum dialogue_step send_number(struct conversation *conversation, uint64_t number,
                                      struct service_message *message)
{
    message->bytes = conversation->reply;
    message->padding_length = conversation->size;
    if (conversation->size == 0) {
        message->length = reply_encode_number(number, conversation->reply);
    } else {
        message->length = reply_encode_head(number, conversation->size, conversation->reply);
        message->padding = padding_of(number);
    }
    log_event(LOG_LEVEL_DEBUG, "message", log_number("number", number),
              log_address("peer", conversation->host->peer));
    return DIALOGUE_SEND;
}

static enum dialogue_step next_stateless(struct conversation *conversation,
                                         struct service_message *ret_message, int64_t *ret_due)
{
    if (!schedule_take(&conversation->schedule)) {
        *ret_due = conversation->schedule.next_due;
        return DIALOGUE_WAIT;
    }
    conversation->numbers_sent++;
    schedule_count(&conversation->schedule);
    ret_message->more = conversation->schedule.interval_ns == 0;
    return send_number(conversation, stateless_take(&conversation->stream.stateless), ret_message);
}

static enum dialogue_step next_stateful(struct conversation *conversation,
                                        struct service_message *ret_message, int64_t *ret_due)
{
    struct stateful *stateful = conversation->stream.stateful;
    if (stateful_is_finished(stateful)) {
        conversation_finish(conversation);
        return DIALOGUE_END;
    }
    const bool has_pace = !stateful_is_prompt(stateful);
    if (has_pace && !schedule_take(&conversation->schedule)) {
        *ret_due = conversation->schedule.next_due;
        return DIALOGUE_WAIT;
    }
    uint32_t number;
    if (!stateful_take(stateful, &number)) {
        conversation_lose_session(conversation, NULL);
        return DIALOGUE_END;
    }
    if (has_pace) {
        conversation->numbers_sent++;
        schedule_count(&conversation->schedule);
    }
    ret_message->more = !stateful_is_finished(stateful) &&
                        (conversation->schedule.interval_ns == 0 || stateful_is_prompt(stateful));
    return send_number(conversation, number, ret_message);
}

static enum dialogue_step next(struct dialogue *dialogue, struct service_message *ret_message,
                               int64_t *ret_due)
{
    struct conversation *conversation = conversation_of(dialogue);
    switch (dialogue->state) {
    case DIALOGUE_BEGINNING:
        *ret_due = CLOCK_NEVER; /* while the store is asked: a command has come */
        if (dialogue->is_asking ||
            !command_wait_is_over(&conversation->command_wait,
                                  conversation_is_stateful(conversation) ? "START or CONTINUE"
                                                                         : "START, END or CONTINUE",
                                  &conversation->host->outcome, ret_due)) {
            return DIALOGUE_WAIT;
        }
        conversation_finish(conversation);
        return DIALOGUE_END;
    case DIALOGUE_OVER:
        return DIALOGUE_END;
    case DIALOGUE_RUNNING:
        break;
    }
    return conversation_is_stateful(conversation)
               ? next_stateful(conversation, ret_message, ret_due)
               : next_stateless(conversation, ret_message, ret_due);
}

static bool finishes_by(const struct dialogue *dialogue, int64_t deadline)
{
    const struct conversation *conversation = (const struct conversation *)dialogue;
    if (dialogue->state == DIALOGUE_OVER) {
        return true;
    }
    if (dialogue->state == DIALOGUE_BEGINNING || !conversation_is_stateful(conversation)) {
        return false;
    }
    return schedule_ends_by(&conversation->schedule,
                            stateful_remaining(conversation->stream.stateful), deadline);
}

/* ---- The service ----------------------------------------------------------------------------- */

static size_t encode_failure(const struct failure *failure, uint8_t bytes[static SERVICE_ERROR_MAX])
{
    return error_has_reply(failure->error) ? reply_encode_error(failure->text, bytes) : 0;
}

static const struct service_operations operations = {.begin = begin,
                                                     .message = message,
                                                     .too_large = too_large,
                                                     .half_close = half_close,
                                                     .hear = hear,
                                                     .shut_down = shut_down,
                                                     .finishes_by = finishes_by,
                                                     .next = next,
                                                     .leave = leave,
                                                     .encode_failure = encode_failure};

struct service conversation_service(const struct conversation_settings *settings)
{
    return (struct service){.method = COMMS_METHOD,
                            .operations = &operations,
                            .settings = settings,
                            .headers = settings->headers,
                            .is_paced = settings->interval_ns > 0,
                            .fails_with_ok = settings->fails_with_ok};
}
