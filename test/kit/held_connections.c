#include "test/kit/held_connections.h"

#include "shared/base/clock.h"
#include "test/kit/loopback.h"

#include <check.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_NS (20 * NS_PER_S)

enum { PAUSE_MS = 5 };

static struct pollfd *held;
static size_t held_count;

static int64_t now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

static int open_from(uint16_t port, unsigned char from)
{
    struct sockaddr_in own = loopback_address(0);
    const struct sockaddr_in server = loopback_address(port);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_msg(connection >= 0, "%s", strerror(errno));
    ck_assert_int_eq(bind(connection, (const struct sockaddr *)(const void *)&own, sizeof own), 0);
    int result = connect(connection, (const struct sockaddr *)(const void *)&server, sizeof server);
    ck_assert_msg(result == 0, "%s", strerror(errno));
    return connection;
}

void held_open(uint16_t port, unsigned char from, size_t count)
{
    held = realloc(held, (held_count + count) * sizeof *held);
    ck_assert_ptr_nonnull(held);
    for (size_t i = 0; i < count; i++) {
        held[held_count++] = (struct pollfd){.fd = open_from(port, from), .events = POLLIN};
    }
}

/* The server sends nothing before the preface: what can be read is the end. */
size_t held_count_refused(void)
{
    size_t count = 0;
    (void)poll(held, held_count, 0);
    for (size_t i = 0; i < held_count; i++) {
        count += held[i].revents != 0;
    }
    return count;
}

void held_await_refused(size_t count)
{
    const int64_t deadline = now() + PATIENCE_NS;
    while (held_count_refused() < count) {
        ck_assert_msg(now() < deadline, "%zu of %zu connections were closed", held_count_refused(),
                      count);
        (void)poll(NULL, 0, PAUSE_MS);
    }
}

void held_close(void)
{
    for (size_t i = 0; i < held_count; i++) {
        close(held[i].fd);
    }
    free(held);
    held = NULL;
    held_count = 0;
}

/* Whether the server answers a client's preface and SETTINGS; false: it has closed. */
static bool is_served(uint16_t port)
{
    static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    char byte;
    int connection = open_from(port, 1);
    const bool is_sent =
        send(connection, hello, sizeof hello - 1, MSG_NOSIGNAL) == (ssize_t)sizeof hello - 1;
    const bool is_answered = is_sent && recv(connection, &byte, 1, 0) == 1;
    close(connection);
    return is_answered;
}

int64_t held_await_service(uint16_t port)
{
    const int64_t begin = now();
    while (!is_served(port)) {
        ck_assert_msg(now() < begin + PATIENCE_NS, "nobody is served");
        (void)poll(NULL, 0, PAUSE_MS);
    }
    return (now() - begin) / NS_PER_MS;
}
