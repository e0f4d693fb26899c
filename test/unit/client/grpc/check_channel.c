/* client/grpc/channel: which calls share a connection, and when another one is made. */
#include "test/kit/channel_fixture.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"
#include "test/kit/serving.h"
#include "test/suites.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(it_connects_with_its_first_call)
{
    char text[ADDRESS_TEXT_SIZE];
    uint64_t port;
    channel_serve_one_by_one();
    ck_assert_uint_eq(channels[0].number, 1);
    ck_assert_uint_eq(channels[0].generation, 1);
    ck_assert(!channel_is_ready(&channels[0]));
    read_address(&channels[0], text);
    ck_assert_str_eq(text, "");
    call_once(&channels[0]);
    ck_assert(channel_is_ready(&channels[0]));
    ck_assert(!channel_is_ready(&channels[1]));
    read_address(&channels[0], text);
    const char *rest = text;
    ck_assert(output_skip(&rest, "127.0.0.1:") && output_read_number(&rest, &port));
    ck_assert_str_eq(rest, "");
    ck_assert_str_ne(text, scripted_server_target(scripted_server)); /* its own end */
}
END_TEST

START_TEST(the_calls_of_a_channel_share_its_connection)
{
    channel_serve_one_by_one();
    call_once(&channels[0]);
    call_once(&channels[0]);
    ck_assert(scripted_server_is_same_connection(scripted_server, 0, 1));
}
END_TEST

/* To the same target, where C core would share it if it could. */
START_TEST(two_channels_never_share_a_connection)
{
    char first[ADDRESS_TEXT_SIZE];
    char second[ADDRESS_TEXT_SIZE];
    channel_serve_one_by_one();
    call_once(&channels[0]);
    call_once(&channels[1]);
    ck_assert(!scripted_server_is_same_connection(scripted_server, 0, 1));
    read_address(&channels[0], first);
    read_address(&channels[1], second);
    ck_assert_str_ne(first, second);
}
END_TEST

START_TEST(renewed_it_connects_anew)
{
    channel_serve_one_by_one();
    call_once(&channels[0]);
    channel_renew(&channels[0]);
    ck_assert_uint_eq(channels[0].generation, 2);
    ck_assert_uint_eq(channels[0].number, 1);
    ck_assert(!channel_is_ready(&channels[0]));
    call_once(&channels[0]);
    ck_assert(!scripted_server_is_same_connection(scripted_server, 0, 1));
    ck_assert_uint_eq(channels[0].cut, 0);
    ck_assert_uint_eq(channels[0].silent, 0);
}
END_TEST

/* The calls that are open keep the connection that they have. */
START_TEST(renewing_leaves_open_calls_alone)
{
    const struct request more = request_of("END");
    channel_serve_one_by_one();
    begin_call(&callers[0], &channels[0]);
    await_replies(&callers[0], 1);
    ck_assert_uint_eq(callers[0].call.generation, 1);
    channel_renew(&channels[0]);
    ck_assert_uint_eq(callers[0].call.generation, 1);
    while (!call_can_send(&callers[0].call)) {
        take_channel_event();
    }
    call_send(&callers[0].call, &more);
    await_replies(&callers[0], 2);
    hang_up(&callers[0]);
}
END_TEST

enum { PREFACE = 24, FRAME_HEAD = 9, SETTING = 6, INITIAL_WINDOW = 4 };

/* The window that a client announces in its SETTINGS, the first frame behind its preface; 0: none.
 */
static uint32_t window_in(const uint8_t *bytes, size_t count)
{
    const size_t length = count < PREFACE + FRAME_HEAD ? SIZE_MAX / 2 : bytes[PREFACE + 2];
    for (size_t at = PREFACE + FRAME_HEAD; at - PREFACE - FRAME_HEAD < length && at < count;
         at += SETTING) {
        if (bytes[at] == 0 && bytes[at + 1] == INITIAL_WINDOW) {
            return (uint32_t)bytes[at + 2] << 24 | (uint32_t)bytes[at + 3] << 16 |
                   (uint32_t)bytes[at + 4] << 8 | bytes[at + 5];
        }
    }
    return 0;
}

/* What the server may send ahead on a stream. */
START_TEST(the_window_of_a_stream_is_the_routes)
{
    char target[32];
    uint16_t port;
    uint8_t bytes[256];
    ssize_t count = 0;
    int peer = -1;
    const int listening = loopback_listen(0, SOCK_NONBLOCK | SOCK_CLOEXEC, &port);
    (void)snprintf(target, sizeof target, "127.0.0.1:%u", port);
    const struct channel_route route = {
        .target = target, .connect_timeout_ns = 5 * NS_PER_S, .stream_window = 12345};
    ck_assert(channel_init(&channels[0], &route, 1) && channel_init(&channels[1], &route, 2));
    begin_call(&callers[0], &channels[0]);
    while (window_in(bytes, count < 0 ? 0 : (size_t)count) == 0) {
        (void)take_channel_event_within(10);
        peer = peer < 0 ? accept(listening, NULL, NULL) : peer;
        count = peer < 0 ? 0 : recv(peer, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    }
    ck_assert_uint_eq(window_in(bytes, (size_t)count), 12345);
    hang_up(&callers[0]);
    (void)close(peer);
    (void)close(listening);
}
END_TEST

Suite *channel_suite(void)
{
    Suite *suite = suite_create("channel");
    TCase *tcase = tcase_create("channel");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, channel_set_up, channel_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, it_connects_with_its_first_call);
    tcase_add_test(tcase, the_calls_of_a_channel_share_its_connection);
    tcase_add_test(tcase, two_channels_never_share_a_connection);
    tcase_add_test(tcase, renewed_it_connects_anew);
    tcase_add_test(tcase, renewing_leaves_open_calls_alone);
    tcase_add_test(tcase, the_window_of_a_stream_is_the_routes);
    return suite;
}
