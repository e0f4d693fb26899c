/*
 * server/net/connection with real sockets: which of the connections in the table have ended, by the
 * kernel's cookies, and which descriptor may be shut down.
 */
#include "server/net/connections.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX = 3, PORT = 1000 };

static struct connections *connections;
static struct fake_clock fake;

/* Both ends of a connection. */
struct pair {
    int server;
    int client;
};

static struct pair open_pair(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    return (struct pair){ends[0], ends[1]};
}

static void close_pair(const struct pair *pair)
{
    ck_assert_int_eq(close(pair->server), 0);
    ck_assert_int_eq(close(pair->client), 0);
}

static enum connection_refusal add_from(int descriptor, const char *host)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    ck_assert_int_eq(inet_pton(AF_INET, host, &address.sin_addr), 1);
    return connections_add(connections, descriptor, (const struct sockaddr *)(const void *)&address,
                           sizeof address);
}

static enum connection_refusal add(int descriptor)
{
    return add_from(descriptor, "127.0.0.1");
}

static struct connection *find(int descriptor)
{
    char name[32];
    (void)snprintf(name, sizeof name, "fd:%d", descriptor);
    return connections_find(connections, name);
}

static void start(uint64_t max, uint64_t max_per_address)
{
    const struct connections_settings settings = {
        .max = max, .max_per_address = max_per_address, .clock = &fake.clock};
    fake_clock_init(&fake, 0);
    connections = connections_create(&settings);
    ck_assert_ptr_nonnull(connections);
}

static void set_up(void)
{
    start(MAX, 0);
}

static void tear_down(void)
{
    connections_destroy(connections);
    fake_clock_cleanup(&fake);
}

/* Opens MAX connections, and adds them. */
static void fill(struct pair pairs[static MAX])
{
    for (size_t i = 0; i < MAX; i++) {
        pairs[i] = open_pair();
        ck_assert_int_eq(add(pairs[i].server), CONNECTION_NOT_REFUSED);
    }
}

START_TEST(at_the_limit_those_that_have_ended_make_room)
{
    struct pair pairs[MAX];
    fill(pairs);
    /* Held elsewhere, so that the next connection has another descriptor. */
    int held = fcntl(pairs[1].client, F_DUPFD_CLOEXEC, pairs[1].server + 100);
    close_pair(&pairs[1]);
    int blocker = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(blocker, pairs[1].server);
    struct pair next = open_pair();
    ck_assert_int_eq(add(next.server), CONNECTION_NOT_REFUSED);
    ck_assert_uint_eq(connections_count(connections), MAX);
    ck_assert_ptr_null(find(blocker));
    close_pair(&pairs[0]);
    close_pair(&pairs[2]);
    close_pair(&next);
    close(blocker);
    close(held);
}
END_TEST

START_TEST(those_that_live_stay)
{
    struct pair pairs[MAX];
    fill(pairs);
    struct pair next = open_pair();
    ck_assert_int_eq(add(next.server), CONNECTION_TOO_MANY);
    ck_assert_ptr_null(find(next.server));
    ck_assert_uint_eq(connections_count(connections), MAX);
    for (size_t i = 0; i < MAX; i++) {
        struct connection *connection = find(pairs[i].server);
        ck_assert_ptr_nonnull(connection);
        connection_unref(connection);
        close_pair(&pairs[i]);
    }
    close_pair(&next);
}
END_TEST

/* The client has ended it, and C core has not closed the descriptor yet. */
START_TEST(one_that_was_cut_lives_until_its_descriptor_is_closed)
{
    struct pair pairs[MAX];
    fill(pairs);
    struct pair next = open_pair();
    ck_assert_int_eq(shutdown(pairs[0].server, SHUT_RDWR), 0);
    ck_assert_int_eq(add(next.server), CONNECTION_TOO_MANY);
    for (size_t i = 0; i < MAX; i++) {
        close_pair(&pairs[i]);
    }
    fake_clock_advance(&fake, NS_PER_S);
    ck_assert_int_eq(add(next.server), CONNECTION_NOT_REFUSED);
    ck_assert_uint_eq(connections_count(connections), 1);
    close_pair(&next);
}
END_TEST

