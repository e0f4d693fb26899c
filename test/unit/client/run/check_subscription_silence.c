/*
 * client/run/subscription_time: a call that is silent because the client was stopped, because
 * nobody answers the connection, or because the time for retries is over. The clock is the test's.
 */
#include "test/kit/loopback.h"
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <unistd.h>

/* In the middle of a call, once. */
static void wake_up(void)
{
    if (call_is_open(&driver.subscription.call)) {
        channel_note_stop(&driver.channel, fake_clock_now(&driver.clock),
                          driver.settings.retry_timeout_ns);
        driver.on_deadline = NULL;
        driver.is_silent_after = true;
    }
}

/* As by Ctrl-Z: what came meanwhile is still to be read, so the silence counts from then on. */
START_TEST(a_client_that_was_stopped_itself_gives_the_path_its_time)
{
    static const struct script scripts[] = {{{N1, N2}}, {{AFTER_2}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_messages = 2;
    driver.on_deadline = wake_up;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert_str_eq(driver.break_reason, "STALLED: no message for 15.0 s");
    ck_assert_int_eq(subscription_driver_elapsed(&driver),
                     2 * DRIVER_STALL_TIMEOUT + driver.delays[0]);
}
END_TEST

/* The time for retries counts while a call is under way, and not while the client is stopped. */
START_TEST(a_resume_without_an_answer_is_given_up_in_time)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{SILENCE}}};
    SERVE(scripts);
    driver.settings.retry_timeout_ns = 4 * NS_PER_S;
    driver.is_silent_after = true;
    driver.silent_requests = 2;
    driver.on_deadline = _i == 0 ? NULL : wake_up;
    expect_result(SESSION_UNREACHABLE);
    ck_assert_str_eq(driver.subscription.reason, "STALLED: no number for 4.0 s");
    ck_assert_int_eq(subscription_driver_elapsed(&driver),
                     driver.settings.retry_timeout_ns * (_i == 0 ? 1 : 2));
    expect_requests(2);
}
END_TEST

/* The last try is begun at the time-out itself, and has half a second. */
START_TEST(the_last_try_is_not_without_end)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{SILENCE}}};
    SERVE(scripts);
    driver.settings.retry_timeout_ns = 300 * NS_PER_MS;
    driver.is_silent_after = true;
    driver.silent_requests = 2;
    expect_result(SESSION_UNREACHABLE);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), 800 * NS_PER_MS);
}
END_TEST

/* A host that swallows all packets, and a target whose first address it is. */
struct silent_host {
    int listener;
    int queued;
    char target[64];
};

static struct silent_host silent_host_open(const char *next_address)
{
    struct silent_host host;
    uint16_t port;
    host.listener = loopback_listen_silent(&host.queued, &port);
    ck_assert_int_ge(host.listener, 0);
    snprintf(host.target, sizeof host.target, "ipv4:127.0.0.1:%u%s%s", port,
             next_address[0] == '\0' ? "" : ",", next_address);
    return host;
}

static void silent_host_close(const struct silent_host *host)
{
    close(host->queued);
    close(host->listener);
}

/* It gives up at its time, not when C core does; and cancels nothing that others may wait for. */
START_TEST(a_silent_host_is_given_up_in_time)
{
    struct silent_host host = silent_host_open("");
    subscribe_to(host.target);
    driver.route.connect_timeout_ns = 3600 * NS_PER_S;
    channel_renew(&driver.channel);
    driver.settings.retry_timeout_ns = _i == 0 ? 2 * NS_PER_S : 40 * NS_PER_S;
    driver.is_silent_after = true;
    driver.connects_late = true;
    expect_result(SESSION_UNREACHABLE);
    ck_assert_str_eq(driver.subscription.reason, _i == 0 ? "UNREACHABLE: no connection for 2.0 s"
                                                         : "UNREACHABLE: no connection for 40.0 s");
    ck_assert_int_eq(subscription_driver_elapsed(&driver), driver.settings.retry_timeout_ns);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_UNREACHABLE);
    ck_assert_uint_eq(driver.breaks, 0);             /* the stall time-out, 15 s, is for silence */
    ck_assert_uint_eq(driver.channel.generation, 2); /* not renewed again */
    silent_host_close(&host);
}
END_TEST

/* However long that takes: there is no silence before there is a connection. */
START_TEST(the_next_address_is_tried)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    struct silent_host host = silent_host_open(scripted_server_target(server));
    driver.route.target = host.target;
    driver.route.connect_timeout_ns = NS_PER_S; /* of real time, for the first address */
    channel_renew(&driver.channel);
    driver.settings.retry_timeout_ns = 0; /* a stall would be the end */
    driver.is_silent_after = true;
    driver.connects_late = true;
    expect_result(SESSION_PROVEN);
    ck_assert_int_ge(subscription_driver_elapsed(&driver), DRIVER_STALL_TIMEOUT);
    ck_assert_uint_eq(driver.breaks, 0);
    silent_host_close(&host);
}
END_TEST

Suite *subscription_silence_suite(void)
{
    Suite *suite = suite_create("subscription-silence");
    TCase *tcase = tcase_create("silence");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_client_that_was_stopped_itself_gives_the_path_its_time);
    tcase_add_loop_test(tcase, a_resume_without_an_answer_is_given_up_in_time, 0, 2);
    tcase_add_test(tcase, the_last_try_is_not_without_end);
    tcase_add_loop_test(tcase, a_silent_host_is_given_up_in_time, 0, 2);
    tcase_add_test(tcase, the_next_address_is_tried);
    return suite;
}
