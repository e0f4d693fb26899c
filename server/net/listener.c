#define _GNU_SOURCE /* accept4 */

#include "server/net/listener.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/log_limit.h"
#include "shared/base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Milliseconds until the next accept(2) after the kernel had no memory for a connection. */
    PAUSE_MS = 100,
    /* Connections that are accepted from one socket before the others and the stop have their turn:
     * somebody who connects without end would hold them up for as long. */
    BURST_MAX = 64
};

struct listener {
    struct listener_settings settings;
    pthread_t thread;
    int stop; /* an eventfd, readable when the thread must end */

    /*
     * A descriptor to free when the process has no other left. Without it the listener could
     * neither accept a connection nor turn it away: the connection would stay in the backlog, and
     * poll(2) would return at once for ever.
     */
    int spare;

    struct log_limit pauses;
    size_t count;           /* listening sockets */
    struct pollfd polled[]; /* the listening sockets, then `stop` */
};

static int open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int listener_accept(int socket, struct sockaddr *address, socklen_t *length)
{
    return accept4(socket, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Returns a descriptor, or -1 with errno, like accept(2). */
static int accept_next(struct listener *listener, int socket, struct sockaddr_storage *address,
                       socklen_t *length)
{
    *length = sizeof *address;
    return listener->settings.accept(socket, (struct sockaddr *)address, length);
}

static void refuse(struct listener *listener, enum connection_refusal reason, int connection,
                   const struct sockaddr_storage *address, socklen_t length)
{
    (void)close(connection);
    connection_refusals_add(listener->settings.refusals, reason, (const struct sockaddr *)address,
                            length);
}

/* What a connection needs is missing, and nothing can be done: the connection stays in the backlog.
 */
static void pause_accepting(struct listener *listener, const char *reason)
{
    uint64_t skipped;
    if (log_limit_admit(&listener->pauses, clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
        log_event(LOG_LEVEL_WARN, "connection waits", log_text("reason", reason),
                  log_skipped(skipped));
    }
    (void)poll(NULL, 0, PAUSE_MS);
}

/* Accepts a connection in the place of the spare descriptor, and closes it. */
static void turn_away(struct listener *listener, int socket)
{
    struct sockaddr_storage address;
    socklen_t length;
    if (listener->spare >= 0) {
        (void)close(listener->spare);
    }
    int connection = accept_next(listener, socket, &address, &length);
    if (connection >= 0) {
        refuse(listener, CONNECTION_NO_DESCRIPTOR, connection, &address, length);
    } else {
        pause_accepting(listener, "no file descriptors left"); /* others took the spare one */
    }
    listener->spare = open_spare();
}

/* Every connection comes in by here. */
static void admit(struct listener *listener, int connection, const struct sockaddr_storage *address,
                  socklen_t length)
{
    const struct listener_settings *settings = &listener->settings;
    enum connection_refusal refusal = connections_add(settings->connections, connection,
                                                      (const struct sockaddr *)address, length);
    if (refusal == CONNECTION_NOT_REFUSED) {
        settings->accepted(settings->context, connection);
    } else {
        refuse(listener, refusal, connection, address, length);
    }
}

/* Accepts connections that wait at a socket. */
static void accept_connections(struct listener *listener, int socket)
{
    for (int i = 0; i < BURST_MAX; i++) {
        struct sockaddr_storage address;
        socklen_t length;
        int connection = accept_next(listener, socket, &address, &length);
        if (connection >= 0) {
            admit(listener, connection, &address, length);
            continue;
        }
        switch (errno) {
        case EAGAIN:
            return;
        case EMFILE:
        case ENFILE:
            turn_away(listener, socket);
            return;
        case ENOMEM:
        case ENOBUFS:
            pause_accepting(listener, "no memory");
            return;
        default:
            break; /* the connection broke before it was accepted: try the next one */
        }
    }
}

/* For poll(2): rounded up, -1 for CLOCK_NEVER. */
static int milliseconds_until(int64_t time)
{
    if (time == CLOCK_NEVER) {
        return -1;
    }
    const int64_t left = time - clock_monotonic.now(&clock_monotonic);
    const int64_t rounded = left <= 0 ? 0 : (left + NS_PER_MS - 1) / NS_PER_MS;
    return rounded > INT_MAX ? INT_MAX : (int)rounded;
}

static void *run(void *argument)
{
    struct listener *listener = argument;
    thread_set_name("listener");
    while (listener->polled[listener->count].revents == 0) {
        const int64_t next_look = connections_end_idle(listener->settings.connections);
        if (poll(listener->polled, listener->count + 1, milliseconds_until(next_look)) < 0) {
            continue; /* EINTR */
        }
        for (size_t i = 0; i < listener->count; i++) {
            if (listener->polled[i].revents != 0) {
                accept_connections(listener, listener->polled[i].fd);
            }
        }
    }
    return NULL;
}

static void destroy(struct listener *listener)
{
    if (listener->spare >= 0) {
        (void)close(listener->spare);
    }
    if (listener->stop >= 0) {
        (void)close(listener->stop);
    }
    free(listener);
}

struct listener *listener_start(const struct listener_settings *settings)
{
    const struct sockets *sockets = settings->sockets;
    struct listener *listener =
        calloc(1, sizeof *listener + (sockets->count + 1) * sizeof listener->polled[0]);
    if (listener == NULL) {
        return NULL;
    }
    listener->settings = *settings;
    listener->pauses = (struct log_limit)LOG_LIMIT(1);
    listener->count = sockets->count;
    listener->spare = open_spare();
    listener->stop = eventfd(0, EFD_CLOEXEC);
    for (size_t i = 0; i < sockets->count; i++) {
        listener->polled[i] = (struct pollfd){.fd = sockets->items[i].descriptor, .events = POLLIN};
    }
    listener->polled[sockets->count] = (struct pollfd){.fd = listener->stop, .events = POLLIN};
    if (listener->spare < 0 || listener->stop < 0 ||
        thread_start(&listener->thread, 0, run, listener) != 0) {
        destroy(listener);
        return NULL;
    }
    return listener;
}

void listener_stop(struct listener *listener)
{
    (void)eventfd_write(listener->stop, 1);
    (void)pthread_join(listener->thread, NULL);
    destroy(listener);
}
