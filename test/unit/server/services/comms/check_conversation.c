/* The commands and ends of a conversation: every error by text and status, the order of commands,
 * half-close, stateless streams. Other files test sessions, the store and the pace. */
#include "shared/base/log.h"
#include "shared/protocol/sequence.h"
#include "test/kit/talk.h"
#include "test/suites.h"

#include <sodium.h>

#include <string.h>

#define UUID "a17417a0-aa39-40b5-8675-247713cc4908"

static struct talk_server stateless;
static struct talk_server stateful;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    talk_server_init(&stateless, MODE_STATELESS, 0);
    talk_server_init(&stateful, MODE_STATEFUL, 0);
}

static void tear_down(void)
{
    talk_server_cleanup(&stateless);
    talk_server_cleanup(&stateful);
}

static struct talk_server *server_of(enum mode mode)
{
    return mode == MODE_STATEFUL ? &stateful : &stateless;
}

static const struct {
    enum mode mode;
    const char *command;
    const char *text;
    enum status status;
} refusals[] = {
    {MODE_STATELESS, "", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, " \t ", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "start", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "STOP", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "STARTING", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "END 1", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "START 1", "invalid start parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "START " UUID " 5", "invalid start parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE", "invalid continue parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE 1 2", "invalid continue parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE x", "invalid continue value", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE 1.0", "invalid continue value", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE -1", "invalid continue value", STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE 18446744073709551616", "invalid continue value",
     STATUS_INVALID_ARGUMENT},
    {MODE_STATELESS, "CONTINUE 0", "invalid a value", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "END", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "continue " UUID " 5", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START", "invalid start parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID, "invalid start parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " 5 6", "invalid start parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START a17417a0 5", "invalid uuid", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID "0 5", "invalid uuid", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " x", "invalid n", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " 5x", "invalid n", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " 0", "invalid n value", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " 65536", "invalid n value", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " 18446744073709551617", "invalid n value",
     STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE", "invalid continue parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE " UUID, "invalid continue parameters", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE " UUID " 5 6", "invalid continue parameters",
     STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE a17417a0 5", "invalid uuid", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE " UUID " x", "invalid last number", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE " UUID " 4294967296", "invalid last number", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "CONTINUE " UUID " 5", "uuid has no session", STATUS_NOT_FOUND},
};

START_TEST(a_refused_command_ends_the_stream)
{
    struct talk_server *server = server_of(refusals[_i].mode);
    struct talk talk;
    talk_begin(&talk, server);
    talk_say(&talk, "%s", refusals[_i].command);
    talk_expect_end(&talk, refusals[_i].status, refusals[_i].text);
    if (refusals[_i].mode == MODE_STATEFUL) {
        ck_assert_uint_eq(sessions_count(server->sessions), 0);
    }
    /* The conversation is over: later events change nothing. */
    talk_say(&talk, "%s", refusals[_i].mode == MODE_STATEFUL ? "START " UUID " 5" : "START");
    talk_half_close(&talk);
    talk_shut_down(&talk);
    talk_expect_end(&talk, refusals[_i].status, refusals[_i].text);
    talk_leave(&talk);
    if (refusals[_i].mode == MODE_STATEFUL) {
        ck_assert_uint_eq(sessions_count(server->sessions), 0);
    }
}
END_TEST

START_TEST(max_numbers_limits_n)
{
    struct talk talk;
    stateful.settings.max_n = 7;
    talk_begin(&talk, &stateful);
    talk_say(&talk, "START " UUID " 8");
    talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "invalid n value");

    talk_begin(&talk, &stateful);
    talk_say(&talk, "START " UUID " 7");
    talk_expect_number(&talk, 3856042040);
    talk_leave(&talk);
}
END_TEST

static const struct {
    enum mode mode;
    const char *first;
    const char *second;
    const char *text;
    enum status status;
} seconds[] = {
    {MODE_STATELESS, "START", "START", "server was already running", STATUS_FAILED_PRECONDITION},
    {MODE_STATELESS, "START", "CONTINUE 3", "server was already running",
     STATUS_FAILED_PRECONDITION},
    {MODE_STATELESS, "CONTINUE 3", "START 5", "server was already running",
     STATUS_FAILED_PRECONDITION},
    {MODE_STATELESS, "START", "STOP", "unknown command", STATUS_INVALID_ARGUMENT},
    {MODE_STATEFUL, "START " UUID " 5", "START " UUID " 5", "server was already running",
     STATUS_FAILED_PRECONDITION},
    {MODE_STATEFUL, "START " UUID " 5", "CONTINUE " UUID " 3856042040",
     "server was already running", STATUS_FAILED_PRECONDITION},
    {MODE_STATEFUL, "START " UUID " 5", "CONTINUE", "server was already running",
     STATUS_FAILED_PRECONDITION},
    {MODE_STATEFUL, "START " UUID " 5", "END", "unknown command", STATUS_INVALID_ARGUMENT},
};

