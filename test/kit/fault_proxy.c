#define _GNU_SOURCE
#include "test/kit/fault_proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LIVE_MAX = 64,
    BUFFER_SIZE = 16384,
    STREAM_SLOTS = 64,
    FRAME_HEADER = 9,
    FRAME_TYPE_DATA = 0,
    GRPC_PREFIX = 5
};

enum { POLLED_STOP, POLLED_LISTENER, POLLED_STRIKE, POLLED_CONNECTIONS };
enum { POLLED_MAX = POLLED_CONNECTIONS + 2 * LIVE_MAX };

/* How far the gRPC messages of one HTTP/2 stream have been read. */
struct message_reader {
    uint32_t stream;
    uint32_t prefix_have;
    uint32_t left; /* of the body; while the prefix is read: its length so far */
};

/* Reads what a server sends, byte by byte: frames, and the gRPC messages in DATA frames (which gRPC
 * never pads). */
struct frame_reader {
    uint8_t header[FRAME_HEADER];
    uint32_t header_have;
    uint32_t payload_left;
    struct message_reader *message; /* of the DATA frame that is being read, else NULL */
    struct message_reader readers[STREAM_SLOTS];
};

/* One way of a connection: what was read from one side and not yet written to the other. */
struct flow {
    int from;
    int to;
    size_t start;
    size_t end;
    size_t limit; /* what may be written: the rest, up to end, waits for the fault */
    bool ended;   /* nothing more comes */
    bool shut;    /* and that was passed on */
    uint8_t buffer[BUFFER_SIZE];
};

enum connection_state { FLOWING, AWAITING_COMMAND, STALLED, HALF_CLOSED };

struct connection {
    unsigned index;
    enum connection_state state;
    int64_t stalled_until_ms;
    struct fault fault; /* FAULT_NONE once it is made */
    bool reset;         /* how it ends: RST, else FIN */
    uint64_t bytes;
    uint64_t messages;
    struct frame_reader frames;
    struct flow up;   /* client to server */
    struct flow down; /* server to client */
};

struct fault_proxy {
    struct sockaddr_in target;
    struct fault *plan;
    size_t plan_length;
    FILE *log;
    uint16_t port;
    int listener;
    int stop_event;
    int reached_event; /* counts connections that began to await a command */
    int strike_event;  /* counts the commands */
    pthread_t thread;

    /* the thread's own */
    struct connection *live[LIVE_MAX];

    /* read by others */
    atomic_uint connections;
    atomic_uint faults_made;
    atomic_uint_fast64_t bytes[FAULT_PROXY_COUNTED];
    atomic_uint_fast64_t messages[FAULT_PROXY_COUNTED];
};

static const char *const kind_names[] = {
    [FAULT_NONE] = "none",
    [FAULT_CUT] = "cut",
    [FAULT_RESET] = "reset",
    [FAULT_STALL] = "stall",
    [FAULT_HALF_CLOSE] = "half-close",
    [FAULT_CORRUPT] = "corrupt",
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kind_names[kind];
}

enum fault_kind fault_kind_parse(const char *name)
{
    for (size_t i = FAULT_CUT; i < sizeof kind_names / sizeof *kind_names; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            return (enum fault_kind)i;
        }
    }
    return FAULT_NONE;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The next byte of a message; true when it is the last one. */
static bool message_read_byte(struct message_reader *message, uint8_t byte)
{
    if (message->prefix_have == GRPC_PREFIX) {
        message->left--;
    } else { /* a byte says whether it is compressed, then four give the length */
        message->left = message->prefix_have == 0 ? 0 : message->left << 8 | byte;
        message->prefix_have++;
    }
    if (message->prefix_have < GRPC_PREFIX || message->left > 0) {
        return false;
    }
    message->prefix_have = 0;
    return true;
}

/* The next byte of the connection; true when it is the last one of a message. */
static bool frame_read_byte(struct frame_reader *reader, uint8_t byte)
{
    if (reader->payload_left > 0) {
        reader->payload_left--;
        return reader->message != NULL && message_read_byte(reader->message, byte);
    }
    uint8_t *header = reader->header;
    header[reader->header_have++] = byte;
    if (reader->header_have < FRAME_HEADER) {
        return false;
    }
    reader->header_have = 0;
    reader->payload_left = (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2];
    reader->message = NULL;
    if (header[3] == FRAME_TYPE_DATA) {
        uint32_t stream = (uint32_t)(header[5] & 0x7f) << 24 | (uint32_t)header[6] << 16 |
                          (uint32_t)header[7] << 8 | header[8];
        reader->message = &reader->readers[stream / 2 % STREAM_SLOTS];
        if (reader->message->stream != stream) {
            *reader->message = (struct message_reader){.stream = stream};
        }
    }
    return false;
}

