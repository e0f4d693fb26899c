/* server/net/connection_idle, and the looks of server/net/connection: which connections are ended,
 * when, and what their clients get. */
#include "server/net/connection_idle.h"
#include "server/net/connections.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_NS  (10 * NS_PER_S)
#define PAUSE_NS NS_PER_S

static struct connections *connections;
static struct fake_clock fake;

/* Both ends of a connection. */
static int server;
static int client;

static void start(int64_t idle_ns, uint64_t max_tls)
{
    const struct connections_settings settings = {
        .max = UINT64_MAX, .max_tls = max_tls, .idle_ns = idle_ns, .clock = &fake.clock};
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(1000)};
    int ends[2];
    fake_clock_init(&fake, 100 * IDLE_NS);
    connections = connections_create(&settings);
    ck_assert_ptr_nonnull(connections);
    (void)connections_end_idle(connections);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server = ends[0];
    client = ends[1];
    ck_assert_int_eq(connections_add(connections, server,
                                     (const struct sockaddr *)(const void *)&address,
                                     sizeof address),
                     CONNECTION_NOT_REFUSED);
}

static void set_up(void)
{
    start(IDLE_NS, 0);
}

static void tear_down(void)
{
    close(server);
    close(client);
    connections_destroy(connections);
    fake_clock_cleanup(&fake);
}

static struct connection *begin_stream(void)
{
    char name[32];
    (void)snprintf(name, sizeof name, "fd:%d", server);
    struct connection *connection = connections_find(connections, name);
    ck_assert_ptr_nonnull(connection);
    return connection;
}

/* Advances the clock from look to look, as the listener does. */
static void pass(int64_t duration_ns)
{
    const int64_t end = fake.clock.now(&fake.clock) + duration_ns;
    int64_t next = connections_end_idle(connections);
    while (next <= end) {
        fake_clock_advance(&fake, next - fake.clock.now(&fake.clock));
        next = connections_end_idle(connections);
    }
    fake_clock_advance(&fake, end - fake.clock.now(&fake.clock));
}

/* The bytes that the client has got; -1: none, and the connection goes on. */
static ssize_t read_client(unsigned char *bytes, size_t size)
{
    return recv(client, bytes, size, MSG_DONTWAIT);
}

static bool goes_on(void)
{
    unsigned char byte;
    return read_client(&byte, 1) == -1;
}

