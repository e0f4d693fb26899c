/* The events and ends of a conversation: the order of commands, half-close, failures from outside,
 * stateless streams. Other files test refused commands, sessions, the store and the pace. */
#include "shared/protocol/sequence.h"
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

static const struct {
    enum mode mode;
    const char *text; /* of the failure when no command has come */
    const char *command;
} silences[] = {
    {MODE_STATELESS, "no command: none came in 20 s; send START, END or CONTINUE", "START"},
    {MODE_STATEFUL, "no command: none came in 20 s; send START or CONTINUE", "START " UUID " 2"}};

/* The time begins when the worker first asks, which may be long after the beginning. */
START_TEST(a_stream_without_a_command_ends)
{
    struct talk_server *server = server_of(silences[_i].mode);
    const int64_t asked = TALK_START_TIME + 3600 * NS_PER_S;
    struct talk talk;
    talk_begin(&talk, server);
    fake_clock_advance(&server->clock, asked - TALK_START_TIME);
    talk_expect_wait(&talk, asked + TALK_COMMAND_TIMEOUT);
    fake_clock_advance(&server->clock, TALK_COMMAND_TIMEOUT - 1);
    talk_expect_wait(&talk, asked + TALK_COMMAND_TIMEOUT);
    fake_clock_advance(&server->clock, 1);
    talk_expect_end(&talk, STATUS_DEADLINE_EXCEEDED, "no command");
    ck_assert_str_eq(talk.host.outcome.text, silences[_i].text);
    talk_leave(&talk);
}
END_TEST

START_TEST(a_command_in_time_ends_the_wait)
{
    struct talk_server *server = server_of(silences[_i].mode);
    struct talk talk;
    talk_begin(&talk, server);
    talk_expect_wait(&talk, TALK_START_TIME + TALK_COMMAND_TIMEOUT);
    fake_clock_advance(&server->clock, TALK_COMMAND_TIMEOUT - 1);
    talk_say(&talk, "%s", silences[_i].command);
    fake_clock_advance(&server->clock, TALK_COMMAND_TIMEOUT);
    talk_take_number(&talk);
    talk_take_number(&talk);
    talk_leave(&talk);
}
END_TEST

START_TEST(a_stream_can_leave_before_a_command)
{
    struct talk talk;
    talk_begin(&talk, server_of(silences[_i].mode));
    talk_expect_wait(&talk, TALK_START_TIME + TALK_COMMAND_TIMEOUT);
    talk_leave(&talk);
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(end_finishes_a_stateless_stream)
{
    struct talk talk;
    talk_begin(&talk, &stateless_server);
    talk_say(&talk, "END");
    talk_expect_ok(&talk);

    talk_begin(&talk, &stateless_server);
    talk_say(&talk, "START");
    talk_take_number(&talk);
    talk_take_number(&talk);
    talk_say(&talk, "\tEND \n");
    talk.more = false;
    talk_expect_ok(&talk);

    /* Commands that come at the same time are handled in their order. */
    talk_begin(&talk, &stateless_server);
    talk_say(&talk, "START");
    talk_say(&talk, "END");
    talk_say(&talk, "START");
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(half_close_before_a_command_is_an_error)
{
    static const enum mode modes[] = {MODE_STATELESS, MODE_STATEFUL};
    for (size_t i = 0; i < 2; i++) {
        struct talk talk;
        talk_begin(&talk, server_of(modes[i]));
        talk_half_close(&talk);
        talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "stream closed before START or CONTINUE");
    }
}
END_TEST

START_TEST(half_close_after_a_command_stops_nothing)
{
    struct talk talk;
    talk_begin(&talk, &stateless_server);
    talk_say(&talk, "CONTINUE 1");
    talk_half_close(&talk);
    talk_expect_number(&talk, 3);
    talk_expect_number(&talk, 9);
    talk_leave(&talk);

    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " 2");
    talk_expect_number(&talk, 3856042040);
    talk_half_close(&talk);
    talk_expect_number(&talk, 2229533162);
    talk_expect_number(&talk, (UINT64_C(3856042040) + 2229533162) % SEQUENCE_CHECKSUM_MODULUS);
    talk_expect_ok(&talk);
}
END_TEST

static void send_too_much(struct talk *talk)
{
    talk->operations->too_large(&talk->conversation.dialogue);
}

static void send_nonsense(struct talk *talk)
{
    static const uint8_t bytes[] = {0xff};
    talk->operations->message(&talk->conversation.dialogue, bytes, sizeof bytes);
}

static void take_over(struct talk *talk)
{
    talk_hear(talk, SERVICE_TAKEN_OVER);
}

