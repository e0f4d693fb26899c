/* client/grpc/channel: connections that are cut, fall silent, or are sent away. */
#include "shared/grpc/core_version.h"
#include "test/kit/channel_fixture.h"
#include "test/kit/loopback.h"
#include "test/kit/serving.h"
#include "test/suites.h"

#include <stdio.h>
#include <unistd.h>

/* Lets C core work for a millisecond, in which nothing may be over. */
static void take_no_event(void)
{
    gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(1, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(channel_queue, until, NULL);
    ck_assert_int_eq(event.type, GRPC_QUEUE_TIMEOUT);
}

START_TEST(a_cut_breaks_the_calls_of_its_channel)
{
    channel_serve_all();
    begin_call(&callers[0], &channels[0]);
    begin_call(&callers[1], &channels[0]);
    await_replies(&callers[0], 1);
    await_replies(&callers[1], 1);
    channel_cut(&channels[0]);
    ck_assert(channel_was_cut(&channels[0], 1));
    ck_assert_uint_eq(channels[0].generation, 2);
    ck_assert_int_eq(await_end(&callers[0]), STATUS_UNAVAILABLE);
    ck_assert_int_eq(await_end(&callers[1]), STATUS_UNAVAILABLE);
}
END_TEST

/* The other one goes on: it is heard after the cut has been. */
START_TEST(a_cut_breaks_no_other_channel)
{
    const struct request end = request_of("END");
    channel_serve_all();
    begin_call(&callers[0], &channels[0]);
    begin_call(&callers[1], &channels[1]);
    await_replies(&callers[0], 1);
    await_replies(&callers[1], 1);
    channel_cut(&channels[0]);
    ck_assert_int_eq(await_end(&callers[0]), STATUS_UNAVAILABLE);
    ck_assert(!callers[1].is_over);
    while (!call_can_send(&callers[1].call)) {
        take_channel_event();
    }
    call_send(&callers[1].call, &end);
    ck_assert_int_eq(await_end(&callers[1]), STATUS_OK);
    ck_assert_uint_eq(channels[1].cut, 0);
    ck_assert_uint_eq(channels[1].generation, 1);
}
END_TEST

START_TEST(a_channel_that_was_cut_connects_anew)
{
    channel_serve_all();
    call_once(&channels[0]);
    channel_cut(&channels[0]);
    call_once(&channels[0]);
    channel_cut(&channels[0]);
    ck_assert(channel_was_cut(&channels[0], 2));
    ck_assert_uint_eq(channels[0].generation, 3);
    call_once(&channels[0]);
}
END_TEST

/* There is nothing to break yet. */
START_TEST(a_channel_may_be_cut_before_it_connects)
{
    channel_serve_all();
    channel_cut(&channels[0]);
    ck_assert_uint_eq(channels[0].generation, 1);
    ck_assert_uint_eq(channels[0].cut, 0);
    call_once(&channels[0]);
}
END_TEST

/* A socket is there already; but others may wait for its connection. */
START_TEST(a_connection_that_is_being_made_is_not_broken)
{
    char target[32];
    int queued;
    uint16_t port;
    int listener = loopback_listen_silent(&queued, &port);
    ck_assert_int_ge(listener, 0);
    snprintf(target, sizeof target, "127.0.0.1:%u", port);
    channel_serve_all();
    const struct channel_route silent = {.target = target, .connect_timeout_ns = 20 * NS_PER_S};
    channels[0].route = &silent;
    channel_renew(&channels[0]);
    begin_call(&callers[0], &channels[0]);
    for (int waited = 0; channels[0].connecting_at == 0; waited++) {
        ck_assert_int_lt(waited, CHANNEL_PATIENCE_MS);
        take_no_event();
        channel_look(&channels[0], 1);
    }
    channel_cut(&channels[0]);
    channel_silence(&channels[0]);
    ck_assert_uint_eq(channels[0].generation, 2);
    ck_assert_uint_eq(channels[0].cut, 0);
    ck_assert_uint_eq(channels[0].silent, 0);
    hang_up(&callers[0]);
    close(queued);
    close(listener);
}
END_TEST

/* Its calls work; what would be done with its sockets is left out. */
START_TEST(with_an_unknown_core_connections_are_not_watched)
{
    char text[ADDRESS_TEXT_SIZE];
    core_version_check("30.0.0");
    channel_serve_all();
    begin_call(&callers[0], &channels[0]);
    await_replies(&callers[0], 1);
    read_address(&channels[0], text);
    ck_assert_str_eq(text, "");
    channel_cut(&channels[0]);
    ck_assert(!channel_was_cut(&channels[0], 1));
    ck_assert_uint_eq(channels[0].generation, 1);
    hang_up(&callers[0]);
    channel_renew(&channels[0]);
    call_once(&channels[0]);
    core_version_check(CORE_VERSION_KNOWN);
}
END_TEST

/* Until it is made anew; whoever reads it has to heed that. */
START_TEST(a_silence_is_of_one_connection)
{
    channel_serve_all();
    begin_call(&callers[0], &channels[0]);
    await_replies(&callers[0], 1);
    channel_silence(&channels[0]);
    ck_assert(channel_was_silenced(&channels[0], 1));
    ck_assert_uint_eq(channels[0].generation, 1);
    ck_assert(channel_is_ready(&channels[0]));
    ck_assert(!callers[0].is_over);
    channel_renew(&channels[0]);
    ck_assert(channel_was_silenced(&channels[0], 1));
    ck_assert_uint_eq(channels[0].generation, 2);
    ck_assert_uint_eq(channels[0].cut, 0);
    hang_up(&callers[0]);
}
END_TEST

/* ---- Told to go away ------------------------------------------------------------------------- */

static void await_idle(const struct channel *channel)
{
    for (int waited = 0; channel_is_ready(channel); waited++) {
        ck_assert_int_lt(waited, CHANNEL_PATIENCE_MS);
        take_no_event();
    }
}

/* The server ends, and says so. A call that ends a look later, or more, was sent away. */
START_TEST(a_connection_that_was_sent_away_is_known_to_be)
{
    const int64_t left = 1000 * NS_PER_S;
    const int64_t later = left + CHANNEL_LOOK_NS;
    channel_serve_one_by_one();
    channel_look(&channels[0], 1); /* not connected yet: nothing is left */
    ck_assert_int_eq(channels[0].left_ready_at, CLOCK_NEVER);
    call_once(&channels[0]);
    channel_look(&channels[0], 2);
    ck_assert(!channel_was_sent_away(&channels[0], 1, later));
    stop_serving();
    await_idle(&channels[0]);
    channel_look(&channels[0], left);
    channel_look(&channels[0], left + 1); /* it had left before */
    ck_assert_int_eq(channels[0].left_ready_at, left);
    ck_assert_int_lt(channels[0].connecting_at, left); /* nor does a call wait for a connection */
    ck_assert(channel_was_sent_away(&channels[0], left - 1, later));
    ck_assert(!channel_was_sent_away(&channels[0], left - 1, later - 1));
    ck_assert(!channel_was_sent_away(&channels[0], left, later)); /* opened after */
    channel_renew(&channels[0]);
    ck_assert(!channel_was_sent_away(&channels[0], left - 1, later));
}
END_TEST

Suite *channel_breaks_suite(void)
{
    Suite *suite = suite_create("channel-breaks");
    TCase *tcase = tcase_create("channel-breaks");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, channel_set_up, channel_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_cut_breaks_the_calls_of_its_channel);
    tcase_add_test(tcase, a_cut_breaks_no_other_channel);
    tcase_add_test(tcase, a_channel_that_was_cut_connects_anew);
    tcase_add_test(tcase, a_channel_may_be_cut_before_it_connects);
    tcase_add_test(tcase, a_connection_that_is_being_made_is_not_broken);
    tcase_add_test(tcase, with_an_unknown_core_connections_are_not_watched);
    tcase_add_test(tcase, a_silence_is_of_one_connection);
    tcase_add_test(tcase, a_connection_that_was_sent_away_is_known_to_be);
    return suite;
}
