/*
 * The client's subscription and time: stalls, delays before the next try, giving up, and servers
 * that are not there. The clock is the test's.
 */
#include "test/kit/subscribed.h"
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
    expect_result(RESULT_UNREACHABLE);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), SUBSCRIBER_RETRY_TIMEOUT);
    ck_assert_uint_le(lying_server_request_count(server), 4 * subscriber.breaks);
}
END_TEST

START_TEST(a_stalled_stream_is_broken_off)
{
    static const struct script scripts[] = {{{N1, N2}}, {{AFTER_2}}};
    SERVE(scripts);
    subscriber.is_silent_after = true;
    subscriber.silent_messages = 2;
    expect_result(RESULT_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 2229533162", 2);
    ck_assert_uint_eq(subscriber.breaks, 1);
    ck_assert_int_eq(subscriber.last_break.kind.cause, BREAK_STALLED);
    ck_assert_str_eq(subscriber.break_reason, "STALLED: no message for 15.0 s");
    ck_assert_int_eq(subscriber_elapsed(&subscriber),
                     SUBSCRIBER_STALL_TIMEOUT + subscriber.delays[0]);
}
END_TEST

START_TEST(a_start_that_is_not_answered_is_broken_off)
{
    static const struct script scripts[] = {{{{LIE_NOTHING}}}, {{AFTER_0}}};
    SERVE(scripts);
    subscriber.is_silent_after = true;
    subscriber.silent_requests = 1;
    expect_result(RESULT_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 0", 0);
    ck_assert_str_eq(subscriber.break_reason, "STALLED: no message for 15.0 s");
}
END_TEST

/* Nothing is missing then but the status, which need not be waited for long. */
START_TEST(a_session_that_is_complete_waits_a_second_for_its_end)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6}}};
    static const struct script joined[] = {{{NUMBER(N + 1), NUMBER(CHECKSUM)}}};
    SERVE(scripts);
    subscriber.is_silent_after = true;
    subscriber.silent_messages = N + 1;
    expect_result(RESULT_PROVEN);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), NS_PER_S);
    end_serving();

    SERVE(joined);
    verifier_cleanup(&subscriber.subscription.verifier);
    verifier_init_joining(&subscriber.subscription.verifier, &test_uuid, N, CHECKSUM);
    subscriber.subscription.joining = true;
    subscriber.is_silent_after = true;
    subscriber.silent_messages = 2;
    expect_result(RESULT_PROVEN);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), NS_PER_S);
}
END_TEST

/* As long as each message comes in time, all of them may take longer. */
START_TEST(a_slow_stream_is_not_stalled)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    subscriber.message_takes_ns = SUBSCRIBER_STALL_TIMEOUT - 1;
    expect_result(RESULT_PROVEN);
    ck_assert_uint_eq(subscriber.breaks, 0);
}
END_TEST

START_TEST(without_a_stall_timeout_it_waits_for_ever)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    subscriber.settings.stall_timeout_ns = 0;
    subscriber.message_takes_ns = 3600 * NS_PER_S;
    expect_result(RESULT_PROVEN);
    ck_assert_uint_eq(subscriber.breaks, 0);
}
END_TEST

/* The delays grow, up to the last try at the time-out itself. */
static void expect_growing_delays(int64_t total)
{
    int64_t sum = 0;
    ck_assert_uint_ge(subscriber.breaks, 5);
    for (size_t i = 0; i < subscriber.breaks; i++) {
        double nominal = 0.5;
        for (size_t k = 0; k < i && nominal < 10; k++) {
            nominal *= 1.6;
        }
        nominal = (nominal > 10 ? 10 : nominal) * (double)NS_PER_S;
        bool is_last = i == subscriber.breaks - 1;
        ck_assert_msg((is_last || (double)subscriber.delays[i] > nominal * 0.79) &&
                          (double)subscriber.delays[i] < nominal * 1.21,
                      "delay %zu is %f s", i, (double)subscriber.delays[i] / (double)NS_PER_S);
        sum += subscriber.delays[i];
    }
    ck_assert_int_eq(sum, total);
}

