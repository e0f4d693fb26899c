/* The client's connections: which calls share one, when another is made, and how one is broken. */
#include "client/grpc/call.h"
#include "client/grpc/channel.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/lying_server.h"
#include "test/kit/programs.h"
#include "test/kit/scripted_server.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 20000, TEXT_SIZE = 128 };

/* A call, and what came of it. */
struct caller {
    struct call call;
    unsigned replies;
    enum status status; /* once it is over */
    bool is_over;
};

static const struct script endless[] = {{{{.kind = SCRIPT_NUMBER, .number = 1},
                                          {.kind = SCRIPT_AWAIT},
                                          {.kind = SCRIPT_NUMBER, .number = 2}}}};

static grpc_completion_queue *queue;
static struct scripted_server *server;    /* NULL: none */
static struct lying_server *lying_server; /* NULL: none */
static char target[TEXT_SIZE];
static struct channel channels[2];
static struct caller callers[2];

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    queue = grpc_completion_queue_create_for_next(NULL);
    server = NULL;
    lying_server = NULL;
}

static void tear_down(void)
{
    channel_cleanup(&channels[0]);
    channel_cleanup(&channels[1]);
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(queue);
    if (server != NULL) {
        scripted_server_stop(server);
    }
    if (lying_server != NULL) {
        lying_server_stop(lying_server);
    }
    grpc_teardown();
}

static void connect_to(void)
{
    ck_assert(channel_init(&channels[0], target, 1));
    ck_assert(channel_init(&channels[1], target, 2));
}

/* One call at a time, and it is known which connection each came over. */
static void serve_one_by_one(void)
{
    server = scripted_server_start(endless, 1, 0);
    snprintf(target, sizeof target, "%s", scripted_server_target(server));
    connect_to();
}

/* Many calls at a time: a number each, and the next in an hour. */
static void serve_all(void)
{
    const struct lying_server_settings settings = {.mode = MODE_STATELESS,
                                                   .interval_ns = INT64_C(3600000000000),
                                                   .every = 1,
                                                   .lie = {.lie = LIE_DROP, .at = UINT32_MAX}};
    lying_server = lying_server_start(&settings);
    snprintf(target, sizeof target, "127.0.0.1:%u", lying_server_port(lying_server));
    connect_to();
}

static struct request request_of(const char *text)
{
    struct request request = {.length = strlen(text)};
    memcpy(request.text, text, request.length);
    return request;
}

static void begin(struct caller *caller, struct channel *channel)
{
    const struct request start = request_of("START");
    *caller = (struct caller){.replies = 0};
    call_init(&caller->call, caller);
    call_open(&caller->call, channel, queue, &start);
}

