/* Socket addresses as text. */
#include "shared/base/address.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

static char text[ADDRESS_TEXT_SIZE];

static const struct {
    int family;
    const char *address;
    uint16_t port;
    const char *text;
} addresses[] = {
    {AF_INET, "127.0.0.1", 1337, "127.0.0.1:1337"},
    {AF_INET, "0.0.0.0", 65535, "0.0.0.0:65535"},
    {AF_INET, "192.0.2.255", 1, "192.0.2.255:1"},
    {AF_INET6, "::1", 1337, "[::1]:1337"},
    {AF_INET6, "::", 0, "[::]:0"},
    {AF_INET6, "2001:db8::42", 80, "[2001:db8::42]:80"},
    {AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", 65535,
     "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"},
    /* an IPv4 address on a socket of both families */
    {AF_INET6, "::ffff:127.0.0.1", 1337, "127.0.0.1:1337"},
    {AF_INET6, "::ffff:192.0.2.255", 65535, "192.0.2.255:65535"},
};

START_TEST(an_address_has_brackets_where_it_has_colons)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(addresses[_i].port)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(addresses[_i].port)};
    const char *address = addresses[_i].address;
    if (addresses[_i].family == AF_INET) {
        ck_assert_int_eq(inet_pton(AF_INET, address, &ipv4.sin_addr), 1);
        address_describe((const struct sockaddr *)(const void *)&ipv4, sizeof ipv4, text,
                         sizeof text);
    } else {
        ck_assert_int_eq(inet_pton(AF_INET6, address, &ipv6.sin6_addr), 1);
        address_describe((const struct sockaddr *)(const void *)&ipv6, sizeof ipv6, text,
                         sizeof text);
    }
    ck_assert_str_eq(text, addresses[_i].text);
}
END_TEST

static void describe_unix(const char *path, socklen_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path));
    address_describe((const struct sockaddr *)(const void *)&address, length, text, sizeof text);
}

START_TEST(a_unix_socket_may_have_no_name)
{
    describe_unix("/run/comms.sock", sizeof(struct sockaddr_un));
    ck_assert_str_eq(text, "unix:/run/comms.sock");
    /* The structure ends before the path; what stands there then is nobody's. */
    describe_unix("/run/other.sock", offsetof(struct sockaddr_un, sun_path));
    ck_assert_str_eq(text, "unix:");
}
END_TEST

START_TEST(an_address_of_no_known_family_is_unknown)
{
    const struct sockaddr address = {.sa_family = AF_APPLETALK};
    address_describe(&address, sizeof address, text, sizeof text);
    ck_assert_str_eq(text, "unknown");
}
END_TEST

START_TEST(a_text_that_is_too_long_is_cut)
{
    char little[8];
    char after[] = "untouched";
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(1337)};
    address_describe((const struct sockaddr *)(const void *)&address, sizeof address, little,
                     sizeof little);
    ck_assert_str_eq(little, "0.0.0.0");
    ck_assert_str_eq(after, "untouched");
}
END_TEST

/* No path is longer, so none is cut. */
START_TEST(every_unix_path_fits)
{
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    describe_unix(path, sizeof(struct sockaddr_un));
    ck_assert_ptr_eq(strstr(text, "unix:p"), text);
    ck_assert_str_eq(text + strlen("unix:"), path);
}
END_TEST

static const struct {
    const char *text;
    size_t length;
} hosts[] = {{"127.0.0.1:1337", 9}, {"[::1]:7", 5},         {"[fe80::1%eth0]:80", 14},
             {"unix:", 4},          {"unix:/run/a:b.c", 4}, {"unknown", 7}};

START_TEST(a_host_is_what_all_connections_of_a_client_share)
{
    ck_assert_uint_eq(address_host_length(hosts[_i].text), hosts[_i].length);
}
END_TEST

Suite *address_suite(void)
{
    Suite *suite = suite_create("address");
    TCase *tcase = tcase_create("address");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, an_address_has_brackets_where_it_has_colons, 0,
                        sizeof addresses / sizeof *addresses);
    tcase_add_test(tcase, a_unix_socket_may_have_no_name);
    tcase_add_test(tcase, an_address_of_no_known_family_is_unknown);
    tcase_add_test(tcase, a_text_that_is_too_long_is_cut);
    tcase_add_test(tcase, every_unix_path_fits);
    tcase_add_loop_test(tcase, a_host_is_what_all_connections_of_a_client_share, 0,
                        sizeof hosts / sizeof *hosts);
    return suite;
}
