#define _GNU_SOURCE /* memmem, SOCK_CLOEXEC */
#include "test/kit/raw_http2/raw_client.h"

#include "shared/base/clock.h"
#include "test/kit/loopback.h"

#include <check.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CHUNK_SIZE = 64 * 1024,
    ANSWERS_MAX = 64 * 1024,
    /* bytes; more are dropped */ WINDOW_DEFAULT = 65535
};

static void connect_to(struct raw_client *client, int family, const void *address,
                       socklen_t address_length, int receive_buffer)
{
    *client = (struct raw_client){.is_reading = true,
                                  .window = WINDOW_DEFAULT,
                                  .stream_window = WINDOW_DEFAULT,
                                  .initial_window = WINDOW_DEFAULT};
    client->descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(client->descriptor, 0);
    if (receive_buffer > 0) {
        setsockopt(client->descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                   sizeof receive_buffer);
    }
    ck_assert_msg(connect(client->descriptor, address, address_length) == 0, "connect: %s",
                  strerror(errno));
    setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    ck_assert_int_eq(fcntl(client->descriptor, F_SETFL, O_NONBLOCK), 0);
}

void raw_client_connect(struct raw_client *client, uint16_t port, int receive_buffer)
{
    const struct sockaddr_in address = loopback_address(port);
    connect_to(client, AF_INET, &address, sizeof address, receive_buffer);
}

void raw_client_connect_unix(struct raw_client *client, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    connect_to(client, AF_UNIX, &address, sizeof address, 0);
}

void raw_client_start_tls(struct raw_client *client)
{
    client->tls = raw_tls_start(client->descriptor);
}

void raw_client_close(struct raw_client *client)
{
    raw_tls_destroy(client->tls);
    client->tls = NULL;
    ck_assert_int_eq(close(client->descriptor), 0);
    frames_cleanup(&client->answers);
    frames_cleanup(&client->ended);
    client->descriptor = -1;
    client->is_closed = true;
}

static ssize_t receive_bytes(struct raw_client *client, void *bytes, size_t size)
{
    return client->tls == NULL ? recv(client->descriptor, bytes, size, 0)
                               : raw_tls_receive(client->tls, bytes, size);
}

