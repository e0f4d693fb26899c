/* Addresses as text, of any family, and of a connection that is only known as a descriptor. */
#include "server/peer.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { TEXT_SIZE = 128 };

static char text[TEXT_SIZE];

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
    peer_describe("ipv4:127.0.0.1:1337", little, sizeof little);
    ck_assert_str_eq(little, "ipv4:12");
    ck_assert_str_eq(after, "untouched");
}
END_TEST

static void describe_descriptor(int descriptor)
{
    char name[32];
    snprintf(name, sizeof name, "fd:%d", descriptor);
    peer_describe(name, text, sizeof text);
}

/* A listening socket of this family, on a loopback port that the kernel chose; -1: the machine has
 * no such family. */
static int listen_on_loopback(int family, struct sockaddr_storage *ret_address, socklen_t *length)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const void *address = family == AF_INET ? (const void *)&ipv4 : (const void *)&ipv6;
    socklen_t size = family == AF_INET ? sizeof ipv4 : sizeof ipv6;
    int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener >= 0 && (bind(listener, address, size) != 0 || listen(listener, 1) != 0)) {
        close(listener);
        return -1;
    }
    *length = sizeof *ret_address;
    if (listener >= 0) {
        ck_assert_int_eq(getsockname(listener, (struct sockaddr *)ret_address, length), 0);
    }
    return listener;
}

START_TEST(a_descriptor_is_its_peers_address)
{
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        struct sockaddr_storage server;
        struct sockaddr_storage client;
        socklen_t length;
        int listener = listen_on_loopback(families[i], &server, &length);
        if (listener < 0) {
            ck_assert_int_eq(families[i], AF_INET6);
            continue;
        }
        int connection = socket(families[i], SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(connect(connection, (struct sockaddr *)&server, length), 0);
        int accepted = accept(listener, NULL, NULL);
        ck_assert_int_ge(accepted, 0);

        char wanted[TEXT_SIZE];
        address_describe((struct sockaddr *)&server, length, wanted, sizeof wanted);
        describe_descriptor(connection);
        ck_assert_str_eq(text, wanted);

        ck_assert_int_eq(getsockname(connection, (struct sockaddr *)&client, &length), 0);
        address_describe((struct sockaddr *)&client, length, wanted, sizeof wanted);
        describe_descriptor(accepted);
        ck_assert_str_eq(text, wanted);
        ck_assert_ptr_nonnull(strstr(text, families[i] == AF_INET ? "127.0.0.1:" : "[::1]:"));
        close(connection);
        close(accepted);
        close(listener);
    }
}
END_TEST

START_TEST(a_unix_connection_is_unix)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    describe_descriptor(pair[0]);
    ck_assert_str_eq(text, "unix:");
    close(pair[0]);
    close(pair[1]);
}
END_TEST

START_TEST(any_other_name_stays_as_it_is)
{
    int pair[2];
    ck_assert_int_eq(pipe(pair), 0);
    describe_descriptor(pair[0]); /* no socket */
    ck_assert_ptr_eq(strstr(text, "fd:"), text);
    close(pair[0]);
    close(pair[1]);
    describe_descriptor(pair[0]); /* not open */
    ck_assert_ptr_eq(strstr(text, "fd:"), text);

    static const char *const names[] = {
        "",      "ipv4:127.0.0.1:1337", "ipv6:%5B::1%5D:1337",     "fd:",  "fd:-1", "fd:0x1",
        "fd:1 ", "fd:2147483648",       "fd:18446744073709551617", "unix:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        peer_describe(names[i], text, sizeof text);
        ck_assert_str_eq(text, names[i]);
    }
}
END_TEST

Suite *peer_suite(void)
{
    Suite *suite = suite_create("peer");
    TCase *peer = tcase_create("peer");
    suite_add_tcase(suite, peer);
    tcase_add_loop_test(peer, an_address_has_brackets_where_it_has_colons, 0,
                        sizeof addresses / sizeof *addresses);
    tcase_add_test(peer, a_unix_socket_may_have_no_name);
    tcase_add_test(peer, an_address_of_no_known_family_is_unknown);
    tcase_add_test(peer, a_text_that_is_too_long_is_cut);
    tcase_add_test(peer, a_descriptor_is_its_peers_address);
    tcase_add_test(peer, a_unix_connection_is_unix);
    tcase_add_test(peer, any_other_name_stays_as_it_is);
    return suite;
}