static void take_event(void)
{
    gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(PATIENCE_MS, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(queue, until, NULL);
    ck_assert_int_eq(event.type, GRPC_OP_COMPLETE);
    struct caller *caller = call_of_event(&event)->owner;
    struct reply reply;
    caller->replies += call_take(&caller->call, &event, &reply) == CALL_REPLY;
    if (call_is_over(&caller->call)) {
        caller->is_over = true;
        caller->status = call_status(&caller->call);
        call_close(&caller->call);
    }
}

static void await_replies(const struct caller *caller, unsigned count)
{
    while (caller->replies < count) {
        ck_assert_msg(!caller->is_over, "it ended with status %d", caller->status);
        take_event();
    }
}

static enum status await_end(const struct caller *caller)
{
    while (!caller->is_over) {
        take_event();
    }
    return caller->status;
}

static void hang_up(struct caller *caller)
{
    call_cancel(&caller->call);
    ck_assert_int_eq(await_end(caller), STATUS_CANCELLED);
}

/* A call that hears a number, and is over. */
static void call_once(struct channel *channel)
{
    begin(&callers[0], channel);
    await_replies(&callers[0], 1);
    hang_up(&callers[0]);
}

static void read_address(const struct channel *channel, char text[static TEXT_SIZE])
{
    socket_watch_address(channel->socket, text, TEXT_SIZE);
}

START_TEST(it_connects_with_its_first_call)
{
    char text[TEXT_SIZE];
    uint64_t port;
    serve_one_by_one();
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
    ck_assert_str_ne(text, scripted_server_target(server)); /* its own end */
}
END_TEST

START_TEST(the_calls_of_a_channel_share_its_connection)
{
    serve_one_by_one();
    call_once(&channels[0]);
    call_once(&channels[0]);
    ck_assert(scripted_server_is_same_connection(server, 0, 1));
}
END_TEST

/* To the same target, where C core would share it if it could. */
START_TEST(two_channels_never_share_a_connection)
{
    char first[TEXT_SIZE];
    char second[TEXT_SIZE];
    serve_one_by_one();
    call_once(&channels[0]);
    call_once(&channels[1]);
    ck_assert(!scripted_server_is_same_connection(server, 0, 1));
    read_address(&channels[0], first);
    read_address(&channels[1], second);
    ck_assert_str_ne(first, second);
}
END_TEST

START_TEST(renewed_it_connects_anew)
{
    serve_one_by_one();
    call_once(&channels[0]);
    channel_renew(&channels[0]);
    ck_assert_uint_eq(channels[0].generation, 2);
    ck_assert_uint_eq(channels[0].number, 1);
    ck_assert(!channel_is_ready(&channels[0]));
    call_once(&channels[0]);
    ck_assert(!scripted_server_is_same_connection(server, 0, 1));
    ck_assert_uint_eq(channels[0].cut, 0);
    ck_assert_uint_eq(channels[0].silent, 0);
}
END_TEST

/* The calls that are open keep the connection that they have. */
START_TEST(renewing_leaves_open_calls_alone)
{
    const struct request more = request_of("END");
    serve_one_by_one();
    begin(&callers[0], &channels[0]);
    await_replies(&callers[0], 1);
    ck_assert_uint_eq(callers[0].call.generation, 1);
    channel_renew(&channels[0]);
    ck_assert_uint_eq(callers[0].call.generation, 1);
    while (!call_can_send(&callers[0].call)) {
        take_event();
    }
    call_send(&callers[0].call, &more);
    await_replies(&callers[0], 2);
    hang_up(&callers[0]);
}
END_TEST

START_TEST(a_cut_breaks_the_calls_of_its_channel)
{
    serve_all();
    begin(&callers[0], &channels[0]);
    begin(&callers[1], &channels[0]);
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
    serve_all();
    begin(&callers[0], &channels[0]);
    begin(&callers[1], &channels[1]);
    await_replies(&callers[0], 1);
    await_replies(&callers[1], 1);
    channel_cut(&channels[0]);
    ck_assert_int_eq(await_end(&callers[0]), STATUS_UNAVAILABLE);
    ck_assert(!callers[1].is_over);
    while (!call_can_send(&callers[1].call)) {
        take_event();
    }
    call_send(&callers[1].call, &end);
    ck_assert_int_eq(await_end(&callers[1]), STATUS_OK);
    ck_assert_uint_eq(channels[1].cut, 0);
    ck_assert_uint_eq(channels[1].generation, 1);
}
END_TEST

START_TEST(a_channel_that_was_cut_connects_anew)
{
    serve_all();
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
    serve_all();
    channel_cut(&channels[0]);
    ck_assert_uint_eq(channels[0].generation, 1);
    ck_assert_uint_eq(channels[0].cut, 0);
    call_once(&channels[0]);
}
END_TEST

/* Its calls work; what would be done with its sockets is left out. */
START_TEST(with_an_unknown_core_connections_are_not_watched)
{
    char text[TEXT_SIZE];
    core_version_check("30.0.0");
    serve_all();
    begin(&callers[0], &channels[0]);
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
    serve_all();
    begin(&callers[0], &channels[0]);
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
        ck_assert_int_lt(waited, PATIENCE_MS);
        gpr_timespec until =
            gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(1, GPR_TIMESPAN));
        grpc_event event = grpc_completion_queue_next(queue, until, NULL);
        ck_assert_int_eq(event.type, GRPC_QUEUE_TIMEOUT);
    }
}

/* The server ends, and says so. A call that ends a look later, or more, was sent away. */
START_TEST(a_connection_that_was_sent_away_is_known_to_be)
{
    const int64_t left = 1000 * NS_PER_S;
    const int64_t later = left + CHANNEL_LOOK_NS;
    serve_one_by_one();
    channel_look(&channels[0], 1); /* not connected yet: nothing is left */
    ck_assert_int_eq(channels[0].left_ready_at, CLOCK_NEVER);
    call_once(&channels[0]);
    channel_look(&channels[0], 2);
    ck_assert(!channel_was_sent_away(&channels[0], 1, later));
    scripted_server_stop(server);
    server = NULL;
    await_idle(&channels[0]);
    channel_look(&channels[0], left);
    channel_look(&channels[0], left + 1); /* it had left before */
    ck_assert_int_eq(channels[0].left_ready_at, left);
    ck_assert(channel_was_sent_away(&channels[0], left - 1, later));
    ck_assert(!channel_was_sent_away(&channels[0], left - 1, later - 1));
    ck_assert(!channel_was_sent_away(&channels[0], left, later)); /* opened after */
    channel_renew(&channels[0]);
    ck_assert(!channel_was_sent_away(&channels[0], left - 1, later));
}
END_TEST

Suite *channel_suite(void)
{
    Suite *suite = suite_create("channel");
    TCase *tcase = tcase_create("channel");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, it_connects_with_its_first_call);
    tcase_add_test(tcase, the_calls_of_a_channel_share_its_connection);
    tcase_add_test(tcase, two_channels_never_share_a_connection);
    tcase_add_test(tcase, renewed_it_connects_anew);
    tcase_add_test(tcase, renewing_leaves_open_calls_alone);
    tcase_add_test(tcase, a_cut_breaks_the_calls_of_its_channel);
    tcase_add_test(tcase, a_cut_breaks_no_other_channel);
    tcase_add_test(tcase, a_channel_that_was_cut_connects_anew);
    tcase_add_test(tcase, a_channel_may_be_cut_before_it_connects);
    tcase_add_test(tcase, with_an_unknown_core_connections_are_not_watched);
    tcase_add_test(tcase, a_silence_is_of_one_connection);
    tcase_add_test(tcase, a_connection_that_was_sent_away_is_known_to_be);
    return suite;
}
