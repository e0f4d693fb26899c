/* The table of connections: each descriptor has a connection with its own number, address, line. */
#include "server/net/connections.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

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
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(connections_add(connections, descriptor,
                                     (const struct sockaddr *)(const void *)&address,
                                     sizeof address),
                     CONNECTION_NOT_REFUSED);
}

static struct connection *find(int descriptor)
{
    char name[32];
    snprintf(name, sizeof name, "fd:%d", descriptor);
    return connections_find(connections, name);
}

static void expect(int descriptor, uint64_t number, const char *address)
{
    struct connection *connection = find(descriptor);
    ck_assert_ptr_nonnull(connection);
    ck_assert_uint_eq(connection->number, number);
    ck_assert_str_eq(connection->address, address);
    connection_unref(connection);
}

START_TEST(each_descriptor_has_its_connection)
{
    static const int descriptors[] = {5, 0, 63, 64, 1000, 70000};
    enum { COUNT = sizeof descriptors / sizeof *descriptors };
    char address[32];
    for (int i = 0; i < COUNT; i++) {
        add(descriptors[i], (uint16_t)(1000 + i));
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(address, sizeof address, "127.0.0.1:%d", 1000 + i);
        expect(descriptors[i], (uint64_t)i + 1, address);
    }
    ck_assert_ptr_null(find(6));
    ck_assert_ptr_null(find(1000000));
}
END_TEST

/* The streams of the old connection may still hold it. */
START_TEST(a_descriptor_that_comes_again_is_another_connection)
{
    add(5, 1000);
    struct connection *old = find(5);
    add(5, 2000);
    expect(5, 2, "127.0.0.1:2000");
    struct connection *new = find(5);
    ck_assert_ptr_ne(old, new);
    ck_assert_str_eq(old->address, "127.0.0.1:1000");
    connection_unref(new);
    connection_unref(old);
}
END_TEST

START_TEST(streams_of_a_connection_share_its_line)
{
    add(5, 1000);
    add(6, 1001);
    struct connection *one = find(5);
    struct connection *same = find(5);
    struct connection *other = find(6);
    ck_assert_ptr_eq(&one->line, &same->line);
    ck_assert_ptr_ne(&one->line, &other->line);
    connection_unref(one);
    connection_unref(same);
    connection_unref(other);
}
END_TEST

START_TEST(addresses_are_told_as_people_know_them)
{
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(1337)};
    ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr), 1);
    ck_assert_int_eq(connections_add(connections, 3, (struct sockaddr *)&mapped, sizeof mapped),
                     CONNECTION_NOT_REFUSED);
    expect(3, 1, "127.0.0.1:1337");

    const struct sockaddr_in6 ipv6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(7), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    ck_assert_int_eq(
        connections_add(connections, 3, (const struct sockaddr *)(const void *)&ipv6, sizeof ipv6),
        CONNECTION_NOT_REFUSED);
    expect(3, 2, "[::1]:7");

    /* A client's unix socket has no name: its address ends before the path. */
    const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
    ck_assert_int_eq(connections_add(connections, 3,
                                     (const struct sockaddr *)(const void *)&unnamed,
                                     offsetof(struct sockaddr_un, sun_path)),
                     CONNECTION_NOT_REFUSED);
    expect(3, 3, "unix:");
}
END_TEST

START_TEST(any_other_name_is_nobody)
{
    static const char *const names[] = {
        "",      "ipv4:127.0.0.1:1337", "ipv6:%5B::1%5D:1337",     "fd:",   "fd:-1", "fd:0x1",
        "fd:1 ", "fd:2147483648",       "fd:18446744073709551617", "unix:", "1"};
    for (int i = 0; i < 4; i++) {
        add(i, 1000);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_ptr_null(connections_find(connections, names[i]));
    }
}
END_TEST

/* Of a descriptor that is no socket any more nothing is changed. */
START_TEST(all_connections_can_be_shut_down)
{
    enum { COUNT = 3 };
    int pairs[COUNT][2];
    int pipe_ends[2];
    char byte = 'a';
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        add(pairs[i][0], 1000);
    }
    ck_assert_int_eq(pipe(pipe_ends), 0);
    add(pipe_ends[1], 1000);
    add(70000, 1000); /* a descriptor that is not open */
    connections_shut_down_all(connections);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(read(pairs[i][1], &byte, 1), 0);
        ck_assert_int_eq(send(pairs[i][0], &byte, 1, MSG_NOSIGNAL), -1);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    ck_assert_int_eq(write(pipe_ends[1], &byte, 1), 1);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}
END_TEST

/* More than are counted at once. Those that C core has closed the table does not know yet. */
START_TEST(open_connections_are_counted)
{
    enum { COUNT = 100 };
    int pairs[COUNT][2];
    ck_assert_uint_eq(connections_count_open(connections), 0);
    for (unsigned i = 0; i < COUNT; i++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        add(pairs[i][0], 1000);
        ck_assert_uint_eq(connections_count_open(connections), i + 1);
    }
    /* The descriptor is another socket's now, which is nobody's connection. */
    ck_assert_int_eq(dup2(pairs[0][1], pairs[0][0]), pairs[0][0]);
    ck_assert_uint_eq(connections_count_open(connections), COUNT - 1);
    for (unsigned i = 1; i < COUNT; i++) {
        close(pairs[i][0]);
        ck_assert_uint_eq(connections_count_open(connections), COUNT - 1 - i);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        close(pairs[i][1]);
    }
    close(pairs[0][0]);
}
END_TEST

Suite *connections_suite(void)
{
    Suite *suite = suite_create("connections");
    TCase *connection = tcase_create("connection");
    suite_add_tcase(suite, connection);
    tcase_add_checked_fixture(connection, set_up, tear_down);
    tcase_add_test(connection, each_descriptor_has_its_connection);
    tcase_add_test(connection, a_descriptor_that_comes_again_is_another_connection);
    tcase_add_test(connection, streams_of_a_connection_share_its_line);
    tcase_add_test(connection, addresses_are_told_as_people_know_them);
    tcase_add_test(connection, any_other_name_is_nobody);
    tcase_add_test(connection, all_connections_can_be_shut_down);
    tcase_add_test(connection, open_connections_are_counted);
    return suite;
}