static bool next_byte_begins_message(const struct frame_reader *reader)
{
    return reader->payload_left > 0 && reader->message != NULL && reader->message->prefix_have == 0;
}

static void fault_report(struct fault_proxy *proxy, const struct connection *connection)
{
    atomic_fetch_add(&proxy->faults_made, 1);
    if (proxy->log == NULL) {
        return;
    }
    fprintf(proxy->log, "connection %u: %s after %" PRIu64 " message%s (%" PRIu64 " bytes)\n",
            connection->index + 1, fault_kind_name(connection->fault.kind), connection->messages,
            connection->messages == 1 ? "" : "s", connection->bytes);
    fflush(proxy->log);
}

/* Whether the fault comes here, before the next byte: one that has come, or has not come yet. */
static bool fault_is_due(const struct connection *connection, bool next_byte_came)
{
    const struct fault *fault = &connection->fault;
    if (fault->kind == FAULT_NONE) {
        return false;
    }
    switch (fault->unit) {
    case FAULT_AFTER_BYTES:
        return connection->bytes == fault->amount;
    case FAULT_AFTER_MESSAGES:
        return connection->messages == fault->amount;
    case FAULT_BEFORE_MESSAGE:
        return next_byte_came && connection->messages + 1 == fault->amount &&
               next_byte_begins_message(&connection->frames);
    }
    return false;
}

/* Lets what was read from the server pass up to the fault; true when the fault is there. */
static bool down_release(struct fault_proxy *proxy, struct connection *connection)
{
    struct flow *down = &connection->down;
    bool due;
    while (!(due = fault_is_due(connection, down->limit < down->end)) && down->limit < down->end) {
        uint8_t *byte = &down->buffer[down->limit++];
        connection->bytes++;
        connection->messages += frame_read_byte(&connection->frames, *byte);
        if (connection->fault.kind == FAULT_CORRUPT && fault_is_due(connection, false)) {
            *byte ^= 1;
            fault_report(proxy, connection);
            connection->fault.kind = FAULT_NONE;
        }
    }
    if (connection->index < FAULT_PROXY_COUNTED) {
        atomic_store(&proxy->bytes[connection->index], connection->bytes);
        atomic_store(&proxy->messages[connection->index], connection->messages);
    }
    return due;
}

/* Reads when all before was written; false when the connection is broken. */
static bool flow_fill(struct flow *flow)
{
    if (flow->ended || flow->start < flow->end) {
        return true;
    }
    flow->start = flow->limit = flow->end = 0;
    ssize_t got = recv(flow->from, flow->buffer, sizeof flow->buffer, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    flow->end = (size_t)got;
    flow->ended = got == 0;
    return true;
}

/* Writes what may be written, and passes the end on; false when the connection is broken. */
static bool flow_drain(struct flow *flow)
{
    if (flow->start < flow->limit) {
        ssize_t sent =
            send(flow->to, flow->buffer + flow->start, flow->limit - flow->start, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        flow->start += (size_t)sent;
    }
    if (flow->ended && !flow->shut && flow->start == flow->end) {
        shutdown(flow->to, SHUT_WR);
        flow->shut = true;
    }
    return true;
}

/* Makes the fault that is due, or waits for the command; false when the connection is over by it.
 */
static bool fault_make(struct fault_proxy *proxy, struct connection *connection)
{
    enum fault_kind kind = connection->fault.kind;
    eventfd_t commands;
    if (connection->fault.on_command && connection->state != AWAITING_COMMAND) {
        connection->state = AWAITING_COMMAND;
        eventfd_write(proxy->reached_event, 1);
    }
    if (connection->state == AWAITING_COMMAND &&
        eventfd_read(proxy->strike_event, &commands) != 0) {
        return true;
    }
    connection->state = FLOWING;
    fault_report(proxy, connection);
    connection->fault.kind = FAULT_NONE;
    if (kind == FAULT_STALL) {
        int ms = connection->fault.stall_ms;
        connection->state = STALLED;
        connection->stalled_until_ms = ms > 0 ? now_ms() + ms : INT64_MAX;
        return true;
    }
    if (kind == FAULT_HALF_CLOSE) {
        connection->state = HALF_CLOSED;
        shutdown(connection->down.to, SHUT_WR);
        return true;
    }
    connection->reset = kind == FAULT_RESET;
    return false;
}

/* Moves what can be moved without waiting; false when the connection is over. */
static bool connection_serve(struct fault_proxy *proxy, struct connection *connection)
{
    struct flow *up = &connection->up;
    struct flow *down = &connection->down;
    if (connection->state == AWAITING_COMMAND) {
        return fault_make(proxy, connection);
    }
    if (connection->state == STALLED) {
        if (now_ms() < connection->stalled_until_ms) {
            return true;
        }
        connection->state = FLOWING;
    }
    bool whole = flow_fill(up) && flow_fill(down);
    bool due = false;
    up->limit = up->end;
    if (connection->state == HALF_CLOSED) {
        down->start = down->end; /* thrown away */
        down->shut = down->ended;
    } else {
        due = down_release(proxy, connection);
    }
    whole = whole && flow_drain(up) && flow_drain(down);
    if (!whole) {
        connection->reset = true;
        return false;
    }
    if (due && down->start == down->limit) {
        return fault_make(proxy, connection);
    }
    return !(up->shut && down->shut);
}

/* Closing with bytes unread would send RST: for FIN they are read first. */
static void socket_close(int fd, bool reset)
{
    char unread[1024];
    if (reset) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
                   sizeof(struct linger));
    } else {
        shutdown(fd, SHUT_WR);
    }
    while (!reset && recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0) {
        ;
    }
    close(fd);
}

