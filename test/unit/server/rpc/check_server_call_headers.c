/* The headers of calls, as C core takes them: those of a service, and a call's own. */
#include "server/rpc/call_headers.h"
#include "shared/grpc/wire.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static const struct service_header items[] = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
static const struct service_headers service = {.items = items, .count = 3};

static void expect(const struct call_headers *headers, const char *expected)
{
    char text[512] = "";
    for (size_t i = 0; i < headers->count; i++) {
        char name[64];
        char value[64];
        size_t used = strlen(text);
        wire_slice_read(headers->items[i].key, name, sizeof name);
        wire_slice_read(headers->items[i].value, value, sizeof value);
        (void)snprintf(text + used, sizeof text - used, "%s=%s ", name, value);
    }
    ck_assert_str_eq(text, expected);
}

START_TEST(a_service_without_headers_has_none)
{
    static const struct service_headers none = {.count = 0};
    struct call_headers headers;
    call_headers_init(&headers, &none);
    expect(&headers, "");
}
END_TEST

START_TEST(a_call_replaces_and_adds)
{
    struct call_headers headers;
    call_headers_init(&headers, &service);
    struct call_headers *own = call_headers_copy(&headers);
    ck_assert_ptr_nonnull(own);
    char value[] = "a value that is too long for a slice to hold it in itself";
    const struct service_header replaced = {.name = "b", .value = value};
    const struct service_header added = {.name = "d", .value = "4"};
    call_headers_put(own, &replaced);
    call_headers_put(own, &added);
    call_headers_put(own, &replaced);
    memset(value, 'x', strlen(value)); /* it was copied */
    expect(own, "a=1 b=a value that is too long for a slice to hold it in itself c=3 d=4 ");
    expect(&headers, "a=1 b=2 c=3 ");
    call_headers_destroy(own);
    call_headers_destroy(NULL);
}
END_TEST

START_TEST(what_has_no_room_is_dropped)
{
    static const char *const names[] = {"d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"};
    struct call_headers headers;
    call_headers_init(&headers, &service);
    struct call_headers *own = call_headers_copy(&headers);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct service_header header = {.name = names[i], .value = "x"};
        call_headers_put(own, &header);
    }
    expect(own, "a=1 b=2 c=3 d=x e=x f=x g=x h=x i=x j=x k=x l=x ");
    call_headers_destroy(own);
}
END_TEST

Suite *server_call_headers_suite(void)
{
    Suite *suite = suite_create("server-call-headers");
    TCase *headers = tcase_create("headers");
    suite_add_tcase(suite, headers);
    tcase_add_test(headers, a_service_without_headers_has_none);
    tcase_add_test(headers, a_call_replaces_and_adds);
    tcase_add_test(headers, what_has_no_room_is_dropped);
    return suite;
}
