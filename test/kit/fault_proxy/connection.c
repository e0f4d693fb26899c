#define _GNU_SOURCE
#include "test/kit/fault_proxy/connection.h"

#include "shared/base/clock.h"
#include "test/kit/fault_proxy/flow.h"
#include "test/kit/fault_proxy/frame_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HTTP2_PREFACE_SIZE = 24 };

enum connection_state { FLOWING, AWAITING_COMMAND, STALLED, HALF_CLOSED, RELEASED };

struct fault_connection {
    struct fault_reports *reports;
    unsigned index;
    enum connection_state state;
    int64_t stalled_until_ns;
    struct fault fault;              /* FAULT_NONE once it is made */
    bool reset;                      /* how the connection ends: RST, else FIN */
    uint64_t bytes;                  /* in the fault's direction */
    uint64_t messages;               /* the same */
    struct frame_reader frames;      /* the same */
    size_t scanned;                  /* FAULT_HOLD: bytes that held_frames has taken */
    struct frame_reader held_frames; /* FAULT_HOLD: to the server, after the preface */
    struct flow up;                  /* client to server */
    struct flow down;                /* server to client */
};

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* ---- The fault ------------------------------------------------------------------------------- */

static void fault_report(const struct fault_connection *connection)
{
    struct fault_reports *reports = connection->reports;
    atomic_fetch_add(&reports->faults_made, 1);
    if (reports->log == NULL) {
        return;
    }
    fprintf(reports->log, "connection %u: %s after %" PRIu64 " message%s (%" PRIu64 " bytes)\n",
            connection->index + 1, fault_kind_name(connection->fault.kind), connection->messages,
            connection->messages == 1 ? "" : "s", connection->bytes);
    fflush(reports->log);
}

/* Whether the fault belongs before the next byte, which may have come or not. */
static bool fault_is_due(const struct fault_connection *connection, bool next_byte_came)
{
    const struct fault *fault = &connection->fault;
    if (fault->kind == FAULT_NONE || fault->kind == FAULT_HOLD) {
        return false;
    }
    switch (fault->unit) {
    case FAULT_AFTER_BYTES:
        return connection->bytes == fault->amount;
    case FAULT_AFTER_MESSAGES:
        return connection->messages == fault->amount;
    case FAULT_BEFORE_MESSAGE:
        return next_byte_came && connection->messages + 1 == fault->amount &&
               frame_reader_is_before_message(&connection->frames);
    }
    return false;
}

/* The direction in which the fault is counted, and the other one. */
static struct flow *counted_flow(struct fault_connection *connection)
{
    return connection->fault.from_client ? &connection->up : &connection->down;
}

static struct flow *other_flow(struct fault_connection *connection)
{
    return connection->fault.from_client ? &connection->down : &connection->up;
}

/* Counts the byte that passes. The client's preface is no frame. */
static void count_byte(struct fault_connection *connection, uint8_t byte)
{
    if (!connection->fault.from_client || connection->bytes >= HTTP2_PREFACE_SIZE) {
        connection->messages += frame_reader_take(&connection->frames, byte);
    }
    connection->bytes++;
}

/* Lets what was read pass up to the fault; true when the fault is there. */
static bool counted_release(struct fault_connection *connection)
{
    struct flow *flow = counted_flow(connection);
    bool due;
    while (!(due = fault_is_due(connection, flow->limit < flow->end)) && flow->limit < flow->end) {
        uint8_t *byte = &flow->buffer[flow->limit++];
        count_byte(connection, *byte);
        if (connection->fault.kind == FAULT_CORRUPT && fault_is_due(connection, false)) {
            *byte ^= 1;
            fault_report(connection);
            connection->fault.kind = FAULT_NONE;
        }
    }
    if (connection->index < FAULT_PROXY_COUNTED) {
        atomic_store(&connection->reports->bytes[connection->index], connection->bytes);
    }
    return due;
}

/* Whether the fault may happen now; one on command waits for the command. */
static bool fault_is_commanded(struct fault_connection *connection)
{
    eventfd_t commands;
    if (!connection->fault.on_command) {
        return true;
    }
    if (connection->state != AWAITING_COMMAND) {
        connection->state = AWAITING_COMMAND;
        eventfd_write(connection->reports->reached_event, 1);
    }
    return eventfd_read(connection->reports->strike_event, &commands) == 0;
}

/* Makes the fault that is due, or awaits its command; false when that ends the connection. */
static bool fault_make(struct fault_connection *connection)
{
    enum fault_kind kind = connection->fault.kind;
    if (!fault_is_commanded(connection)) {
        return true;
    }
    connection->state = FLOWING;
    fault_report(connection);
    connection->fault.kind = FAULT_NONE;
    if (kind == FAULT_STALL) {
        int ms = connection->fault.stall_ms;
        connection->state = STALLED;
        connection->stalled_until_ns = ms > 0 ? now_ns() + ms * NS_PER_MS : CLOCK_NEVER;
        return true;
    }
    if (kind == FAULT_HOLD) {
        connection->state = RELEASED;
        return flow_drain(&connection->up);
    }
    if (kind == FAULT_HALF_CLOSE) {
        connection->state = HALF_CLOSED;
        shutdown(connection->down.to, SHUT_WR);
        return true;
    }
    connection->reset = kind == FAULT_RESET;
    return false;
}

