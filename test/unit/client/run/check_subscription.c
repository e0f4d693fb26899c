/*
 * The client's subscription against a server that breaks off, refuses and forgets: what it asks for
 * next, and how it ends. When it does so is in check_subscription_time.c, and what it does about
 * lies in check_subscription_lies.c.
 */
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

START_TEST(an_honest_server_is_proven)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_requests(1);
    expect_request(0, "START " UUID " 5", -1);
    ck_assert_uint_eq(driver.messages, N + 1);
    ck_assert_int_eq(driver.last_verdict, VERDICT_CHECKSUM);
    ck_assert_uint_eq(driver.breaks, 0);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), 0);
}
END_TEST

/* Broken after this many messages of the session. */
static const struct {
    struct script scripts[2];
    const char *request;
} breaks[] = {
    {{{{BREAK}}, {{AFTER_0}}}, "CONTINUE " UUID " 0"},
    {{{{N1, BREAK}}, {{AFTER_1}}}, "CONTINUE " UUID " 3856042040"},
    {{{{N1, N2, BREAK}}, {{AFTER_2}}}, "CONTINUE " UUID " 2229533162"},
    {{{{N1, N2, N3, BREAK}}, {{AFTER_3}}}, "CONTINUE " UUID " 2921788346"},
    {{{{N1, N2, N3, N4, BREAK}}, {{AFTER_4}}}, "CONTINUE " UUID " 3326752945"},
    {{{{N1, N2, N3, N4, N5, BREAK}}, {{AFTER_5}}}, "CONTINUE " UUID " 1636162733"},
};

START_TEST(a_broken_session_goes_on_where_it_broke)
{
    for (int i = 0; i < (int)(sizeof breaks / sizeof *breaks); i++) {
        SERVE(breaks[i].scripts);
        expect_result(SESSION_PROVEN);
        expect_requests(2);
        expect_request(0, "START " UUID " 5", -1);
        expect_request(1, breaks[i].request, i);
        ck_assert_uint_eq(driver.messages, N + 3);
        ck_assert_uint_eq(driver.breaks, 1);
        ck_assert_int_eq(driver.last_break.kind.cause, BREAK_STATUS);
        ck_assert_str_eq(driver.break_reason, "UNAVAILABLE: cut");
        ck_assert_int_ge(driver.delays[0], 400 * NS_PER_MS);
        ck_assert_int_le(driver.delays[0], 600 * NS_PER_MS);
        ck_assert_int_eq(subscription_driver_elapsed(&driver), driver.delays[0]);
        end_serving();
    }
}
END_TEST

/* All has come: how the stream ends does not matter. */
START_TEST(a_break_after_the_checksum_is_none)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, BREAK}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_requests(1);
    ck_assert_uint_eq(driver.breaks, 0);
}
END_TEST

