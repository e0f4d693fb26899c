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

/* How long to let be after the kernel had no memory for a connection. */
enum { PAUSE_MS = 100 };

struct listener {
    struct acceptor *acceptor; /* not owned */
    pthread_t thread;
    int stop; /* an eventfd: readable when the thread shall end */

    /*
     * A descriptor kept free: without one a connection could neither be accepted nor turned away,
     * and would hang in the backlog, waking the listener for ever.
     */
    int spare;

    size_t count;
    struct pollfd polled[]; /* the sockets, and `stop` at the end */
};

static int open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void turn_away(struct listener *listener, int socket)
{
    log_event(LOG_LEVEL_WARN, "connection turned away",
              log_text("reason", "no file descriptors left"), log_text("raise", "ulimit -n"));
    if (listener->spare >= 0) {
        (void)close(listener->spare);
    }
    int connection = accept(socket, NULL, NULL);
    if (connection >= 0) {
        (void)close(connection);
    }
    listener->spare = open_spare();
}

/* Accepts what is waiting at a socket. */
static void accept_connections(struct listener *listener, int socket)
{
    for (;;) {
        int connection = accept4(socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection >= 0) {
            const int on = 1;
            /* A number must not wait for the acknowledgement of the one before. It fails on a
             * unix socket, which never waits. */
            (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            acceptor_add_connection(listener->acceptor, connection);
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
            break; /* that connection broke before it was accepted: the next one */
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

struct listener *listener_start(const struct sockets *sockets, struct acceptor *acceptor)
{
    struct listener *listener =
        calloc(1, sizeof *listener + (sockets->count + 1) * sizeof listener->polled[0]);
    if (listener == NULL) {
        return NULL;
    }
    listener->acceptor = acceptor;
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
