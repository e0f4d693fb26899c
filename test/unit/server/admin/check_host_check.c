/* Whom a request may take the admin port for. */
#include "server/admin/host_check.h"
#include "test/suites.h"

#include <check.h>

static const char *const names[] = {"comms.internal", "2001:db8::5"};

static const struct {
    const char *listened;
    const char *header;
    bool is_admitted;
} cases[] = {
    {"127.0.0.1", "localhost", true},
    {"127.0.0.1", "LOCALHOST:9464", true},
    {"127.0.0.1", "localhost.", true},
    {"127.0.0.1", "127.0.0.1:9464", true},
    {"127.0.0.1", "127.1.2.3", true},
    {"127.0.0.1", "[::1]:9464", true},
    {"127.0.0.1", "[0:0::1]", true},
    {"127.0.0.1", "comms.internal:80", true},
    {"127.0.0.1", "Comms.Internal.", true},
    {"127.0.0.1", "[2001:DB8:0::5]:1", true},
    {"127.0.0.1", "evil.example", false},
    {"127.0.0.1", "localhost.evil.example", false},
    {"127.0.0.1", "127.0.0.1.evil.example", false},
    {"127.0.0.1", "evil.example:127.0.0.1", false},
    {"127.0.0.1", "notcomms.internal", false},
    {"127.0.0.1", "comms.internal.evil.example", false},
    {"127.0.0.1", "10.0.0.1", false},
    {"127.0.0.1", "unix:/localhost", false},
    {"127.0.0.1", "dns:localhost", false},
    {"127.0.0.1", "localhost@evil.example", false},
    {"127.0.0.1", "", false},
    {"127.0.0.1", ":9464", false},
    {"127.0.0.1", "[::1", false},
    {"10.0.0.1", "10.0.0.1:9464", true},
    {"10.0.0.1", "10.0.0.2:9464", false},
    {"metrics.example", "metrics.example", true},
    {"metrics.example", "other.example", false},
    {"0.0.0.0", "10.0.0.2:9464", true},
    {"::", "[fe80::1]:9464", true},
    {"0.0.0.0", "evil.example", false},
    {"::", "evil.example:9464", false},
};

START_TEST(only_known_names_are_admitted)
{
    const struct host_check check = {
        .listened = cases[_i].listened, .names = names, .name_count = 2};
    ck_assert_msg(host_check_admits(&check, cases[_i].header) == cases[_i].is_admitted, "%s",
                  cases[_i].header);
}
END_TEST

START_TEST(a_name_to_add_has_no_port)
{
    ck_assert_ptr_null(host_check_name("comms.internal"));
    ck_assert_ptr_null(host_check_name("10.0.0.1"));
    ck_assert_ptr_null(host_check_name("::1"));
    ck_assert_ptr_nonnull(host_check_name("comms.internal:80"));
    ck_assert_ptr_nonnull(host_check_name("unix:/a"));
    ck_assert_ptr_nonnull(host_check_name(""));
    ck_assert_ptr_nonnull(host_check_name("*"));
}
END_TEST

Suite *host_check_suite(void)
{
    Suite *suite = suite_create("host-check");
    TCase *tcase = tcase_create("hosts");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, only_known_names_are_admitted, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, a_name_to_add_has_no_port);
    return suite;
}