START_TEST(breaks_within_the_answers_change_nothing)
{
    static const struct script scripts[] = {{{N1, N2, BREAK}},
                                            {{BREAK}},
                                            {{NUMBER(2), BREAK}},
                                            {{NUMBER(2), NUMBER(58594), BREAK}},
                                            {{NUMBER(2), NUMBER(58594), N3, BREAK}},
                                            {{AFTER_3}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_requests(6);
    for (size_t i = 1; i < 5; i++) {
        expect_request(i, "CONTINUE " UUID " 2229533162", 2);
        ck_assert_int_gt(driver.delays[i], 0);
    }
    expect_request(5, "CONTINUE " UUID " 2921788346", 3);
}
END_TEST

static const struct script temporary[][2] = {
    {{{N1, N2, STATUS(CANCELLED, "x")}}, {{AFTER_2}}},
    {{{N1, N2, STATUS(UNKNOWN, "x")}}, {{AFTER_2}}},
    {{{N1, N2, STATUS(DEADLINE_EXCEEDED, "x")}}, {{AFTER_2}}},
    {{{N1, N2, STATUS(RESOURCE_EXHAUSTED, "too many streams")}}, {{AFTER_2}}},
    {{{N1, N2, STATUS(INTERNAL, "x")}}, {{AFTER_2}}},
    {{{N1, N2, STATUS(UNAVAILABLE, "server is shutting down")}}, {{AFTER_2}}},
    {{{N1, N2, STATUS(DATA_LOSS, "x")}}, {{AFTER_2}}},
    /* an original server says so in a message, and ends with OK */
    {{{N1, N2, ERROR("server is shutting down"), OK}}, {{AFTER_2}}},
    {{{N1, N2, ERROR("too many streams: try again later"), OK}}, {{AFTER_2}}},
    {{{N1, N2, ERROR("server is shutting down: x"),
       STATUS(UNAVAILABLE, "server is shutting down: x")}},
     {{AFTER_2}}},
};

START_TEST(what_may_pass_is_tried_again)
{
    for (int i = 0; i < (int)(sizeof temporary / sizeof *temporary); i++) {
        SERVE(temporary[i]);
        expect_result(SESSION_PROVEN);
        expect_requests(2);
        expect_request(1, "CONTINUE " UUID " 2229533162", 2);
        ck_assert_uint_eq(driver.breaks, 1);
        end_serving();
    }
}
END_TEST

static const struct {
    struct script script;
    const char *reason;
} refusals[] = {
    {{{N1, STATUS(INVALID_ARGUMENT, "x")}}, "INVALID_ARGUMENT: x"},
    {{{N1, STATUS(NOT_FOUND, "x")}}, "NOT_FOUND: x"},
    {{{N1, STATUS(ALREADY_EXISTS, "x")}}, "ALREADY_EXISTS: x"},
    {{{N1, STATUS(PERMISSION_DENIED, "x")}}, "PERMISSION_DENIED: x"},
    {{{N1, STATUS(FAILED_PRECONDITION, "x")}}, "FAILED_PRECONDITION: x"},
    {{{N1, STATUS(ABORTED, "x")}}, "ABORTED: x"},
    {{{N1, STATUS(OUT_OF_RANGE, "x")}}, "OUT_OF_RANGE: x"},
    {{{N1, STATUS(UNIMPLEMENTED, "x")}}, "UNIMPLEMENTED: x"},
    {{{N1, STATUS(UNAUTHENTICATED, "")}}, "UNAUTHENTICATED"},
    /* the first START is not uncertain: somebody else has this session */
    {{{STATUS(ALREADY_EXISTS, "uuid already taken")}}, "ALREADY_EXISTS: uuid already taken"},
    {{{STATUS(NOT_FOUND, "x")}}, "NOT_FOUND: x"},
    /* ours: the same text twice */
    {{{ERROR("invalid n value: '0'"), STATUS(INVALID_ARGUMENT, "invalid n value: '0'")}},
     "INVALID_ARGUMENT: invalid n value: '0'"},
    /* the original: a message, or several, and then OK */
    {{{ERROR("uuid already taken"), OK}}, "ALREADY_EXISTS: uuid already taken"},
    {{{ERROR("invalid n value"), OK}}, "INVALID_ARGUMENT: invalid n value"},
    {{{N1, ERROR("wrong last number"), OK}}, "OUT_OF_RANGE: wrong last number"},
    {{{N1, ERROR("server was already running"), OK}},
     "FAILED_PRECONDITION: server was already running"},
    {{{ERROR("no idea"), OK}}, "INVALID_ARGUMENT: no idea"},
    {{{ERROR("invalid uuid"), ERROR("uuid has no session"), OK}}, "NOT_FOUND: uuid has no session"},
    /* what a server writes must not reach a terminal as it is */
    {{{ERROR("uuid already taken\x1b[2J\n"), OK}}, "ALREADY_EXISTS: uuid already taken?[2J?"},
    {{{STATUS(ABORTED, "\x1b[2J\n")}}, "ABORTED: ?[2J?"},
};

START_TEST(what_can_not_pass_is_not_tried_again)
{
    for (int i = 0; i < (int)(sizeof refusals / sizeof *refusals); i++) {
        serve(&refusals[i].script, 1, 0);
        driver.subscription.uuid_is_shared = true;
        expect_result(SESSION_REFUSED);
        ck_assert_str_eq(driver.subscription.reason, refusals[i].reason);
        expect_requests(1);
        ck_assert_uint_eq(driver.breaks, 0);
        end_serving();
    }
}
END_TEST

/* The START was lost: what settles that costs no wait. */
START_TEST(a_start_that_was_lost_is_sent_again)
{
    static const struct script scripts[][3] = {
        {{{BREAK}}, {{NO_SESSION}}, {{N1, N2, N3, N4, N5, N6, OK}}},
        {{{BREAK}}, {{ERROR("uuid has no session"), OK}}, {{N1, N2, N3, N4, N5, N6, OK}}}};
    SERVE(scripts[_i]);
    expect_result(SESSION_PROVEN);
    expect_requests(3);
    expect_request(0, "START " UUID " 5", -1);
    expect_request(1, "CONTINUE " UUID " 0", 0);
    expect_request(2, "START " UUID " 5", -1);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), driver.delays[0]);
}
END_TEST

