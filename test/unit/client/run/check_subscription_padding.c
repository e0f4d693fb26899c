/*
 * The client's subscription with padded messages: what it asks for on each call, and what it says
 * of a padding that is wrong, or does not come. The messages are written by hand.
 */
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

enum { SIZE = 3 };

/* The messages of the session with three bytes of padding; its first and its last one wrong. */
#define P1       BYTES("\x0a\x0b\x08\xb8\x90\xda\xae\x0e\x12\x03\x9b\x6c\x81")
#define P2       BYTES("\x0a\x0b\x08\xea\xf3\x8f\xa7\x08\x12\x03\x51\x4a\x06")
#define P3       BYTES("\x0a\x0b\x08\xba\xe7\x9b\xf1\x0a\x12\x03\xc1\xcd\x4d")
#define P4       BYTES("\x0a\x0b\x08\xb1\xf1\xa8\xb2\x0c\x12\x03\x83\x6b\xf0")
#define P5       BYTES("\x0a\x0b\x08\xad\xb9\x97\x8c\x06\x12\x03\x0a\x5f\x5c")
#define P6       BYTES("\x0a\x09\x08\xfa\xb6\x07\x12\x03\xba\x3c\x31")
#define P6_WRONG BYTES("\x0a\x09\x08\xfa\xb6\x07\x12\x03\xba\x3c\x30")
#define P2_WRONG BYTES("\x0a\x0b\x08\xea\xf3\x8f\xa7\x08\x12\x03\x52\x4a\x06")
#define P2_SHORT BYTES("\x0a\x0a\x08\xea\xf3\x8f\xa7\x08\x12\x02\x51\x4a")
#define P2_LONG  BYTES("\x0a\x0c\x08\xea\xf3\x8f\xa7\x08\x12\x04\x51\x4a\x06\x07")

/* The answers to CONTINUE after two numbers. */
#define POSITION_2       BYTES("\x0a\x07\x08\x02\x12\x03\x51\x1c\xca")
#define CHECKSUM_2       BYTES("\x0a\x09\x08\xe2\xc9\x03\x12\x03\x72\x7b\x44")
#define CHECKSUM_2_WRONG BYTES("\x0a\x09\x08\xe2\xc9\x03\x12\x03\x72\x7c\x44")

static void serve_padded(const struct script *scripts, size_t count)
{
    serve(scripts, count, 0);
    driver.settings.size = SIZE;
}
#define SERVE_PADDED(scripts) serve_padded(scripts, sizeof(scripts) / sizeof *(scripts))

START_TEST(each_command_asks_for_the_size)
{
    static const struct script scripts[] = {{{P1, P2, BREAK}},
                                            {{POSITION_2, CHECKSUM_2, P3, P4, P5, P6, OK}}};
    SERVE_PADDED(scripts);
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(scripted_server_request(server, i).size, SIZE);
    }
    ck_assert_uint_eq(driver.messages, 8);
}
END_TEST

START_TEST(without_a_size_none_is_asked_for)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(scripted_server_request(server, 0).size, 0);
}
END_TEST

START_TEST(a_server_that_never_pads_has_refused)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE_PADDED(scripts);
    expect_result(SESSION_REFUSED);
    expect_requests(1);
    ck_assert_str_eq(driver.subscription.reason,
                     "no padding came with the first message: an original or an older server "
                     "ignores --size 3: leave it out");
    ck_assert_uint_eq(driver.messages, 0);
    ck_assert_uint_eq(driver.breaks, 0);
}
END_TEST

/* A proxy may lead the client to an older server. */
START_TEST(a_server_that_pads_no_more_is_wrong)
{
    static const struct script scripts[] = {{{P1, BREAK}}, {{NUMBER(1), NUMBER(17336), N2}}};
    SERVE_PADDED(scripts);
    expect_result(SESSION_VIOLATED);
    ck_assert_int_eq(driver.last_verdict, VERDICT_WRONG_PADDING);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong padding after 1 right numbers: expected 3 bytes, received 0");
}
END_TEST

