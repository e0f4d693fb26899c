/* server/net/sockets: addresses, TCP ports, and what can keep a port from opening. */
#define _GNU_SOURCE /* SO_REUSEPORT */

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/kit/socket_place.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The port behind the last colon of a name. */
static uint16_t port_of(const struct listening_socket *listening)
{
    const char *colon = strrchr(listening->name, ':');
    ck_assert_ptr_nonnull(colon);
    unsigned long port = strtoul(colon + 1, NULL, 10);
    ck_assert_uint_gt(port, 0);
    ck_assert_uint_le(port, 65535);
    return (uint16_t)port;
}

static void expect_name(size_t i, const char *host, uint16_t port)
{
    char wanted[SOCKET_NAME_SIZE];
    snprintf(wanted, sizeof wanted, "%s:%u", host, port);
    ck_assert_str_eq(place.sockets.items[i].name, wanted);
}

START_TEST(by_default_it_is_loopback_of_both_families)
{
    sockets_must_open(NULL, 0, 0);
    uint16_t port = port_of(&place.sockets.items[0]);
    ck_assert_uint_eq(place.sockets.count, place.has_ipv6 ? 2 : 1);
    expect_name(0, "127.0.0.1", port);
    if (place.has_ipv6) {
        expect_name(1, "[::1]", port); /* one port for both families */
    }
    for (size_t i = 0; i < place.sockets.count; i++) {
        socket_must_listen(&place.sockets.items[i]);
        ck_assert(!place.sockets.items[i].is_unix);
    }
    sockets_close(&place.sockets);
    ck_assert_uint_eq(place.sockets.count, 0);
    ck_assert_ptr_null(place.sockets.items);
}
END_TEST

static const struct {
    const char *address;
    const char *name;
    bool needs_ipv6;
} hosts[] = {{"127.0.0.1", "127.0.0.1", false},  {"127.0.0.2", "127.0.0.2", false},
             {"0.0.0.0", "0.0.0.0", false},      {"::1", "[::1]", true},
             {"[::1]", "[::1]", true},           {"::", "[::]", true},
             {"0:0:0:0:0:0:0:1", "[::1]", true}, {"::ffff:127.0.0.1", "127.0.0.1", false}};

START_TEST(an_address_is_listened_on)
{
    if (hosts[_i].needs_ipv6 && !place.has_ipv6) {
        return;
    }
    sockets_must_open(&hosts[_i].address, 1, 0);
    ck_assert_uint_eq(place.sockets.count, 1);
    uint16_t port = port_of(&place.sockets.items[0]);
    expect_name(0, hosts[_i].name, port);
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);

    /* A connection on this port ended a moment ago: the port can be opened all the same. */
    sockets_must_open(&hosts[_i].address, 1, port);
    expect_name(0, hosts[_i].name, port);
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);
}
END_TEST

START_TEST(a_name_is_each_of_its_addresses)
{
    static const char *const addresses[] = {"localhost"};
    sockets_must_open(addresses, 1, 0);
    ck_assert_uint_ge(place.sockets.count, 1);
    uint16_t port = port_of(&place.sockets.items[0]);
    for (size_t i = 0; i < place.sockets.count; i++) {
        ck_assert_uint_eq(port_of(&place.sockets.items[i]), port);
        socket_must_listen(&place.sockets.items[i]);
    }
    sockets_close(&place.sockets);
}
END_TEST

START_TEST(all_tcp_addresses_have_one_port)
{
    const char *const addresses[] = {"127.0.0.1", place.address, "127.0.0.2", "::1"};
    size_t count = place.has_ipv6 ? 4 : 3;
    sockets_must_open(addresses, count, 0);
    ck_assert_uint_eq(place.sockets.count, count);
    uint16_t port = port_of(&place.sockets.items[0]);
    ck_assert_str_eq(place.sockets.items[1].name, place.address);
    expect_name(2, "127.0.0.2", port);
    if (place.has_ipv6) {
        expect_name(3, "[::1]", port);
    }
    for (size_t i = 0; i < count; i++) {
        socket_must_listen(&place.sockets.items[i]);
    }
    sockets_close(&place.sockets);
}
END_TEST

