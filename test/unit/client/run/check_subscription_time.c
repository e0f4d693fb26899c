/*
 * The client's subscription and time: stalls, delays before the next try, giving up, and servers
 * that are not there. The clock is the test's.
 */
#include "shared/base/log.h"
#include "shared/grpc/core_version.h"
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* That it neither has the session nor lets one start is no reason to ask it for ever. */
START_TEST(a_server_that_contradicts_itself_is_given_up)
{
    static const struct script scripts[] = {
        {{BREAK}}, {{NO_SESSION}}, {{STATUS(ALREADY_EXISTS, "uuid already taken")}}};
    serve(scripts, 3, 1);
    expect_result(SESSION_UNREACHABLE);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), DRIVER_RETRY_TIMEOUT);
    ck_assert_uint_le(scripted_server_request_count(server), 4 * driver.breaks);
}
END_TEST

START_TEST(a_stalled_stream_is_broken_off)
{
    static const struct script scripts[] = {{{N1, N2}}, {{AFTER_2}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_messages = 2;
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 2229533162", 2);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_STALLED);
    ck_assert_str_eq(driver.break_reason, "STALLED: no message for 15.0 s");
    ck_assert_int_eq(subscription_driver_elapsed(&driver), DRIVER_STALL_TIMEOUT + driver.delays[0]);
}
END_TEST

START_TEST(a_start_that_is_not_answered_is_broken_off)
{
    static const struct script scripts[] = {{{SILENCE}}, {{AFTER_0}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_requests = 1;
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 0", 0);
    ck_assert_str_eq(driver.break_reason, "STALLED: no message for 15.0 s");
}
END_TEST

/* Nothing is missing then but the status, which need not be waited for long. */
START_TEST(a_session_that_is_complete_waits_a_second_for_its_end)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6}}};
    static const struct script joined[] = {{{NUMBER(N + 1), NUMBER(CHECKSUM)}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_messages = N + 1;
    expect_result(SESSION_PROVEN);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), NS_PER_S);
    end_serving();

    SERVE(joined);
    verifier_cleanup(&driver.subscription.verifier);
    verifier_init_joining(&driver.subscription.verifier, &test_uuid, N, CHECKSUM);
    driver.subscription.joining = true;
    driver.is_silent_after = true;
    driver.silent_messages = 2;
    expect_result(SESSION_PROVEN);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), NS_PER_S);
}
END_TEST

/* As long as each message comes in time, all of them may take longer. */
START_TEST(a_slow_stream_is_not_stalled)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    driver.message_takes_ns = DRIVER_STALL_TIMEOUT - 1;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 0);
}
END_TEST

START_TEST(without_a_stall_timeout_it_waits_for_ever)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    driver.settings.stall_timeout_ns = 0;
    driver.message_takes_ns = 3600 * NS_PER_S;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 0);
}
END_TEST

/* The delays grow, up to the last try at the time-out itself. */
static void expect_growing_delays(int64_t total)
{
    int64_t sum = 0;
    ck_assert_uint_ge(driver.breaks, 5);
    for (size_t i = 0; i < driver.breaks; i++) {
        double nominal = 0.5;
        for (size_t k = 0; k < i && nominal < 10; k++) {
            nominal *= 1.6;
        }
        nominal = (nominal > 10 ? 10 : nominal) * (double)NS_PER_S;
        bool is_last = i == driver.breaks - 1;
        ck_assert_msg((is_last || (double)driver.delays[i] > nominal * 0.79) &&
                          (double)driver.delays[i] < nominal * 1.21,
                      "delay %zu is %f s", i, (double)driver.delays[i] / (double)NS_PER_S);
        sum += driver.delays[i];
    }
    ck_assert_int_eq(sum, total);
}

START_TEST(it_gives_up_after_the_retry_timeout)
{
    static const struct script scripts[] = {{{BREAK}}};
    SERVE(scripts);
    expect_result(SESSION_UNREACHABLE);
    ck_assert_str_eq(driver.subscription.reason, "UNAVAILABLE: cut");
    expect_growing_delays(DRIVER_RETRY_TIMEOUT);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), DRIVER_RETRY_TIMEOUT);
    expect_requests(driver.breaks + 1);
}
END_TEST

/* Only numbers count: a server that answers CONTINUE and breaks again gets nobody anywhere. */
START_TEST(answers_alone_are_no_progress)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), BREAK}}};
    serve(scripts, 2, 1);
    expect_result(SESSION_UNREACHABLE);
    expect_growing_delays(DRIVER_RETRY_TIMEOUT);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), DRIVER_RETRY_TIMEOUT);
}
END_TEST

