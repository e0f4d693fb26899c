#include "test/kit/talk.h"

#include "shared/base/log.h"

#include <check.h>
#include <sodium.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void talk_server_init(struct talk_server *server, enum mode mode, int64_t interval_ns)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    *server = (struct talk_server){.sessions = NULL};
    fake_clock_init(&server->clock, TALK_START_TIME);
    server->settings = (struct conversation_settings){.mode = mode,
                                                      .max_n = 65535,
                                                      .max_size = TALK_SIZE_MAX,
                                                      .interval_ns = interval_ns,
                                                      .command_timeout_ns = TALK_COMMAND_TIMEOUT,
                                                      .clock = &server->clock.clock};
    if (mode == MODE_STATEFUL) {
        const struct sessions_settings settings = {.max_sessions = TALK_SESSIONS_MAX,
                                                   .timeout_ns = TALK_SESSION_TIMEOUT,
                                                   .clock = &server->clock.clock};
        server->sessions = sessions_create(&settings);
        ck_assert_ptr_nonnull(server->sessions);
        store_memory_init(&server->store, server->sessions);
        server->settings.store = &server->store.store;
    }
    server->service = conversation_service(&server->settings);
}

void talk_server_cleanup(struct talk_server *server)
{
    sessions_destroy(server->sessions);
    fake_clock_cleanup(&server->clock);
}

static void tell(struct service_host *host, enum service_word word)
{
    struct talk *talk = (struct talk *)host;
    talk->lost += word == SERVICE_TAKEN_OVER;
    talk->answers += word == SERVICE_ANSWERED;
}

static void announce(struct service_host *host, const struct service_header *header)
{
    struct talk *talk = (struct talk *)host;
    size_t used = strlen(talk->announced);
    ck_assert_uint_eq(talk->conversation.numbers_sent, 0); /* before the first message */
    (void)snprintf(talk->announced + used, sizeof talk->announced - used, "%s: %s\n", header->name,
                   header->value);
}

void talk_begin(struct talk *talk, struct talk_server *server)
{
    *talk = (struct talk){.host = {.tell = tell, .announce = announce, .peer = "test"},
                          .operations = server->service.operations};
    talk->operations->begin(&talk->conversation.dialogue, &server->service, &talk->host);
}

__attribute__((format(printf, 3, 0))) static void say(struct talk *talk, struct request *request,
                                                      const char *format, va_list arguments)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    int length = vsnprintf(request->text, sizeof request->text, format, arguments);
    ck_assert_int_lt(length, (int)sizeof request->text);
    request->length = (size_t)length;
    talk->operations->message(&talk->conversation.dialogue, bytes, request_encode(request, bytes));
}

void talk_half_close(struct talk *talk)
{
    talk->operations->half_close(&talk->conversation.dialogue);
}

void talk_shut_down(struct talk *talk)
{
    talk->operations->shut_down(&talk->conversation.dialogue);
}

void talk_hear(struct talk *talk, enum service_word word)
{
    talk->operations->hear(&talk->conversation.dialogue, word);
}

void talk_leave(struct talk *talk)
{
    talk->operations->leave(&talk->conversation.dialogue, SERVICE_BROKEN);
}

static bool read_number(const struct service_message *message, uint64_t *ret_number)
{
    struct reply reply;
    if (message->padding_length > 0) {
        return reply_decode_head(message->bytes, message->length,
                                 message->length + message->padding_length,
                                 ret_number) == message->length;
    }
    bool good = reply_decode(message->bytes, message->length, &reply) && !reply.is_error;
    *ret_number = reply.number;
    return good;
}

enum dialogue_step talk_next(struct talk *talk, uint64_t *ret_number, int64_t *ret_due)
{
    struct service_message message = {.length = 0};
    enum dialogue_step step =
        talk->operations->next(&talk->conversation.dialogue, &message, ret_due);
    talk->more = step == DIALOGUE_SEND && message.more;
    if (step == DIALOGUE_SEND) {
        talk->padding = message.padding;
        talk->padding_length = message.padding_length;
        if (!read_number(&message, ret_number) ||
            talk->conversation.dialogue.state == DIALOGUE_OVER) {
            ck_abort_msg("it sends what is no number");
        }
    }
    return step;
}

