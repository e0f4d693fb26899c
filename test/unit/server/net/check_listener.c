/*
 * The listener without a network: a script gives the results of accept(2), and an eventfd stands
 * for the listening socket.
 */
#include "server/net/listener.h"
#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A step is CONNECTION or an error number. */
enum { STEPS_MAX = 300, CONNECTION = 0, CONNECTIONS_MAX = 200 };

static struct {
    int steps[STEPS_MAX];
    size_t count;
    atomic_size_t at;
    atomic_bool is_endless; /* connections come without end; the steps do not count */
    sem_t passed;           /* posted for each descriptor that was passed on */
    sem_t exhausted;        /* posted when the script is over */
    int last;               /* last descriptor passed on; to be read after `passed` was posted */
} script;

static struct sockets sockets;
static struct listening_socket item;
static struct connections *connections;
static struct connection_refusals refusals;
static struct listener *listener;

static int scripted_accept(int socket, struct sockaddr *address, socklen_t *length)
{
    ck_assert_int_eq(socket, item.descriptor);
    size_t at = atomic_load(&script.is_endless) ? 0 : atomic_load(&script.at);
    if (at == script.count && !atomic_load(&script.is_endless)) {
        eventfd_t value;
        (void)eventfd_read(socket, &value); /* no connection waits any more */
        (void)sem_post(&script.exhausted);
        errno = EAGAIN;
        return -1;
    }
    atomic_store(&script.at, at + 1);
    if (script.steps[at] != CONNECTION) {
        errno = script.steps[at];
        return -1;
    }
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)(void *)address;
    *ipv4 = (struct sockaddr_in){.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)(1000 + at)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *length = sizeof *ipv4;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void take(void *context, int descriptor)
{
    ck_assert_ptr_eq(context, &script);
    script.last = descriptor;
    (void)sem_post(&script.passed);
}

static void start_listener(void)
{
    const struct listener_settings settings = {.sockets = &sockets,
                                               .connections = connections,
                                               .refusals = &refusals,
                                               .accepted = take,
                                               .context = &script,
                                               .accept = scripted_accept};
    listener = listener_start(&settings);
    ck_assert_ptr_nonnull(listener);
}

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    script.count = 0;
    atomic_store(&script.at, 0);
    ck_assert_int_eq(sem_init(&script.passed, 0, 0), 0);
    ck_assert_int_eq(sem_init(&script.exhausted, 0, 0), 0);
    const struct connections_settings limits = {.max = CONNECTIONS_MAX, .clock = &clock_monotonic};
    connections = connections_create(&limits);
    ck_assert_ptr_nonnull(connections);
    connection_refusals_init(&refusals);
    item = (struct listening_socket){.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    ck_assert_int_ge(item.descriptor, 0);
    sockets = (struct sockets){.items = &item, .count = 1};
    start_listener();
}

static void tear_down(void)
{
    listener_stop(listener);
    close(item.descriptor);
    connections_destroy(connections);
    sem_destroy(&script.passed);
    sem_destroy(&script.exhausted);
}

/* Makes the socket readable, and accept(2) return these steps, one after the other. */
static void play(const int *steps, size_t count)
{
    ck_assert_uint_le(count, STEPS_MAX);
    memcpy(script.steps, steps, count * sizeof *steps);
    script.count = count;
    atomic_store(&script.at, 0);
    ck_assert_int_eq(eventfd_write(item.descriptor, 1), 0);
    ck_assert_int_eq(sem_wait(&script.exhausted), 0);
}

static int passed_on(void)
{
    int count = 0;
    while (sem_trywait(&script.passed) == 0) {
        count++;
    }
    return count;
}

START_TEST(each_connection_is_in_the_table_before_it_is_passed_on)
{
    static const int steps[] = {CONNECTION};
    char name[32];
    play(steps, 1);
    ck_assert_int_eq(passed_on(), 1);
    snprintf(name, sizeof name, "fd:%d", script.last);
    struct connection *connection = connections_find(connections, name);
    ck_assert_ptr_nonnull(connection);
    ck_assert_str_eq(connection->address, "127.0.0.1:1000");
    connection_unref(connection);
    close(script.last);
}
END_TEST

/* accept(2) returns the error of a connection that broke in the backlog. */
START_TEST(a_connection_that_broke_is_passed_over)
{
    static const int steps[] = {ECONNABORTED, EPROTO,      EINTR,        ENETDOWN,
                                EHOSTDOWN,    ENETUNREACH, EHOSTUNREACH, CONNECTION};
    play(steps, sizeof steps / sizeof *steps);
    ck_assert_int_eq(passed_on(), 1);
    close(script.last);
}
END_TEST

