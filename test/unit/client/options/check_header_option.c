/* client/options/header_option: which headers may go with a call, and what they become. */
#include "client/options/header_option.h"
#include "test/suites.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static struct plan plan;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
}

static void tear_down(void)
{
    plan_cleanup(&plan);
}

static const struct {
    const char *text;
    const char *name;
    const char *value;
} rows[] = {
    {"x-tenant: blue", "x-tenant", "blue"},
    {"x-tenant:blue", "x-tenant", "blue"},
    {"X-Tenant: \t Blue sky  ", "x-tenant", "Blue sky"},
    {"a_b.c-1:", "a_b.c-1", ""},
    {"t: a:b: c", "t", "a:b: c"},
    {"authorization: Bearer ~!\"x\"", "authorization", "Bearer ~!\"x\""},
    {"id-bin: AAECAw==", "id-bin", "\0\1\2\3"},
    {"id-bin: AAECAw", "id-bin", "\0\1\2\3"},
    {"ID-Bin: AAECAw==", "id-bin", "\0\1\2\3"},
    {"id-bin:", "id-bin", ""},
    {"mygrpc-x: 1", "mygrpc-x", "1"},
    {"grpcx: 1", "grpcx", "1"},
    {"hosts: 1", "hosts", "1"},
};

START_TEST(headers_have_a_size)
{
    struct header_list *list = &plan.channel.headers;
    ck_assert_uint_eq(header_option_size(list), 0);
    ck_assert(header_option_add(list, "x-tenant: blue"));
    ck_assert_uint_eq(header_option_size(list), 32 + 8 + 4);
    ck_assert(header_option_add(list, "id-bin: AAECAw=="));
    ck_assert_uint_ge(header_option_size(list), 44 + 32 + 6 + 8); /* base64 again */
    ck_assert_uint_le(header_option_size(list), 44 + 32 + 6 + 9);
}
END_TEST

START_TEST(a_header_is_taken)
{
    ck_assert_ptr_null(header_option_check(rows[_i].text));
    ck_assert(header_option_add(&plan.channel.headers, rows[_i].text));
    const struct plan_header *header = &plan.channel.headers.items[0];
    bool is_bytes = strstr(rows[_i].name, "-bin") != NULL && rows[_i].value[0] == '\0' &&
                    strlen(rows[_i].text) > 7;
    ck_assert_str_eq(header->name, rows[_i].name);
    ck_assert_uint_eq(header->length, is_bytes ? 4 : strlen(rows[_i].value));
    ck_assert_mem_eq(header->value, rows[_i].value, header->length);
}
END_TEST

START_TEST(headers_stay_in_their_order_also_if_they_repeat)
{
    ck_assert(header_option_add(&plan.channel.headers, "b: 1"));
    ck_assert(header_option_add(&plan.channel.headers, "a: 2"));
    ck_assert(header_option_add(&plan.channel.headers, "b: 3"));
    ck_assert_uint_eq(plan.channel.headers.count, 3);
    ck_assert_str_eq(plan.channel.headers.items[0].name, "b");
    ck_assert_str_eq(plan.channel.headers.items[1].name, "a");
    ck_assert_str_eq(plan.channel.headers.items[2].name, "b");
    ck_assert_mem_eq(plan.channel.headers.items[2].value, "3", 1);
}
END_TEST

#define NAME    "expected letters, digits, '-', '_' and '.' before the colon"
#define ITS_OWN "expected another name: HTTP/2 or gRPC itself says what this one is"
#define BASE64  "expected base64 after the colon, as the name ends in -bin"
#define VALUE                                                                                      \
    "expected printable ASCII in one line after the colon; other bytes go as base64 with a name "  \
    "that ends in -bin"
#define GRPC "expected a name that does not begin with grpc-, which gRPC keeps for itself"
#define PSEUDO                                                                                     \
    "expected no ':' before the name: --authority is the only pseudo-header that can be set"

static const struct {
    const char *text;
    const char *wrong;
} refusals[] = {
    {"x", "expected 'name: value'"},
    {":authority: x", PSEUDO},
    {": x", PSEUDO},
    {"a b: 1", NAME},
    {" a: 1", NAME},
    {"a\n: 1", NAME},
    {"\303\244: 1", NAME},
    {"grpc-timeout: 1S", GRPC},
    {"GRPC-Trace-Bin: AA==", GRPC},
    {"User-Agent: x", "expected another name: --user-agent sets it"},
    {"host: x", "expected another name: --authority is what HTTP/2 has in its place"},
    {"te: trailers", ITS_OWN},
    {"Content-Type: a", ITS_OWN},
    {"content-length: 1", ITS_OWN},
    {"connection: close", ITS_OWN},
    {"transfer-encoding: chunked", ITS_OWN},
    {"upgrade: h2c", ITS_OWN},
    {"a: b\nc: d", VALUE},
    {"a: b\r", VALUE},
    {"a: \303\244", VALUE},
    {"a: b\x7f", VALUE},
    {"a-bin: %%", BASE64},
    {"a-bin: AAECAw=", BASE64},
    {"a-bin: A", BASE64},
    {"a-bin: AAEC Aw==", BASE64},
    {"a-bin: _-8=", BASE64},
};

START_TEST(what_may_not_go_with_a_call_is_refused)
{
    const char *wrong = header_option_check(refusals[_i].text);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_str_eq(wrong, refusals[_i].wrong);
}
END_TEST

Suite *header_option_suite(void)
{
    Suite *suite = suite_create("header-option");
    TCase *tcase = tcase_create("header-option");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_header_is_taken, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, headers_stay_in_their_order_also_if_they_repeat);
    tcase_add_loop_test(tcase, what_may_not_go_with_a_call_is_refused, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(tcase, headers_have_a_size);
    return suite;
}