static void expect_goaway(void)
{
    static const unsigned char goaway[] = {0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    unsigned char bytes[64];
    ck_assert_int_eq(read_client(bytes, sizeof bytes), sizeof goaway);
    ck_assert_mem_eq(bytes, goaway, sizeof goaway);
}

static void expect_end(void)
{
    unsigned char byte;
    ck_assert_int_eq(read_client(&byte, 1), 0);
}

START_TEST(without_a_stream_it_ends_in_time)
{
    pass(IDLE_NS - 1);
    ck_assert(goes_on());
    pass(PAUSE_NS);
    expect_goaway();
    ck_assert(goes_on());
    pass(PAUSE_NS);
    expect_end();
}
END_TEST

/* The client has not heard, or does not care. */
START_TEST(a_stream_after_goaway_holds_it_again)
{
    pass(IDLE_NS);
    expect_goaway();
    struct connection *stream = begin_stream();
    pass(3 * IDLE_NS);
    ck_assert(goes_on());
    connection_unref(stream);
    pass(IDLE_NS);
    expect_goaway();
    ck_assert(goes_on());
}
END_TEST

START_TEST(a_stream_holds_it)
{
    struct connection *stream = begin_stream();
    pass(3 * IDLE_NS);
    ck_assert(goes_on());
    connection_unref(stream);
    pass(IDLE_NS - 1);
    ck_assert(goes_on());
    pass(2 * PAUSE_NS);
    expect_goaway();
    pass(PAUSE_NS);
    expect_end();
}
END_TEST

/* No look finds it, but it counts. */
START_TEST(a_short_stream_begins_the_time_anew)
{
    pass(IDLE_NS - PAUSE_NS / 2);
    connection_unref(begin_stream());
    pass(IDLE_NS - 1);
    ck_assert(goes_on());
    pass(2 * PAUSE_NS);
    expect_goaway();
}
END_TEST

/* C core may not have closed it yet. */
START_TEST(later_looks_send_nothing)
{
    pass(IDLE_NS + PAUSE_NS);
    expect_goaway();
    pass(3 * IDLE_NS);
    expect_end();
}
END_TEST

/* The number of a descriptor that C core has closed. */
START_TEST(another_one_with_its_descriptor_is_spared)
{
    int ends[2];
    int descriptor = server;
    close(server);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(ends[0], descriptor);
    close(client);
    client = ends[1];
    pass(IDLE_NS + PAUSE_NS);
    ck_assert(goes_on());
}
END_TEST

/* A frame of ours would stand in the middle of one of C core's. */
START_TEST(behind_unsent_bytes_there_is_no_goaway)
{
    unsigned char bytes[64];
    ck_assert_int_eq(write(server, "half", 4), 4);
    pass(IDLE_NS + PAUSE_NS);
    ck_assert_int_eq(read_client(bytes, sizeof bytes), 4);
    expect_end();
}
END_TEST

static void set_up_tls(void)
{
    start(IDLE_NS, 1);
}

START_TEST(tls_ends_without_a_frame)
{
    pass(IDLE_NS + PAUSE_NS);
    expect_end();
}
END_TEST

static void set_up_endless(void)
{
    start(0, 0);
}

START_TEST(without_a_limit_nobody_looks)
{
    ck_assert_int_eq(connections_end_idle(connections), CLOCK_NEVER);
    fake_clock_advance(&fake, 1000 * IDLE_NS);
    ck_assert_int_eq(connections_end_idle(connections), CLOCK_NEVER);
    ck_assert(goes_on());
}
END_TEST

START_TEST(looks_have_pauses)
{
    ck_assert_int_eq(connection_idle_pause(1), 50 * NS_PER_MS);
    ck_assert_int_eq(connection_idle_pause(500 * NS_PER_MS), 50 * NS_PER_MS);
    ck_assert_int_eq(connection_idle_pause(300 * NS_PER_S), 30 * NS_PER_S);
    fake_clock_advance(&fake, IDLE_NS - 1);
    const int64_t next = connections_end_idle(connections);
    ck_assert_int_eq(next, fake.clock.now(&fake.clock) + PAUSE_NS);
    fake_clock_advance(&fake, PAUSE_NS - 1);
    ck_assert_int_eq(connections_end_idle(connections), next);
    ck_assert(goes_on());
    fake_clock_advance(&fake, 1);
    (void)connections_end_idle(connections);
    expect_goaway();
}
END_TEST

static void add_test_case(Suite *suite, const char *name, void (*begin)(void), const TTest *test)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, begin, tear_down);
    tcase_add_test(tcase, test);
}

Suite *connection_idle_suite(void)
{
    Suite *suite = suite_create("connection-idle");
    TCase *plain = tcase_create("plain");
    suite_add_tcase(suite, plain);
    tcase_add_checked_fixture(plain, set_up, tear_down);
    tcase_add_test(plain, without_a_stream_it_ends_in_time);
    tcase_add_test(plain, a_stream_holds_it);
    tcase_add_test(plain, a_short_stream_begins_the_time_anew);
    tcase_add_test(plain, later_looks_send_nothing);
    tcase_add_test(plain, a_stream_after_goaway_holds_it_again);
    tcase_add_test(plain, another_one_with_its_descriptor_is_spared);
    tcase_add_test(plain, behind_unsent_bytes_there_is_no_goaway);
    tcase_add_test(plain, looks_have_pauses);
    add_test_case(suite, "tls", set_up_tls, tls_ends_without_a_frame);
    add_test_case(suite, "endless", set_up_endless, without_a_limit_nobody_looks);
    return suite;
}