static const struct {
    struct script script;
    const char *reason;
} wrongs[] = {
    {{{P1, P2_WRONG, P3}},
     "wrong padding after 1 right numbers: byte 1 of 3: expected 0x51, received 0x52"},
    {{{P1, P2_SHORT, P3}}, "wrong padding after 1 right numbers: expected 3 bytes, received 2"},
    {{{P1, P2_LONG, P3}}, "wrong padding after 1 right numbers: expected 3 bytes, received 4"},
    {{{P1, N2, P3}}, "wrong padding after 1 right numbers: expected 3 bytes, received 0"},
    {{{P1, P2, P3, P4, P5, P6_WRONG, OK}},
     "wrong padding after 5 right numbers: byte 3 of 3: expected 0x31, received 0x30"},
};
enum { WRONGS = sizeof wrongs / sizeof *wrongs };

START_TEST(a_wrong_padding_ends_a_single_session)
{
    serve_padded(&wrongs[_i].script, 1);
    expect_result(SESSION_VIOLATED);
    ck_assert_str_eq(driver.subscription.reason, wrongs[_i].reason);
    ck_assert_int_eq(driver.last_verdict, VERDICT_WRONG_PADDING);
}
END_TEST

/* The number is right, and counts; the padding is told besides. */
START_TEST(it_goes_on_after_a_wrong_padding)
{
    static const struct script scripts[] = {{{P1, P2_SHORT, P3, P4, P5, P6_WRONG, OK}}};
    SERVE_PADDED(scripts);
    driver.settings.wrong_max = 100;
    expect_result(SESSION_VIOLATED);
    ck_assert_uint_eq(driver.messages, 6 + 2);
    ck_assert_uint_eq(driver.subscription.wrong, 2);
    ck_assert_uint_eq(driver.subscription.verifier.count, 5);
    ck_assert_int_eq(driver.last_verdict, VERDICT_CHECKSUM);
}
END_TEST

START_TEST(an_answer_to_continue_is_compared_too)
{
    static const struct script scripts[] = {{{P1, P2, BREAK}},
                                            {{POSITION_2, CHECKSUM_2_WRONG, P3, P4, P5, P6, OK}}};
    SERVE_PADDED(scripts);
    expect_result(SESSION_VIOLATED);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong padding after 2 right numbers: byte 2 of 3: expected 0x7b, "
                     "received 0x7c");
}
END_TEST

/* Its padding is that of another number, and would only confuse. */
START_TEST(a_wrong_number_is_only_that)
{
    static const struct script scripts[] = {{{P1, P3, P4, P5, P6, OK}}};
    SERVE_PADDED(scripts);
    driver.settings.wrong_max = 100;
    expect_result(SESSION_VIOLATED);
    ck_assert_uint_eq(driver.subscription.wrong, 1);
    ck_assert_str_eq(driver.subscription.reason,
                     "lost 1 number after 1 right ones: expected 2229533162, received 2921788346");
}
END_TEST

START_TEST(padding_that_nobody_asked_for_is_wrong)
{
    static const struct script scripts[] = {{{N1, P2, N3}}};
    SERVE(scripts);
    expect_result(SESSION_VIOLATED);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong padding after 1 right numbers: expected 0 bytes, received 3");
}
END_TEST

/* The server's error comes without padding, as any does. */
START_TEST(a_refused_size_is_told)
{
    static const struct script scripts[] = {
        {{ERROR("invalid size: 3, expected at most 2 bytes"),
          STATUS(INVALID_ARGUMENT, "invalid size: 3, expected at most 2 bytes")}}};
    SERVE_PADDED(scripts);
    expect_result(SESSION_REFUSED);
    expect_requests(1);
    ck_assert_str_eq(driver.subscription.reason,
                     "INVALID_ARGUMENT: invalid size: 3, expected at most 2 bytes");
}
END_TEST

Suite *subscription_padding_suite(void)
{
    Suite *suite = suite_create("subscription-padding");
    TCase *tcase = tcase_create("subscription-padding");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_add_test(tcase, each_command_asks_for_the_size);
    tcase_add_test(tcase, without_a_size_none_is_asked_for);
    tcase_add_test(tcase, a_server_that_never_pads_has_refused);
    tcase_add_test(tcase, a_server_that_pads_no_more_is_wrong);
    tcase_add_loop_test(tcase, a_wrong_padding_ends_a_single_session, 0, WRONGS);
    tcase_add_test(tcase, it_goes_on_after_a_wrong_padding);
    tcase_add_test(tcase, an_answer_to_continue_is_compared_too);
    tcase_add_test(tcase, a_wrong_number_is_only_that);
    tcase_add_test(tcase, padding_that_nobody_asked_for_is_wrong);
    tcase_add_test(tcase, a_refused_size_is_told);
    return suite;
}