/* The second command comes before the first number, or after it. */
START_TEST(a_second_command_ends_the_stream)
{
    for (int numbers = 0; numbers < 2; numbers++) {
        struct talk talk;
        talk_begin(&talk, server_of(seconds[_i].mode));
        talk_say(&talk, "%s", seconds[_i].first);
        if (numbers > 0) {
            talk_take_number(&talk);
        }
        talk_say(&talk, "%s", seconds[_i].second);
        talk_expect_end(&talk, seconds[_i].status, seconds[_i].text);
        talk_leave(&talk);

        /* The session can be resumed on another stream. */
        if (seconds[_i].mode == MODE_STATEFUL) {
            struct talk other;
            talk_begin(&other, &stateful);
            talk_say_at(&other, 0, "CONTINUE " UUID " 0");
            talk_expect_number(&other, 0);
            talk_expect_number(&other, 0);
            for (int i = 0; i < 6; i++) {
                talk_take_number(&other);
            }
            talk_expect_ok(&other); /* a finished session: the next round can START it again */
            ck_assert_int_eq(talk.lost, 0);
        }
    }
}
END_TEST

START_TEST(nothing_happens_before_a_command)
{
    static const enum mode modes[] = {MODE_STATELESS, MODE_STATEFUL};
    for (size_t i = 0; i < 2; i++) {
        struct talk talk;
        talk_begin(&talk, server_of(modes[i]));
        talk_expect_wait(&talk, CLOCK_NEVER);
        fake_clock_advance(&server_of(modes[i])->clock, 3600 * NS_PER_S);
        talk_expect_wait(&talk, CLOCK_NEVER);
        talk_leave(&talk);
        talk_expect_ok(&talk);
    }
}
END_TEST

START_TEST(end_finishes_a_stateless_stream)
{
    struct talk talk;
    talk_begin(&talk, &stateless);
    talk_say(&talk, "END");
    talk_expect_ok(&talk);

    talk_begin(&talk, &stateless);
    talk_say(&talk, "START");
    talk_take_number(&talk);
    talk_take_number(&talk);
    talk_say(&talk, "\tEND \n");
    talk.more = false;
    talk_expect_ok(&talk);

    /* Commands that come at the same time are handled in their order. */
    talk_begin(&talk, &stateless);
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
    talk_begin(&talk, &stateless);
    talk_say(&talk, "CONTINUE 1");
    talk_half_close(&talk);
    talk_expect_number(&talk, 3);
    talk_expect_number(&talk, 9);
    talk_leave(&talk);

    talk_begin(&talk, &stateful);
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
    talk->operations->malformed(&talk->conversation.dialogue);
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
    {send_too_much, "malformed request", STATUS_INVALID_ARGUMENT},
    {send_nonsense, "malformed request", STATUS_INVALID_ARGUMENT},
    {take_over, "session continued on another stream", STATUS_ABORTED},
    {talk_shut_down, "server is shutting down", STATUS_UNAVAILABLE},
};

/* The failure comes before START, or after it. A later command changes nothing. */
START_TEST(a_failure_from_outside_ends_the_stream)
{
    for (int started = 0; started < 2; started++) {
        struct talk talk;
        talk_begin(&talk, &stateless);
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
    size_t length = stateless.service.operations->encode_failure(&failure, bytes);
    ck_assert(reply_decode(bytes, length, &reply));
    ck_assert(reply.is_error);
    ck_assert_str_eq(reply.error, failure.text);
}
END_TEST

START_TEST(a_stateless_stream_starts_anywhere)
{
    unsigned different = 0;
    uint64_t first_of_all = 0;
    for (int i = 0; i < 100; i++) {
        struct talk talk;
        talk_begin(&talk, &stateless);
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
        talk_begin(&talk, &stateless);
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
    tcase_add_checked_fixture(commands, set_up, tear_down);
    tcase_add_loop_test(commands, a_refused_command_ends_the_stream, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(commands, max_numbers_limits_n);
    tcase_add_loop_test(commands, a_second_command_ends_the_stream, 0,
                        sizeof seconds / sizeof *seconds);
    tcase_add_test(commands, nothing_happens_before_a_command);
    tcase_add_test(commands, end_finishes_a_stateless_stream);
    tcase_add_test(commands, half_close_before_a_command_is_an_error);
    tcase_add_test(commands, half_close_after_a_command_stops_nothing);
    tcase_add_loop_test(commands, a_failure_from_outside_ends_the_stream, 0,
                        sizeof failures / sizeof *failures);
    tcase_add_test(commands, a_failure_is_told_in_a_reply);
    tcase_add_test(commands, a_stateless_stream_starts_anywhere);
    tcase_add_test(commands, a_stateless_stream_continues_after_any_number);
    return suite;
}