/* A flood of refusals costs one sweep each 50 ms. */
START_TEST(sweeps_have_pauses)
{
    struct pair pairs[MAX];
    fill(pairs);
    struct pair next = open_pair();
    ck_assert_int_eq(add(next.server), CONNECTION_TOO_MANY);
    close_pair(&pairs[0]);
    ck_assert_int_eq(add(next.server), CONNECTION_TOO_MANY);
    fake_clock_advance(&fake, 50 * NS_PER_MS - 1);
    ck_assert_int_eq(add(next.server), CONNECTION_TOO_MANY);
    fake_clock_advance(&fake, 1);
    ck_assert_int_eq(add(next.server), CONNECTION_NOT_REFUSED);
    close_pair(&pairs[1]);
    close_pair(&pairs[2]);
    close_pair(&next);
}
END_TEST

/* No sweep is needed where a descriptor comes again, as it does in most cases. */
START_TEST(a_descriptor_that_comes_again_makes_room_for_itself)
{
    struct pair pairs[MAX];
    fill(pairs);
    struct pair next = open_pair();
    ck_assert_int_eq(add(next.server), CONNECTION_TOO_MANY); /* no sweep from here on */
    close_pair(&next);
    for (int i = 0; i < 100; i++) {
        close_pair(&pairs[0]);
        pairs[0] = open_pair();
        ck_assert_int_eq(add(pairs[0].server), CONNECTION_NOT_REFUSED);
    }
    ck_assert_uint_eq(connections_count(connections), MAX);
    for (size_t i = 0; i < MAX; i++) {
        close_pair(&pairs[i]);
    }
}
END_TEST

START_TEST(an_address_at_its_limit_is_swept_too)
{
    struct pair one = open_pair();
    struct pair two = open_pair();
    struct pair three = open_pair();
    ck_assert_int_eq(add(one.server), CONNECTION_NOT_REFUSED);
    ck_assert_int_eq(add(two.server), CONNECTION_TOO_MANY_OF_ADDRESS);
    ck_assert_int_eq(add_from(three.server, "127.0.0.2"), CONNECTION_NOT_REFUSED);
    close_pair(&one);
    fake_clock_advance(&fake, NS_PER_S);
    ck_assert_int_eq(add(two.server), CONNECTION_NOT_REFUSED);
    close_pair(&two);
    close_pair(&three);
}
END_TEST

static void set_up_addresses(void)
{
    start(UINT64_MAX, 1);
}

static bool is_shut_down(const struct pair *pair)
{
    char byte;
    return recv(pair->client, &byte, 1, MSG_DONTWAIT) == 0;
}

START_TEST(shutting_down_ends_the_connection)
{
    struct pair pair = open_pair();
    ck_assert_int_eq(add(pair.server), CONNECTION_NOT_REFUSED);
    struct connection *connection = find(pair.server);
    ck_assert(!is_shut_down(&pair));
    connection_shut_down(connection);
    ck_assert(is_shut_down(&pair));
    connection_shut_down(connection); /* once more does nothing */
    connection_unref(connection);
    close_pair(&pair);
}
END_TEST

/* The number of a descriptor that was closed may mean another connection, or a file. */
START_TEST(shutting_down_spares_the_next_one_with_the_descriptor)
{
    struct pair old = open_pair();
    ck_assert_int_eq(add(old.server), CONNECTION_NOT_REFUSED);
    struct connection *connection = find(old.server);
    close_pair(&old);
    connection_shut_down(connection);
    struct pair next = open_pair();
    ck_assert_int_eq(next.server, old.server);
    connection_shut_down(connection);
    ck_assert(!is_shut_down(&next));
    ck_assert_int_eq(add(next.server), CONNECTION_NOT_REFUSED);
    connection_shut_down(connection);
    ck_assert(!is_shut_down(&next));
    connection_unref(connection);
    close_pair(&next);
}
END_TEST

Suite *connections_sweep_suite(void)
{
    Suite *suite = suite_create("connections-sweep");
    TCase *sweep = tcase_create("sweep");
    suite_add_tcase(suite, sweep);
    tcase_add_checked_fixture(sweep, set_up, tear_down);
    tcase_add_test(sweep, at_the_limit_those_that_have_ended_make_room);
    tcase_add_test(sweep, those_that_live_stay);
    tcase_add_test(sweep, one_that_was_cut_lives_until_its_descriptor_is_closed);
    tcase_add_test(sweep, sweeps_have_pauses);
    tcase_add_test(sweep, a_descriptor_that_comes_again_makes_room_for_itself);
    tcase_add_test(sweep, shutting_down_ends_the_connection);
    tcase_add_test(sweep, shutting_down_spares_the_next_one_with_the_descriptor);
    TCase *addresses = tcase_create("addresses");
    suite_add_tcase(suite, addresses);
    tcase_add_checked_fixture(addresses, set_up_addresses, tear_down);
    tcase_add_test(addresses, an_address_at_its_limit_is_swept_too);
    return suite;
}
