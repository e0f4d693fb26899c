#define _GNU_SOURCE /* RTLD_NEXT */

#include "server/net/traffic.h"

#include "server/net/connection.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* Nanoseconds from one addition of TRAFFIC_RATE's share to the next: reads may follow one another
 * within microseconds, which are no whole byte. */
#define REFILL_NS (NS_PER_S / 16)

/* ---- The bound ------------------------------------------------------------------------------- */

void traffic_credit(struct traffic *traffic, int64_t bytes)
{
    int_fast64_t used = atomic_load_explicit(&traffic->used, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&traffic->used, &used,
                                                  used > bytes ? used - bytes : 0,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

/* C core reads a connection in one thread at a time. */
static void refill(struct traffic *traffic, int64_t now)
{
    const int64_t since = atomic_load_explicit(&traffic->since, memory_order_relaxed);
    const int64_t periods = (now - since) / REFILL_NS;
    if (periods > 0) {
        const int64_t bytes = TRAFFIC_RATE * REFILL_NS / NS_PER_S;
        atomic_store_explicit(&traffic->since, since + periods * REFILL_NS, memory_order_relaxed);
        traffic_credit(traffic, periods < TRAFFIC_BURST / bytes ? periods * bytes : TRAFFIC_BURST);
    }
}

bool traffic_receive(struct traffic *traffic, int64_t bytes, int64_t now)
{
    refill(traffic, now);
    const int64_t used =
        atomic_fetch_add_explicit(&traffic->used, bytes, memory_order_relaxed) + bytes;
    return used > TRAFFIC_BURST && !atomic_exchange(&traffic->is_cut, true);
}

/* ---- What C core calls ----------------------------------------------------------------------- */

static _Atomic(struct connections *) watched;

void traffic_watch(struct connections *connections)
{
    atomic_store(&watched, connections);
}

static struct connection *find(int descriptor)
{
    struct connections *connections = atomic_load_explicit(&watched, memory_order_acquire);
    return connections == NULL ? NULL : connections_find_descriptor(connections, descriptor);
}

static void count_received(int descriptor, int64_t bytes)
{
    struct connection *connection = find(descriptor);
    if (connection == NULL) {
        return;
    }
    const struct clock *clock = &clock_monotonic;
    if (traffic_receive(&connection->traffic, bytes, clock->now(clock))) {
        log_event(LOG_LEVEL_WARN, "connection cut", log_address("peer", connection->address),
                  log_text("reason", "it sends too many bytes that are no commands"));
        connection_shut_down(connection);
    }
    connection_unref(connection);
}

static void count_sent(int descriptor, int64_t bytes)
{
    struct connection *connection = find(descriptor);
    if (connection != NULL) {
        traffic_credit(&connection->traffic, bytes / TRAFFIC_SENT_SHARE);
        connection_unref(connection);
    }
}

static ssize_t (*real_recvmsg)(int, struct msghdr *, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);

/* Function pointers are no object pointers in C. */
static void find_function(const char *name, void *ret_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(ret_function, &found, sizeof found);
}

static void find_both(void)
{
    find_function("recvmsg", &real_recvmsg);
    find_function("sendmsg", &real_sendmsg);
}

/* The functions of the C library, or of a sanitizer. */
static void find_functions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find_both);
}

__attribute__((visibility("default"))) ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    find_functions();
    const ssize_t length = real_recvmsg(fd, message, flags);
    if (length > 0 && (flags & MSG_ERRQUEUE) == 0) {
        count_received(fd, length);
    }
    return length;
}

__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const struct msghdr *message,
                                                       int flags)
{
    find_functions();
    const ssize_t length = real_sendmsg(fd, message, flags);
    if (length > 0) {
        count_sent(fd, length);
    }
    return length;
}