static void connection_destroy(struct connection *connection)
{
    socket_close(connection->down.to, connection->reset);
    socket_close(connection->up.to, connection->reset);
    free(connection);
}

static int target_connect(const struct fault_proxy *proxy)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&proxy->target, sizeof proxy->target) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Takes a connection, and the next fault of the plan with it; where the target is down the client
 * gets RST. */
static struct connection *connection_accept(struct fault_proxy *proxy)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) {
        return NULL;
    }
    int server = target_connect(proxy);
    struct connection *connection = server >= 0 ? calloc(1, sizeof *connection) : NULL;
    if (connection == NULL) {
        socket_close(client, true);
        if (server >= 0) {
            close(server);
        }
        return NULL;
    }
    connection->index = atomic_fetch_add(&proxy->connections, 1);
    if (connection->index < proxy->plan_length) {
        connection->fault = proxy->plan[connection->index];
    }
    connection->up.from = connection->down.to = client;
    connection->up.to = connection->down.from = server;
    for (int i = 0; i < 2; i++) {
        int fd = i == 0 ? client : server;
        fcntl(fd, F_SETFL, O_NONBLOCK);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    }
    return connection;
}

/* What to wait for on one side of a connection: to read from it, to write to it. */
static struct pollfd side_poll(int fd, const struct flow *out_of, const struct flow *into)
{
    bool in = !out_of->ended && out_of->start == out_of->end;
    bool out = into->start < into->limit;
    return (struct pollfd){.fd = in || out ? fd : -1,
                           .events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0))};
}

/* Waits until something can be done; polled is: stop, listener, strike, then both sides of each
 * connection. */
static void proxy_poll(struct fault_proxy *proxy, struct pollfd polled[POLLED_MAX])
{
    int64_t wake_ms = INT64_MAX;
    bool room = false;
    bool awaiting = false;
    for (size_t i = 0; i < LIVE_MAX; i++) {
        struct connection *connection = proxy->live[i];
        struct pollfd *sides = &polled[POLLED_CONNECTIONS + 2 * i];
        sides[0].fd = sides[1].fd = -1;
        if (connection == NULL) {
            room = true;
        } else if (connection->state == AWAITING_COMMAND) {
            awaiting = true;
        } else if (connection->state == STALLED) {
            wake_ms =
                connection->stalled_until_ms < wake_ms ? connection->stalled_until_ms : wake_ms;
        } else {
            sides[0] = side_poll(connection->up.from, &connection->up, &connection->down);
            sides[1] = side_poll(connection->down.from, &connection->down, &connection->up);
        }
    }
    polled[POLLED_STOP] = (struct pollfd){.fd = proxy->stop_event, .events = POLLIN};
    polled[POLLED_LISTENER] = (struct pollfd){.fd = room ? proxy->listener : -1, .events = POLLIN};
    polled[POLLED_STRIKE] =
        (struct pollfd){.fd = awaiting ? proxy->strike_event : -1, .events = POLLIN};
    int64_t left_ms = wake_ms - now_ms();
    poll(polled, POLLED_MAX, wake_ms == INT64_MAX ? -1 : left_ms > 0 ? (int)left_ms : 0);
}

