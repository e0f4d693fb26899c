/*
 * The attempts of the client's subscription at its session: their numbers, and what it makes of a
 * server that refuses one, or gives the session to another one.
 */
#include "client/run/subscription_attempt.h"
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

#define TAKEN_OVER "session continued on another stream: its client came back"
#define OLDER      "an older attempt: attempt 2 came after attempt 2; CONTINUE with a higher one"

static void expect_attempts(size_t count, uint32_t first)
{
    expect_requests(count);
    for (size_t i = 0; i < count; i++) {
        uint32_t attempt = first == 0 ? 0 : first + (uint32_t)i;
        ck_assert_uint_eq(scripted_server_request(server, i).attempt, attempt);
    }
}

/* Also where START is sent again, and where several calls break before a message comes. */
START_TEST(each_start_and_continue_is_an_attempt)
{
    static const struct script scripts[] = {{{BREAK}}, {{NO_SESSION}},       {{N1, BREAK}},
                                            {{BREAK}}, {{NUMBER(1), BREAK}}, {{AFTER_1}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_attempts(6, 1);
    expect_request(0, "START " UUID " 5", -1);
    expect_request(1, "CONTINUE " UUID " 0", 0);
    expect_request(2, "START " UUID " 5", -1);
    expect_request(5, "CONTINUE " UUID " 3856042040", 1);
}
END_TEST

START_TEST(a_late_start_is_an_attempt_too)
{
    static const struct script scripts[] = {
        {{BREAK}}, {{NO_SESSION}}, {{STATUS(ALREADY_EXISTS, "uuid already taken")}}, {{AFTER_0}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_attempts(4, 1);
}
END_TEST

/* A path delivered START twice, and the second copy is refused: nobody else knows the uuid. */
START_TEST(a_start_that_came_twice_is_followed_by_continue)
{
    static const struct script scripts[] = {{{STATUS(ALREADY_EXISTS, "uuid already taken")}},
                                            {{AFTER_0}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_attempts(2, 1);
    expect_request(1, "CONTINUE " UUID " 0", 0);
    ck_assert_uint_eq(driver.breaks, 0);
}
END_TEST

static void join_after_2(void)
{
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_joining(&driver.subscription.verifier, &test_uuid, N, 2229533162);
    driver.subscription.joining = true;
    driver.subscription.uuid_is_shared = true;
}

/* Its attempts have no numbers, so an older one of its own may take the session over. */
START_TEST(one_that_joins_takes_the_session_back_from_itself)
{
    static const struct script scripts[] = {
        {{NUMBER(2), NUMBER(58594), N3, BREAK}},
        {{NUMBER(3), NUMBER(13788), N4, STATUS(ABORTED, TAKEN_OVER)}},
        {{AFTER_4}}};
    SERVE(scripts);
    join_after_2();
    expect_result(SESSION_PROVEN);
    expect_attempts(3, 0);
}
END_TEST

/* Not at its first attempt, and not for ever: then it is another client. */
START_TEST(one_that_joins_leaves_the_session_to_others)
{
    static const struct script first[] = {
        {{NUMBER(2), NUMBER(58594), N3, STATUS(ABORTED, TAKEN_OVER)}}};
    static const struct script often[] = {
        {{NUMBER(2), NUMBER(58594), BREAK}},
        {{NUMBER(2), NUMBER(58594), STATUS(ABORTED, TAKEN_OVER)}}};
    SERVE(first);
    join_after_2();
    expect_result(SESSION_REFUSED);
    expect_requests(1);
    end_serving();
    serve(often, 2, 1);
    join_after_2();
    expect_result(SESSION_REFUSED);
    expect_requests(2 + ATTEMPT_REFUSALS_MAX);
}
END_TEST

/* Another client started the session: its attempts are not known. */
START_TEST(one_that_joins_has_no_attempts)
{
    static const struct script scripts[] = {{{NUMBER(2), NUMBER(58594), N3, BREAK}}, {{AFTER_3}}};
    SERVE(scripts);
    join_after_2();
    expect_result(SESSION_PROVEN);
    expect_attempts(2, 0);
}
END_TEST

START_TEST(a_stateless_stream_has_no_attempts)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), BREAK}},
                                            {{NUMBER(45), NUMBER(135), NUMBER(405), AWAIT, OK}}};
    SERVE(scripts);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_stateless(&driver.subscription.verifier, N);
    expect_result(SESSION_PROVEN);
    expect_attempts(3, 0);
}
END_TEST

/* On START, on CONTINUE before and after its answers, and as an original server would say it. */
static const struct {
    struct script scripts[2];
    size_t requests;
    unsigned count; /* right numbers until then */
} take_overs[] = {
    {{{{N1, STATUS(ABORTED, TAKEN_OVER)}}}, 1, 1},
    {{{{N1, BREAK}}, {{STATUS(ABORTED, TAKEN_OVER)}}}, 2, 1},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N2, N3, N4, N5, STATUS(ABORTED, TAKEN_OVER)}}},
     2,
     5},
    {{{{N1, N2, ERROR(TAKEN_OVER), STATUS(ABORTED, TAKEN_OVER)}}}, 1, 2},
    {{{{N1, N2, ERROR("session continued on another stream"), OK}}}, 1, 2},
};

