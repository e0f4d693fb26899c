#include "test/bench/http2.h"

#include "test/bench/bench_program.h"
#include "test/bench/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 9113 */
enum frame {
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_RST_STREAM = 3,
    FRAME_SETTINGS = 4,
    FRAME_PING = 6,
    FRAME_GOAWAY = 7,
    FRAME_WINDOW_UPDATE = 8
};

enum {
    HEADER_SIZE = 9,
    FLAG_END_STREAM = 1,
    FLAG_ACK = 1,
    FLAG_END_HEADERS = 4,
    PREFIX_SIZE = 5, /* before a gRPC message: a compression flag, and the length */
    WINDOW_DEFAULT = 65535,
    WINDOW_MAX = 0x7fffffff,
    GIVE_BACK_AT = 1 << 30
};

static void put_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write_all(struct http2_connection *connection, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = connection->tls == NULL
                              ? send(connection->descriptor, bytes, length, MSG_NOSIGNAL)
                              : tls_send(connection->tls, bytes, length);
        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            (void)poll(&(struct pollfd){connection->descriptor, POLLOUT, 0}, 1, -1);
        } else {
            bench_give_up("the connection broke");
        }
    }
}

static size_t put_frame(uint8_t *bytes, enum frame type, uint8_t flags, uint32_t id, size_t length)
{
    put_u32(bytes, (uint32_t)length << 8 | type);
    bytes[4] = flags;
    put_u32(bytes + 5, id);
    return HEADER_SIZE;
}

static void give_window(struct http2_connection *connection, uint32_t id, uint32_t bytes)
{
    uint8_t frame[HEADER_SIZE + 4];
    size_t used = put_frame(frame, FRAME_WINDOW_UPDATE, 0, id, 4);
    put_u32(frame + used, bytes);
    write_all(connection, frame, sizeof frame);
}

void http2_connect(struct http2_connection *connection, uint16_t port, bool by_tls,
                   uint32_t streams, const struct http2_listener *listener)
{
    *connection = (struct http2_connection){.listener = listener, .room = 16, .next_id = 1};
    while (connection->room < 2 * streams) {
        connection->room *= 2;
    }
    connection->open = calloc(connection->room, sizeof(struct http2_stream *));
    connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection->open == NULL || connection->descriptor < 0 ||
        connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        bench_give_up("cannot connect");
    }
    const int on = 1;
    (void)setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->tls = by_tls ? tls_begin(connection->descriptor) : NULL;
    (void)fcntl(connection->descriptor, F_SETFL, O_NONBLOCK);

    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    uint8_t hello[sizeof preface - 1 + HEADER_SIZE + 6];
    memcpy(hello, preface, sizeof preface - 1);
    size_t used = sizeof preface - 1;
    used += put_frame(hello + used, FRAME_SETTINGS, 0, 0, 6);
    hello[used++] = 0;
    hello[used++] = 4; /* SETTINGS_INITIAL_WINDOW_SIZE */
    put_u32(hello + used, WINDOW_MAX);
    write_all(connection, hello, sizeof hello);
    give_window(connection, 0, WINDOW_MAX - WINDOW_DEFAULT);
}

/* HPACK: static entries, and literals that are not indexed: name, length of the value, value. */
static const char request_headers[] = "\x83"     /* :method POST */
                                      "\x86"     /* :scheme http */
                                      "\x04\x16" /* :path */
                                      "/grpc.Comms/GetNumbers"
                                      "\x01\x05" /* :authority */
                                      "bench"
                                      "\x0f\x10\x10" /* content-type */
                                      "application/grpc"
                                      "\x00\x02"
                                      "te"
                                      "\x08"
                                      "trailers";

/* Skips identifiers whose place in the table an open stream still has; HTTP/2 allows the gaps. */
static uint32_t free_id(struct http2_connection *connection)
{
    while (connection->open[connection->next_id / 2 & (connection->room - 1)] != NULL) {
        connection->next_id += 2;
    }
    uint32_t id = connection->next_id;
    connection->next_id += 2;
    return id;
}

void http2_open(struct http2_connection *connection, struct http2_stream *stream,
                const uint8_t *request, size_t length)
{
    enum { HEADERS_SIZE = sizeof request_headers - 1 };
    uint8_t bytes[2 * HEADER_SIZE + HEADERS_SIZE + PREFIX_SIZE + HTTP2_REQUEST_MAX];
    stream->connection = connection;
    stream->id = free_id(connection);
    stream->have = 0;
    stream->consumed = 0;
    connection->open[stream->id / 2 & (connection->room - 1)] = stream;

    size_t used = put_frame(bytes, FRAME_HEADERS, FLAG_END_HEADERS, stream->id, HEADERS_SIZE);
    memcpy(bytes + used, request_headers, HEADERS_SIZE);
    used += HEADERS_SIZE;
    used += put_frame(bytes + used, FRAME_DATA, FLAG_END_STREAM, stream->id, PREFIX_SIZE + length);
    bytes[used++] = 0;
    put_u32(bytes + used, (uint32_t)length);
    used += 4;
    memcpy(bytes + used, request, length);
    write_all(connection, bytes, used + length);
}

static struct http2_stream *stream_of_frame(const struct http2_connection *connection)
{
    uint32_t id = get_u32(connection->header + 5);
    struct http2_stream *stream = connection->open[id / 2 & (connection->room - 1)];
    return stream != NULL && stream->id == id ? stream : NULL;
}

static size_t message_length(const uint8_t *prefixed)
{
    size_t length = get_u32(prefixed + 1);
    if (length > HTTP2_MESSAGE_MAX) {
        bench_give_up("a message is too long");
    }
    return length;
}

