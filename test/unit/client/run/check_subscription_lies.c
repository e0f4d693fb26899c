/*
 * The client's subscription against a server that lies: each lie must be found and told, wherever
 * it is. And stateless streams, their lies and their ends.
 */
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

static void serve_stateless(const struct script *scripts, size_t count)
{
    serve(scripts, count, 0);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_stateless(&driver.subscription.verifier, N);
}

/* Lies in one stream, or (where the first one breaks) in the one that resumes it. */
static const struct {
    struct script scripts[2];
    const char *reason;
} stateful_lies[] = {
    /* one dropped, one repeated, two swapped, one changed */
    {{{{N1, N3, N4}}},
     "lost 1 number after 1 right ones: expected 2229533162, received 2921788346"},
    {{{{N2, N3, N4}}},
     "lost 1 number after 0 right ones: expected 3856042040, received 2229533162"},
    {{{{N1, N1, N2}}},
     "number 1 came again after 1 right numbers: expected 2229533162, received 3856042040"},
    {{{{N1, N3, N2, N4}}},
     "lost 1 number after 1 right ones: expected 2229533162, received 2921788346"},
    {{{{N1, N2, NUMBER(2921788347), N4, N5, N6, OK}}},
     "wrong number after 2 right numbers: expected 2921788346, received 2921788347"},
    {{{{N1, N2, N3, N4, N6, OK}}},
     "lost 1 number after 4 right ones: expected 1636162733, received 121722"},
    /* the checksum: wrong, or a number in its place, or no end after it */
    {{{{N1, N2, N3, N4, N5, NUMBER(121723), OK}}},
     "wrong checksum after 5 right numbers: expected 121722, received 121723"},
    {{{{N1, N2, N3, N4, N5, NUMBER(4233458634), N6, OK}}},
     "wrong checksum after 5 right numbers: expected 121722, received 4233458634"},
    {{{{N1, N2, N3, N4, N5, N6, N6, OK}}},
     "the checksum came again after 5 right numbers: expected the end of the stream, received "
     "121722"},
    /* OK too early */
    {{{{OK}}}, "the server ended the stream with OK after 0 of 5 numbers"},
    {{{{N1, N2, OK}}}, "the server ended the stream with OK after 2 of 5 numbers"},
    {{{{N1, N2, N3, N4, N5, OK}}}, "the server ended the stream with OK after 5 of 5 numbers"},
    /* no reply at all; nor does anything follow */
    {{{{N1, BYTES("\xff\xff\xff")}}}, "malformed reply after 1 right numbers"},
    {{{{N1, BYTES("")}}}, "malformed reply after 1 right numbers"},
    {{{{N1, BYTES("\x0a\x7f")}}}, "malformed reply after 1 right numbers"},
    /* a resume that goes on elsewhere */
    {{{{N1, N2, BREAK}}, {{NUMBER(1), NUMBER(17336), N2}}},
     "wrong position of the resume after 2 right numbers: expected 2, received 1"},
    {{{{N1, N2, BREAK}}, {{NUMBER(3), NUMBER(13788), N4}}},
     "wrong position of the resume after 2 right numbers: expected 2, received 3"},
    {{{{N1, N2, BREAK}}, {{NUMBER(2), NUMBER(58595), N3}}},
     "wrong checksum of the resume after 2 right numbers: expected 58594, received 58595"},
    {{{{N1, N2, BREAK}}, {{NUMBER(58594), NUMBER(2), N3}}},
     "wrong position of the resume after 2 right numbers: expected 2, received 58594"},
    {{{{N1, N2, BREAK}}, {{N3, N4, N5, N6, OK}}},
     "wrong position of the resume after 2 right numbers: expected 2, received 2921788346"},
    {{{{N1, N2, BREAK}}, {{NUMBER(2), NUMBER(58594), N2, N3}}},
     "number 2 came again after 2 right numbers: expected 2921788346, received 2229533162"},
    {{{{N1, N2, BREAK}}, {{NUMBER(2), NUMBER(58594), N4}}},
     "lost 1 number after 2 right ones: expected 2921788346, received 3326752945"},
    {{{{N1, N2, BREAK}}, {{NUMBER(2), OK}}},
     "the server ended the stream with OK after 2 of 5 numbers"},
    {{{{N1, N2, BREAK}}, {{NUMBER(2), NUMBER(58594), OK}}},
     "the server ended the stream with OK after 2 of 5 numbers"},
    {{{{BREAK}}, {{NUMBER(1), NUMBER(17336)}}},
     "wrong position of the resume after 0 right numbers: expected 0, received 1"},
    {{{{N1, N2, N3, N4, N5, BREAK}}, {{NUMBER(5), NUMBER(CHECKSUM), N5}}},
     "number 5 came again after 5 right numbers: expected 121722, received 1636162733"},
};