START_TEST(nobody_else_can_take_over_what_only_it_knows)
{
    serve(take_overs[_i].scripts, take_overs[_i].requests, 0);
    expect_result(SESSION_VIOLATED);
    char reason[REASON_SIZE];
    snprintf(reason, sizeof reason,
             "the server gave the session to an older attempt after %u of 5 numbers; only this "
             "client knows its uuid",
             take_overs[_i].count);
    ck_assert_str_eq(driver.subscription.reason, reason);
    ck_assert_int_eq(driver.last_verdict, VERDICT_WRONG_ATTEMPT);
    expect_requests(take_overs[_i].requests); /* it does not try again */
}
END_TEST

START_TEST(another_client_may_take_over_what_it_knows)
{
    serve(take_overs[_i].scripts, take_overs[_i].requests, 0);
    driver.subscription.uuid_is_shared = true;
    expect_result(SESSION_REFUSED);
    const char *reason = driver.subscription.reason;
    ck_assert_msg(strncmp(reason, "ABORTED: session continued", 26) == 0, "%s", reason);
    ck_assert_int_ne(driver.last_verdict, VERDICT_WRONG_ATTEMPT);
    expect_requests(take_overs[_i].requests);
}
END_TEST

/* All messages have come: nothing was lost. */
START_TEST(a_take_over_after_the_last_message_is_no_matter)
{
    static const struct script scripts[] = {
        {{N1, N2, N3, N4, N5, N6, STATUS(ABORTED, TAKEN_OVER)}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
}
END_TEST

/* The text alone is not enough: these ends have another cause. */
START_TEST(other_ends_are_no_take_over)
{
    static const struct script broken[] = {{{N1, N2, STATUS(UNAVAILABLE, TAKEN_OVER)}},
                                           {{AFTER_2}}};
    static const struct script refused[] = {{{N1, N2, STATUS(ABORTED, "x " TAKEN_OVER)}}};
    SERVE(broken);
    expect_result(SESSION_PROVEN);
    end_serving();
    SERVE(refused);
    expect_result(SESSION_REFUSED);
}
END_TEST

/* A path has delivered attempt 2 twice, and the second copy is refused: the next attempt is newer,
 * whoever knows the uuid. */
START_TEST(an_attempt_that_came_twice_is_followed_by_the_next)
{
    static const struct script scripts[] = {
        {{N1, BREAK}}, {{STATUS(ABORTED, OLDER)}}, {{STATUS(ABORTED, OLDER)}}, {{AFTER_1}}};
    SERVE(scripts);
    driver.subscription.uuid_is_shared = _i == 1;
    expect_result(SESSION_PROVEN);
    expect_attempts(4, 1);
    ck_assert_uint_eq(driver.breaks, 3);
    ck_assert_str_eq(driver.break_reason, "ABORTED: " OLDER);
    ck_assert_int_gt(driver.delays[1], 0);
}
END_TEST

START_TEST(a_newest_attempt_that_is_always_refused_is_a_lie)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{STATUS(ABORTED, OLDER)}}};
    serve(scripts, 2, 1);
    expect_result(SESSION_VIOLATED);
    expect_attempts(4, 1);
    ck_assert_int_eq(driver.last_verdict, VERDICT_WRONG_ATTEMPT);
    ck_assert_str_eq(driver.subscription.reason,
                     "the server refused the newest attempt as an older one, 3 times in a row, "
                     "after 1 of 5 numbers");
}
END_TEST

