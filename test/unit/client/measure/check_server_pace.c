/* What a client makes of the pace and the mode that a server announces. */
#include "client/measure/server_pace.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static struct plan plan;
static struct announcement server;

static void set_up(void)
{
    plan = (struct plan){.mode = CLIENT_STATEFUL,
                         .interval_ns = NS_PER_S,
                         .stall_follows_interval = true,
                         .max_lateness_ns = CLOCK_NEVER};
    server = (struct announcement){.has = 0};
}

static void announce(const char *name, const char *value)
{
    announcement_read(&server, name, strlen(name), value, strlen(value));
}

START_TEST(the_interval_is_the_servers_unless_it_is_given)
{
    plan.interval_ns = 5 * NS_PER_S; /* a guess, of --rate for instance */
    ck_assert_int_eq(server_pace_interval(&plan, &server), NS_PER_S); /* the original's */
    announce("comms-interval", "250ms");
    ck_assert_int_eq(server_pace_interval(&plan, &server), 250 * NS_PER_MS);
    announce("comms-interval", "250ms"); /* garbled now */
    ck_assert_int_eq(server_pace_interval(&plan, &server), NS_PER_S);
    server = (struct announcement){.has = 0};
    announce("comms-interval", "0");
    ck_assert_int_eq(server_pace_interval(&plan, &server), 0);
    plan.interval_is_given = true;
    ck_assert_int_eq(server_pace_interval(&plan, &server), 5 * NS_PER_S);
}
END_TEST

START_TEST(the_stall_timeout_follows_the_interval_unless_it_is_given)
{
    ck_assert_int_eq(server_pace_stall_timeout(&plan, 0), 15 * NS_PER_S);
    ck_assert_int_eq(server_pace_stall_timeout(&plan, 5 * NS_PER_S), 15 * NS_PER_S);
    ck_assert_int_eq(server_pace_stall_timeout(&plan, 5 * NS_PER_S + 1), 15 * NS_PER_S + 3);
    ck_assert_int_eq(server_pace_stall_timeout(&plan, CLOCK_NEVER), CLOCK_NEVER);
    plan.stall_follows_interval = false;
    plan.stall_timeout_ns = 0;
    ck_assert_int_eq(server_pace_stall_timeout(&plan, 60 * NS_PER_S), 0);
    plan.stall_timeout_ns = 3 * NS_PER_S;
    ck_assert_int_eq(server_pace_stall_timeout(&plan, 60 * NS_PER_S), 3 * NS_PER_S);
}
END_TEST

/* The only notice that is due is this one, and says this; NULL: none is. */
static void expect_notice(enum server_notice notice, const char *text)
{
    char written[SERVER_NOTICE_SIZE];
    ck_assert_uint_eq(server_notices_due(&plan, &server), text == NULL ? 0 : 1U << notice);
    if (text != NULL) {
        server_notice_write(notice, &plan, &server, written);
        ck_assert_str_eq(written, text);
    }
}

START_TEST(a_garbled_header_is_told)
{
    announce("comms-max-numbers", "-1\n");
    expect_notice(SERVER_NOTICE_GARBLED, "the server sent a header that cannot be read, and is "
                                         "ignored: comms-max-numbers: '-1\\x0a'");
}
END_TEST

START_TEST(an_interval_that_is_not_the_servers_is_told)
{
    announce("comms-interval", "250ms");
    expect_notice(SERVER_NOTICE_INTERVAL, NULL); /* nobody gave one */
    plan.interval_is_given = true;
    plan.interval_ns = 250 * NS_PER_MS;
    expect_notice(SERVER_NOTICE_INTERVAL, NULL);
    plan.interval_ns = 252 * NS_PER_MS; /* within one per cent */
    expect_notice(SERVER_NOTICE_INTERVAL, NULL);
    plan.interval_ns = NS_PER_S;
    expect_notice(SERVER_NOTICE_INTERVAL,
                  "the server announces an interval of 250 ms, not --interval 1 s: lateness is "
                  "judged by --interval; leave it out to use the server's");
    plan.interval_ns = 0;
    expect_notice(SERVER_NOTICE_INTERVAL,
                  "the server announces an interval of 250 ms, not --interval 0 s: lateness is "
                  "judged by --interval; leave it out to use the server's");
}
END_TEST

START_TEST(a_rate_that_is_not_reached_is_told)
{
    plan.rate = "10";
    plan.wish_ns = 100 * NS_PER_MS;
    announce("comms-interval", "100ms");
    expect_notice(SERVER_NOTICE_RATE, NULL);
    server.interval_ns = 101 * NS_PER_MS; /* as good as it */
    expect_notice(SERVER_NOTICE_RATE, NULL);
    server.interval_ns = 50 * NS_PER_MS; /* the server does not know wishes: lateness tells */
    expect_notice(SERVER_NOTICE_RATE, NULL);
    server.interval_ns = NS_PER_S;
    expect_notice(SERVER_NOTICE_RATE, "the server paces at 1 s: --rate 10 is not reached");
    server = (struct announcement){.has = 0};
    expect_notice(SERVER_NOTICE_SILENT,
                  "the server announces no interval: it may not know --rate 10");
}
END_TEST

