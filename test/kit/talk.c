#include "test/kit/talk.h"

#include <check.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void talk_server_init(struct talk_server *server, enum mode mode, int64_t interval_ns)
{
    fake_clock_init(&server->clock, TALK_START_TIME);
    server->settings = (struct conversation_settings){
        .mode = mode, .max_n = 65535, .interval_ns = interval_ns, .clock = &server->clock.clock};
    if (mode == MODE_STATEFUL) {
        const struct sessions_settings settings = {.max_sessions = TALK_SESSIONS_MAX,
                                                   .timeout_ns = TALK_SESSION_TIMEOUT,
                                                   .clock = &server->clock.clock};
        server->settings.sessions = sessions_create(&settings);
        ck_assert_ptr_nonnull(server->settings.sessions);
    }
}

void talk_server_cleanup(struct talk_server *server)
{
    sessions_destroy(server->settings.sessions);
    fake_clock_cleanup(&server->clock);
}

static void lose(struct session_owner *owner)
{
    char *bytes = (char *)owner;
    ((struct talk *)(void *)(bytes - offsetof(struct talk, owner)))->lost++;
}

void talk_begin(struct talk *talk, struct talk_server *server)
{
    *talk = (struct talk){.owner = {.lose = lose}};
    conversation_init(&talk->conversation, &server->settings, &talk->owner, "test");
}

static void say(struct talk *talk, struct request *request, const char *format, va_list arguments)
{
    int length = vsnprintf(request->text, sizeof request->text, format, arguments);
    ck_assert_int_lt(length, (int)sizeof request->text);
    request->length = (size_t)length;
    conversation_command(&talk->conversation, request);
}

void talk_say(struct talk *talk, const char *format, ...)
{
    struct request request = {.has_position = false};
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

uint64_t talk_take_number(struct talk *talk)
{
    struct reply reply = {.is_error = true};
    int64_t due = -1;
    talk->more = false;
    enum conversation_step step = conversation_next(&talk->conversation, &reply, &talk->more, &due);
    if (step != CONVERSATION_SEND) { /* a passed assertion costs a write: none a number */
        ck_abort_msg("%s, due at %lld, outcome '%s'",
                     step == CONVERSATION_WAIT ? "it waits" : "it has ended", (long long)due,
                     talk->conversation.outcome.text);
    }
    if (reply.is_error || conversation_is_over(&talk->conversation)) {
        ck_abort_msg("it sends what is no number");
    }
    return reply.number;
}

void talk_expect_number(struct talk *talk, uint64_t number)
{
    ck_assert_uint_eq(talk_take_number(talk), number);
}

/* What comes when no number does. If the last reply promised one, it was held back in vain. */
static enum conversation_step take_other(struct talk *talk, int64_t *ret_due)
{
    struct reply reply;
    bool more;
    enum conversation_step step = conversation_next(&talk->conversation, &reply, &more, ret_due);
    ck_assert_msg(step != CONVERSATION_SEND, "sends %llu", (unsigned long long)reply.number);
    ck_assert_msg(!talk->more, "another was to follow at once");
    return step;
}

void talk_expect_wait(struct talk *talk, int64_t due)
{
    int64_t real_due = -1;
    ck_assert_int_eq(take_other(talk, &real_due), CONVERSATION_WAIT);
    ck_assert_int_eq(real_due, due);
    ck_assert(!conversation_is_over(&talk->conversation));
}

/* Asked again, it ends again. */
static const struct failure *end(struct talk *talk)
{
    int64_t due;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(take_other(talk, &due), CONVERSATION_END);
        ck_assert(conversation_is_over(&talk->conversation));
    }
    return &talk->conversation.outcome;
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
