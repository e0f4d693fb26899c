#include "server/net/preface.h"

#include "shared/base/clock.h"
#include "shared/base/log_limit.h"
#include "shared/base/thread.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* The preface (RFC 9113, 3.4). The header of the first frame, SETTINGS, has 9 bytes more. */
static const char http2_preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum { PREFACE_LENGTH = sizeof http2_preface - 1, EXPECTED = PREFACE_LENGTH + 9 };

enum { EVENTS_MAX = 64, LOG_LINES_MAX = 1 /* a second */ };

/* A connection that is held back. */
struct waiter {
    int descriptor;
    int64_t deadline; /* time on clock_monotonic */
    struct waiter *previous;
    struct waiter *next;
};

struct preface {
    struct preface_settings settings;
    pthread_t thread;
    int epoll;
    int wake; /* an eventfd: the first waiter has come, or the thread must end */
    pthread_mutex_t lock;

    /* lock */
    struct waiter *first; /* in the order of the deadlines, because all have the same time-out */
    struct waiter *last;
    bool is_stopping;
};

static int64_t now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* ---- What a client has sent ------------------------------------------------------------------ */

enum arrival { INCOMPLETE, ARRIVED, GONE };

/* TLS begins with a record of type 22, handshake, of a version 3.x. */
static bool is_tls(const char *bytes, ssize_t length)
{
    return length >= 2 && bytes[0] == 22 && bytes[1] == 3;
}

/* The client itself learns from C core's answer that this is no TLS. */
static void log_tls(void)
{
    static struct log_limit limit = LOG_LIMIT(LOG_LINES_MAX);
    uint64_t skipped;
    if (log_limit_admit(&limit, now(), 0, &skipped)) {
        log_event(LOG_LEVEL_NOTICE, "handshake refused",
                  log_text("reason", "the client speaks TLS, and the server has no --tls-cert"),
                  log_skipped(skipped));
    }
}

