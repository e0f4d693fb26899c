/* server/net/traffic_watch: which descriptor's bytes are counted, and until when. */
#include "server/net/tcp_socket.h"
#include "server/net/traffic_watch.h"
#include "test/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, PIECES = TRAFFIC_BURST / PIECE + 2 };

static const struct traffic_limits limits = {.streams = 10, .waiting = TRAFFIC_WAITING_ALL};

static char piece[PIECE];

/* Sends and receives more than a client may. Returns the error of the first receive that fails; 0:
 * none does. */
static int exceed(const int pair[static 2])
{
    struct iovec part = {.iov_base = piece, .iov_len = sizeof piece};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    for (int i = 0; i < PIECES; i++) {
        for (size_t left = send(pair[1], piece, sizeof piece, MSG_NOSIGNAL) > 0 ? sizeof piece : 0;
             left > 0;) {
            const ssize_t length = recvmsg(pair[0], &message, 0);
            if (length <= 0) {
                return errno;
            }
            left -= (size_t)length;
        }
    }
    return 0;
}

static void open_pair(int pair[static 2])
{
    const int size = 4 * PIECE;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
}

START_TEST(a_watched_descriptor_is_cut)
{
    int pair[2];
    open_pair(pair);
    struct traffic_watch *watch = traffic_watch_begin(pair[0], "127.0.0.1:1", &limits);
    ck_assert_ptr_nonnull(watch);
    ck_assert_int_eq(exceed(pair), ECONNRESET);
    ck_assert(atomic_load(&watch->is_cut));
    traffic_watch_end(watch);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

START_TEST(others_are_not)
{
    int pair[2];
    open_pair(pair);
    ck_assert_int_eq(exceed(pair), 0);
    struct traffic_watch *watch = traffic_watch_begin(pair[0], "127.0.0.1:1", &limits);
    traffic_watch_end(watch);
    ck_assert_int_eq(exceed(pair), 0);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

/* C core closes the descriptor of a client, and another part of the process gets the number. */
START_TEST(the_next_socket_of_the_number_is_not_watched)
{
    int pair[2];
    int next[2];
    open_pair(pair);
    ck_assert_ptr_nonnull(traffic_watch_begin(pair[0], "127.0.0.1:1", &limits));
    close(pair[0]);
    open_pair(next);
    ck_assert_int_eq(next[0], pair[0]);
    ck_assert_int_eq(exceed(next), 0);
    close(next[0]);
    close(next[1]);
    close(pair[1]);
}
END_TEST

/* A connection of TCP, as the listener accepts it. */
static void open_tcp_pair(int pair[static 2])
{
    struct sockaddr_storage address = {.ss_family = AF_INET};
    uint16_t port = 0;
    ((struct sockaddr_in *)(void *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listener = tcp_socket_open(&address, sizeof(struct sockaddr_in), 1, &port);
    pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(
        connect(pair[1], (const struct sockaddr *)&address, sizeof(struct sockaddr_in)), 0);
    pair[0] = accept(listener, NULL, NULL);
    ck_assert_int_ge(pair[0], 0);
    close(listener);
}

static void send_byte(int descriptor)
{
    struct iovec part = {.iov_base = piece, .iov_len = 1};
    const struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ck_assert_int_eq(sendmsg(descriptor, &message, MSG_NOSIGNAL), 1);
}

/* Whether a byte that is sent comes at once. It is received in any case. */
static bool comes_at_once(const int pair[static 2])
{
    char byte;
    send_byte(pair[0]);
    const bool comes = recv(pair[1], &byte, 1, MSG_DONTWAIT) == 1;
    if (!comes) {
        ck_assert_int_eq(errno, EAGAIN);
    }
    return comes;
}

/* The kernel holds a byte back for 200 ms, in which this process may not run: so it tries again. */
static bool is_held_back(const int pair[static 2])
{
    for (int tries = 0; tries < 10; tries++) {
        if (!comes_at_once(pair)) {
            return true;
        }
    }
    return false;
}

START_TEST(what_is_held_back_goes_out_at_the_end)
{
    int pair[2];
    char byte;
    open_tcp_pair(pair);
    struct traffic_watch *watch = traffic_watch_begin(pair[0], "127.0.0.1:1", &limits);
    struct write_hold *hold = &watch->hold;
    ck_assert(comes_at_once(pair));
    write_hold_begin(hold);
    ck_assert(is_held_back(pair));
    ck_assert(write_hold_end(hold));
    hold->flush(hold);
    ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_DONTWAIT), 1);
    ck_assert(comes_at_once(pair));
    traffic_watch_end(watch);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

/* A late end of a turn flushes a descriptor that is a file's by now, or nobody's. */
START_TEST(a_flush_of_what_is_no_socket_changes_nothing)
{
    int pair[2];
    open_pair(pair);
    struct traffic_watch *watch = traffic_watch_begin(pair[0], "127.0.0.1:1", &limits);
    close(pair[0]);
    watch->hold.flush(&watch->hold);
    ck_assert_int_eq(open("/dev/null", O_WRONLY | O_CLOEXEC), pair[0]);
    watch->hold.flush(&watch->hold);
    ck_assert_int_eq(write(pair[0], "", 1), 1);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

Suite *traffic_watch_suite(void)
{
    Suite *suite = suite_create("traffic-watch");
    TCase *tcase = tcase_create("traffic-watch");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_watched_descriptor_is_cut);
    tcase_add_test(tcase, others_are_not);
    tcase_add_test(tcase, the_next_socket_of_the_number_is_not_watched);
    tcase_add_test(tcase, what_is_held_back_goes_out_at_the_end);
    tcase_add_test(tcase, a_flush_of_what_is_no_socket_changes_nothing);
    return suite;
}