/* It was late: CONTINUE came before it. */
START_TEST(a_start_that_was_late_is_continued)
{
    static const struct script scripts[] = {
        {{BREAK}}, {{NO_SESSION}}, {{STATUS(ALREADY_EXISTS, "uuid already taken")}}, {{AFTER_0}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_requests(4);
    expect_request(2, "START " UUID " 5", -1);
    expect_request(3, "CONTINUE " UUID " 0", 0);
    ck_assert_uint_eq(driver.breaks, 1);
}
END_TEST

/* The second START is as uncertain as the first. */
START_TEST(a_start_may_be_lost_again)
{
    static const struct script scripts[] = {{{BREAK}},      {{NO_SESSION}}, {{BREAK}},  {{BREAK}},
                                            {{NO_SESSION}}, {{N1, BREAK}},  {{AFTER_1}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_requests(7);
    expect_request(3, "CONTINUE " UUID " 0", 0);
    expect_request(4, "CONTINUE " UUID " 0", 0);
    expect_request(5, "START " UUID " 5", -1);
    expect_request(6, "CONTINUE " UUID " 3856042040", 1);
    ck_assert_uint_eq(driver.breaks, 4);
}
END_TEST

/* Once a number has come, its session must be there. */
START_TEST(a_session_that_was_evicted_is_lost)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{NO_SESSION}}};
    SERVE(scripts);
    expect_result(SESSION_REFUSED);
    expect_requests(2);
    ck_assert_str_eq(driver.subscription.reason,
                     "NOT_FOUND: uuid has no session: never started, or evicted");
}
END_TEST

/* An original server drops a session once it has sent the last message, whoever has lost it. */
START_TEST(a_session_that_was_dropped_early_is_lost)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, BREAK}},
                                            {{ERROR("uuid has no session"), OK}}};
    SERVE(scripts);
    expect_result(SESSION_REFUSED);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 1636162733", 5);
    ck_assert_str_eq(driver.subscription.reason, "NOT_FOUND: uuid has no session");
}
END_TEST

START_TEST(joining_goes_on_after_a_value)
{
    static const struct script scripts[] = {{{AFTER_2}}};
    SERVE(scripts);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_joining(&driver.subscription.verifier, &test_uuid, N, 2229533162);
    driver.subscription.joining = true;
    expect_result(SESSION_PROVEN);
    expect_requests(1);
    expect_request(0, "CONTINUE " UUID " 2229533162", -1);
}
END_TEST

START_TEST(joining_survives_breaks)
{
    static const struct script scripts[] = {
        {{BREAK}}, {{NUMBER(2), BREAK}}, {{NUMBER(2), NUMBER(58594), N3, BREAK}}, {{AFTER_3}}};
    SERVE(scripts);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_joining(&driver.subscription.verifier, &test_uuid, N, 2229533162);
    driver.subscription.joining = true;
    expect_result(SESSION_PROVEN);
    expect_requests(4);
    expect_request(1, "CONTINUE " UUID " 2229533162", -1);
    expect_request(2, "CONTINUE " UUID " 2229533162", 2); /* known now */
    expect_request(3, "CONTINUE " UUID " 2921788346", 3);
}
END_TEST

/* It never begins a session of its own. */
START_TEST(joining_needs_a_session)
{
    static const struct script scripts[] = {{{BREAK}}, {{NO_SESSION}}};
    SERVE(scripts);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_joining(&driver.subscription.verifier, &test_uuid, N, 2229533162);
    driver.subscription.joining = true;
    expect_result(SESSION_REFUSED);
    expect_requests(2);
}
END_TEST

START_TEST(stopping_breaks_a_session_off)
{
    static const struct script scripts[] = {{{N1, N2}}};
    SERVE(scripts);
    driver.stops = true;
    driver.stop_messages = (size_t)_i; /* before anything came, or later */
    expect_result(SESSION_STOPPED);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), 0);
    ck_assert_uint_eq(driver.breaks, 0);
    subscription_stop(&driver.subscription);
    ck_assert_int_eq(driver.subscription.result, SESSION_STOPPED);
}
END_TEST

START_TEST(stopping_does_not_wait_for_the_next_try)
{
    static const struct script scripts[] = {{{N1, BREAK}}};
    SERVE(scripts);
    driver.stops = true;
    driver.stop_breaks = 1;
    expect_result(SESSION_STOPPED);
    expect_requests(1);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), 0);
    ck_assert_int_eq(subscription_deadline(&driver.subscription), CLOCK_NEVER);
}
END_TEST

Suite *subscription_suite(void)
{
    Suite *suite = suite_create("subscription");
    TCase *tcase = tcase_create("going on");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, an_honest_server_is_proven);
    tcase_add_test(tcase, a_broken_session_goes_on_where_it_broke);
    tcase_add_test(tcase, a_break_after_the_checksum_is_none);
    tcase_add_test(tcase, breaks_within_the_answers_change_nothing);
    tcase_add_test(tcase, what_may_pass_is_tried_again);
    tcase_add_test(tcase, what_can_not_pass_is_not_tried_again);
    tcase_add_loop_test(tcase, a_start_that_was_lost_is_sent_again, 0, 2);
    tcase_add_test(tcase, a_start_that_was_late_is_continued);
    tcase_add_test(tcase, a_start_may_be_lost_again);
    tcase_add_test(tcase, a_session_that_was_evicted_is_lost);
    tcase_add_test(tcase, a_session_that_was_dropped_early_is_lost);
    tcase_add_test(tcase, joining_goes_on_after_a_value);
    tcase_add_test(tcase, joining_survives_breaks);
    tcase_add_test(tcase, joining_needs_a_session);
    tcase_add_loop_test(tcase, stopping_breaks_a_session_off, 0, 3);
    tcase_add_test(tcase, stopping_does_not_wait_for_the_next_try);
    return suite;
}