/* Another client has this session, and more attempts: it keeps it. */
START_TEST(another_clients_session_is_not_fought_for)
{
    static const struct script scripts[] = {{{BREAK}}, {{STATUS(ABORTED, OLDER)}}};
    serve(scripts, 2, 1);
    driver.subscription.uuid_is_shared = true;
    expect_result(SESSION_REFUSED);
    expect_requests(4);
    ck_assert_str_eq(driver.subscription.reason, "ABORTED: " OLDER);
}
END_TEST

/* Only refusals in a row are counted. */
START_TEST(a_break_between_two_refusals_begins_the_count_anew)
{
    static const struct script scripts[] = {
        {{N1, BREAK}}, {{STATUS(ABORTED, OLDER)}}, {{STATUS(ABORTED, OLDER)}},
        {{BREAK}},     {{STATUS(ABORTED, OLDER)}}, {{STATUS(ABORTED, OLDER)}},
        {{AFTER_1}}};
    SERVE(scripts);
    expect_result(SESSION_PROVEN);
    expect_attempts(7, 1);
}
END_TEST

Suite *subscription_attempts_suite(void)
{
    enum { TAKE_OVERS = sizeof take_overs / sizeof *take_overs };
    Suite *suite = suite_create("subscription-attempts");
    TCase *attempts = tcase_create("attempts");
    suite_add_tcase(suite, attempts);
    tcase_add_checked_fixture(attempts, subscription_fixture_set_up,
                              subscription_fixture_tear_down);
    tcase_set_timeout(attempts, 30);
    tcase_add_test(attempts, each_start_and_continue_is_an_attempt);
    tcase_add_test(attempts, a_late_start_is_an_attempt_too);
    tcase_add_test(attempts, a_start_that_came_twice_is_followed_by_continue);
    tcase_add_test(attempts, one_that_joins_has_no_attempts);
    tcase_add_test(attempts, one_that_joins_takes_the_session_back_from_itself);
    tcase_add_test(attempts, one_that_joins_leaves_the_session_to_others);
    tcase_add_test(attempts, a_stateless_stream_has_no_attempts);
    tcase_add_loop_test(attempts, nobody_else_can_take_over_what_only_it_knows, 0, TAKE_OVERS);
    tcase_add_loop_test(attempts, another_client_may_take_over_what_it_knows, 0, TAKE_OVERS);
    tcase_add_test(attempts, a_take_over_after_the_last_message_is_no_matter);
    tcase_add_test(attempts, other_ends_are_no_take_over);
    tcase_add_loop_test(attempts, an_attempt_that_came_twice_is_followed_by_the_next, 0, 2);
    tcase_add_test(attempts, a_newest_attempt_that_is_always_refused_is_a_lie);
    tcase_add_test(attempts, another_clients_session_is_not_fought_for);
    tcase_add_test(attempts, a_break_between_two_refusals_begins_the_count_anew);
    return suite;
}