START_TEST(it_gives_up_after_the_retry_timeout)
{
    static const struct script scripts[] = {{{BREAK}}};
    SERVE(scripts);
    expect_result(RESULT_UNREACHABLE);
    ck_assert_str_eq(subscriber.subscription.reason, "UNAVAILABLE: cut");
    expect_growing_delays(SUBSCRIBER_RETRY_TIMEOUT);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), SUBSCRIBER_RETRY_TIMEOUT);
    expect_requests(subscriber.breaks + 1);
}
END_TEST

/* Only numbers count: a server that answers CONTINUE and breaks again gets nobody anywhere. */
START_TEST(answers_alone_are_no_progress)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), BREAK}}};
    serve(scripts, 2, 1);
    expect_result(RESULT_UNREACHABLE);
    expect_growing_delays(SUBSCRIBER_RETRY_TIMEOUT);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), SUBSCRIBER_RETRY_TIMEOUT);
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
    subscriber.settings.retry_timeout_ns = 700 * NS_PER_MS;
    expect_result(RESULT_PROVEN);
    ck_assert_uint_eq(subscriber.breaks, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_ge(subscriber.delays[i], 400 * NS_PER_MS);
        ck_assert_int_le(subscriber.delays[i], 600 * NS_PER_MS);
    }
}
END_TEST

/* A port that is bound, so that it is nobody else's, and does not listen. */
START_TEST(a_server_that_is_not_there_is_given_up)
{
    char target[32];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int holder = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(holder, (const struct sockaddr *)(const void *)&address, length), 0);
    ck_assert_int_eq(getsockname(holder, (struct sockaddr *)(void *)&address, &length), 0);
    snprintf(target, sizeof target, "127.0.0.1:%d", ntohs(address.sin_port));
    subscribe_to(target);
    expect_result(RESULT_UNREACHABLE);
    ck_assert_ptr_eq(strstr(subscriber.subscription.reason, "UNAVAILABLE: "),
                     subscriber.subscription.reason);
    ck_assert_int_eq(subscriber.last_break.kind.cause, BREAK_REFUSED);
    expect_growing_delays(SUBSCRIBER_RETRY_TIMEOUT);
    close(holder);
}
END_TEST

static char folder[32];
static char late_address[64];

static void start_late_server(void)
{
    static const struct script scripts[] = {{{AFTER_0}}};
    if (server == NULL) {
        server = lying_server_start_at(late_address, scripts, 1, 0);
    }
}

/* It tries for itself: C core would go on saying for a while that nobody is there. */
START_TEST(a_server_that_comes_late_is_found_at_once)
{
    snprintf(folder, sizeof folder, "/tmp/comms-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(late_address, sizeof late_address, "unix:%s/socket", folder);
    subscribe_to(late_address);
    subscriber.on_break = start_late_server;
    expect_result(RESULT_PROVEN);
    ck_assert_uint_eq(subscriber.breaks, 1);
    ck_assert_int_eq(subscriber.last_break.kind.cause, BREAK_UNREACHABLE);
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
    subscriber.is_silent_after = true;
    subscriber.silent_messages = 4;
    expect_result(RESULT_PROVEN);
    expect_requests(3);
    ck_assert(lying_server_is_same_connection(server, 0, 1));
    ck_assert(!lying_server_is_same_connection(server, 1, 2));
}
END_TEST

Suite *subscription_time_suite(void)
{
    Suite *suite = suite_create("subscription-time");
    TCase *tcase = tcase_create("time");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, subscribed_set_up, subscribed_tear_down);
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
    tcase_add_test(tcase, a_server_that_comes_late_is_found_at_once);
    tcase_add_test(tcase, after_a_stall_it_connects_anew);
    return suite;
}
