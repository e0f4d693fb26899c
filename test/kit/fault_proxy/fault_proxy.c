#define _GNU_SOURCE
#include "test/kit/fault_proxy/fault_proxy.h"

#include "shared/base/clock.h"
#include "test/kit/fault_proxy/connection.h"
#include "test/kit/loopback.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIVE_MAX = 64 };

/* What the thread polls, in this order; each connection has both its sides there. */
enum { POLLED_STOP, POLLED_LISTENER, POLLED_STRIKE, POLLED_CONNECTIONS };
enum { POLLED_MAX = POLLED_CONNECTIONS + 2 * LIVE_MAX };

struct fault_proxy {
    struct sockaddr_in target;
    struct fault *plan;
    size_t plan_length;
    uint16_t port;
    int listener;
    int stop_event;
    pthread_t thread;
    struct fault_reports reports;

    /* the thread's own */
    struct fault_connection *live[LIVE_MAX];
    unsigned accepted;
};

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

/* Takes a connection, and the next fault of the plan with it. Where the target is down the client
 * gets RST. */
static struct fault_connection *connection_accept(struct fault_proxy *proxy)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) {
        return NULL;
    }
    int server = target_connect(proxy);
    struct fault fault = {.kind = FAULT_NONE};
    if (proxy->accepted < proxy->plan_length) {
        fault = proxy->plan[proxy->accepted];
    }
    struct fault_connection *connection =
        server < 0
            ? NULL
            : fault_connection_create(&proxy->reports, proxy->accepted, fault, client, server);
    if (connection != NULL) {
        proxy->accepted++;
        return connection;
    }
    fault_socket_close(client, true);
    if (server >= 0) {
        close(server);
    }
    return NULL;
}

/* For poll: whole milliseconds until then, rounded up; -1 for CLOCK_NEVER. */
static int timeout_until(int64_t until_ns)
{
    if (until_ns == CLOCK_NEVER) {
        return -1;
    }
    int64_t left_ns = until_ns - clock_monotonic.now(&clock_monotonic);
    return left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/* Waits until something can be done. */
static void proxy_poll(struct fault_proxy *proxy, struct pollfd polled[POLLED_MAX])
{
    int64_t wake_ns = CLOCK_NEVER;
    bool has_room = false;
    bool awaits_command = false;
    for (size_t i = 0; i < LIVE_MAX; i++) {
        struct pollfd *sides = &polled[POLLED_CONNECTIONS + 2 * i];
        if (proxy->live[i] == NULL) {
            sides[0].fd = sides[1].fd = -1;
            has_room = true;
            continue;
        }
        const struct fault_connection_wait wait = fault_connection_wait(proxy->live[i]);
        sides[0] = wait.sides[0];
        sides[1] = wait.sides[1];
        wake_ns = wait.until_ns < wake_ns ? wait.until_ns : wake_ns;
        awaits_command = awaits_command || wait.for_command;
    }
    polled[POLLED_STOP] = (struct pollfd){.fd = proxy->stop_event, .events = POLLIN};
    polled[POLLED_LISTENER] =
        (struct pollfd){.fd = has_room ? proxy->listener : -1, .events = POLLIN};
    polled[POLLED_STRIKE] =
        (struct pollfd){.fd = awaits_command ? proxy->reports.strike_event : -1, .events = POLLIN};
    poll(polled, POLLED_MAX, timeout_until(wake_ns));
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
        bool is_accepting = polled[POLLED_LISTENER].revents != 0;
        for (size_t i = 0; i < LIVE_MAX; i++) {
            if (proxy->live[i] == NULL && is_accepting) {
                proxy->live[i] = connection_accept(proxy);
                is_accepting = false;
            }
            if (proxy->live[i] != NULL && !fault_connection_serve(proxy->live[i])) {
                fault_connection_destroy(proxy->live[i]);
                proxy->live[i] = NULL;
            }
        }
    }
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
    descriptor_close(proxy->reports.reached_event);
    descriptor_close(proxy->reports.strike_event);
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
    proxy->reports.log = options->log;
    proxy->stop_event = eventfd(0, EFD_CLOEXEC);
    proxy->reports.reached_event = eventfd(0, COUNTING);
    proxy->reports.strike_event = eventfd(0, COUNTING);
    proxy->plan = calloc(options->plan_length + 1, sizeof *proxy->plan);
    proxy->listener = loopback_listen(options->port, SOCK_CLOEXEC | SOCK_NONBLOCK, &proxy->port);
    if (proxy->listener < 0 || proxy->stop_event < 0 || proxy->reports.reached_event < 0 ||
        proxy->reports.strike_event < 0 || proxy->plan == NULL) {
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
            fault_connection_destroy(proxy->live[i]);
        }
    }
    proxy_destroy(proxy);
}

bool fault_proxy_await(struct fault_proxy *proxy, int timeout_ms)
{
    struct pollfd polled = {.fd = proxy->reports.reached_event, .events = POLLIN};
    eventfd_t reached;
    return poll(&polled, 1, timeout_ms) == 1 &&
           eventfd_read(proxy->reports.reached_event, &reached) == 0;
}

void fault_proxy_strike(struct fault_proxy *proxy)
{
    eventfd_write(proxy->reports.strike_event, 1);
}

uint16_t fault_proxy_port(const struct fault_proxy *proxy)
{
    return proxy->port;
}

unsigned fault_proxy_faults_made(const struct fault_proxy *proxy)
{
    return atomic_load(&proxy->reports.faults_made);
}

uint64_t fault_proxy_bytes(const struct fault_proxy *proxy, unsigned i)
{
    return i < FAULT_PROXY_COUNTED ? atomic_load(&proxy->reports.bytes[i]) : 0;
}
