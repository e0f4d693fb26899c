/* The client's subscription and the headers of its server: read once a call, and before the first
 * message. The clock is the test's. */
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

#include <stdio.h>

#define INTERVAL(value) HEADER("comms-interval: " value)

/* What the driver does when it has the headers. */
static int64_t stalls[4]; /* the stall time-out that it sets at each announcement */
static bool takes[4];     /* and whether the session can work with the server */

static bool take_announcement(void)
{
    size_t i = driver.announcements - 1;
    ck_assert_uint_lt(i, sizeof stalls / sizeof *stalls);
    driver.subscription.stall_timeout_ns = stalls[i];
    if (!takes[i]) {
        snprintf(driver.subscription.reason, sizeof driver.subscription.reason, "not this one");
    }
    return takes[i];
}

static void answer(void)
{
    driver.on_announcement = take_announcement;
    for (size_t i = 0; i < sizeof stalls / sizeof *stalls; i++) {
        stalls[i] = DRIVER_STALL_TIMEOUT;
        takes[i] = true;
    }
}

static void expect_no_announcement(void)
{
    ck_assert_uint_eq(driver.announcements, 0);
}

START_TEST(headers_are_read_once_a_call_and_before_a_message)
{
    static const struct script scripts[] = {
        {{HEADER("comms-version: 9.8.7"), HEADER("comms-mode: stateful"), INTERVAL("250ms"),
          HEADER("date: today"), N1, N2, BREAK}},
        {{INTERVAL("2s"), AFTER_2}}};
    SERVE(scripts);
    answer();
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    ck_assert_uint_eq(driver.announcements, 2);
    ck_assert_int_eq(driver.announcement.interval_ns, 2 * NS_PER_S);
    ck_assert(!announcement_has(&driver.announcement, ANNOUNCED_VERSION)); /* of this call alone */
}
END_TEST

static void expect_first_message_after_headers(void)
{
    ck_assert_uint_eq(driver.announcements, 1);
}

START_TEST(the_pace_is_known_at_the_first_number)
{
    static const struct script scripts[] = {{{INTERVAL("250ms"), N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    answer();
    driver.on_message = expect_first_message_after_headers;
    expect_result(SESSION_PROVEN);
    ck_assert_int_eq(driver.announcement.interval_ns, 250 * NS_PER_MS);
}
END_TEST

/* Another server has no such headers: it shows by its first message. */
START_TEST(a_server_that_announces_nothing_is_known_by_its_first_message)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    answer();
    driver.on_message = expect_first_message_after_headers;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.announcement.has, 0);
    ck_assert_uint_eq(driver.announcement.garbled, 0);
}
END_TEST

/* A refusal may come from a proxy, and says nothing of the server. */
START_TEST(a_status_alone_announces_nothing)
{
    static const struct script scripts[] = {{{STATUS(INVALID_ARGUMENT, "no")}}};
    SERVE(scripts);
    driver.on_announcement = take_announcement;
    expect_result(SESSION_REFUSED);
    expect_no_announcement();
}
END_TEST

START_TEST(garbled_headers_are_told_and_do_no_harm)
{
    static const struct script scripts[] = {
        {{INTERVAL("-1s"), HEADER("comms-mode: "),
          HEADER("comms-max-numbers: 99999999999999999999"), INTERVAL("1s"),
          HEADER("comms-version: 1"), N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    answer();
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.announcements, 1);
    ck_assert_uint_eq(driver.announcement.has, 1U << ANNOUNCED_VERSION);
    ck_assert_str_eq(driver.announcement.garbled_text, "comms-interval: '-1s'");
}
END_TEST

#define ANSWER_2 NUMBER(2), NUMBER(58594)

/* The next two calls fall silent too: one before its headers, one behind them. */
static void fall_silent_again(void)
{
    driver.is_silent_after = driver.breaks < 3;
    driver.silent_requests = driver.breaks + 1;
    driver.silent_messages = driver.breaks == 1 ? 2 : 4;
}

/* The stall time-out is of the call: before its headers that of the settings counts. */
START_TEST(a_stall_is_judged_by_the_headers_of_its_call)
{
    static const struct script scripts[] = {
        {{INTERVAL("1h"), N1, N2}}, {{SILENCE}}, {{INTERVAL("0"), ANSWER_2, SILENCE}}, {{AFTER_2}}};
    SERVE(scripts);
    answer();
    stalls[0] = INT64_C(10800) * NS_PER_S;
    stalls[1] = NS_PER_S;
    driver.on_break = fall_silent_again;
    driver.is_silent_after = true;
    driver.silent_messages = 2;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 3);
    ck_assert_int_eq(subscription_driver_elapsed(&driver),
                     INT64_C(10800) * NS_PER_S + driver.delays[0] + DRIVER_STALL_TIMEOUT +
                         driver.delays[1] + NS_PER_S + driver.delays[2]);
}
END_TEST

START_TEST(a_server_that_cannot_work_is_refused_at_once)
{
    static const struct script scripts[] = {
        {{HEADER("comms-mode: stateless"), NUMBER(1), SILENCE}}};
    SERVE(scripts);
    answer();
    takes[0] = false;
    expect_result(SESSION_REFUSED);
    ck_assert_str_eq(driver.subscription.reason, "not this one");
    ck_assert_uint_eq(driver.messages, 0);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), 0);
    expect_requests(1);
}
END_TEST

START_TEST(an_error_of_a_server_that_cannot_work_is_not_told)
{
    static const struct script scripts[] = {
        {{HEADER("comms-mode: stateless"), ERROR("invalid start parameters: expected START"),
          STATUS(INVALID_ARGUMENT, "invalid start parameters")}}};
    SERVE(scripts);
    answer();
    takes[0] = false;
    expect_result(SESSION_REFUSED);
    ck_assert_str_eq(driver.subscription.reason, "not this one");
}
END_TEST

/* A wish goes with START and CONTINUE. */
START_TEST(a_wish_goes_with_each_command)
{
    static const struct script scripts[] = {{{N1, N2, BREAK}}, {{AFTER_2}}};
    for (int64_t wish = 0; wish <= NS_PER_S; wish += NS_PER_S) {
        SERVE(scripts);
        driver.settings.wish_ns = wish;
        expect_result(SESSION_PROVEN);
        expect_requests(2);
        for (size_t i = 0; i < 2; i++) {
            ck_assert_int_eq(scripted_server_request(server, i).interval_ns, wish);
        }
        end_serving();
    }
}
END_TEST

Suite *subscription_headers_suite(void)
{
    Suite *suite = suite_create("subscription-headers");
    TCase *headers = tcase_create("headers");
    suite_add_tcase(suite, headers);
    tcase_add_checked_fixture(headers, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_set_timeout(headers, 60);
    tcase_add_test(headers, headers_are_read_once_a_call_and_before_a_message);
    tcase_add_test(headers, the_pace_is_known_at_the_first_number);
    tcase_add_test(headers, a_server_that_announces_nothing_is_known_by_its_first_message);
    tcase_add_test(headers, a_status_alone_announces_nothing);
    tcase_add_test(headers, garbled_headers_are_told_and_do_no_harm);
    tcase_add_test(headers, a_stall_is_judged_by_the_headers_of_its_call);
    tcase_add_test(headers, a_server_that_cannot_work_is_refused_at_once);
    tcase_add_test(headers, an_error_of_a_server_that_cannot_work_is_not_told);
    tcase_add_test(headers, a_wish_goes_with_each_command);
    return suite;
}
