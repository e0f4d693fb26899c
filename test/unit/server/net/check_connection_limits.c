/* The counts of connections, in all and of each address. */
#include "server/net/connection_limits.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static struct sockaddr_storage address_of(const char *text, uint16_t port)
{
    struct sockaddr_storage address = {.ss_family = AF_INET};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address;
    if (strchr(text, ':') == NULL) {
        ipv4->sin_port = htons(port);
        ck_assert_int_eq(inet_pton(AF_INET, text, &ipv4->sin_addr), 1);
    } else {
        address.ss_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        ck_assert_int_eq(inet_pton(AF_INET6, text, &ipv6->sin6_addr), 1);
    }
    return address;
}

static struct connection_counted counted;

static enum connection_refusal count(struct connection_limits *limits, const char *text,
                                     uint16_t port)
{
    const struct sockaddr_storage address = address_of(text, port);
    return connection_limits_count(limits, (const struct sockaddr *)&address, &counted);
}

START_TEST(there_are_so_many_and_no_more)
{
    struct connection_limits limits = {.all = {.max = 2}};
    ck_assert_int_eq(count(&limits, "127.0.0.1", 1), CONNECTION_NOT_REFUSED);
    ck_assert_int_eq(count(&limits, "127.0.0.1", 2), CONNECTION_NOT_REFUSED);
    ck_assert_int_eq(count(&limits, "127.0.0.1", 3), CONNECTION_TOO_MANY);
    ck_assert_uint_eq(limits.all.live, 2);
    connection_limits_forget(&limits, &counted);
    ck_assert_int_eq(count(&limits, "127.0.0.2", 4), CONNECTION_NOT_REFUSED);
    ck_assert_int_eq(count(&limits, "::1", 5), CONNECTION_TOO_MANY);
    connection_limits_forget(&limits, &counted);
    connection_limits_forget(&limits, &counted);
    ck_assert_uint_eq(limits.all.live, 0);
}
END_TEST

START_TEST(each_address_has_its_own_count)
{
    static const char *const addresses[] = {"127.0.0.1", "127.0.0.2", "::1", "2001:db8::1",
                                            "2001:db8::2"};
    enum { ADDRESSES = sizeof addresses / sizeof *addresses, EACH = 3 };
    struct connection_counted all[ADDRESSES][EACH];
    struct connection_limits limits = {.all = {.max = UINT64_MAX}, .max_per_address = EACH};
    for (size_t i = 0; i < ADDRESSES; i++) {
        for (size_t port = 0; port < EACH; port++) {
            ck_assert_int_eq(count(&limits, addresses[i], (uint16_t)port), CONNECTION_NOT_REFUSED);
            all[i][port] = counted;
        }
        ck_assert_int_eq(count(&limits, addresses[i], EACH), CONNECTION_TOO_MANY_OF_ADDRESS);
    }
    ck_assert_uint_eq(limits.all.live, (size_t)ADDRESSES * EACH); /* a refusal counts in none */
    connection_limits_forget(&limits, &all[1][0]);
    ck_assert_int_eq(count(&limits, addresses[0], 9), CONNECTION_TOO_MANY_OF_ADDRESS);
    ck_assert_int_eq(count(&limits, addresses[1], 9), CONNECTION_NOT_REFUSED);
    all[1][0] = counted;
    for (size_t i = 0; i < ADDRESSES; i++) {
        for (size_t k = 0; k < EACH; k++) {
            connection_limits_forget(&limits, &all[i][k]);
        }
    }
    ck_assert_uint_eq(limits.all.live, 0);
    ck_assert_ptr_null(limits.addresses); /* nothing stays of an address without connections */
}
END_TEST

START_TEST(a_unix_socket_has_no_address)
{
    struct connection_limits limits = {.all = {.max = 3}, .max_per_address = 1};
    const struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct sockaddr *any = (const struct sockaddr *)(const void *)&address;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(connection_limits_count(&limits, any, &counted), CONNECTION_NOT_REFUSED);
    }
    ck_assert_int_eq(connection_limits_count(&limits, any, &counted), CONNECTION_TOO_MANY);
}
END_TEST

/* Of connections without TLS, which those on a unix socket are, there may be more. */
START_TEST(those_with_tls_have_a_limit_of_their_own)
{
    const struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct connection_limits limits = {.all = {.max = 3}, .tls = {.max = 1}, .max_per_address = 1};
    struct connection_counted on_path;
    ck_assert_int_eq(count(&limits, "127.0.0.1", 1), CONNECTION_NOT_REFUSED);
    const struct connection_counted first = counted;
    ck_assert_int_eq(count(&limits, "::1", 1), CONNECTION_TOO_MANY_TLS);
    ck_assert_int_eq(
        connection_limits_count(&limits, (const struct sockaddr *)(const void *)&path, &on_path),
        CONNECTION_NOT_REFUSED);
    ck_assert_uint_eq(limits.all.live, 2);
    ck_assert_uint_eq(limits.tls.live, 1);
    connection_limits_forget(&limits, &on_path);
    connection_limits_forget(&limits, &first);
    ck_assert_uint_eq(limits.tls.live, 0);

    /* One that is refused for its address counts in none. */
    limits.tls.max = 3;
    ck_assert_int_eq(count(&limits, "127.0.0.1", 1), CONNECTION_NOT_REFUSED);
    const struct connection_counted only = counted;
    ck_assert_int_eq(count(&limits, "127.0.0.1", 2), CONNECTION_TOO_MANY_OF_ADDRESS);
    ck_assert_uint_eq(limits.tls.live, 1);
    connection_limits_forget(&limits, &only);
}
END_TEST

START_TEST(without_a_limit_no_address_is_counted)
{
    struct connection_limits limits = {.all = {.max = UINT64_MAX}};
    for (uint16_t port = 0; port < 1000; port++) {
        ck_assert_int_eq(count(&limits, "127.0.0.1", port), CONNECTION_NOT_REFUSED);
    }
    ck_assert_ptr_null(limits.addresses);
}
END_TEST

Suite *connection_limits_suite(void)
{
    Suite *suite = suite_create("connection-limits");
    TCase *tcase = tcase_create("connection-limits");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, there_are_so_many_and_no_more);
    tcase_add_test(tcase, each_address_has_its_own_count);
    tcase_add_test(tcase, a_unix_socket_has_no_address);
    tcase_add_test(tcase, those_with_tls_have_a_limit_of_their_own);
    tcase_add_test(tcase, without_a_limit_no_address_is_counted);
    return suite;
}