/* Where the first HEADERS frame begins in what the client has sent, or may begin. */
static size_t end_of_beginning(const struct flow *up)
{
    enum { HEADERS = 1 };
    size_t at = HTTP2_PREFACE_SIZE;
    while (at + FRAME_HEADER_SIZE <= up->end && up->buffer[at + 3] != HEADERS) {
        const uint8_t *length = &up->buffer[at];
        at += FRAME_HEADER_SIZE +
              ((size_t)length[0] << 16 | (size_t)length[1] << 8 | (size_t)length[2]);
    }
    return at < up->end ? at : up->end;
}

/* Sets the limit of what is kept back to the end of the first message, if that has come. */
static bool hold_has_message(struct fault_connection *connection)
{
    struct flow *up = &connection->up;
    while (connection->scanned < up->end) {
        size_t at = connection->scanned++;
        if (at >= HTTP2_PREFACE_SIZE &&
            frame_reader_take(&connection->held_frames, up->buffer[at])) {
            up->limit = connection->scanned;
            return true;
        }
    }
    return false;
}

/*
 * Keeps back what the client sends from its first HEADERS on, and passes on what the server sends.
 * (The server answers no client that has not begun HTTP/2.)
 */
static bool hold_serve(struct fault_connection *connection)
{
    struct flow *up = &connection->up;
    struct flow *down = &connection->down;
    if (!flow_append(up) || !flow_fill(down)) {
        return false;
    }
    up->limit = end_of_beginning(up);
    (void)counted_release(connection);
    if (!flow_drain(up) || !flow_drain(down)) {
        return false;
    }
    return hold_has_message(connection) ? fault_make(connection) : true;
}

/* The first message passes, and what the server says about it is thrown away. */
static bool released_serve(struct fault_connection *connection)
{
    struct flow *down = &connection->down;
    bool whole = flow_fill(down) && flow_drain(&connection->up);
    down->start = down->end;
    return whole && !down->ended;
}

/* ---- The connection -------------------------------------------------------------------------- */

bool fault_connection_serve(struct fault_connection *connection)
{
    struct flow *up = &connection->up;
    struct flow *down = &connection->down;
    if (connection->state == AWAITING_COMMAND) {
        return fault_make(connection);
    }
    if (connection->state == STALLED) {
        if (now_ns() < connection->stalled_until_ns) {
            return true;
        }
        connection->state = FLOWING;
    }
    if (connection->state == RELEASED) {
        return released_serve(connection);
    }
    if (connection->fault.kind == FAULT_HOLD) {
        return hold_serve(connection);
    }
    bool whole = flow_fill(up) && flow_fill(down);
    bool due = false;
    if (connection->state == HALF_CLOSED) {
        up->limit = up->end;
        down->start = down->end; /* thrown away */
        down->shut = down->ended;
    } else {
        other_flow(connection)->limit = other_flow(connection)->end;
        due = counted_release(connection);
    }
    whole = whole && flow_drain(up) && flow_drain(down);
    if (!whole) {
        connection->reset = true;
        return false;
    }
    if (due && counted_flow(connection)->start == counted_flow(connection)->limit) {
        return fault_make(connection);
    }
    return !(up->shut && down->shut);
}

/* One side: to read from it, to write to it. */
static struct pollfd side_wait(int fd, const struct flow *out_of, const struct flow *into)
{
    bool in = !out_of->ended && out_of->start == out_of->end;
    bool out = into->start < into->limit;
    return (struct pollfd){.fd = in || out ? fd : -1,
                           .events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0))};
}

struct fault_connection_wait fault_connection_wait(const struct fault_connection *connection)
{
    const struct flow *up = &connection->up;
    const struct flow *down = &connection->down;
    struct fault_connection_wait wait = {
        .sides = {{.fd = -1}, {.fd = -1}},
        .until_ns = CLOCK_NEVER,
        .for_command = connection->state == AWAITING_COMMAND,
    };
    if (connection->state == STALLED) {
        wait.until_ns = connection->stalled_until_ns;
    } else if (connection->state != AWAITING_COMMAND) {
        wait.sides[0] = side_wait(up->from, up, down);
        if (connection->fault.kind == FAULT_HOLD) {
            wait.sides[0] = (struct pollfd){.fd = up->from, .events = POLLIN};
        } else if (connection->state == RELEASED) {
            wait.sides[0].fd = -1;
        }
        wait.sides[1] = side_wait(down->from, down, up);
    }
    return wait;
}

struct fault_connection *fault_connection_create(struct fault_reports *reports, unsigned index,
                                                 struct fault fault, int client, int server)
{
    struct fault_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->reports = reports;
    connection->index = index;
    connection->fault = fault;
    connection->up.from = connection->down.to = client;
    connection->up.to = connection->down.from = server;
    for (int i = 0; i < 2; i++) {
        int fd = i == 0 ? client : server;
        fcntl(fd, F_SETFL, O_NONBLOCK);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    }
    return connection;
}

void fault_socket_close(int fd, bool reset)
{
    char unread[1024];
    if (reset) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
                   sizeof(struct linger));
    } else {
        shutdown(fd, SHUT_WR);
    }
    /* A socket that is closed with bytes unread sends RST: for FIN they are read first. */
    while (!reset && recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0) {
        ;
    }
    close(fd);
}

void fault_connection_destroy(struct fault_connection *connection)
{
    fault_socket_close(connection->down.to, connection->reset);
    fault_socket_close(connection->up.to, connection->reset);
    free(connection);
}
