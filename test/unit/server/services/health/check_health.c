/* server/services/health: what Check and Watch answer, and when a watcher hears of a change. */
#include "server/services/health/health.h"
#include "test/kit/dialogue_driver.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#define TIMEOUT (30 * NS_PER_S)

static struct fake_clock clock_of_test;
static struct health health;

static void set_up(void)
{
    fake_clock_init(&clock_of_test, NS_PER_S);
    ck_assert_int_eq(health_init(&health, &clock_of_test.clock, TIMEOUT), 0);
}

static void tear_down(void)
{
    health_cleanup(&health);
    fake_clock_cleanup(&clock_of_test);
}

static void expect_state(struct dialogue_driver *driver, uint8_t state)
{
    const uint8_t reply[] = {0x08, state};
    dialogue_driver_expect(driver, reply, sizeof reply);
}

/* Requests, and the state of each subject; 0: there is no such subject. */
static const struct {
    const char *request;
    size_t length;
    uint8_t state;
} requests[] = {
    {"", 0, 1},
    {"\x0a\x00", 2, 1},
    {"\x0a\x0agrpc.Comms", 12, 1},
    {"\x0a\x05store", 7, 1},
    {"\x10\x01\x0a\x05store", 9, 1}, /* with a field that is unknown */
    {"\x0a\x05"
     "Store",
     7, 0},
    {"\x0a\x09grpc.Comm", 11, 0},
    {"\x0a\x0bgrpc.Comms\0", 13, 0},
    {"\x0a\x0b/grpc.Comms", 13, 0},
    {"\x0a\x04grpc", 6, 0},
    {"\x0a\x04gr\xc3\xbc", 6, 0},
};

enum { REQUESTS = sizeof requests / sizeof *requests };

START_TEST(a_check_is_answered_once)
{
    const struct service service = health_check_service(&health);
    struct dialogue_driver driver;
    dialogue_driver_begin(&driver, &service);
    dialogue_driver_say(&driver, requests[_i].request, requests[_i].length);
    dialogue_driver_half_close(&driver);
    if (requests[_i].state == 0) {
        dialogue_driver_expect_end(&driver, ERROR_UNKNOWN_SERVICE);
    } else {
        expect_state(&driver, 1);
        dialogue_driver_expect_end(&driver, ERROR_NONE);
    }
}
END_TEST

START_TEST(a_watch_of_what_is_not_there_goes_on)
{
    const struct service service = health_watch_service(&health);
    struct dialogue_driver driver;
    dialogue_driver_begin(&driver, &service);
    dialogue_driver_say(&driver, requests[_i].request, requests[_i].length);
    expect_state(&driver, requests[_i].state == 0 ? 3 : 1);
    dialogue_driver_expect_wait(&driver, CLOCK_NEVER);
    dialogue_driver_shut_down(&driver);
    dialogue_driver_expect_end(&driver, ERROR_SHUTTING_DOWN);
}
END_TEST

START_TEST(a_watcher_hears_of_each_change)
{
    const struct service service = health_watch_service(&health);
    struct dialogue_driver comms;
    struct dialogue_driver store;
    dialogue_driver_begin(&comms, &service);
    dialogue_driver_begin(&store, &service);
    dialogue_driver_say(&comms, "\x0a\x0agrpc.Comms", 12);
    dialogue_driver_say(&store, "\x0a\x05store", 7);
    expect_state(&comms, 1);
    expect_state(&store, 1);
    for (int i = 0; i < 3; i++) {
        health_set(&health, HEALTH_COMMS, false);
        ck_assert_int_eq(comms.news, 2 * i + 1);
        dialogue_driver_hear(&comms, SERVICE_NEWS);
        dialogue_driver_hear(&store, SERVICE_NEWS);
        expect_state(&comms, 2);
        dialogue_driver_expect_wait(&store, CLOCK_NEVER);
        health_set(&health, HEALTH_COMMS, true);
        dialogue_driver_hear(&comms, SERVICE_NEWS);
        expect_state(&comms, 1);
        dialogue_driver_expect_wait(&comms, CLOCK_NEVER);
    }
    dialogue_driver_leave(&comms);
    dialogue_driver_leave(&store);
}
END_TEST

/* The state that holds is sent, not each that it had. */
START_TEST(no_change_is_no_news)
{
    const struct service service = health_watch_service(&health);
    struct dialogue_driver driver;
    dialogue_driver_begin(&driver, &service);
    dialogue_driver_say(&driver, "", 0);
    expect_state(&driver, 1);
    health_set(&health, HEALTH_SERVER, true);
    ck_assert_int_eq(driver.news, 0);
    health_set(&health, HEALTH_SERVER, false);
    health_set(&health, HEALTH_SERVER, true);
    dialogue_driver_hear(&driver, SERVICE_NEWS);
    dialogue_driver_expect_wait(&driver, CLOCK_NEVER);
    dialogue_driver_leave(&driver);
}
END_TEST

START_TEST(who_has_left_is_not_told)
{
    const struct service service = health_watch_service(&health);
    struct dialogue_driver drivers[3];
    for (int i = 0; i < 3; i++) {
        dialogue_driver_begin(&drivers[i], &service);
        dialogue_driver_say(&drivers[i], "", 0);
        expect_state(&drivers[i], 1);
    }
    dialogue_driver_leave(&drivers[_i]);
    dialogue_driver_leave(&drivers[_i]); /* a worker may call it more than once */
    health_set(&health, HEALTH_SERVER, false);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(drivers[i].news, i != _i);
        if (i != _i) {
            dialogue_driver_leave(&drivers[i]);
        }
    }
    ck_assert_ptr_null(health.first);
}
END_TEST