START_TEST(every_lie_about_a_session_is_found)
{
    for (int i = 0; i < (int)(sizeof stateful_lies / sizeof *stateful_lies); i++) {
        size_t count = stateful_lies[i].scripts[1].lines[0].kind == SCRIPT_SILENCE ? 1 : 2;
        serve(stateful_lies[i].scripts, count, 0);
        expect_result(SESSION_VIOLATED);
        ck_assert_str_eq(driver.subscription.reason, stateful_lies[i].reason);
        expect_requests(count); /* it does not try again */
        end_serving();
    }
}
END_TEST

/* What follows may be on its way already; it is not judged any more. */
START_TEST(only_the_first_lie_is_told)
{
    static const struct script scripts[] = {
        {{N1, NUMBER(7), NUMBER(8), BYTES("\xff"), NUMBER(9), ERROR("uuid already taken"), OK}}};
    SERVE(scripts);
    expect_result(SESSION_VIOLATED);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong number after 1 right numbers: expected 2229533162, received 7");
    ck_assert_uint_eq(driver.messages, 2);
    ck_assert_uint_eq(driver.last_number, 7);
}
END_TEST

START_TEST(a_lie_about_where_one_joins_is_found)
{
    static const struct script scripts[] = {{{NUMBER(1), NUMBER(17336)}}};
    SERVE(scripts);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_joining(&driver.subscription.verifier, &test_uuid, N, 2229533162);
    driver.subscription.joining = true;
    expect_result(SESSION_VIOLATED);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong position of the resume after 0 right numbers: expected the position of "
                     "message 2229533162, received 1");
}
END_TEST

static const struct {
    struct script scripts[2];
    const char *reason;
} stateless_lies[] = {
    {{{{NUMBER(0)}}},
     "wrong number after 0 right numbers: expected a number from 1 to 255, received 0"},
    {{{{NUMBER(256)}}},
     "wrong number after 0 right numbers: expected a number from 1 to 255, received 256"},
    {{{{NUMBER(5), NUMBER(45)}}}, "lost 1 number after 1 right ones: expected 15, received 45"},
    {{{{NUMBER(5), NUMBER(5)}}},
     "number 1 came again after 1 right numbers: expected 15, received 5"},
    {{{{NUMBER(5), NUMBER(15), OK}}}, "the server ended the stream with OK after 2 of 5 numbers"},
    {{{{NUMBER(5), BREAK}}, {{NUMBER(5)}}},
     "number 1 came again after 1 right numbers: expected 15, received 5"},
    {{{{NUMBER(5), BREAK}}, {{NUMBER(45)}}},
     "lost 1 number after 1 right ones: expected 15, received 45"},
};

START_TEST(every_lie_in_a_stateless_stream_is_found)
{
    for (int i = 0; i < (int)(sizeof stateless_lies / sizeof *stateless_lies); i++) {
        size_t count = stateless_lies[i].scripts[1].lines[0].kind == SCRIPT_SILENCE ? 1 : 2;
        serve_stateless(stateless_lies[i].scripts, count);
        expect_result(SESSION_VIOLATED);
        ck_assert_str_eq(driver.subscription.reason, stateless_lies[i].reason);
        end_serving();
    }
}
END_TEST