/* Each number starts the time anew, and the delays. */
START_TEST(a_number_is_progress)
{
    static const struct script scripts[] = {{{N1, BREAK}},
                                            {{NUMBER(1), NUMBER(17336), N2, BREAK}},
                                            {{NUMBER(2), NUMBER(58594), N3, BREAK}},
                                            {{NUMBER(3), NUMBER(13788), N4, BREAK}},
                                            {{NUMBER(4), NUMBER(121357), N5, BREAK}},
                                            {{AFTER_5}}};
    SERVE(scripts);
    driver.settings.retry_timeout_ns = 700 * NS_PER_MS;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_ge(driver.delays[i], 400 * NS_PER_MS);
        ck_assert_int_le(driver.delays[i], 600 * NS_PER_MS);
    }
}
END_TEST

enum { TARGET_SIZE = 32 };

/* Binds a port, so that it is nobody else's, and does not listen. Returns the socket. */
static int hold_port(char target[static TARGET_SIZE])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int holder = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(holder, (const struct sockaddr *)(const void *)&address, length), 0);
    ck_assert_int_eq(getsockname(holder, (struct sockaddr *)(void *)&address, &length), 0);
    snprintf(target, TARGET_SIZE, "127.0.0.1:%d", ntohs(address.sin_port));
    return holder;
}

START_TEST(a_server_that_is_not_there_is_given_up)
{
    char target[TARGET_SIZE];
    int holder = hold_port(target);
    subscribe_to(target);
    expect_result(SESSION_UNREACHABLE);
    ck_assert_ptr_eq(strstr(driver.subscription.reason, "UNAVAILABLE: "),
                     driver.subscription.reason);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_REFUSED);
    expect_growing_delays(DRIVER_RETRY_TIMEOUT);
    close(holder);
}
END_TEST

/* What C core says of it is not known then, but that no message came on no connection is. */
START_TEST(an_unknown_core_is_not_left_to_its_own_backoff)
{
    char target[TARGET_SIZE];
    int holder = hold_port(target);
    log_set_level(LOG_LEVEL_ERROR);
    core_version_check("30.0.0");
    subscribe_to(target);
    expect_result(SESSION_UNREACHABLE);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_UNREACHABLE);
    ck_assert_uint_eq(driver.channel.generation,
                      driver.breaks + 2); /* renewed after each, and the last */
    expect_growing_delays(DRIVER_RETRY_TIMEOUT);
    core_version_check(CORE_VERSION_KNOWN);
    close(holder);
}
END_TEST

static char folder[32];
static char late_address[64];

static void start_late_server(void)
{
    static const struct script scripts[] = {{{AFTER_0}}};
    if (server == NULL) {
        server = scripted_server_start_at(late_address, scripts, 1, 0);
    }
}

/* It tries for itself: C core would go on saying for a while that nobody is there. */
START_TEST(a_server_that_comes_late_is_found_at_once)
{
    snprintf(folder, sizeof folder, "/tmp/comms-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(late_address, sizeof late_address, "unix:%s/socket", folder);
    subscribe_to(late_address);
    driver.on_break = start_late_server;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_UNREACHABLE);
    expect_requests(1);
    end_serving();
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* A connection that is silent may be dead; one on which a stream broke need not be. */
START_TEST(after_a_stall_it_connects_anew)
{
    static const struct script scripts[] = {
        {{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N2}}, {{AFTER_2}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_messages = 4;
    expect_result(SESSION_PROVEN);
    expect_requests(3);
    ck_assert(scripted_server_is_same_connection(server, 0, 1));
    ck_assert(!scripted_server_is_same_connection(server, 1, 2));
}
END_TEST

Suite *subscription_time_suite(void)
{
    Suite *suite = suite_create("subscription-time");
    TCase *tcase = tcase_create("time");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_server_that_contradicts_itself_is_given_up);
    tcase_add_test(tcase, a_stalled_stream_is_broken_off);
    tcase_add_test(tcase, a_start_that_is_not_answered_is_broken_off);
    tcase_add_test(tcase, a_session_that_is_complete_waits_a_second_for_its_end);
    tcase_add_test(tcase, a_slow_stream_is_not_stalled);
    tcase_add_test(tcase, without_a_stall_timeout_it_waits_for_ever);
    tcase_add_test(tcase, it_gives_up_after_the_retry_timeout);
    tcase_add_test(tcase, answers_alone_are_no_progress);
    tcase_add_test(tcase, a_number_is_progress);
    tcase_add_test(tcase, a_server_that_is_not_there_is_given_up);
    tcase_add_test(tcase, an_unknown_core_is_not_left_to_its_own_backoff);
    tcase_add_test(tcase, a_server_that_comes_late_is_found_at_once);
    tcase_add_test(tcase, after_a_stall_it_connects_anew);
    return suite;
}
