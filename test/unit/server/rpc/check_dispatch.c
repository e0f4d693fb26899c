/* The method that the client called decides: a worker serves the stream, or it is refused. */
#include "server/rpc/dispatch.h"
#include "shared/base/log.h"
#include "test/kit/fake_service.h"
#include "test/kit/fake_stream.h"
#include "test/suites.h"

#include <string.h>

enum { SERVICES = 2 };

static struct fake_record records[SERVICES];
static struct service services[SERVICES];
static struct fake_stream stream;
static struct dispatch table;
static struct failure failure;

static void say_nothing(void)
{
}

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    for (size_t i = 0; i < SERVICES; i++) {
        records[i] = (struct fake_record){.clock = &clock_monotonic};
        services[i] = fake_service(&records[i]);
        services[i].is_paced = true;
    }
    services[1].method = "/fake/Other";
    fake_stream_init(&stream, NULL);
    const struct workers_settings settings = {.clock = &clock_monotonic,
                                              .max_streams = 1,
                                              .send_timeout_ns = CLOCK_NEVER,
                                              .drained = say_nothing};
    table = (struct dispatch){
        .workers = workers_create(&settings), .services = services, .service_count = SERVICES};
    ck_assert_ptr_nonnull(table.workers);
}

static void tear_down(void)
{
    workers_destroy(table.workers);
    fake_stream_cleanup(&stream);
}

static const struct {
    const char *method;
    size_t service;
} calls[] = {{"/fake/Method", 0}, {"/fake/Other", 1}};

START_TEST(the_method_names_the_service)
{
    ck_assert_int_eq(dispatch(&table, &stream.stream, calls[_i].method, &failure), ERROR_NONE);
    fake_stream_expect(&stream, FAKE_OPEN);
    fake_stream_expect(&stream, FAKE_RECEIVE);
    fake_stream_bring(&stream, "end");
    fake_stream_expect_good_end(&stream, ERROR_NONE);
    for (size_t i = 0; i < SERVICES; i++) {
        ck_assert_int_eq(records[i].begun, i == calls[_i].service ? 1 : 0);
    }
}
END_TEST

START_TEST(a_method_of_no_service_is_refused)
{
    static const char *const methods[] = {
        "", "/", "/fake/Metho", "/fake/Method/", "fake/Method", "/fake/method", "/fake/Methods"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        ck_assert_int_eq(dispatch(&table, &stream.stream, methods[i], &failure),
                         ERROR_UNKNOWN_METHOD);
        ck_assert_ptr_null(stream.stream.service);
        ck_assert_ptr_nonnull(strstr(failure.text, "unknown method: reflection lists"));
    }
    ck_assert_uint_eq(workers_live(table.workers), 0);
}
END_TEST

START_TEST(what_workers_refuse_is_the_callers_still)
{
    workers_drain(table.workers, 0);
    ck_assert_int_eq(dispatch(&table, &stream.stream, "/fake/Other", &failure),
                     ERROR_SHUTTING_DOWN);
    ck_assert_ptr_eq(stream.stream.service, &services[1]); /* encodes the failure's message */
}
END_TEST

Suite *dispatch_suite(void)
{
    Suite *suite = suite_create("dispatch");
    TCase *dispatching = tcase_create("dispatching");
    suite_add_tcase(suite, dispatching);
    tcase_add_checked_fixture(dispatching, set_up, tear_down);
    tcase_add_loop_test(dispatching, the_method_names_the_service, 0, sizeof calls / sizeof *calls);
    tcase_add_test(dispatching, a_method_of_no_service_is_refused);
    tcase_add_test(dispatching, what_workers_refuse_is_the_callers_still);
    return suite;
}