static const struct {
    void (*happen)(struct talk *talk);
    const char *text;
    enum status status;
} failures[] = {
    {send_too_much, "request too large", STATUS_RESOURCE_EXHAUSTED},
    {send_nonsense, "malformed request", STATUS_INVALID_ARGUMENT},
    {take_over, "session continued on another stream", STATUS_ABORTED},
    {talk_shut_down, "server is shutting down", STATUS_UNAVAILABLE},
};

/* The failure comes before START, or after it. A later command changes nothing. */
START_TEST(a_failure_from_outside_ends_the_stream)
{
    for (int started = 0; started < 2; started++) {
        struct talk talk;
        talk_begin(&talk, &stateless_server);
        if (started) {
            talk_say(&talk, "START");
        }
        failures[_i].happen(&talk);
        talk_say(&talk, "END");
        talk_expect_end(&talk, failures[_i].status, failures[_i].text);
    }
}
END_TEST

/* The message that goes out before the status is a Reply with the status's text. */
START_TEST(a_failure_is_told_in_a_reply)
{
    uint8_t bytes[SERVICE_ERROR_MAX];
    struct reply reply;
    struct failure failure;
    (void)failure_set(&failure, ERROR_NO_SESSION, "never started, or evicted");
    size_t length = stateless_server.service.operations->encode_failure(&failure, bytes);
    ck_assert(reply_decode(bytes, length, &reply));
    ck_assert(reply.is_error);
    ck_assert_str_eq(reply.error, failure.text);
}
END_TEST

/* An original client that gets a reply would send nothing when it tries again. */
START_TEST(a_failure_that_passes_has_no_reply)
{
    static const enum error errors[] = {ERROR_TOO_MANY_STREAMS, ERROR_TOO_MANY_SESSIONS,
                                        ERROR_SHUTTING_DOWN, ERROR_NO_COMMAND};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        uint8_t bytes[SERVICE_ERROR_MAX];
        struct failure failure;
        (void)failure_set(&failure, errors[i], "try again later");
        ck_assert_uint_eq(stateless_server.service.operations->encode_failure(&failure, bytes), 0);
    }
}
END_TEST

START_TEST(a_stateless_stream_starts_anywhere)
{
    unsigned different = 0;
    uint64_t first_of_all = 0;
    for (int i = 0; i < 100; i++) {
        struct talk talk;
        talk_begin(&talk, &stateless_server);
        talk_say(&talk, "START");
        uint64_t first = talk_take_number(&talk);
        ck_assert(talk.more);
        ck_assert_uint_ge(first, 1);
        ck_assert_uint_le(first, STATELESS_FIRST_MAX);
        talk_expect_number(&talk, first * 3);
        talk_expect_number(&talk, first * 9);
        different += first != first_of_all;
        first_of_all = first;
        talk_leave(&talk);
    }
    ck_assert_uint_gt(different, 10);
}
END_TEST

START_TEST(a_stateless_stream_continues_after_any_number)
{
    static const uint64_t lasts[] = {1, 255, 3486784401, UINT64_C(6148914691236517206), UINT64_MAX};
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        struct talk talk;
        talk_begin(&talk, &stateless_server);
        talk_say(&talk, "CONTINUE %llu", (unsigned long long)lasts[i]);
        uint64_t number = lasts[i];
        for (int k = 0; k < 100; k++) {
            number = number + number + number;
            talk_expect_number(&talk, number);
        }
        talk_leave(&talk);
        talk.more = false;
        talk_expect_ok(&talk);
    }
}
END_TEST

Suite *conversation_suite(void)
{
    Suite *suite = suite_create("conversation");
    TCase *commands = tcase_create("commands");
    suite_add_tcase(suite, commands);
    tcase_add_checked_fixture(commands, conversation_set_up, conversation_tear_down);
    const int silence_count = sizeof silences / sizeof *silences;
    tcase_add_loop_test(commands, a_stream_without_a_command_ends, 0, silence_count);
    tcase_add_loop_test(commands, a_command_in_time_ends_the_wait, 0, silence_count);
    tcase_add_loop_test(commands, a_stream_can_leave_before_a_command, 0, silence_count);
    tcase_add_test(commands, end_finishes_a_stateless_stream);
    tcase_add_test(commands, half_close_before_a_command_is_an_error);
    tcase_add_test(commands, half_close_after_a_command_stops_nothing);
    tcase_add_loop_test(commands, a_failure_from_outside_ends_the_stream, 0,
                        sizeof failures / sizeof *failures);
    tcase_add_test(commands, a_failure_is_told_in_a_reply);
    tcase_add_test(commands, a_failure_that_passes_has_no_reply);
    tcase_add_test(commands, a_stateless_stream_starts_anywhere);
    tcase_add_test(commands, a_stateless_stream_continues_after_any_number);
    return suite;
}
