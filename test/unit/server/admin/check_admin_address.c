/* What --admin takes. */
#include "server/admin/admin_address.h"
#include "test/suites.h"

#include <check.h>

static const struct {
    const char *text;
    const char *host;
    unsigned port;
} right[] = {
    {"127.0.0.1:9464", "127.0.0.1", 9464},   {"127.0.0.1", "127.0.0.1", ADMIN_PORT_DEFAULT},
    {"127.0.0.1:0", "127.0.0.1", 0},         {"[::1]:1", "::1", 1},
    {"[::1]", "::1", ADMIN_PORT_DEFAULT},    {"::1", "::1", ADMIN_PORT_DEFAULT},
    {"localhost:65535", "localhost", 65535}, {"0.0.0.0:80", "0.0.0.0", 80},
};

START_TEST(an_address_and_a_port)
{
    struct admin_address address;
    ck_assert_ptr_null(admin_address_parse(right[_i].text, &address));
    ck_assert_str_eq(address.host, right[_i].host);
    ck_assert_uint_eq(address.port, right[_i].port);
}
END_TEST

static const char *const wrong[] = {
    "",         ":9464",          "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
    "[::1",     "::1]:1",         "[]:1",       "unix:/tmp/a",     "unix:a:1",     "http://a:1",
    "1.2.3:80", "127.0.0.1:80:1", "a b:1",      "localhost:9464 ", "[::1]9464",
};

START_TEST(anything_else_is_refused)
{
    struct admin_address address = {.port = 7};
    ck_assert_ptr_nonnull(admin_address_parse(wrong[_i], &address));
}
END_TEST

Suite *admin_address_suite(void)
{
    Suite *suite = suite_create("admin-address");
    TCase *tcase = tcase_create("parse");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, an_address_and_a_port, 0, sizeof right / sizeof *right);
    tcase_add_loop_test(tcase, anything_else_is_refused, 0, sizeof wrong / sizeof *wrong);
    return suite;
}