START_TEST(a_stall_timeout_within_the_interval_is_told)
{
    announce("comms-interval", "10s");
    plan.stall_follows_interval = false;
    plan.stall_timeout_ns = 0;
    expect_notice(SERVER_NOTICE_STALL, NULL);
    plan.stall_timeout_ns = 10 * NS_PER_S;
    expect_notice(SERVER_NOTICE_STALL, NULL);
    plan.stall_timeout_ns = 5 * NS_PER_S;
    expect_notice(SERVER_NOTICE_STALL,
                  "--stall-timeout 5 s is shorter than the server's interval of 10 s: every stream "
                  "stalls between two numbers");
}
END_TEST

START_TEST(a_lateness_that_cannot_be_is_told)
{
    announce("comms-interval", "0");
    expect_notice(SERVER_NOTICE_LATENESS, NULL);
    plan.max_lateness_ns = NS_PER_S;
    expect_notice(SERVER_NOTICE_LATENESS, "--max-lateness has no effect: the server sends at full "
                                          "speed, and no number is late");
}
END_TEST

START_TEST(sessions_that_do_not_fit_are_told)
{
    plan.duration_ns = 60 * NS_PER_S;
    plan.n_fits = true;
    plan.n = 61;
    announce("comms-interval", "1s");
    expect_notice(SERVER_NOTICE_LONG, NULL);
    server.interval_ns = 100 * NS_PER_MS; /* others follow */
    expect_notice(SERVER_NOTICE_LONG, NULL);
    server.interval_ns = 10 * NS_PER_S;
    expect_notice(SERVER_NOTICE_LONG,
                  "the first sessions have 61 numbers, and the server sends one every 10 s: they "
                  "last longer than --duration 60 s; give --interval too");
    plan.n_fits = false; /* the user has chosen N */
    expect_notice(SERVER_NOTICE_LONG, NULL);
    plan.n_fits = true;
    plan.interval_is_given = true;
    plan.interval_ns = 10 * NS_PER_S;
    plan.n = 7;
    expect_notice(SERVER_NOTICE_LONG, NULL);
}
END_TEST

START_TEST(a_mode_that_cannot_work_is_told)
{
    static const struct {
        enum client_mode client;
        const char *server;
        const char *text;
    } rows[] = {
        {CLIENT_STATELESS, "stateful",
         "the server is stateful: -m stateless cannot work; use -m stateful"},
        {CLIENT_STATEFUL, "stateless",
         "the server is stateless: -m stateful cannot work; use -m stateless"},
        {CLIENT_STATEFUL_TEST, "stateless",
         "the server is stateless: -m stateful-test cannot work; use -m stateless"},
        {CLIENT_STATEFUL_TEST_RECONNECT, "stateless",
         "the server is stateless: -m stateful-test-reconnect cannot work; use -m stateless"},
        {CLIENT_STATELESS, "stateless", NULL},
        {CLIENT_STATEFUL, "stateful", NULL},
        {CLIENT_STATEFUL_TEST, "stateful", NULL},
        {CLIENT_STATEFUL, "neither", NULL}, /* garbled */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128] = "";
        set_up();
        plan.mode = rows[i].client;
        ck_assert(!server_mode_is_wrong(&plan, &server, text, sizeof text));
        announce("comms-mode", rows[i].server);
        ck_assert(server_mode_is_wrong(&plan, &server, text, sizeof text) ==
                  (rows[i].text != NULL));
        ck_assert_str_eq(text, rows[i].text == NULL ? "" : rows[i].text);
    }
}
END_TEST

Suite *server_pace_suite(void)
{
    Suite *suite = suite_create("server-pace");
    TCase *tcase = tcase_create("server pace");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_interval_is_the_servers_unless_it_is_given);
    tcase_add_test(tcase, the_stall_timeout_follows_the_interval_unless_it_is_given);
    tcase_add_test(tcase, a_garbled_header_is_told);
    tcase_add_test(tcase, an_interval_that_is_not_the_servers_is_told);
    tcase_add_test(tcase, a_rate_that_is_not_reached_is_told);
    tcase_add_test(tcase, a_stall_timeout_within_the_interval_is_told);
    tcase_add_test(tcase, a_lateness_that_cannot_be_is_told);
    tcase_add_test(tcase, sessions_that_do_not_fit_are_told);
    tcase_add_test(tcase, a_mode_that_cannot_work_is_told);
    return suite;
}
