/* The commands that a conversation refuses: every error by text and status. */
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

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
    stateful_server.settings.max_n = 7;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " 8");
    talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "invalid n value");

    talk_begin(&talk, &stateful_server);
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
            talk_begin(&other, &stateful_server);
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

static const struct {
    enum mode mode;
    const char *texts[5];
} pairs[] = {
    {MODE_STATELESS, {"START", "CONTINUE 3", "END", "nonsense", "CONTINUE x"}},
    {MODE_STATEFUL, {"START " UUID " 5", "CONTINUE " UUID " 0", "END", "nonsense", "START x"}}};

/*
 * No stream can make the server do work at will: whatever two messages come, the second one ends
 * the stream, and the worker reads no message of a stream that is over. So commands need no limit.
 */
START_TEST(a_stream_takes_two_messages_at_most)
{
    enum { TEXTS = 5 };
    for (int first = 0; first < TEXTS; first++) {
        for (int second = 0; second < TEXTS; second++) {
            struct talk_server *server = server_of(pairs[_i].mode);
            struct talk talk;
            talk_begin(&talk, server);
            talk_say(&talk, "%s", pairs[_i].texts[first]);
            talk_say(&talk, "%s", pairs[_i].texts[second]);
            ck_assert_int_eq(talk.conversation.dialogue.state, DIALOGUE_OVER);
            ck_assert_uint_eq(talk.conversation.numbers_sent, 0);
            talk_leave(&talk);
            if (server->sessions != NULL) { /* no trace of it but the session, for its time */
                ck_assert_uint_le(sessions_count(server->sessions), 1);
            }
        }
    }
}
END_TEST

Suite *conversation_refusals_suite(void)
{
    Suite *suite = suite_create("conversation-refusals");
    TCase *commands = tcase_create("commands");
    suite_add_tcase(suite, commands);
    tcase_add_checked_fixture(commands, conversation_set_up, conversation_tear_down);
    tcase_add_loop_test(commands, a_refused_command_ends_the_stream, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(commands, max_numbers_limits_n);
    tcase_add_loop_test(commands, a_stream_takes_two_messages_at_most, 0, 2);
    tcase_add_loop_test(commands, a_second_command_ends_the_stream, 0,
                        sizeof seconds / sizeof *seconds);
    return suite;
}