static ssize_t send_bytes(struct raw_client *client, const void *bytes, size_t length)
{
    return client->tls == NULL ? send(client->descriptor, bytes, length, MSG_NOSIGNAL)
                               : raw_tls_send(client->tls, bytes, length);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Kept until nothing else is being sent: it must not stand inside another frame. */
static void answer(struct raw_client *client, enum frame_type type)
{
    if (client->answers.length < ANSWERS_MAX) {
        frames_add(&client->answers, type, FRAME_ACK, 0, client->payload,
                   type == FRAME_PING ? 8 : 0);
    }
}

/* As far as the socket takes them: a client that floods does not wait for its own answers. */
static void send_answers(struct raw_client *client)
{
    struct frames *answers = &client->answers;
    if (answers->length == 0 || client->is_closed) {
        return;
    }
    const ssize_t sent = send_bytes(client, answers->bytes, answers->length);
    if (sent > 0) {
        answers->length -= (size_t)sent;
        memmove(answers->bytes, answers->bytes + sent, answers->length);
    } else if (errno != EAGAIN) {
        client->is_closed = true;
    }
}

static size_t payload_length(const struct raw_client *client)
{
    return (size_t)client->header[0] << 16 | (size_t)client->header[1] << 8 | client->header[2];
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void take_window_update(struct raw_client *client)
{
    const uint32_t id = get_u32(client->header + 5);
    if (id == 0) {
        client->window += get_u32(client->payload);
    } else if (id == 1) {
        client->stream_window += get_u32(client->payload);
    }
}

static void take_settings(struct raw_client *client)
{
    for (size_t at = 0; at + 6 <= payload_length(client) && at + 6 <= RAW_KEPT_MAX; at += 6) {
        const uint8_t *entry = client->payload + at;
        if (entry[0] == 0 && entry[1] == SETTING_INITIAL_WINDOW) {
            client->stream_window += (int64_t)get_u32(entry + 2) - client->initial_window;
            client->initial_window = get_u32(entry + 2);
        }
    }
}

/* A stream may end twice, by trailers and by RST_STREAM behind them. */
static void count_end(struct raw_client *client, uint32_t id)
{
    struct frames *ended = &client->ended;
    const size_t byte = id / 16;
    const uint8_t bit = (uint8_t)(1 << id / 2 % 8);
    if (byte >= ended->length) {
        frames_add_bytes(ended, NULL, byte + 1 - ended->length);
    }
    client->streams_ended += (ended->bytes[byte] & bit) == 0;
    ended->bytes[byte] |= bit;
}

static void finish_frame(struct raw_client *client)
{
    const uint8_t type = client->header[3];
    const uint8_t flags = client->header[4];
    client->have = 0;
    if (type >= FRAME_TYPES) {
        return;
    }
    client->frames[type]++;
    if ((type == FRAME_SETTINGS || type == FRAME_PING) && !(flags & FRAME_ACK) &&
        !client->is_silent) {
        answer(client, (enum frame_type)type);
    }
    if (type == FRAME_WINDOW_UPDATE) {
        take_window_update(client);
    } else if (type == FRAME_SETTINGS) {
        take_settings(client);
    }
    const bool may_end = type == FRAME_DATA || type == FRAME_HEADERS;
    if (type == FRAME_RST_STREAM || (may_end && flags & FRAME_END_STREAM)) {
        count_end(client, get_u32(client->header + 5));
    }
    if (type == FRAME_HEADERS && flags & FRAME_END_STREAM) {
        const size_t length = payload_length(client);
        client->has_trailers = true;
        client->trailers_length = length < RAW_KEPT_MAX ? length : RAW_KEPT_MAX;
        memcpy(client->trailers, client->payload, client->trailers_length);
    }
}

/* Takes the next part of a frame; returns how many bytes that are. */
static size_t take_part(struct raw_client *client, const uint8_t *bytes, size_t length)
{
    const bool in_header = client->have < FRAME_HEADER_SIZE;
    const size_t whole = FRAME_HEADER_SIZE + (in_header ? 0 : payload_length(client));
    const size_t part = whole - client->have < length ? whole - client->have : length;
    const size_t at = in_header ? client->have : client->have - FRAME_HEADER_SIZE;
    uint8_t *const kept = in_header ? client->header : client->payload;
    const size_t size = in_header ? FRAME_HEADER_SIZE : RAW_KEPT_MAX;
    if (at < size) {
        memcpy(kept + at, bytes, part < size - at ? part : size - at);
    }
    client->have += part;
    return part;
}

static void take(struct raw_client *client, const uint8_t *bytes, size_t length)
{
    for (size_t used = 0; used < length;) {
        used += take_part(client, bytes + used, length - used);
        if (client->have >= FRAME_HEADER_SIZE &&
            client->have == FRAME_HEADER_SIZE + payload_length(client)) {
            finish_frame(client);
        }
    }
}

/* Reads what is there. OpenSSL gives a record at a time, and poll(2) does not see what it holds. */
static void read_now(struct raw_client *client)
{
    static uint8_t bytes[CHUNK_SIZE];
    ssize_t length;
    do {
        length = receive_bytes(client, bytes, sizeof bytes);
        if (length > 0) {
            take(client, bytes, (size_t)length);
        }
    } while (length > 0 && client->tls != NULL);
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) {
        client->is_closed = true;
    }
}

bool raw_client_read(struct raw_client *client, int timeout_ms)
{
    struct pollfd polled = {client->descriptor, POLLIN, 0};
    if (client->is_closed || poll(&polled, 1, timeout_ms) <= 0) {
        return false;
    }
    read_now(client);
    send_answers(client);
    return !client->is_closed;
}

static int64_t deadline_of(int timeout_ms)
{
    return clock_monotonic.now(&clock_monotonic) + timeout_ms * NS_PER_MS;
}

/* Milliseconds until then, rounded up; 0: it is past. */
static int left_ms(int64_t deadline)
{
    const int64_t left = deadline - clock_monotonic.now(&clock_monotonic);
    return left <= 0 ? 0 : (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

bool raw_client_await_ends(struct raw_client *client, uint64_t streams, int timeout_ms)
{
    const int64_t deadline = deadline_of(timeout_ms);
    while (client->streams_ended < streams && raw_client_read(client, left_ms(deadline))) {
    }
    return client->streams_ended >= streams;
}

size_t raw_clients_await_closed(struct raw_client *clients, size_t count, int timeout_ms)
{
    const int64_t deadline = deadline_of(timeout_ms);
    size_t closed = 0;
    for (size_t i = 0; i < count; i++) {
        while (raw_client_read(&clients[i], left_ms(deadline))) {
        }
        closed += clients[i].is_closed;
    }
    return closed;
}

/* ---- Sending --------------------------------------------------------------------------------- */

size_t raw_client_push(struct raw_client *client, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    size_t pushed = 0;
    while (pushed < length && !client->is_closed) {
        const size_t left = length - pushed;
        const ssize_t sent = send_bytes(client, at + pushed, left < CHUNK_SIZE ? left : CHUNK_SIZE);
        if (sent > 0) {
            pushed += (size_t)sent;
        } else if (errno == EAGAIN) {
            break;
        } else {
            client->is_closed = true;
        }
    }
    return pushed;
}

bool raw_client_send_bytes(struct raw_client *client, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    size_t pushed = 0;
    while (pushed < length && !client->is_closed) {
        const short events = POLLOUT | (client->is_reading ? POLLIN : 0);
        struct pollfd polled = {client->descriptor, events, 0};
        if (poll(&polled, 1, RAW_PATIENCE_MS) <= 0) {
            return false;
        }
        if (client->is_reading && polled.revents & (POLLIN | POLLHUP | POLLERR)) {
            read_now(client);
        }
        pushed += raw_client_push(client, at + pushed, length - pushed);
    }
    if (pushed == length) {
        send_answers(client);
    }
    return pushed == length;
}

bool raw_client_send(struct raw_client *client, struct frames *frames)
{
    const bool is_sent = raw_client_send_bytes(client, frames->bytes, frames->length);
    frames->length = 0;
    return is_sent;
}

/* ---- The end of a call ----------------------------------------------------------------------- */

int raw_client_status(const struct raw_client *client)
{
    static const char name[] = "grpc-status";
    const uint8_t *const end = client->trailers + client->trailers_length;
    const uint8_t *at = memmem(client->trailers, client->trailers_length, name, sizeof name - 1);
    if (!client->has_trailers || at == NULL || at + sizeof name >= end) {
        return RAW_NO_STATUS;
    }
    at += sizeof name - 1;
    int status = 0;
    for (uint8_t digits = *at++; digits > 0 && at < end; digits--, at++) {
        status = 10 * status + (*at - '0');
    }
    return status;
}

bool raw_client_status_has(const struct raw_client *client, const char *text)
{
    return memmem(client->trailers, client->trailers_length, text, strlen(text)) != NULL;
}
