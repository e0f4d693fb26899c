/* client/grpc/target_uri: what C core is told; it decodes a %, and takes some names for schemes. */
#include "client/grpc/target_uri.h"
#include "test/suites.h"

#include <string.h>

static const struct {
    const char *text;
    uint16_t port;
    const char *uri;
} targets[] = {
    {"localhost", 1337, "dns:///localhost:1337"},
    {"my_app.example.", 80, "dns:///my_app.example.:80"},
    {"unix", 1337, "dns:///unix:1337"},
    {"ipv4", 1337, "dns:///ipv4:1337"},
    {"127.0.0.1", 1337, "ipv4:127.0.0.1:1337"},
    {"::1", 1337, "ipv6:[::1]:1337"},
    {"fe80::1%eth0", 1337, "ipv6:[fe80::1%25eth0]:1337"},
    {"unix:/run/comms.sock", 0, "unix:%2Frun%2Fcomms.sock"},
    {"unix:////run/x", 0, "unix:%2F%2Frun%2Fx"},
    {"unix:relative.sock", 0, "unix:relative.sock"},
    {"unix:a b%41?c#d\xc3\xa4", 0, "unix:a%20b%2541%3Fc%23d%C3%A4"},
    {"unix-abstract:comms", 0, "unix-abstract:comms"},
    {"unix-abstract://x", 0, "unix-abstract:%2F%2Fx"},
};

START_TEST(a_target_has_a_uri)
{
    struct target target;
    char uri[TARGET_URI_SIZE];
    ck_assert_ptr_null(target_parse(targets[_i].text, TARGET_TO_CONNECT, &target));
    target.port = targets[_i].port;
    target_uri_write(&target, uri);
    ck_assert_str_eq(uri, targets[_i].uri);
}
END_TEST

START_TEST(the_longest_has_room)
{
    struct target target;
    char text[TARGET_TEXT_SIZE] = "unix-abstract:";
    char uri[TARGET_URI_SIZE];
    size_t length = strlen(text);
    const size_t name_length = 107;
    memset(text + length, '\xff', name_length);
    ck_assert_ptr_null(target_parse(text, TARGET_TO_CONNECT, &target));
    target_uri_write(&target, uri);
    ck_assert_uint_eq(strlen(uri), length + 3 * name_length);
}
END_TEST

Suite *target_uri_suite(void)
{
    Suite *suite = suite_create("target-uri");
    TCase *tcase = tcase_create("target-uri");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_target_has_a_uri, 0, sizeof targets / sizeof *targets);
    tcase_add_test(tcase, the_longest_has_room);
    return suite;
}