static void *proxy_run(void *argument)
{
    struct fault_proxy *proxy = argument;
    struct pollfd polled[POLLED_MAX];
    for (;;) {
        proxy_poll(proxy, polled);
        if (polled[POLLED_STOP].revents != 0) {
            return NULL;
        }
        bool accepting = polled[POLLED_LISTENER].revents != 0;
        for (size_t i = 0; i < LIVE_MAX; i++) {
            if (proxy->live[i] == NULL && accepting) {
                proxy->live[i] = connection_accept(proxy);
                accepting = false;
            }
            if (proxy->live[i] != NULL && !connection_serve(proxy, proxy->live[i])) {
                connection_destroy(proxy->live[i]);
                proxy->live[i] = NULL;
            }
        }
    }
}

static int listener_open(uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void descriptor_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

static void proxy_destroy(struct fault_proxy *proxy)
{
    descriptor_close(proxy->listener);
    descriptor_close(proxy->stop_event);
    descriptor_close(proxy->reached_event);
    descriptor_close(proxy->strike_event);
    free(proxy->plan);
    free(proxy);
}

struct fault_proxy *fault_proxy_start(const struct fault_proxy_options *options)
{
    enum { COUNTING = EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE };
    struct fault_proxy *proxy = calloc(1, sizeof *proxy);
    if (proxy == NULL) {
        return NULL;
    }
    proxy->target = options->target;
    proxy->log = options->log;
    proxy->stop_event = eventfd(0, EFD_CLOEXEC);
    proxy->reached_event = eventfd(0, COUNTING);
    proxy->strike_event = eventfd(0, COUNTING);
    proxy->plan = calloc(options->plan_length + 1, sizeof *proxy->plan);
    proxy->listener = listener_open(options->port, &proxy->port);
    if (proxy->listener < 0 || proxy->stop_event < 0 || proxy->reached_event < 0 ||
        proxy->strike_event < 0 || proxy->plan == NULL) {
        goto failed;
    }
    for (; proxy->plan_length < options->plan_length; proxy->plan_length++) {
        proxy->plan[proxy->plan_length] = options->plan[proxy->plan_length];
    }
    errno = pthread_create(&proxy->thread, NULL, proxy_run, proxy);
    if (errno == 0) {
        return proxy;
    }
failed:;
    int saved = errno;
    proxy_destroy(proxy);
    errno = saved;
    return NULL;
}

void fault_proxy_stop(struct fault_proxy *proxy)
{
    if (proxy == NULL) {
        return;
    }
    eventfd_write(proxy->stop_event, 1);
    pthread_join(proxy->thread, NULL);
    for (size_t i = 0; i < LIVE_MAX; i++) {
        if (proxy->live[i] != NULL) {
            connection_destroy(proxy->live[i]);
        }
    }
    proxy_destroy(proxy);
}

bool fault_proxy_await(struct fault_proxy *proxy, int timeout_ms)
{
    struct pollfd polled = {.fd = proxy->reached_event, .events = POLLIN};
    eventfd_t reached;
    return poll(&polled, 1, timeout_ms) == 1 && eventfd_read(proxy->reached_event, &reached) == 0;
}

void fault_proxy_strike(struct fault_proxy *proxy)
{
    eventfd_write(proxy->strike_event, 1);
}

uint16_t fault_proxy_port(const struct fault_proxy *proxy)
{
    return proxy->port;
}

unsigned fault_proxy_connections(const struct fault_proxy *proxy)
{
    return atomic_load(&proxy->connections);
}

unsigned fault_proxy_faults_made(const struct fault_proxy *proxy)
{
    return atomic_load(&proxy->faults_made);
}

uint64_t fault_proxy_bytes(const struct fault_proxy *proxy, unsigned i)
{
    return i < FAULT_PROXY_COUNTED ? atomic_load(&proxy->bytes[i]) : 0;
}

uint64_t fault_proxy_messages(const struct fault_proxy *proxy, unsigned i)
{
    return i < FAULT_PROXY_COUNTED ? atomic_load(&proxy->messages[i]) : 0;
}
