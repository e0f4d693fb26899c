/*
 * The client's subscription against a server that breaks, stalls, refuses and forgets: what it asks
 * for next, when, and how it ends. What it does about lies is in check_subscription_lies.c.
 */
#include "shared/log.h"
#include "test/subscriber.h"
#include "test/suites.h"

#include <sodium.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UUID "a17417a0-aa39-40b5-8675-247713cc4908"

#define NUMBER(value)                                                                              \
    {                                                                                              \
        .kind = LIE_NUMBER, .number = (value)                                                      \
    }
#define ERROR(words)                                                                               \
    {                                                                                              \
        .kind = LIE_ERROR, .text = (words)                                                         \
    }
#define AWAIT                                                                                      \
    {                                                                                              \
        .kind = LIE_AWAIT                                                                          \
    }
#define STATUS(code, why)                                                                          \
    {                                                                                              \
        .kind = LIE_STATUS, .status = STATUS_##code, .text = (why)                                 \
    }
#define OK         STATUS(OK, "")
#define BREAK      STATUS(UNAVAILABLE, "cut")
#define NO_SESSION STATUS(NOT_FOUND, "uuid has no session: never started, or evicted")

enum { N = 5, CHECKSUM = 121722 };

static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24,
                                  0x77, 0x13, 0xcc, 0x49, 0x08}};

#define N1 NUMBER(3856042040)
#define N2 NUMBER(2229533162)
#define N3 NUMBER(2921788346)
#define N4 NUMBER(3326752945)
#define N5 NUMBER(1636162733)
#define N6 NUMBER(CHECKSUM)
/* The answers to CONTINUE at a position, and what follows. */
#define AFTER_0 NUMBER(0), NUMBER(0), N1, N2, N3, N4, N5, N6, OK
#define AFTER_1 NUMBER(1), NUMBER(17336), N2, N3, N4, N5, N6, OK
#define AFTER_2 NUMBER(2), NUMBER(58594), N3, N4, N5, N6, OK
#define AFTER_3 NUMBER(3), NUMBER(13788), N4, N5, N6, OK
#define AFTER_4 NUMBER(4), NUMBER(121357), N5, N6, OK
#define AFTER_5 NUMBER(5), NUMBER(CHECKSUM), N6, OK

static struct lying_server *server;
static struct subscriber subscriber;
static bool is_serving;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    lying_server_start_grpc();
}

/* Ends what serve began. */
static void end_serving(void)
{
    subscriber_cleanup(&subscriber);
    if (server != NULL) {
        lying_server_stop(server);
    }
    is_serving = false;
}

static void tear_down(void)
{
    if (is_serving) {
        end_serving();
    }
    lying_server_stop_grpc();
}

static void serve(const struct script *scripts, size_t count, size_t again_from)
{
    is_serving = true;
    server = lying_server_start(scripts, count, again_from);
    subscriber_init(&subscriber, server, lying_server_target(server));
    verifier_init_stateful(&subscriber.subscription.verifier, &uuid, N);
}

#define SERVE(scripts) serve(scripts, sizeof(scripts) / sizeof *(scripts), 0)

static void expect_result(enum result wanted)
{
    enum result result = subscriber_run(&subscriber);
    ck_assert_msg(result == wanted, "result %d instead of %d: %s", result, wanted,
                  subscriber.subscription.reason);
}

/* Request i (from 0) was this, at this position (-1: none). */
static void expect_request(size_t i, const char *text, int position)
{
    const struct request request = lying_server_request(server, i);
    ck_assert_str_eq(request.text, text);
    ck_assert(request.has_position == (position >= 0));
    ck_assert(position < 0 || request.position == (uint32_t)position);
}

static void expect_requests(size_t count)
{
    ck_assert_uint_eq(lying_server_request_count(server), count);
}

START_TEST(an_honest_server_is_proven)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    expect_result(RESULT_PROVEN);
    expect_requests(1);
    expect_request(0, "START " UUID " 5", -1);
    ck_assert_uint_eq(subscriber.messages, N + 1);
    ck_assert_int_eq(subscriber.last_verdict, VERDICT_CHECKSUM);
    ck_assert_uint_eq(subscriber.breaks, 0);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), 0);
}
END_TEST