void talk_say(struct talk *talk, const char *format, ...)
{
    struct request request = {.has_position = false};
    va_list arguments;
    va_start(arguments, format);
    say(talk, &request, format, arguments);
    va_end(arguments);
}

void talk_wish(struct talk *talk, int64_t interval_ns, const char *format, ...)
{
    struct request request = {.interval_ns = interval_ns};
    va_list arguments;
    va_start(arguments, format);
    say(talk, &request, format, arguments);
    va_end(arguments);
}

void talk_say_at(struct talk *talk, uint32_t position, const char *format, ...)
{
    struct request request = {.has_position = true, .position = position};
    va_list arguments;
    va_start(arguments, format);
    say(talk, &request, format, arguments);
    va_end(arguments);
}

void talk_try(struct talk *talk, uint32_t attempt, uint32_t position, const char *format, ...)
{
    struct request request = {.has_position = true, .position = position, .attempt = attempt};
    va_list arguments;
    va_start(arguments, format);
    say(talk, &request, format, arguments);
    va_end(arguments);
}

void talk_say_sized(struct talk *talk, uint32_t size, uint32_t position, const char *format, ...)
{
    struct request request = {.size = size, .has_position = position > 0, .position = position};
    va_list arguments;
    va_start(arguments, format);
    say(talk, &request, format, arguments);
    va_end(arguments);
}

uint64_t talk_take_number(struct talk *talk)
{
    uint64_t number = 0;
    int64_t due = -1;
    enum dialogue_step step = talk_next(talk, &number, &due);
    if (step != DIALOGUE_SEND) { /* a passed assertion costs a write: none a number */
        ck_abort_msg("%s, due at %lld, outcome '%s'",
                     step == DIALOGUE_WAIT ? "it waits" : "it has ended", (long long)due,
                     talk->host.outcome.text);
    }
    return number;
}

void talk_expect_number(struct talk *talk, uint64_t number)
{
    ck_assert_uint_eq(talk_take_number(talk), number);
}

/* What comes when no number does. If the last reply promised one, it was held back in vain. */
static enum dialogue_step take_other(struct talk *talk, int64_t *ret_due)
{
    uint64_t number = 0;
    bool was_promised = talk->more;
    enum dialogue_step step = talk_next(talk, &number, ret_due);
    ck_assert_msg(step != DIALOGUE_SEND, "sends %llu", (unsigned long long)number);
    ck_assert_msg(!was_promised, "another was to follow at once");
    return step;
}

void talk_expect_wait(struct talk *talk, int64_t due)
{
    int64_t real_due = -1;
    ck_assert_int_eq(take_other(talk, &real_due), DIALOGUE_WAIT);
    ck_assert_int_eq(real_due, due);
    ck_assert_int_ne(talk->conversation.dialogue.state, DIALOGUE_OVER);
}

/* Asked again, it ends again. */
static const struct failure *end(struct talk *talk)
{
    int64_t due;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(take_other(talk, &due), DIALOGUE_END);
        ck_assert_int_eq(talk->conversation.dialogue.state, DIALOGUE_OVER);
    }
    return &talk->host.outcome;
}

void talk_expect_end(struct talk *talk, enum status status, const char *text)
{
    talk->more = false; /* an error comes at any time */
    const struct failure *outcome = end(talk);
    size_t length = strlen(text);
    ck_assert_str_eq(status_name(error_status(outcome->error)), status_name(status));
    ck_assert_msg(strncmp(outcome->text, text, length) == 0, "'%s' does not begin with '%s'",
                  outcome->text, text);
    ck_assert_msg(strncmp(outcome->text + length, ": ", 2) == 0 &&
                      outcome->text[length + 2] != '\0',
                  "'%s' says nothing behind '%s'", outcome->text, text);
}

void talk_expect_ok(struct talk *talk)
{
    const struct failure *outcome = end(talk);
    ck_assert_msg(outcome->error == ERROR_NONE, "ended with '%s'", outcome->text);
}

void talk_expect_lost(struct talk *talk)
{
    static const char text[] = "session continued on another stream";
    talk->more = false;
    const struct failure *outcome = end(talk);
    ck_assert_str_eq(status_name(error_status(outcome->error)), "ABORTED");
    ck_assert_msg(strncmp(outcome->text, text, sizeof text - 1) == 0, "%s", outcome->text);
}
