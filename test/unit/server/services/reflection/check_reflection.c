/* server/services/reflection: which answer comes to which request, in which order. */
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/services/reflection/descriptors.h"
#include "server/services/reflection/reflection.h"
#include "test/kit/dialogue_driver.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT (30 * NS_PER_S)

typedef Grpc__Reflection__V1__ServerReflectionResponse response;

enum field { FILE_BY_NAME = 3, BY_SYMBOL = 4, EXTENSION = 5, EXTENSIONS_OF = 6, LIST = 7 };

static struct fake_clock clock_of_test;
static struct reflection_settings settings;
static struct service service;
static struct dialogue_driver driver; /* of the test's stream */

static void set_up(void)
{
    fake_clock_init(&clock_of_test, NS_PER_S);
    settings =
        (struct reflection_settings){.clock = &clock_of_test.clock, .request_timeout_ns = TIMEOUT};
}

static void tear_down(void)
{
    fake_clock_cleanup(&clock_of_test);
}

/* A client calls this service. */
static void begin(struct service called)
{
    service = called;
    dialogue_driver_begin(&driver, &service);
}

static void ask(enum field field, const char *text)
{
    char request[256];
    const size_t length = strlen(text);
    ck_assert_uint_lt(length, 128);
    request[0] = (char)(field << 3 | 2);
    request[1] = (char)length;
    memcpy(request + 2, text, length + 1);
    dialogue_driver_say(&driver, request, length + 2);
}

/* The caller frees it by grpc__reflection__v1__server_reflection_response__free_unpacked. */
static response *take(void)
{
    const struct service_message message = dialogue_driver_take(&driver);
    response *answer = grpc__reflection__v1__server_reflection_response__unpack(
        NULL, message.length, message.bytes);
    ck_assert_ptr_nonnull(answer);
    ck_assert_ptr_nonnull(answer->original_request);
    return answer;
}

static void expect_error(int code)
{
    response *answer = take();
    ck_assert_ptr_nonnull(answer->error_response);
    ck_assert_int_eq(answer->error_response->error_code, code);
    ck_assert_str_ne(answer->error_response->error_message, "");
    grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);
}

/* A file whose name stands in its descriptor as the first field. */
static void expect_file(const char *name)
{
    response *answer = take();
    ck_assert_int_eq(
        answer->message_response_case,
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE);
    ck_assert_uint_eq(answer->file_descriptor_response->n_file_descriptor_proto, 1);
    const ProtobufCBinaryData *file = answer->file_descriptor_response->file_descriptor_proto;
    ck_assert_uint_gt(file->len, strlen(name) + 2);
    ck_assert_uint_eq(file->data[0], 0x0a);
    ck_assert_uint_eq(file->data[1], strlen(name));
    ck_assert_mem_eq(file->data + 2, name, strlen(name));
    grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);
}

#define HEALTH_FILE  "grpc/health/v1/health.proto"
#define V1_FILE      "grpc/reflection/v1/reflection.proto"
#define V1ALPHA_FILE "grpc/reflection/v1alpha/reflection.proto"

/* `file` NULL: NOT_FOUND. */
static const struct {
    enum field field;
    const char *text;
    const char *file;
} requests[] = {
    {FILE_BY_NAME, "comms.proto", "comms.proto"},
    {FILE_BY_NAME, HEALTH_FILE, HEALTH_FILE},
    {FILE_BY_NAME, V1_FILE, V1_FILE},
    {FILE_BY_NAME, V1ALPHA_FILE, V1ALPHA_FILE},
    {FILE_BY_NAME, "comms", NULL},
    {FILE_BY_NAME, "", NULL},
    {FILE_BY_NAME, "etcd.proto", NULL},
    {BY_SYMBOL, "grpc.Comms", "comms.proto"},
    {BY_SYMBOL, "grpc.Comms.GetNumbers", "comms.proto"},
    {BY_SYMBOL, "grpc.Request", "comms.proto"},
    {BY_SYMBOL, "grpc.Reply", "comms.proto"},
    {BY_SYMBOL, "grpc.health.v1.Health", HEALTH_FILE},
    {BY_SYMBOL, "grpc.health.v1.Health.Watch", HEALTH_FILE},
    {BY_SYMBOL, "grpc.health.v1.HealthCheckResponse.ServingStatus", HEALTH_FILE},
    {BY_SYMBOL, "grpc.reflection.v1.ServerReflection", V1_FILE},
    {BY_SYMBOL, "grpc.reflection.v1alpha.ErrorResponse", V1ALPHA_FILE},
    {BY_SYMBOL, "grpc", NULL},
    {BY_SYMBOL, "grpc.", NULL},
    {BY_SYMBOL, "grpc.Comm", NULL},
    {BY_SYMBOL, "grpc.Comms.", NULL},
    {BY_SYMBOL, "grpc.Comms.GetNumbers.x", NULL},
    {BY_SYMBOL, "Comms", NULL},
    {BY_SYMBOL, "", NULL},
    {EXTENSION, "\x0a\x0cgrpc.Request\x10\x05", NULL},
    {EXTENSIONS_OF, "grpc.Reques", NULL},
};

START_TEST(a_request_has_its_answer)
{
    begin(reflection_v1_service(&settings));
    ask(requests[_i].field, requests[_i].text);
    dialogue_driver_half_close(&driver);
    if (requests[_i].file == NULL) {
        expect_error(5);
    } else {
        expect_file(requests[_i].file);
    }
    dialogue_driver_expect_end(&driver, ERROR_NONE);
}
END_TEST