/* Broken after so many messages of the session. */
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
        expect_result(RESULT_PROVEN);
        expect_requests(2);
        expect_request(0, "START " UUID " 5", -1);
        expect_request(1, breaks[i].request, i);
        ck_assert_uint_eq(subscriber.messages, N + 3);
        ck_assert_uint_eq(subscriber.breaks, 1);
        ck_assert(!subscriber.never_connected);
        ck_assert_str_eq(subscriber.break_reason, "UNAVAILABLE: cut");
        ck_assert_int_ge(subscriber.delays[0], 400 * NS_PER_MS);
        ck_assert_int_le(subscriber.delays[0], 600 * NS_PER_MS);
        ck_assert_int_eq(subscriber_elapsed(&subscriber), subscriber.delays[0]);
        end_serving();
    }
}
END_TEST

/* All has come: how the stream ends does not matter. */
START_TEST(a_break_after_the_checksum_is_none)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, BREAK}}};
    SERVE(scripts);
    expect_result(RESULT_PROVEN);
    expect_requests(1);
    ck_assert_uint_eq(subscriber.breaks, 0);
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
    expect_result(RESULT_PROVEN);
    expect_requests(6);
    for (size_t i = 1; i < 5; i++) {
        expect_request(i, "CONTINUE " UUID " 2229533162", 2);
        ck_assert_int_gt(subscriber.delays[i], 0);
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
        expect_result(RESULT_PROVEN);
        expect_requests(2);
        expect_request(1, "CONTINUE " UUID " 2229533162", 2);
        ck_assert_uint_eq(subscriber.breaks, 1);
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
        expect_result(RESULT_REFUSED);
        ck_assert_str_eq(subscriber.subscription.reason, refusals[i].reason);
        expect_requests(1);
        ck_assert_uint_eq(subscriber.breaks, 0);
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
    expect_result(RESULT_PROVEN);
    expect_requests(3);
    expect_request(0, "START " UUID " 5", -1);
    expect_request(1, "CONTINUE " UUID " 0", 0);
    expect_request(2, "START " UUID " 5", -1);
    ck_assert_uint_eq(subscriber.breaks, 1);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), subscriber.delays[0]);
}
END_TEST

/* It was late: CONTINUE came before it. */
START_TEST(a_start_that_was_late_is_continued)
{
    static const struct script scripts[] = {
        {{BREAK}}, {{NO_SESSION}}, {{STATUS(ALREADY_EXISTS, "uuid already taken")}}, {{AFTER_0}}};
    SERVE(scripts);
    expect_result(RESULT_PROVEN);
    expect_requests(4);
    expect_request(2, "START " UUID " 5", -1);
    expect_request(3, "CONTINUE " UUID " 0", 0);
    ck_assert_uint_eq(subscriber.breaks, 1);
}
END_TEST

/* The second START is as uncertain as the first. */
START_TEST(a_start_may_be_lost_again)
{
    static const struct script scripts[] = {{{BREAK}},      {{NO_SESSION}}, {{BREAK}},  {{BREAK}},
                                            {{NO_SESSION}}, {{N1, BREAK}},  {{AFTER_1}}};
    SERVE(scripts);
    expect_result(RESULT_PROVEN);
    expect_requests(7);
    expect_request(3, "CONTINUE " UUID " 0", 0);
    expect_request(4, "CONTINUE " UUID " 0", 0);
    expect_request(5, "START " UUID " 5", -1);
    expect_request(6, "CONTINUE " UUID " 3856042040", 1);
    ck_assert_uint_eq(subscriber.breaks, 4);
}
END_TEST

/* Once a number has come, its session must be there. */
START_TEST(a_session_that_was_evicted_is_lost)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{NO_SESSION}}};
    SERVE(scripts);
    expect_result(RESULT_REFUSED);
    expect_requests(2);
    ck_assert_str_eq(subscriber.subscription.reason,
                     "NOT_FOUND: uuid has no session: never started, or evicted");
}
END_TEST

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
    ck_assert(!subscriber.never_connected);
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
    is_serving = true;
    subscriber_init(&subscriber, NULL, target);
    verifier_init_stateful(&subscriber.subscription.verifier, &uuid, N);
    expect_result(RESULT_UNREACHABLE);
    ck_assert_ptr_eq(strstr(subscriber.subscription.reason, "UNAVAILABLE: "),
                     subscriber.subscription.reason);
    ck_assert(subscriber.never_connected);
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
    is_serving = true;
    subscriber_init(&subscriber, NULL, late_address);
    verifier_init_stateful(&subscriber.subscription.verifier, &uuid, N);
    subscriber.on_break = start_late_server;
    expect_result(RESULT_PROVEN);
    ck_assert_uint_eq(subscriber.breaks, 1);
    ck_assert(subscriber.never_connected);
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

