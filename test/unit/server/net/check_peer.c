/* The other end of a connection as text, also where C core knows it as a descriptor only. */
#include "server/net/peer.h"
#include "shared/base/address.h"
#include "test/suites.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_SIZE = 128 };

static char text[TEXT_SIZE];

START_TEST(a_text_that_is_too_long_is_cut)
{
    char little[8];
    char after[] = "untouched";
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
    tcase_add_test(peer, a_text_that_is_too_long_is_cut);
    tcase_add_test(peer, a_descriptor_is_its_peers_address);
    tcase_add_test(peer, a_unix_connection_is_unix);
    tcase_add_test(peer, any_other_name_stays_as_it_is);
    return suite;
}
