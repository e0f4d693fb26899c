/* What the log says of streams that end before a command: which of them broke the protocol. */
#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

#include <string.h>
#include <unistd.h>

static struct capture capture;
static char text[CAPTURE_SIZE];

static void set_up(void)
{
    conversation_set_up();
    log_set_level(LOG_LEVEL_DEBUG);
    capture_begin(&capture, STDERR_FILENO);
}

static void leave_for(struct talk *talk, enum service_end why)
{
    talk->operations->leave(&talk->conversation.dialogue, why);
    talk->operations->leave(&talk->conversation.dialogue, SERVICE_BROKEN); /* changes nothing */
    capture_end(&capture, text);
    ck_assert_ptr_null(strstr(text, "\n20")); /* one line */
}

static const struct {
    bool half_closes; /* as a stream that is reset may seem to do at first */
    enum service_end why;
    const char *line;
} ends[] = {
    {true, SERVICE_CLOSED,
     " notice stream refused peer=test reason=\"stream closed before START or CONTINUE: send a "
     "command first\"\n"},
    {true, SERVICE_UNREAD, " notice stream refused peer=test reason="},
    {true, SERVICE_BROKEN, " debug  stream reset peer=test\n"},
    {false, SERVICE_BROKEN, " debug  stream reset peer=test\n"},
};

START_TEST(a_reset_before_a_command_is_no_refusal)
{
    struct talk talk;
    talk_begin(&talk, server_of(MODE_STATEFUL));
    if (ends[_i].half_closes) {
        talk_half_close(&talk);
        talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "stream closed before START or CONTINUE");
    }
    leave_for(&talk, ends[_i].why);
    ck_assert_ptr_nonnull(strstr(text, ends[_i].line));
}
END_TEST

static const struct {
    enum service_end why;
    const char *reason;
} reasons[] = {{SERVICE_BROKEN, " reason=\"cancelled or connection lost\"\n"},
               {SERVICE_UNREAD, " reason=\"the client took nothing for --send-timeout\"\n"}};

START_TEST(the_reason_why_a_session_was_left)
{
    struct talk talk;
    log_set_level(LOG_LEVEL_NOTICE);
    talk_begin(&talk, server_of(MODE_STATEFUL));
    talk_say(&talk, "START " UUID " 5");
    log_set_level(LOG_LEVEL_DEBUG);
    leave_for(&talk, reasons[_i].why);
    ck_assert_ptr_nonnull(strstr(text, " info   session left uuid="));
    ck_assert_ptr_nonnull(strstr(text, reasons[_i].reason));
}
END_TEST

/* Whoever reads the log could take the session. */
START_TEST(a_refused_command_does_not_tell_its_uuid)
{
    static const char *const commands[] = {"CONTINUE " UUID ", 5", "GO " UUID, "START x " UUID,
                                           "START " UUID UUID " 5"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct talk talk;
        talk_begin(&talk, server_of(MODE_STATEFUL));
        talk_say(&talk, "%s", commands[i]);
        talk.operations->leave(&talk.conversation.dialogue, SERVICE_CLOSED);
    }
    capture_end(&capture, text);
    ck_assert_ptr_nonnull(strstr(text, " notice stream refused peer=test reason=\"invalid uuid: "));
    ck_assert_ptr_null(strstr(text, UUID));
    ck_assert_ptr_null(strstr(text, "-8675-247713cc4908"));
}
END_TEST

START_TEST(the_example_of_a_uuid_is_for_the_client)
{
    struct talk talk;
    talk_begin(&talk, server_of(MODE_STATEFUL));
    talk_say(&talk, "START abcdef01-2345-4678-9abc-5555deadbeeg 4");
    talk.operations->leave(&talk.conversation.dialogue, SERVICE_CLOSED);
    capture_end(&capture, text);
    ck_assert_ptr_nonnull(strstr(text, " reason=\"invalid uuid: 'abcdef01g'\"\n"));
}
END_TEST

Suite *conversation_log_suite(void)
{
    Suite *suite = suite_create("conversation-log");
    TCase *ending = tcase_create("ending");
    suite_add_tcase(suite, ending);
    tcase_add_checked_fixture(ending, set_up, conversation_tear_down);
    tcase_add_test(ending, a_refused_command_does_not_tell_its_uuid);
    tcase_add_test(ending, the_example_of_a_uuid_is_for_the_client);
    tcase_add_loop_test(ending, a_reset_before_a_command_is_no_refusal, 0,
                        sizeof ends / sizeof *ends);
    tcase_add_loop_test(ending, the_reason_why_a_session_was_left, 0,
                        sizeof reasons / sizeof *reasons);
    return suite;
}