static const char *said(struct capture *err)
{
    static char text[CAPTURE_SIZE];
    capture_end(err, text);
    return text;
}

/* Beyond the limit each is closed at once and counted; the log has one line of them. */
START_TEST(a_flood_is_refused_with_one_line)
{
    static int steps[STEPS_MAX];
    struct capture err;
    log_set_level(LOG_LEVEL_WARN);
    capture_begin(&err, STDERR_FILENO);
    play(steps, STEPS_MAX);
    const char *text = said(&err);
    const char *line = strstr(text, "warn   connection refused reason=\"too many connections\" "
                                    "count=1 peer=127.0.0.1:1200 raise=\"--max-connections, "
                                    "ulimit -n\"\n");
    ck_assert_msg(line != NULL && strcmp(strchr(line, '\n'), "\n") == 0, "%s", text);
    ck_assert_int_eq(passed_on(), CONNECTIONS_MAX);
    ck_assert_uint_eq(connection_refusals_sum(&refusals), STEPS_MAX - CONNECTIONS_MAX);
    ck_assert_uint_eq(refusals.counts[CONNECTION_TOO_MANY], STEPS_MAX - CONNECTIONS_MAX);
}
END_TEST

/* The spare descriptor makes room to accept the connection and close it. The listener goes on. */
START_TEST(without_descriptors_a_connection_is_turned_away)
{
    static const int errors[] = {EMFILE, ENFILE};
    for (size_t i = 0; i < 2; i++) {
        const int steps[] = {errors[i], CONNECTION};
        play(steps, 2);
        ck_assert_int_eq(passed_on(), 0);
    }
    static const int steps[] = {CONNECTION};
    play(steps, 1);
    ck_assert_int_eq(passed_on(), 1);
    close(script.last);
}
END_TEST

START_TEST(a_flood_without_descriptors_has_one_line)
{
    static int steps[100];
    struct capture err;
    for (size_t i = 0; i < 100; i += 2) {
        steps[i] = EMFILE;
    }
    log_set_level(LOG_LEVEL_WARN);
    capture_begin(&err, STDERR_FILENO);
    play(steps, 100);
    const char *text = said(&err);
    const char *line =
        strstr(text, "warn   connection refused reason=\"no file descriptors left\" count=1 ");
    ck_assert_msg(line != NULL && strcmp(strchr(line, '\n'), "\n") == 0, "%s", text);
    ck_assert_int_eq(passed_on(), 0);
    ck_assert_uint_eq(refusals.counts[CONNECTION_NO_DESCRIPTOR], 50);
}
END_TEST

/* Somebody connects without end: the listener stops all the same. */
START_TEST(a_flood_does_not_hold_up_the_stop)
{
    atomic_store(&script.is_endless, true);
    ck_assert_int_eq(eventfd_write(item.descriptor, 1), 0);
    ck_assert_int_eq(sem_wait(&script.passed), 0);
    listener_stop(listener);
    atomic_store(&script.is_endless, false);
    start_listener();
}
END_TEST

START_TEST(without_memory_a_connection_waits)
{
    static const int errors[] = {ENOMEM, ENOBUFS};
    for (size_t i = 0; i < 2; i++) {
        const int steps[] = {errors[i], CONNECTION};
        play(steps, 2);
        ck_assert_int_eq(passed_on(), 1);
        close(script.last);
    }
}
END_TEST

Suite *listener_suite(void)
{
    Suite *suite = suite_create("listener");
    TCase *accepting = tcase_create("accepting");
    suite_add_tcase(suite, accepting);
    tcase_add_checked_fixture(accepting, set_up, tear_down);
    tcase_add_test(accepting, each_connection_is_in_the_table_before_it_is_passed_on);
    tcase_add_test(accepting, a_connection_that_broke_is_passed_over);
    tcase_add_test(accepting, a_flood_is_refused_with_one_line);
    tcase_add_test(accepting, a_flood_without_descriptors_has_one_line);
    tcase_add_test(accepting, a_flood_does_not_hold_up_the_stop);
    tcase_add_test(accepting, without_descriptors_a_connection_is_turned_away);
    tcase_add_test(accepting, without_memory_a_connection_waits);
    return suite;
}
