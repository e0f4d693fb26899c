#define _GNU_SOURCE /* accept4 */

#include "server/net/listener.h"

#include "shared/base/log.h"
#include "shared/base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds until the next accept(2) after the kernel had no memory for a connection. */
enum { PAUSE_MS = 100 };

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

    size_t count;           /* listening sockets */
    struct pollfd polled[]; /* the listening sockets, then `stop` */
};

static int open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int listener_accept(int socket, struct sockaddr *address, socklen_t *length)
{
    const int on = 1;
    int connection = accept4(socket, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) {
        /* A number must not wait for the acknowledgement of the number before. setsockopt fails on
         * a unix socket, which never waits for one. */
        (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return connection;
}

/* Returns a descriptor, or -1 with errno, like accept(2). */
static int accept_next(struct listener *listener, int socket, struct sockaddr_storage *address,
                       socklen_t *length)
{
    *length = sizeof *address;
    return listener->settings.accept(socket, (struct sockaddr *)address, length);
}

/* Accepts a connection in the place of the spare descriptor, and closes it. */
static void turn_away(struct listener *listener, int socket)
{
    struct sockaddr_storage address;
    socklen_t length;
    log_event(LOG_LEVEL_WARN, "connection turned away",
              log_text("reason", "no file descriptors left"), log_text("raise", "ulimit -n"));
    if (listener->spare >= 0) {
        (void)close(listener->spare);
    }
    int connection = accept_next(listener, socket, &address, &length);
    if (connection >= 0) {
        (void)close(connection);
    } else {
        (void)poll(NULL, 0, PAUSE_MS); /* somebody else took the spare descriptor */
    }
    listener->spare = open_spare();
}

static void pass_on(struct listener *listener, int connection,
                    const struct sockaddr_storage *address, socklen_t length)
{
    const struct listener_settings *settings = &listener->settings;
    if (connections_add(settings->connections, connection, (const struct sockaddr *)address,
                        length)) {
        settings->accepted(settings->context, connection);
        return;
    }
    log_event(LOG_LEVEL_WARN, "connection turned away", log_text("reason", "no memory"));
    (void)close(connection);
}

/* Accepts the connections that wait at a socket. */
static void accept_connections(struct listener *listener, int socket)
{
    for (;;) {
        struct sockaddr_storage address;
        socklen_t length;
        int connection = accept_next(listener, socket, &address, &length);
        if (connection >= 0) {
            pass_on(listener, connection, &address, length);
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
            log_event(LOG_LEVEL_WARN, "connection waits", log_text("reason", "no memory"));
            (void)poll(NULL, 0, PAUSE_MS);
            return;
        default:
            break; /* the connection broke before it was accepted: try the next one */
        }
    }
}

static void *run(void *argument)
{
    struct listener *listener = argument;
    thread_set_name("listener");
    while (listener->polled[listener->count].revents == 0) {
        if (poll(listener->polled, listener->count + 1, -1) < 0) {
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