START_TEST(all_addresses_of_both_families_do_not_collide)
{
    static const char *const addresses[] = {"0.0.0.0", "::"};
    sockets_must_open(addresses, place.has_ipv6 ? 2 : 1, 0);
    sockets_close(&place.sockets);
}
END_TEST

static int option_of(int descriptor, int option)
{
    int value = 0;
    socklen_t length = sizeof value;
    ck_assert_int_eq(getsockopt(descriptor, IPPROTO_TCP, option, &value, &length), 0);
    return value;
}

/* Connections have them from the socket that they come in by. */
START_TEST(connections_inherit_their_options)
{
    sockets_must_open(NULL, 0, 0);
    sockets_set_user_timeout(&place.sockets, 40 * NS_PER_S);
    for (size_t i = 0; i < place.sockets.count; i++) {
        struct sockaddr_storage own = {0};
        socklen_t length = sizeof own;
        const int listening = place.sockets.items[i].descriptor;
        ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&own, &length), 0);
        int client = socket(own.ss_family, SOCK_STREAM, 0);
        ck_assert_int_eq(connect(client, (const struct sockaddr *)&own, length), 0);
        int accepted = accept(listening, NULL, NULL);
        ck_assert_int_ge(accepted, 0);
        ck_assert_int_eq(option_of(accepted, TCP_NODELAY), 1);
        ck_assert_int_eq(option_of(accepted, TCP_USER_TIMEOUT), 40000);
        close(accepted);
        close(client);
    }
    sockets_set_user_timeout(&place.sockets, INT64_MAX); /* the longest that an option can be */
    ck_assert_int_eq(option_of(place.sockets.items[0].descriptor, TCP_USER_TIMEOUT), INT32_MAX);
    sockets_close(&place.sockets);
}
END_TEST

/* What is warned of when these are listened on. */
static void must_warn(const char *const *addresses, size_t count, bool has_tls, const char *warning)
{
    static char text[CAPTURE_SIZE];
    struct capture err;
    sockets_must_open(addresses, count, 0);
    log_set_level(LOG_LEVEL_WARN);
    capture_begin(&err, STDERR_FILENO);
    sockets_warn_of_plain(&place.sockets, has_tls);
    capture_end(&err, text);
    const char *found = strstr(text, warning);
    ck_assert_msg(*warning == '\0' ? *text == '\0'
                                   : found != NULL && strcmp(strchr(found, '\n'), "\n") == 0,
                  "%s", text);
    sockets_close(&place.sockets);
}

START_TEST(plain_connections_of_other_machines_are_warned_of_once)
{
    static const char *const everywhere[] = {"0.0.0.0"};
    const char *const here[] = {place.address, "127.0.0.1", "127.1.2.3", "::1"};
    must_warn(everywhere, 1, false, "warn   listening without TLS address=0.0.0.0:");
    must_warn(everywhere, 1, true, "");
    must_warn(here, place.has_ipv6 ? 4 : 3, false, "");
    must_warn(NULL, 0, false, "");
    if (place.has_ipv6) {
        static const char *const both[] = {"::", "0.0.0.0"};
        must_warn(both, 2, false, "warn   listening without TLS address=[::]:");
        must_warn(both, 2, true, "");
    }
}
END_TEST

