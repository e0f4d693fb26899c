/* server/net/preface: what has begun is passed on, what has not is closed in time. */
#include "server/net/preface.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "test/suites.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The preface, and the header of an empty SETTINGS. */
#define BEGINNING "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
enum { LENGTH = sizeof BEGINNING - 1, CLIENTS = 3 };

static struct preface *preface;
static sem_t arrivals;
static atomic_int arrived; /* the descriptor that was passed on last */

static void note_arrival(void *context, int descriptor)
{
    ck_assert_ptr_eq(context, &arrivals);
    atomic_store(&arrived, descriptor);
    (void)sem_post(&arrivals);
}

static void start(int64_t timeout_ns)
{
    const struct preface_settings settings = {
        .timeout_ns = timeout_ns, .arrived = note_arrival, .context = &arrivals};
    log_set_level(LOG_LEVEL_ERROR);
    ck_assert_int_eq(sem_init(&arrivals, 0, 0), 0);
    preface = preface_start(&settings);
    ck_assert_ptr_nonnull(preface);
}

/* Returns the client's end; *ret_descriptor is the server's. */
static int connect_client(int *ret_descriptor)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    *ret_descriptor = ends[1];
    return ends[0];
}

static void say(int client, const char *bytes, size_t length)
{
    ck_assert_int_eq(write(client, bytes, length), (ssize_t)length);
}

static bool is_passed_on(void)
{
    return sem_trywait(&arrivals) == 0;
}

static void expect_closed(int client)
{
    char byte;
    ck_assert_int_le(read(client, &byte, 1), 0); /* with bytes unread, a reset */
    (void)close(client);
}

START_TEST(what_has_come_is_passed_on_at_once)
{
    static const struct {
        const char *bytes;
        size_t length;
    } trials[] = {{BEGINNING, LENGTH},
                  {BEGINNING "more", LENGTH + 4},
                  {"GET / HTTP/1.1", 14},
                  {"\x16\x03\x01", 3},
                  {"PRI * HTTP/1", 12}};
    start(CLOCK_NEVER);
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        int descriptor;
        int client = connect_client(&descriptor);
        say(client, trials[i].bytes, trials[i].length);
        preface_await(preface, descriptor);
        ck_assert(is_passed_on());
        ck_assert_int_eq(atomic_load(&arrived), descriptor);
        char bytes[LENGTH];
        ck_assert_int_gt(read(descriptor, bytes, sizeof bytes), 0); /* nothing was taken away */
        ck_assert_int_eq(memcmp(bytes, trials[i].bytes, trials[i].length % LENGTH), 0);
        (void)close(client);
        (void)close(descriptor);
    }
    preface_stop(preface);
}
END_TEST

/* Byte by byte, with other clients before and behind it. */
START_TEST(what_comes_slowly_is_passed_on_when_it_is_whole)
{
    int clients[CLIENTS];
    int descriptors[CLIENTS];
    start(CLOCK_NEVER);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = connect_client(&descriptors[i]);
        preface_await(preface, descriptors[i]);
    }
    for (size_t i = 0; i < LENGTH; i++) {
        ck_assert(!is_passed_on());
        say(clients[1], &BEGINNING[i], 1);
    }
    ck_assert_int_eq(sem_wait(&arrivals), 0);
    ck_assert_int_eq(atomic_load(&arrived), descriptors[1]);
    preface_stop(preface);
    ck_assert(!is_passed_on());
    expect_closed(clients[0]);
    expect_closed(clients[2]);
    (void)close(descriptors[1]); /* is this test's now */
    expect_closed(clients[1]);
}
END_TEST

START_TEST(what_does_not_begin_is_closed_in_time)
{
    static const size_t lengths[] = {0, 1, 24, LENGTH - 1};
    int clients[sizeof lengths / sizeof *lengths];
    start(50 * NS_PER_MS);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        int descriptor;
        clients[i] = connect_client(&descriptor);
        say(clients[i], BEGINNING, lengths[i]);
        preface_await(preface, descriptor);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        expect_closed(clients[i]);
    }
    ck_assert(!is_passed_on());
    preface_stop(preface);
}
END_TEST

/* The server's end is closed although the time-out has not come. */
START_TEST(who_goes_away_is_closed_at_once)
{
    start(CLOCK_NEVER);
    for (int is_late = 0; is_late < 2; is_late++) {
        int descriptor;
        int client = connect_client(&descriptor);
        if (is_late) {
            preface_await(preface, descriptor);
        }
        say(client, BEGINNING, 10);
        ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
        if (!is_late) {
            preface_await(preface, descriptor);
        }
        expect_closed(client);
    }
    ck_assert(!is_passed_on());
    preface_stop(preface);
}
END_TEST

Suite *preface_suite(void)
{
    Suite *suite = suite_create("preface");
    TCase *tcase = tcase_create("preface");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_has_come_is_passed_on_at_once);
    tcase_add_test(tcase, what_comes_slowly_is_passed_on_when_it_is_whole);
    tcase_add_test(tcase, what_does_not_begin_is_closed_in_time);
    tcase_add_test(tcase, who_goes_away_is_closed_at_once);
    return suite;
}
