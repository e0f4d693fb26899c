/* What the loops tell of their servers is told once. */
#include "client/run/server_news.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

static struct plan plan;
static struct server_news news;

static void set_up(void)
{
    plan = (struct plan){.mode = CLIENT_STATEFUL,
                         .interval_ns = NS_PER_S,
                         .rate = "10",
                         .wish_ns = 100 * NS_PER_MS,
                         .stall_follows_interval = true,
                         .max_lateness_ns = CLOCK_NEVER};
    ck_assert(server_news_init(&news, &plan));
}

static void tear_down(void)
{
    server_news_cleanup(&news);
}

static void note(const char *interval)
{
    struct announcement announcement = {.has = 0};
    announcement_read(&announcement, "comms-interval", 14, interval, strlen(interval));
    server_news_note(&news, &announcement);
}

static void expect_told(const char *text)
{
    char told[SERVER_NOTICE_SIZE];
    ck_assert(server_news_take(&news, told));
    ck_assert_str_eq(told, text);
}

static void expect_nothing(void)
{
    char told[SERVER_NOTICE_SIZE];
    ck_assert(!server_news_take(&news, told));
}

START_TEST(each_notice_is_told_once)
{
    expect_nothing();
    note("100ms");
    expect_nothing();
    note("1s");
    note("2s"); /* the first reason is told */
    note("x");
    expect_told("the server sent a header that cannot be read, and is ignored: comms-interval: "
                "'x'");
    expect_told("the server paces at 1 s: --rate 10 is not reached");
    expect_told("the server announces no interval: it may not know --rate 10");
    expect_nothing();
    note("x");
    note("3s");
    expect_nothing();
    server_news_note(NULL, NULL); /* nobody is interested */
}
END_TEST

START_TEST(the_first_server_is_told_once_and_in_the_result)
{
    struct result *result = calloc(1, sizeof *result);
    struct announcement first = {.has = 0};
    ck_assert_ptr_nonnull(result);
    server_news_add_to_result(&news, result);
    ck_assert_uint_eq(result->server.has, 0);
    ck_assert_int_eq(result->interval_ns, NS_PER_S); /* nobody has told better */
    ck_assert(!server_news_take_first(&news, &first));

    note("250ms");
    note("250ms");
    ck_assert(server_news_take_first(&news, &first));
    ck_assert_int_eq(first.interval_ns, 250 * NS_PER_MS);
    ck_assert(!server_news_take_first(&news, &first));
    server_news_add_to_result(&news, result);
    ck_assert_int_eq(result->server.interval_ns, 250 * NS_PER_MS);
    ck_assert_int_eq(result->interval_ns, 250 * NS_PER_MS);
    ck_assert(!result->servers_differ);

    note("2s");
    server_news_add_to_result(&news, result);
    ck_assert_int_eq(result->interval_ns, 250 * NS_PER_MS);
    ck_assert(result->servers_differ);
    free(result);
}
END_TEST

START_TEST(a_server_that_announces_nothing_is_not_told_of)
{
    static const struct announcement nothing = {.has = 0};
    struct announcement first;
    plan.wish_ns = 0;
    server_news_note(&news, &nothing);
    ck_assert(!server_news_take_first(&news, &first));
    expect_nothing();
}
END_TEST

Suite *server_news_suite(void)
{
    Suite *suite = suite_create("server-news");
    TCase *tcase = tcase_create("news");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_notice_is_told_once);
    tcase_add_test(tcase, the_first_server_is_told_once_and_in_the_result);
    tcase_add_test(tcase, a_server_that_announces_nothing_is_not_told_of);
    return suite;
}