START_TEST(all_services_are_listed)
{
    static const char *const names[] = {"grpc.Comms", "grpc.health.v1.Health",
                                        "grpc.reflection.v1.ServerReflection",
                                        "grpc.reflection.v1alpha.ServerReflection"};
    begin(reflection_v1alpha_service(&settings));
    ask(LIST, "");
    response *answer = take();
    ck_assert_ptr_nonnull(answer->list_services_response);
    ck_assert_uint_eq(answer->list_services_response->n_service, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(answer->list_services_response->service[i]->name, names[i]);
    }
    grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);
    dialogue_driver_leave(&driver);
}
END_TEST

START_TEST(a_type_has_no_extensions)
{
    begin(reflection_v1_service(&settings));
    ask(EXTENSIONS_OF, "grpc.Request");
    response *answer = take();
    ck_assert_ptr_nonnull(answer->all_extension_numbers_response);
    ck_assert_str_eq(answer->all_extension_numbers_response->base_type_name, "grpc.Request");
    ck_assert_uint_eq(answer->all_extension_numbers_response->n_extension_number, 0);
    grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);
    dialogue_driver_leave(&driver);
}
END_TEST

START_TEST(the_request_comes_back_with_its_host)
{
    begin(reflection_v1_service(&settings));
    dialogue_driver_say(&driver, "\x0a\x04host\x3a\x01*", 9);
    response *answer = take();
    ck_assert_str_eq(answer->valid_host, "host");
    ck_assert_str_eq(answer->original_request->host, "host");
    ck_assert_str_eq(answer->original_request->list_services, "*");
    grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);
    dialogue_driver_leave(&driver);
}
END_TEST

START_TEST(answers_come_in_the_order_of_requests)
{
    static const char *const files[] = {"comms.proto", HEALTH_FILE, V1_FILE, V1ALPHA_FILE};
    begin(reflection_v1_service(&settings));
    for (int round = 0; round < 7; round++) {
        for (int i = 0; i < 4; i++) {
            ask(FILE_BY_NAME, files[i]);
        }
        for (int i = 0; i < 4; i++) {
            expect_file(files[i]);
        }
    }
    dialogue_driver_half_close(&driver);
    ck_assert(dialogue_driver_finishes_by(&driver, 0));
    dialogue_driver_expect_end(&driver, ERROR_NONE);
}
END_TEST

/* Nothing leaks: the address sanitizer sees to that. */
START_TEST(who_takes_no_answers_is_refused)
{
    begin(reflection_v1_service(&settings));
    ask(LIST, "");
    (void)dialogue_driver_take(&driver);
    for (int i = 0; i < 8; i++) {
        ask(LIST, "");
    }
    ck_assert_int_eq(driver.host.outcome.error, ERROR_NONE);
    ask(LIST, "");
    ask(LIST, "");
    dialogue_driver_expect_end(&driver, ERROR_TOO_MANY_STREAMS);
}
END_TEST

START_TEST(what_is_no_request_is_refused)
{
    static const struct {
        const char *bytes;
        size_t length;
    } rows[] = {{"", 0}, {"\x0a\x04host", 6}, {"\x3a\x05*", 3}, {"\xff", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(reflection_v1_service(&settings));
        dialogue_driver_say(&driver, rows[i].bytes, rows[i].length);
        dialogue_driver_expect_end(&driver, ERROR_MALFORMED_REQUEST);
    }
}
END_TEST

START_TEST(a_silent_stream_ends)
{
    begin(reflection_v1_service(&settings));
    for (int i = 0; i < 3; i++) {
        const int64_t now = clock_of_test.clock.now(&clock_of_test.clock);
        dialogue_driver_expect_wait(&driver, now + TIMEOUT);
        fake_clock_advance(&clock_of_test, TIMEOUT - 1);
        ask(LIST, "");
        (void)dialogue_driver_take(&driver);
    }
    dialogue_driver_expect_wait(&driver, clock_of_test.clock.now(&clock_of_test.clock) + TIMEOUT);
    fake_clock_advance(&clock_of_test, TIMEOUT);
    dialogue_driver_expect_end(&driver, ERROR_NO_COMMAND);
}
END_TEST

START_TEST(the_end_of_the_server_ends_it)
{
    begin(reflection_v1_service(&settings));
    ask(LIST, "");
    ck_assert(!dialogue_driver_finishes_by(&driver, CLOCK_NEVER));
    dialogue_driver_shut_down(&driver);
    dialogue_driver_expect_end(&driver, ERROR_SHUTTING_DOWN);
}
END_TEST

Suite *reflection_suite(void)
{
    Suite *suite = suite_create("reflection");
    TCase *tcase = tcase_create("reflection");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_request_has_its_answer, 0, sizeof requests / sizeof *requests);
    tcase_add_test(tcase, all_services_are_listed);
    tcase_add_test(tcase, a_type_has_no_extensions);
    tcase_add_test(tcase, the_request_comes_back_with_its_host);
    tcase_add_test(tcase, answers_come_in_the_order_of_requests);
    tcase_add_test(tcase, who_takes_no_answers_is_refused);
    tcase_add_test(tcase, what_is_no_request_is_refused);
    tcase_add_test(tcase, a_silent_stream_ends);
    tcase_add_test(tcase, the_end_of_the_server_ends_it);
    return suite;
}
