/* Connections by the client's address: what C core calls them, and what the kernel does. */
#include "server/net/connections.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

/* C core's names, and the address that each means. */
static const struct {
    const char *name;
    int family;
    const char *address;
    uint32_t scope;
    uint16_t port;
} names[] = {
    {"ipv4:127.0.0.1:1337", AF_INET, "127.0.0.1", 0, 1337},
    {"ipv4:255.255.255.255:65535", AF_INET, "255.255.255.255", 0, 65535},
    {"ipv6:%5B::1%5D:47096", AF_INET6, "::1", 0, 47096},
    {"ipv6:%5b2001:db8::2%5d:1", AF_INET6, "2001:db8::2", 0, 1},
    {"ipv6:[::1]:47096", AF_INET6, "::1", 0, 47096},
    {"ipv6:%5Bfe80::1%252%5D:80", AF_INET6, "fe80::1", 2, 80},
};

enum { NAMES = sizeof names / sizeof names[0] };

static struct sockaddr_storage address_of(int family, const char *text, uint32_t scope,
                                          uint16_t port)
{
    struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address;
    if (family == AF_INET) {
        ipv4->sin_port = htons(port);
        ck_assert_int_eq(inet_pton(family, text, &ipv4->sin_addr), 1);
    } else {
        ipv6->sin6_port = htons(port);
        ipv6->sin6_scope_id = scope;
        ck_assert_int_eq(inet_pton(family, text, &ipv6->sin6_addr), 1);
    }
    return address;
}

START_TEST(a_name_means_its_address)
{
    const struct sockaddr_storage address =
        address_of(names[_i].family, names[_i].address, names[_i].scope, names[_i].port);
    const struct peer_key by_address = peer_key_of_address((const struct sockaddr *)&address);
    const struct peer_key by_name = peer_key_of_name(names[_i].name);
    ck_assert_int_eq(by_name.family, names[_i].family);
    ck_assert_mem_eq(&by_name, &by_address, sizeof by_name);
}
END_TEST

/* Texts that name no TCP connection. */
static const char *const others[] = {
    "",
    "unix:",
    "unix:/run/comms.sock",
    "fd:7",
    "unknown",
    "ipv4:",
    "ipv4:127.0.0.1",
    "ipv4:127.0.0.1:",
    "ipv4:127.0.0.1:65536",
    "ipv4:127.0.0.1:-1",
    "ipv4:127.0.0:1",
    "ipv4:%5B::1%5D:1",
    "ipv6:::1:1",
    "ipv6:%5B::1:1",
    "ipv6:%5B%5D:1",
    "ipv6:%5B::1%5D",
    "ipv6:%5B::1%5",
    "ipv6:%5B::1%",
    "ipv6:%5B::1%zz%5D:1",
    "ipv6:%5Bfe80::1%25%5D:80",
    "ipv6:%5Bfe80::1%25eth0%5D:80",
    "ipv6:%5Bfe80::1%254294967296%5D:80",
    "ipv6:%5B0000000000000000000000000000000000000000000000000000000000000000000001%5D:80"};

enum { OTHERS = sizeof others / sizeof others[0] };

START_TEST(another_text_means_no_address)
{
    ck_assert_int_eq(peer_key_of_name(others[_i]).family, 0);
}
END_TEST

START_TEST(a_unix_socket_has_no_key)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_int_eq(peer_key_of_address((const struct sockaddr *)&address).family, 0);
}
END_TEST

/* ---- In the table of connections ------------------------------------------------------------- */

static struct connections *connections;

static void set_up(void)
{
    const struct connections_settings settings = {.max = UINT64_MAX, .clock = &clock_monotonic};
    connections = connections_create(&settings);
    ck_assert_ptr_nonnull(connections);
}

static void tear_down(void)
{
    connections_destroy(connections);
}

static void add(int descriptor, uint16_t port)
{
    const struct sockaddr_storage address = address_of(AF_INET, "127.0.0.1", 0, port);
    ck_assert_int_eq(connections_add(connections, descriptor, (const struct sockaddr *)&address,
                                     sizeof(struct sockaddr_in)),
                     CONNECTION_NOT_REFUSED);
}

/* The number of the connection that C core calls by this port; 0: there is none. */
static uint64_t find(unsigned port)
{
    char name[32];
    (void)snprintf(name, sizeof name, "ipv4:127.0.0.1:%u", port);
    struct connection *connection = connections_find(connections, name);
    if (connection == NULL) {
        return 0;
    }
    uint64_t number = connection->number;
    connection_unref(connection);
    return number;
}

START_TEST(each_connection_is_found)
{
    enum { COUNT = 3 * PEER_INDEX_BUCKETS }; /* so that buckets have several */
    for (unsigned i = 0; i < COUNT; i++) {
        add((int)i, (uint16_t)(1000 + i));
    }
    for (unsigned i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(find(1000 + i), i + 1);
    }
    ck_assert_uint_eq(find(999), 0);
}
END_TEST

START_TEST(a_connection_that_was_replaced_is_not_found)
{
    add(5, 1000);
    add(5, 2000);
    ck_assert_uint_eq(find(1000), 0);
    ck_assert_uint_eq(find(2000), 2);
    add(6, 1000);
    ck_assert_uint_eq(find(1000), 3);
}
END_TEST

/* The first one has ended unseen, or the client has two connections from one port. */
START_TEST(of_two_with_one_address_the_newer_is_found)
{
    add(5, 1000);
    add(6, 1000);
    ck_assert_uint_eq(find(1000), 2);
    add(6, 3000);
    ck_assert_uint_eq(find(1000), 1);
}
END_TEST

Suite *peer_index_suite(void)
{
    Suite *suite = suite_create("peer_index");
    TCase *keys = tcase_create("keys");
    tcase_add_loop_test(keys, a_name_means_its_address, 0, NAMES);
    tcase_add_loop_test(keys, another_text_means_no_address, 0, OTHERS);
    tcase_add_test(keys, a_unix_socket_has_no_key);
    suite_add_tcase(suite, keys);
    TCase *table = tcase_create("finding");
    tcase_add_checked_fixture(table, set_up, tear_down);
    tcase_add_test(table, each_connection_is_found);
    tcase_add_test(table, a_connection_that_was_replaced_is_not_found);
    tcase_add_test(table, of_two_with_one_address_the_newer_is_found);
    suite_add_tcase(suite, table);
    return suite;
}
