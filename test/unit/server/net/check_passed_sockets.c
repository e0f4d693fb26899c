/* server/net/passed_sockets: which sockets of systemd are taken. The descriptors from 3 on are
 * Check's own, so the test has them at FIRST and on. */
#include "server/net/passed_sockets.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST = 60, NAME_LENGTH = 20 };

static struct sockets sockets;
static char error[SOCKETS_ERROR_SIZE];

static void set_variables(const char *count, int process)
{
    char text[16];
    snprintf(text, sizeof text, "%d", process);
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDS", count, 1);
}

static void set_up(void)
{
    ck_assert_int_eq(fcntl(FIRST, F_GETFD), -1);
    ck_assert_int_eq(fcntl(FIRST + 1, F_GETFD), -1);
    sockets = (struct sockets){0};
    error[0] = '\0';
}

/* Has systemd pass this descriptor as the first one or as the next. */
static void pass(int descriptor, int place)
{
    ck_assert_int_eq(dup2(descriptor, FIRST + place), FIRST + place);
    close(descriptor);
}

static int open_abstract(int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "comms-%013d", (int)getpid());
    int descriptor = socket(AF_UNIX, type, 0);
    ck_assert_int_eq(bind(descriptor, (const struct sockaddr *)(const void *)&address,
                          offsetof(struct sockaddr_un, sun_path) + NAME_LENGTH),
                     0);
    return descriptor;
}

START_TEST(each_socket_is_taken)
{
    uint16_t port;
    char name[SOCKET_NAME_SIZE];
    pass(loopback_listen(0, 0, &port), 0);
    pass(open_abstract(SOCK_STREAM), 1);
    ck_assert_int_eq(listen(FIRST + 1, 1), 0);
    set_variables("2", getpid());
    ck_assert_int_eq(passed_sockets_take(&sockets, FIRST, error), 2);
    ck_assert_uint_eq(sockets.count, 2);
    snprintf(name, sizeof name, "127.0.0.1:%u", port);
    ck_assert_str_eq(sockets.items[0].name, name);
    ck_assert(sockets.items[0].is_loopback && !sockets.items[0].is_unix);
    snprintf(name, sizeof name, "unix-abstract:comms-%013d", (int)getpid());
    ck_assert_str_eq(sockets.items[1].name, name);
    ck_assert(sockets.items[1].is_unix);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(sockets.items[i].descriptor, FIRST + i);
        ck_assert_int_ne(fcntl(FIRST + i, F_GETFL) & O_NONBLOCK, 0);
        ck_assert_int_eq(fcntl(FIRST + i, F_GETFD), FD_CLOEXEC);
    }
    int has_no_delay = 0;
    socklen_t length = sizeof has_no_delay;
    ck_assert_int_eq(getsockopt(FIRST, IPPROTO_TCP, TCP_NODELAY, &has_no_delay, &length), 0);
    ck_assert_int_ne(has_no_delay, 0);
    sockets_close(&sockets);
    ck_assert_int_eq(fcntl(FIRST, F_GETFD), -1);
    ck_assert_int_eq(fcntl(FIRST + 1, F_GETFD), -1);
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0); /* no lock of a path was closed */
}
END_TEST

START_TEST(sockets_of_another_process_are_not_taken)
{
    uint16_t port;
    pass(loopback_listen(0, 0, &port), 0);
    set_variables("1", getpid() + _i);
    if (_i == 0) {
        unsetenv("LISTEN_PID");
    }
    ck_assert_int_eq(passed_sockets_take(&sockets, FIRST, error), 0);
    set_variables("0", getpid());
    ck_assert_int_eq(passed_sockets_take(&sockets, FIRST, error), 0);
    unsetenv("LISTEN_FDS");
    ck_assert_int_eq(passed_sockets_take(&sockets, FIRST, error), 0);
    ck_assert_int_ge(fcntl(FIRST, F_GETFD), 0);
}
END_TEST

/* A connection, a datagram socket, a socket that does not listen, a file, nothing. */
static void open_wrong(int kind)
{
    int pair[2];
    switch (kind) {
    case 0:
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        pass(pair[0], 1);
        break;
    case 1:
        pass(open_abstract(SOCK_DGRAM), 1);
        break;
    case 2:
        pass(open_abstract(SOCK_STREAM), 1);
        break;
    case 3:
        pass(open("/dev/null", O_RDONLY), 1);
        break;
    default:
        break;
    }
}

START_TEST(what_does_not_listen_is_refused)
{
    uint16_t port;
    pass(loopback_listen(0, 0, &port), 0);
    open_wrong(_i);
    set_variables("2", getpid());
    ck_assert_int_eq(passed_sockets_take(&sockets, FIRST, error), -1);
    ck_assert_str_eq(error,
                     "cannot listen on descriptor 61 of systemd: it is no stream socket that "
                     "listens; its unit needs ListenStream= and Accept=no");
    ck_assert_int_eq(fcntl(FIRST, F_GETFD), -1); /* nothing stays open */
}
END_TEST

START_TEST(a_count_that_is_none_is_refused)
{
    static const char *const wrong[] = {"", "x", "-1", "1025", "1 "};
    set_variables(wrong[_i], getpid());
    ck_assert_int_eq(passed_sockets_take(&sockets, FIRST, error), -1);
    ck_assert_str_eq(error,
                     "cannot take the sockets of systemd: LISTEN_FDS is no number up to 1024");
}
END_TEST

Suite *passed_sockets_suite(void)
{
    Suite *suite = suite_create("passed-sockets");
    TCase *tcase = tcase_create("passed-sockets");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, each_socket_is_taken);
    tcase_add_loop_test(tcase, sockets_of_another_process_are_not_taken, 0, 2);
    tcase_add_loop_test(tcase, what_does_not_listen_is_refused, 0, 5);
    tcase_add_loop_test(tcase, a_count_that_is_none_is_refused, 0, 5);
    return suite;
}
