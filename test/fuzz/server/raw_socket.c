#define _GNU_SOURCE /* memmem, SOCK_CLOEXEC */
#undef NDEBUG
#include "test/fuzz/server/raw_socket.h"

#include "shared/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SEND_MS = 10000 };

void raw_socket_connect(struct raw_socket *raw, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *raw = (struct raw_socket){.descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert(raw->descriptor >= 0 && strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    assert(connect(raw->descriptor, (struct sockaddr *)&address, sizeof address) == 0);
}

/* Keeps the last bytes. */
static void keep(struct raw_socket *raw, const uint8_t *bytes, size_t length)
{
    if (length > RAW_SOCKET_KEPT) {
        bytes += length - RAW_SOCKET_KEPT;
        length = RAW_SOCKET_KEPT;
    }
    if (raw->length + length > RAW_SOCKET_KEPT) {
        const size_t dropped = raw->length + length - RAW_SOCKET_KEPT;
        memmove(raw->kept, raw->kept + dropped, raw->length - dropped);
        raw->length -= dropped;
    }
    memcpy(raw->kept + raw->length, bytes, length);
    raw->length += length;
}

static void read_now(struct raw_socket *raw)
{
    static uint8_t bytes[64 * 1024];
    const ssize_t length = recv(raw->descriptor, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length > 0) {
        keep(raw, bytes, (size_t)length);
    } else if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
        raw->is_closed = true;
    }
}

void raw_socket_send(struct raw_socket *raw, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    while (length > 0 && !raw->is_closed) {
        struct pollfd polled = {raw->descriptor, POLLIN | POLLOUT, 0};
        assert(poll(&polled, 1, SEND_MS) > 0);
        if (polled.revents & (POLLIN | POLLHUP | POLLERR)) {
            read_now(raw);
        }
        const ssize_t sent = send(raw->descriptor, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            at += sent;
            length -= (size_t)sent;
        } else if (errno != EAGAIN) {
            raw->is_closed = true;
        }
    }
}

static bool has(const struct raw_socket *raw, const char *bytes)
{
    return memmem(raw->kept, raw->length, bytes, strlen(bytes)) != NULL;
}

/* Reads until there are these bytes (NULL: for ever), the end, or the end of the time. */
static void read_until(struct raw_socket *raw, const char *bytes, int timeout_ms)
{
    const int64_t deadline = clock_monotonic.now(&clock_monotonic) + timeout_ms * NS_PER_MS;
    while (!raw->is_closed && (bytes == NULL || !has(raw, bytes))) {
        const int64_t left = deadline - clock_monotonic.now(&clock_monotonic);
        struct pollfd polled = {raw->descriptor, POLLIN, 0};
        if (left <= 0 || poll(&polled, 1, (int)(left / NS_PER_MS) + 1) == 0) {
            return;
        }
        read_now(raw);
    }
}

bool raw_socket_await(struct raw_socket *raw, const char *bytes, int timeout_ms)
{
    read_until(raw, bytes, timeout_ms);
    return has(raw, bytes);
}

bool raw_socket_await_end(struct raw_socket *raw, int timeout_ms)
{
    read_until(raw, NULL, timeout_ms);
    return raw->is_closed;
}

void raw_socket_half_close(struct raw_socket *raw)
{
    (void)shutdown(raw->descriptor, SHUT_WR); /* fails if the server has closed */
}

void raw_socket_close(struct raw_socket *raw)
{
    assert(close(raw->descriptor) == 0);
}