static enum arrival look(const struct preface *preface, int descriptor)
{
    char bytes[EXPECTED];
    const ssize_t length = recv(descriptor, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (length <= 0) {
        return length < 0 ? INCOMPLETE : GONE; /* a broken connection is told by epoll */
    }
    const size_t compared = length < PREFACE_LENGTH ? (size_t)length : PREFACE_LENGTH;
    const bool is_whole = length == EXPECTED;
    if (!preface->settings.expects_tls && is_tls(bytes, length)) {
        log_tls();
    }
    return is_whole || memcmp(bytes, http2_preface, compared) != 0 ? ARRIVED : INCOMPLETE;
}

/* ---- The waiters ----------------------------------------------------------------------------- */

static void append_locked(struct preface *preface, struct waiter *waiter)
{
    waiter->previous = preface->last;
    waiter->next = NULL;
    if (preface->last == NULL) {
        preface->first = waiter;
    } else {
        preface->last->next = waiter;
    }
    preface->last = waiter;
}

/* Takes the waiter out of the list and out of the epoll, and frees it. Returns its descriptor. */
static int take_out(struct preface *preface, struct waiter *waiter)
{
    const int descriptor = waiter->descriptor;
    (void)epoll_ctl(preface->epoll, EPOLL_CTL_DEL, descriptor, NULL);
    (void)pthread_mutex_lock(&preface->lock);
    if (waiter->previous == NULL) {
        preface->first = waiter->next;
    } else {
        waiter->previous->next = waiter->next;
    }
    if (waiter->next == NULL) {
        preface->last = waiter->previous;
    } else {
        waiter->next->previous = waiter->previous;
    }
    (void)pthread_mutex_unlock(&preface->lock);
    free(waiter);
    return descriptor;
}

/* Edge-triggered: part of a preface does not wake the thread again and again. */
static bool hold_back(struct preface *preface, int descriptor)
{
    struct waiter *waiter = malloc(sizeof *waiter);
    if (waiter == NULL) {
        return false;
    }
    waiter->descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = waiter};
    (void)pthread_mutex_lock(&preface->lock);
    const bool is_first = preface->first == NULL;
    const bool is_added = epoll_ctl(preface->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
    if (is_added) { /* the thread cannot take it out before the lock is released */
        waiter->deadline = clock_add(now(), preface->settings.timeout_ns);
        append_locked(preface, waiter);
    }
    (void)pthread_mutex_unlock(&preface->lock);
    if (!is_added) {
        free(waiter);
    } else if (is_first) {
        (void)eventfd_write(preface->wake, 1);
    }
    return is_added;
}

void preface_await(struct preface *preface, int descriptor)
{
    switch (look(preface, descriptor)) {
    case ARRIVED:
        preface->settings.arrived(preface->settings.context, descriptor);
        return;
    case INCOMPLETE:
        if (hold_back(preface, descriptor)) {
            return;
        }
        break;
    case GONE:
        break;
    }
    (void)close(descriptor);
}

/* ---- The thread ------------------------------------------------------------------------------ */

static void handle(struct preface *preface, const struct epoll_event *event)
{
    struct waiter *waiter = event->data.ptr;
    const enum arrival arrival = look(preface, waiter->descriptor);
    if (arrival == ARRIVED) {
        preface->settings.arrived(preface->settings.context, take_out(preface, waiter));
    } else if (arrival == GONE || (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        (void)close(take_out(preface, waiter));
    }
}

/* The first waiter, if its time is over at `time`; NULL if not, or if there is none. */
static struct waiter *find_late(struct preface *preface, int64_t time)
{
    (void)pthread_mutex_lock(&preface->lock);
    struct waiter *waiter = preface->first;
    if (waiter != NULL && waiter->deadline > time) {
        waiter = NULL;
    }
    (void)pthread_mutex_unlock(&preface->lock);
    return waiter;
}

static void log_closed(uint64_t count)
{
    static struct log_limit limit = LOG_LIMIT(LOG_LINES_MAX);
    uint64_t skipped;
    if (log_limit_admit(&limit, now(), 0, &skipped)) {
        log_event(LOG_LEVEL_NOTICE, "connections closed", log_number("connections", count),
                  log_text("reason", "no HTTP/2 preface within --handshake-timeout"),
                  log_skipped(skipped));
    }
}

static void close_late(struct preface *preface, int64_t time)
{
    uint64_t count = 0;
    struct waiter *waiter;
    while ((waiter = find_late(preface, time)) != NULL) {
        (void)close(take_out(preface, waiter));
        count++;
    }
    if (count > 0 && time != CLOCK_NEVER) {
        log_closed(count);
    }
}

/* Milliseconds until the first deadline, rounded up; -1: there is none. */
static int time_left(struct preface *preface, bool *ret_is_stopping)
{
    (void)pthread_mutex_lock(&preface->lock);
    const int64_t deadline = preface->first == NULL ? CLOCK_NEVER : preface->first->deadline;
    *ret_is_stopping = preface->is_stopping;
    (void)pthread_mutex_unlock(&preface->lock);
    if (deadline == CLOCK_NEVER) {
        return -1;
    }
    const int64_t left = deadline - now();
    if (left <= 0) {
        return 0;
    }
    return left >= INT_MAX * NS_PER_MS ? INT_MAX : (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

static void *run(void *argument)
{
    struct preface *preface = argument;
    struct epoll_event events[EVENTS_MAX];
    bool is_stopping = false;
    int timeout;
    thread_set_name("preface");
    while ((timeout = time_left(preface, &is_stopping)), !is_stopping) {
        const int count = epoll_wait(preface->epoll, events, EVENTS_MAX, timeout);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                eventfd_t value;
                (void)eventfd_read(preface->wake, &value);
            } else {
                handle(preface, &events[i]);
            }
        }
        close_late(preface, now());
    }
    close_late(preface, CLOCK_NEVER);
    return NULL;
}

/* ---- Start and end --------------------------------------------------------------------------- */

static void destroy(struct preface *preface)
{
    if (preface->epoll >= 0) {
        (void)close(preface->epoll);
    }
    if (preface->wake >= 0) {
        (void)close(preface->wake);
    }
    (void)pthread_mutex_destroy(&preface->lock);
    free(preface);
}

struct preface *preface_start(const struct preface_settings *settings)
{
    struct preface *preface = calloc(1, sizeof *preface);
    if (preface == NULL || pthread_mutex_init(&preface->lock, NULL) != 0) {
        free(preface);
        return NULL;
    }
    preface->settings = *settings;
    preface->epoll = epoll_create1(EPOLL_CLOEXEC);
    preface->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (preface->epoll < 0 || preface->wake < 0 ||
        epoll_ctl(preface->epoll, EPOLL_CTL_ADD, preface->wake, &event) != 0 ||
        thread_start(&preface->thread, 0, run, preface) != 0) {
        destroy(preface);
        return NULL;
    }
    return preface;
}

void preface_stop(struct preface *preface)
{
    (void)pthread_mutex_lock(&preface->lock);
    preface->is_stopping = true;
    (void)pthread_mutex_unlock(&preface->lock);
    (void)eventfd_write(preface->wake, 1);
    (void)pthread_join(preface->thread, NULL);
    destroy(preface);
}
