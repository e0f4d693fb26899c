/* The padding of messages, as the size of a request asks for it. */
#include "shared/protocol/padding.h"
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

static void expect_padded(struct talk *talk, uint64_t number, size_t size)
{
    talk_expect_number(talk, number);
    ck_assert_uint_eq(talk->padding_length, size);
    ck_assert(size == 0 || talk->padding == padding_of(number)); /* not a copy */
}

START_TEST(each_message_of_a_session_is_padded)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say_sized(&talk, 100, 0, "START " UUID " 5");
    expect_padded(&talk, 3856042040, 100);
    for (int i = 1; i < 6; i++) {
        uint64_t number = talk_take_number(&talk); /* the last one is the checksum */
        ck_assert_uint_eq(talk.padding_length, 100);
        ck_assert_ptr_eq(talk.padding, padding_of(number));
    }
    talk_expect_ok(&talk);
    talk_leave(&talk);
}
END_TEST

/* Each command brings its own size: the session does not remember it. */
START_TEST(a_resume_may_have_another_size)
{
    static const uint32_t sizes[] = {0, 1, TALK_SIZE_MAX, 0};
    struct talk talk;
    send_and_leave(2);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        talk_begin(&talk, &stateful_server);
        talk_say_sized(&talk, sizes[i], 1, "CONTINUE " UUID " 3856042040");
        expect_padded(&talk, 1, sizes[i]);
        talk_take_number(&talk); /* the checksum so far */
        ck_assert_uint_eq(talk.padding_length, sizes[i]);
        talk_take_number(&talk);
        ck_assert_uint_eq(talk.padding_length, sizes[i]);
        talk_leave(&talk);
    }
}
END_TEST

START_TEST(a_stateless_stream_is_padded)
{
    struct talk talk;
    talk_begin(&talk, &stateless_server);
    talk_say_sized(&talk, 4095, 0, "CONTINUE 81");
    expect_padded(&talk, 243, 4095);
    expect_padded(&talk, 729, 4095);
    talk_leave(&talk);
    talk_begin(&talk, &stateless_server);
    talk_say(&talk, "CONTINUE 81");
    expect_padded(&talk, 243, 0);
    talk_leave(&talk);
}
END_TEST

START_TEST(a_size_above_the_limit_is_refused)
{
    struct talk talk;
    talk_begin(&talk, server_of((enum mode)_i));
    talk_say_sized(&talk, TALK_SIZE_MAX + 1, 0, _i == MODE_STATEFUL ? "START " UUID " 5" : "START");
    talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "invalid size");
    ck_assert_str_eq(talk.host.outcome.text, "invalid size: 5001, expected at most 5000 bytes");
    talk_leave(&talk);
    if (_i == MODE_STATEFUL) {
        ck_assert_uint_eq(sessions_count(stateful_server.sessions), 0);
    }
}
END_TEST

/* The session is as it was: its owner goes on. */
START_TEST(a_refused_size_takes_no_session)
{
    struct talk owner;
    struct talk talk;
    talk_begin(&owner, &stateful_server);
    talk_say(&owner, "START " UUID " 5");
    talk_expect_number(&owner, 3856042040);
    talk_begin(&talk, &stateful_server);
    talk_say_sized(&talk, UINT32_MAX, 1, "CONTINUE " UUID " 3856042040");
    talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "invalid size");
    talk_leave(&talk);
    ck_assert_int_eq(owner.lost, 0);
    talk_take_number(&owner);
    talk_leave(&owner);
}
END_TEST

START_TEST(a_server_without_padding_refuses_any)
{
    struct talk talk;
    struct talk_server *server = server_of((enum mode)_i);
    server->settings.max_size = 0;
    talk_begin(&talk, server);
    talk_say_sized(&talk, 1, 0, _i == MODE_STATEFUL ? "START " UUID " 5" : "START");
    talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "invalid size");
    ck_assert_str_eq(talk.host.outcome.text, "invalid size: 1, but this server sends no padding");
    talk_leave(&talk);
    talk_begin(&talk, server);
    talk_say(&talk, _i == MODE_STATEFUL ? "START " UUID " 5" : "START");
    talk_take_number(&talk);
    talk_leave(&talk);
}
END_TEST

/* What is wrong with the command is said first; and END has nothing to pad. */
START_TEST(only_a_right_start_or_continue_has_a_size)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say_sized(&talk, UINT32_MAX, 0, "START x 5");
    talk_expect_end(&talk, STATUS_INVALID_ARGUMENT, "invalid uuid");
    talk_leave(&talk);
    talk_begin(&talk, &stateless_server);
    talk_say_sized(&talk, UINT32_MAX, 0, "END");
    talk_expect_ok(&talk);
    talk_leave(&talk);
}
END_TEST

Suite *conversation_size_suite(void)
{
    Suite *suite = suite_create("conversation-size");
    TCase *tcase = tcase_create("conversation-size");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, conversation_set_up, conversation_tear_down);
    tcase_add_test(tcase, each_message_of_a_session_is_padded);
    tcase_add_test(tcase, a_resume_may_have_another_size);
    tcase_add_test(tcase, a_stateless_stream_is_padded);
    tcase_add_loop_test(tcase, a_size_above_the_limit_is_refused, 0, 2);
    tcase_add_test(tcase, a_refused_size_takes_no_session);
    tcase_add_loop_test(tcase, a_server_without_padding_refuses_any, 0, 2);
    tcase_add_test(tcase, only_a_right_start_or_continue_has_a_size);
    return suite;
}
