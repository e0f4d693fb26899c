/* server/net/traffic_watch: which descriptor's bytes are counted, and until when. */
#include "server/net/traffic_watch.h"
#include "test/suites.h"

#include <errno.h>
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

Suite *traffic_watch_suite(void)
{
    Suite *suite = suite_create("traffic-watch");
    TCase *tcase = tcase_create("traffic-watch");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_watched_descriptor_is_cut);
    tcase_add_test(tcase, others_are_not);
    tcase_add_test(tcase, the_next_socket_of_the_number_is_not_watched);
    return suite;
}