START_TEST(joining_goes_on_after_a_value)
{
    static const struct script scripts[] = {{{AFTER_2}}};
    SERVE(scripts);
    verifier_init_joining(&subscriber.subscription.verifier, &uuid, N, 2229533162);
    subscriber.subscription.joining = true;
    expect_result(RESULT_PROVEN);
    expect_requests(1);
    expect_request(0, "CONTINUE " UUID " 2229533162", -1);
}
END_TEST

START_TEST(joining_survives_breaks)
{
    static const struct script scripts[] = {
        {{BREAK}}, {{NUMBER(2), BREAK}}, {{NUMBER(2), NUMBER(58594), N3, BREAK}}, {{AFTER_3}}};
    SERVE(scripts);
    verifier_init_joining(&subscriber.subscription.verifier, &uuid, N, 2229533162);
    subscriber.subscription.joining = true;
    expect_result(RESULT_PROVEN);
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
    verifier_init_joining(&subscriber.subscription.verifier, &uuid, N, 2229533162);
    subscriber.subscription.joining = true;
    expect_result(RESULT_REFUSED);
    expect_requests(2);
}
END_TEST

START_TEST(stopping_breaks_a_session_off)
{
    static const struct script scripts[] = {{{N1, N2}}};
    SERVE(scripts);
    subscriber.stops = true;
    subscriber.stop_messages = (size_t)_i; /* before anything came, or later */
    expect_result(RESULT_STOPPED);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), 0);
    ck_assert_uint_eq(subscriber.breaks, 0);
    subscription_stop(&subscriber.subscription);
    ck_assert_int_eq(subscriber.subscription.result, RESULT_STOPPED);
}
END_TEST

START_TEST(stopping_does_not_wait_for_the_next_try)
{
    static const struct script scripts[] = {{{N1, BREAK}}};
    SERVE(scripts);
    subscriber.stops = true;
    subscriber.stop_breaks = 1;
    expect_result(RESULT_STOPPED);
    expect_requests(1);
    ck_assert_int_eq(subscriber_elapsed(&subscriber), 0);
    ck_assert_int_eq(subscription_deadline(&subscriber.subscription), CLOCK_NEVER);
}
END_TEST

Suite *subscription_suite(void)
{
    Suite *suite = suite_create("subscription");
    TCase *going_on = tcase_create("going on");
    suite_add_tcase(suite, going_on);
    tcase_add_checked_fixture(going_on, set_up, tear_down);
    tcase_set_timeout(going_on, 30);
    tcase_add_test(going_on, an_honest_server_is_proven);
    tcase_add_test(going_on, a_broken_session_goes_on_where_it_broke);
    tcase_add_test(going_on, a_break_after_the_checksum_is_none);
    tcase_add_test(going_on, breaks_within_the_answers_change_nothing);
    tcase_add_test(going_on, what_may_pass_is_tried_again);
    tcase_add_test(going_on, what_can_not_pass_is_not_tried_again);
    tcase_add_loop_test(going_on, a_start_that_was_lost_is_sent_again, 0, 2);
    tcase_add_test(going_on, a_start_that_was_late_is_continued);
    tcase_add_test(going_on, a_start_may_be_lost_again);
    tcase_add_test(going_on, a_session_that_was_evicted_is_lost);
    tcase_add_test(going_on, a_server_that_contradicts_itself_is_given_up);
    tcase_add_test(going_on, joining_goes_on_after_a_value);
    tcase_add_test(going_on, joining_survives_breaks);
    tcase_add_test(going_on, joining_needs_a_session);
    tcase_add_loop_test(going_on, stopping_breaks_a_session_off, 0, 3);
    tcase_add_test(going_on, stopping_does_not_wait_for_the_next_try);

    TCase *time = tcase_create("time");
    suite_add_tcase(suite, time);
    tcase_add_checked_fixture(time, set_up, tear_down);
    tcase_set_timeout(time, 30);
    tcase_add_test(time, a_stalled_stream_is_broken_off);
    tcase_add_test(time, a_start_that_is_not_answered_is_broken_off);
    tcase_add_test(time, a_slow_stream_is_not_stalled);
    tcase_add_test(time, without_a_stall_timeout_it_waits_for_ever);
    tcase_add_test(time, it_gives_up_after_the_retry_timeout);
    tcase_add_test(time, answers_alone_are_no_progress);
    tcase_add_test(time, a_number_is_progress);
    tcase_add_test(time, a_server_that_is_not_there_is_given_up);
    tcase_add_test(time, a_server_that_comes_late_is_found_at_once);
    tcase_add_test(time, after_a_stall_it_connects_anew);
    return suite;
}