/* Takes the next part of the message that has begun. */
static void keep_message(struct http2_stream *stream, const uint8_t *bytes, size_t length)
{
    if (stream->have < sizeof stream->bytes) {
        size_t room = sizeof stream->bytes - stream->have;
        memcpy(stream->bytes + stream->have, bytes, length < room ? length : room);
    }
    stream->have += length;
}

/* Completes the message that has begun; returns the number of bytes that belonged to it. */
static size_t finish_message(struct http2_stream *stream, const uint8_t *bytes, size_t length)
{
    size_t used = 0;
    while (used < length) {
        size_t whole = PREFIX_SIZE;
        if (stream->have >= PREFIX_SIZE) {
            whole += message_length(stream->bytes);
        }
        if (stream->have < whole) {
            size_t part =
                whole - stream->have < length - used ? whole - stream->have : length - used;
            keep_message(stream, bytes + used, part);
            used += part;
        }
        if (stream->have >= PREFIX_SIZE &&
            stream->have == PREFIX_SIZE + message_length(stream->bytes)) {
            size_t message = stream->have - PREFIX_SIZE;
            stream->have = 0;
            stream->connection->listener->message(stream, stream->bytes + PREFIX_SIZE, message);
            break;
        }
    }
    return used;
}

static void take_data(struct http2_stream *stream, const uint8_t *bytes, size_t length)
{
    size_t used = stream->have > 0 ? finish_message(stream, bytes, length) : 0;
    while (length - used >= PREFIX_SIZE) {
        size_t message = message_length(bytes + used);
        if (length - used < PREFIX_SIZE + message) {
            break;
        }
        stream->connection->listener->message(stream, bytes + used + PREFIX_SIZE, message);
        used += PREFIX_SIZE + message;
    }
    if (used < length) {
        (void)finish_message(stream, bytes + used, length - used);
    }
}

static void count_window(struct http2_connection *connection, uint32_t id, uint32_t *consumed,
                         uint32_t bytes)
{
    *consumed += bytes;
    if (*consumed >= GIVE_BACK_AT) {
        give_window(connection, id, *consumed);
        *consumed = 0;
    }
}

static void end_stream(struct http2_connection *connection, struct http2_stream *stream)
{
    connection->open[stream->id / 2 & (connection->room - 1)] = NULL;
    stream->id = 0;
    connection->listener->ended(stream);
}

static void acknowledge(struct http2_connection *connection, enum frame type, size_t length)
{
    uint8_t frame[HEADER_SIZE + sizeof connection->payload];
    size_t used = put_frame(frame, type, FLAG_ACK, 0, length);
    memcpy(frame + used, connection->payload, length);
    write_all(connection, frame, used + length);
}

/* All of the frame has come. */
static void finish_frame(struct http2_connection *connection)
{
    enum frame type = (enum frame)connection->header[3];
    uint8_t flags = connection->header[4];
    struct http2_stream *stream = stream_of_frame(connection);
    connection->have = 0;
    connection->kept = 0;
    if (type == FRAME_GOAWAY) {
        bench_give_up("the server sent GOAWAY");
    }
    if (type == FRAME_SETTINGS && !(flags & FLAG_ACK)) {
        acknowledge(connection, FRAME_SETTINGS, 0);
    } else if (type == FRAME_PING && !(flags & FLAG_ACK)) {
        acknowledge(connection, FRAME_PING, sizeof connection->payload);
    } else if (stream != NULL &&
               (type == FRAME_RST_STREAM ||
                ((type == FRAME_DATA || type == FRAME_HEADERS) && flags & FLAG_END_STREAM))) {
        end_stream(connection, stream);
    }
}

/* Takes the next part of a frame's payload. */
static void take_payload(struct http2_connection *connection, const uint8_t *bytes, uint32_t length)
{
    if (connection->header[3] == FRAME_DATA) {
        struct http2_stream *stream = stream_of_frame(connection);
        count_window(connection, 0, &connection->consumed, length);
        if (stream != NULL) {
            count_window(connection, stream->id, &stream->consumed, length);
            take_data(stream, bytes, length);
        }
        return;
    }
    size_t room = sizeof connection->payload - connection->kept;
    size_t part = length < room ? length : room;
    memcpy(connection->payload + connection->kept, bytes, part);
    connection->kept += part;
}

static void take(struct http2_connection *connection, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        if (connection->have < HEADER_SIZE) {
            size_t missing = HEADER_SIZE - connection->have;
            size_t part = length < missing ? length : missing;
            memcpy(connection->header + connection->have, bytes, part);
            connection->have += part;
            bytes += part;
            length -= part;
            if (connection->have == HEADER_SIZE) {
                connection->left = get_u32(connection->header) >> 8;
            }
        } else {
            uint32_t part = length < connection->left ? (uint32_t)length : connection->left;
            take_payload(connection, bytes, part);
            connection->left -= part;
            bytes += part;
            length -= part;
        }
        if (connection->have == HEADER_SIZE && connection->left == 0) {
            finish_frame(connection);
        }
    }
}

void http2_read(struct http2_connection *connection)
{
    static uint8_t bytes[1 << 20];
    ssize_t length = connection->tls == NULL ? recv(connection->descriptor, bytes, sizeof bytes, 0)
                                             : tls_receive(connection->tls, bytes, sizeof bytes);
    if (length > 0) {
        take(connection, bytes, (size_t)length);
    } else if (length == 0 || errno != EAGAIN) {
        bench_give_up("the server closed the connection");
    }
}