/* It says END after the last number, and hears what comes until the server has heard it. */
START_TEST(a_stateless_stream_is_ended)
{
    static const struct script scripts[][1] = {
        {{{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), NUMBER(405), AWAIT, OK}}},
        {{{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), NUMBER(405), NUMBER(1215), NUMBER(3645),
           AWAIT, NUMBER(10935), OK}}},
        {{{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), NUMBER(405), AWAIT, BREAK}}}};
    serve_stateless(scripts[_i], 1);
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    expect_request(0, "START", -1);
    expect_request(1, "END", -1);
    ck_assert_uint_eq(driver.messages, N); /* the others are not told */
    ck_assert_uint_eq(driver.subscription.verifier.sum, 605);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), 0);
}
END_TEST

/* It does not wait for long until END is heard. */
START_TEST(a_server_that_does_not_end_is_left)
{
    static const struct script scripts[] = {
        {{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), NUMBER(405), AWAIT}}};
    serve_stateless(scripts, 1);
    driver.is_silent_after = true;
    driver.silent_requests = 2;
    expect_result(SESSION_PROVEN);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), NS_PER_S);
}
END_TEST

START_TEST(a_broken_stateless_stream_goes_on)
{
    static const struct script scripts[] = {{{BREAK}}, /* START again: nothing had come */
                                            {{NUMBER(5), NUMBER(15), BREAK}},
                                            {{NUMBER(45), BREAK}},
                                            {{NUMBER(135), NUMBER(405), AWAIT, OK}}};
    serve_stateless(scripts, 4);
    expect_result(SESSION_PROVEN);
    expect_requests(5);
    expect_request(0, "START", -1);
    expect_request(1, "START", -1);
    expect_request(2, "CONTINUE 15", -1);
    expect_request(3, "CONTINUE 45", -1);
    expect_request(4, "END", -1);
    ck_assert_uint_eq(driver.breaks, 3);
    ck_assert_uint_eq(driver.subscription.verifier.sum, 605);
}
END_TEST

START_TEST(a_stateless_stream_may_be_refused)
{
    static const struct script scripts[] = {{{NUMBER(5), BREAK}},
                                            {{ERROR("invalid continue value"), OK}}};
    serve_stateless(scripts, 2);
    expect_result(SESSION_REFUSED);
    ck_assert_str_eq(driver.subscription.reason, "INVALID_ARGUMENT: invalid continue value");
}
END_TEST

/* Heard, or not. */
START_TEST(stopping_ends_a_stateless_stream)
{
    static const struct script scripts[][1] = {{{{NUMBER(5), NUMBER(15), AWAIT, OK}}},
                                               {{{NUMBER(5), NUMBER(15), AWAIT}}}};
    serve_stateless(scripts[_i], 1);
    driver.stops = true;
    driver.stop_messages = 2;
    driver.is_silent_after = _i == 1;
    driver.silent_requests = 2;
    expect_result(SESSION_STOPPED);
    expect_requests(2);
    expect_request(1, "END", -1);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), _i == 0 ? 0 : NS_PER_S / 2);
}
END_TEST

Suite *subscription_lies_suite(void)
{
    Suite *suite = suite_create("subscription-lies");
    TCase *lies = tcase_create("lies");
    suite_add_tcase(suite, lies);
    tcase_add_checked_fixture(lies, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_set_timeout(lies, 30);
    tcase_add_test(lies, every_lie_about_a_session_is_found);
    tcase_add_test(lies, only_the_first_lie_is_told);
    tcase_add_test(lies, a_lie_about_where_one_joins_is_found);

    TCase *stateless = tcase_create("stateless");
    suite_add_tcase(suite, stateless);
    tcase_add_checked_fixture(stateless, subscription_fixture_set_up,
                              subscription_fixture_tear_down);
    tcase_set_timeout(stateless, 30);
    tcase_add_test(stateless, every_lie_in_a_stateless_stream_is_found);
    tcase_add_loop_test(stateless, a_stateless_stream_is_ended, 0, 3);
    tcase_add_test(stateless, a_server_that_does_not_end_is_left);
    tcase_add_test(stateless, a_broken_stateless_stream_goes_on);
    tcase_add_test(stateless, a_stateless_stream_may_be_refused);
    tcase_add_loop_test(stateless, stopping_ends_a_stateless_stream, 0, 2);
    return suite;
}