/* The server never shares a port, even with a socket that has SO_REUSEPORT. */
START_TEST(a_port_in_use_is_refused)
{
    static const char *const addresses[] = {"127.0.0.1"};
    char wanted[64];
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof other;
    const int on = 1;
    int holder = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(setsockopt(holder, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    ck_assert_int_eq(setsockopt(holder, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    ck_assert_int_eq(bind(holder, (const struct sockaddr *)(const void *)&other, length), 0);
    ck_assert_int_eq(listen(holder, 1), 0);
    ck_assert_int_eq(getsockname(holder, (struct sockaddr *)(void *)&other, &length), 0);
    uint16_t port = ntohs(other.sin_port);

    snprintf(wanted, sizeof wanted, "127.0.0.1:%u: Address already in use", port);
    sockets_must_fail(addresses, 1, port, wanted);
    sockets_must_fail(NULL, 0, port, wanted);
    close(holder);

    sockets_must_open(NULL, 0, port);
    sockets_must_fail(NULL, 0, port, wanted);
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);
}
END_TEST

START_TEST(an_address_given_twice_is_opened_once)
{
    const char *const addresses[] = {"127.0.0.1", place.address, "ipv4:127.0.0.1", place.address,
                                     "localhost"};
    sockets_must_open(addresses, 4, 0);
    ck_assert_uint_eq(place.sockets.count, 2);
    ck_assert_str_eq(place.sockets.items[1].name, place.address);
    socket_must_listen(&place.sockets.items[0]);
    socket_must_listen(&place.sockets.items[1]);
    sockets_close(&place.sockets);

    sockets_must_open(addresses + 4, 1, 0);
    size_t count = place.sockets.count;
    sockets_close(&place.sockets);
    const char *const names[] = {"localhost", "127.0.0.1", "localhost"};
    sockets_must_open(names, 3, 0);
    ck_assert_uint_eq(place.sockets.count, count);
    sockets_close(&place.sockets);
}
END_TEST

START_TEST(all_interfaces_and_one_of_them_are_refused)
{
    static const char *const addresses[] = {"0.0.0.0", "127.0.0.1", "0.0.0.0"};
    sockets_must_fail(addresses, 2, 0, "127.0.0.1:");
    sockets_must_fail(addresses, 2, 0, ": it overlaps with 0.0.0.0:");
    sockets_must_fail(addresses + 1, 2, 0, ": it overlaps with 127.0.0.1:");
}
END_TEST

START_TEST(an_address_that_is_none_is_refused)
{
    static const char *const wrong[] = {"127.0.0.1:1337"};
    sockets_must_fail(wrong, 1, 0, "127.0.0.1:1337: expected an address without a port");

    static const char *const elsewhere[] = {"192.0.2.1"}; /* reserved for documentation */
    sockets_must_fail(elsewhere, 1, 0, "192.0.2.1:0: Cannot assign requested address");
    const char *const both[] = {"127.0.0.1", "192.0.2.1"}; /* no family is missing */
    sockets_must_fail(both, 2, 0, "192.0.2.1:");
}
END_TEST

/* If one address fails, the sockets opened before it are closed, and their files removed. */
START_TEST(all_or_nothing)
{
    const char *const addresses[] = {"127.0.0.1", place.address, "192.0.2.1"};
    sockets_must_fail(addresses, 3, 0, "192.0.2.1:");
    ck_assert_int_ne(access(place.path, F_OK), 0);
    sockets_must_open(addresses, 2, 0);
    sockets_close(&place.sockets);
}
END_TEST

Suite *sockets_suite(void)
{
    Suite *suite = suite_create("sockets");
    TCase *tcp = tcase_create("tcp");
    suite_add_tcase(suite, tcp);
    tcase_add_checked_fixture(tcp, place_set_up, place_tear_down);
    tcase_add_test(tcp, by_default_it_is_loopback_of_both_families);
    tcase_add_loop_test(tcp, an_address_is_listened_on, 0, sizeof hosts / sizeof *hosts);
    tcase_add_test(tcp, a_name_is_each_of_its_addresses);
    tcase_add_test(tcp, all_tcp_addresses_have_one_port);
    tcase_add_test(tcp, all_addresses_of_both_families_do_not_collide);
    tcase_add_test(tcp, connections_inherit_their_options);
    tcase_add_test(tcp, plain_connections_of_other_machines_are_warned_of_once);
    tcase_add_test(tcp, a_port_in_use_is_refused);
    tcase_add_test(tcp, an_address_given_twice_is_opened_once);
    tcase_add_test(tcp, all_interfaces_and_one_of_them_are_refused);
    tcase_add_test(tcp, an_address_that_is_none_is_refused);
    tcase_add_test(tcp, all_or_nothing);
    return suite;
}