static bool works;

static bool tell_whether_it_works(void *context)
{
    ck_assert_ptr_eq(context, &works);
    return works;
}

START_TEST(a_watcher_of_the_store_looks_each_second)
{
    const struct service check = health_check_service(&health);
    const struct service watch = health_watch_service(&health);
    struct dialogue_driver driver;
    struct dialogue_driver other;
    health.store_works = tell_whether_it_works;
    health.context = &works;
    works = true;
    dialogue_driver_begin(&driver, &watch);
    dialogue_driver_say(&driver, "\x0a\x05store", 7);
    dialogue_driver_begin(&other, &watch);
    dialogue_driver_say(&other, "\x0a\x0agrpc.Comms", 12);
    expect_state(&other, 1);
    for (uint8_t state = 1; state <= 2; state++) {
        works = state == 1;
        expect_state(&driver, state);
        dialogue_driver_expect_wait(&driver,
                                    clock_of_test.clock.now(&clock_of_test.clock) + NS_PER_S);
        dialogue_driver_expect_wait(&other, CLOCK_NEVER);
        struct dialogue_driver once;
        dialogue_driver_begin(&once, &check);
        dialogue_driver_say(&once, "\x0a\x05store", 7);
        expect_state(&once, state);
        dialogue_driver_expect_end(&once, ERROR_NONE);
        fake_clock_advance(&clock_of_test, NS_PER_S);
    }
    works = true;
    health_set(&health, HEALTH_STORE, false); /* the server stops */
    dialogue_driver_expect_wait(&driver, clock_of_test.clock.now(&clock_of_test.clock) + NS_PER_S);
    dialogue_driver_leave(&driver);
    dialogue_driver_leave(&other);
}
END_TEST

/* The state before the end: a client that waits for it must not miss it. */
START_TEST(a_watcher_knows_the_last_state_before_the_end)
{
    const struct service service = health_watch_service(&health);
    struct dialogue_driver driver;
    dialogue_driver_begin(&driver, &service);
    dialogue_driver_say(&driver, "", 0);
    expect_state(&driver, 1);
    ck_assert(!dialogue_driver_finishes_by(&driver, CLOCK_NEVER));
    health_set(&health, HEALTH_SERVER, false);
    dialogue_driver_shut_down(&driver);
    expect_state(&driver, 2);
    dialogue_driver_expect_end(&driver, ERROR_SHUTTING_DOWN);
    ck_assert_ptr_null(health.first);
}
END_TEST

START_TEST(a_stream_without_a_request_ends)
{
    const struct service services[] = {health_check_service(&health),
                                       health_watch_service(&health)};
    for (int i = 0; i < 2; i++) {
        struct dialogue_driver driver;
        dialogue_driver_begin(&driver, &services[i]);
        dialogue_driver_expect_wait(&driver,
                                    clock_of_test.clock.now(&clock_of_test.clock) + TIMEOUT);
        fake_clock_advance(&clock_of_test, TIMEOUT);
        dialogue_driver_expect_end(&driver, ERROR_NO_COMMAND);
    }
}
END_TEST

START_TEST(what_is_no_request_is_refused)
{
    static const struct {
        const char *bytes;
        size_t length;
    } rows[] = {{"\x0a\x05stor", 6},         {"\x0a", 1},
                {"\xff\xff\xff", 3},         {"\x0f", 1},
                {"\x0a\x03st\xff", 5},       {"\x0a\x02\xc3(", 4},
                {"\x0a\x03\xed\xa0\x80", 5}, {"\x0a\x01\xc3", 3}};
    const struct service services[] = {health_check_service(&health),
                                       health_watch_service(&health)};
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            struct dialogue_driver driver;
            dialogue_driver_begin(&driver, &services[i]);
            dialogue_driver_say(&driver, rows[k].bytes, rows[k].length);
            dialogue_driver_expect_end(&driver, ERROR_MALFORMED_REQUEST);
        }
        struct dialogue_driver driver;
        dialogue_driver_begin(&driver, &services[i]);
        dialogue_driver_half_close(&driver);
        dialogue_driver_expect_end(&driver, ERROR_MALFORMED_REQUEST);
    }
}
END_TEST

Suite *health_suite(void)
{
    Suite *suite = suite_create("health");
    TCase *tcase = tcase_create("health");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_check_is_answered_once, 0, REQUESTS);
    tcase_add_loop_test(tcase, a_watch_of_what_is_not_there_goes_on, 0, REQUESTS);
    tcase_add_test(tcase, a_watcher_hears_of_each_change);
    tcase_add_test(tcase, no_change_is_no_news);
    tcase_add_loop_test(tcase, who_has_left_is_not_told, 0, 3);
    tcase_add_test(tcase, a_watcher_of_the_store_looks_each_second);
    tcase_add_test(tcase, a_watcher_knows_the_last_state_before_the_end);
    tcase_add_test(tcase, a_stream_without_a_request_ends);
    tcase_add_test(tcase, what_is_no_request_is_refused);
    return suite;
}
