#define _GNU_SOURCE /* RTLD_NEXT */

#include "server/net/traffic_watch.h"

#include "server/net/tcp_socket.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/log_limit.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOG_LINES_MAX = 10 /* a second */ };

/* ---- The table ------------------------------------------------------------------------------- */

/* The kernel gives the lowest free descriptor, so the table grows from its beginning. */
enum { CHUNK_SIZE = 64, CHUNKS = 16384 };

static _Atomic(struct traffic_watch *) chunks[CHUNKS];

static struct traffic_total total;

/* NULL: nothing has ever been watched near this descriptor. */
static struct traffic_watch *place_of(int descriptor)
{
    const unsigned number = (unsigned)descriptor;
    if (number >= CHUNK_SIZE * CHUNKS) {
        return NULL;
    }
    struct traffic_watch *chunk =
        atomic_load_explicit(&chunks[number / CHUNK_SIZE], memory_order_acquire);
    return chunk == NULL ? NULL : &chunk[number % CHUNK_SIZE];
}

/*
 * By then the descriptor may be another socket, if its connection has ended. That is harmless: each
 * TCP socket of this process has the option that is set here.
 */
static void flush(struct write_hold *hold)
{
    const struct traffic_watch *watch =
        (const struct traffic_watch *)(const void *)((const char *)hold -
                                                     offsetof(struct traffic_watch, hold));
    tcp_socket_flush(watch->descriptor);
}

static struct traffic_watch *create_chunk(unsigned first_descriptor)
{
    struct traffic_watch *chunk = calloc(CHUNK_SIZE, sizeof *chunk);
    for (unsigned i = 0; chunk != NULL && i < CHUNK_SIZE; i++) {
        chunk[i].descriptor = (int)(first_descriptor + i);
        chunk[i].hold.flush = flush;
    }
    return chunk;
}

/* A chunk is never freed. */
static struct traffic_watch *make_place(int descriptor)
{
    const unsigned number = (unsigned)descriptor;
    struct traffic_watch *place = place_of(descriptor);
    if (place != NULL || number >= CHUNK_SIZE * CHUNKS) {
        return place;
    }
    struct traffic_watch *chunk = create_chunk(number - number % CHUNK_SIZE);
    struct traffic_watch *none = NULL;
    if (chunk != NULL &&
        !atomic_compare_exchange_strong(&chunks[number / CHUNK_SIZE], &none, chunk)) {
        free(chunk); /* another thread was faster */
    }
    return place_of(descriptor);
}

static void enter(const struct traffic_watch *watch)
{
    (void)atomic_load_explicit(&watch->turn, memory_order_acquire);
}

static void leave(struct traffic_watch *watch)
{
    atomic_store_explicit(&watch->turn, true, memory_order_release);
}

static int64_t now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

struct traffic_watch *traffic_watch_begin(int descriptor, const char *address,
                                          const struct traffic_limits *limits)
{
    struct traffic_watch *watch = make_place(descriptor);
    if (watch == NULL) {
        return NULL;
    }
    enter(watch);
    traffic_init(&watch->traffic, limits, &total, now());
    atomic_store_explicit(&watch->is_cut, false, memory_order_relaxed);
    write_hold_reset(&watch->hold);
    handshake_watch_init(&watch->handshake);
    watch->is_encrypted = false;
    (void)snprintf(watch->address, sizeof watch->address, "%s", address);
    leave(watch);
    atomic_store_explicit(&watch->is_on, true, memory_order_release);
    return watch;
}

void traffic_watch_end(struct traffic_watch *watch)
{
    atomic_store_explicit(&watch->is_on, false, memory_order_release);
}

void traffic_watch_set_idle(bool is_idle)
{
    atomic_store_explicit(&total.is_idle, is_idle, memory_order_relaxed);
}

int64_t traffic_watch_waiting(void)
{
    return atomic_load_explicit(&total.waiting, memory_order_relaxed);
}

void traffic_watch_count_calls(int change)
{
    (void)atomic_fetch_add_explicit(&total.existing, change, memory_order_relaxed);
}

void traffic_watch_count_served(int change)
{
    (void)atomic_fetch_add_explicit(&total.served, change, memory_order_relaxed);
}

/* ---- What is read ---------------------------------------------------------------------------- */

/* NULL: nobody watches the descriptor. */
static struct traffic_watch *find(int descriptor)
{
    struct traffic_watch *watch = place_of(descriptor);
    return watch != NULL && atomic_load_explicit(&watch->is_on, memory_order_acquire) ? watch
                                                                                      : NULL;
}

static void log_cut(const struct traffic_watch *watch, enum traffic_excess excess)
{
    static struct log_limit limit = LOG_LIMIT(LOG_LINES_MAX);
    uint64_t skipped;
    if (log_limit_admit(&limit, now(), 0, &skipped)) {
        log_event(LOG_LEVEL_WARN, "connection cut", log_address("peer", watch->address),
                  log_text("reason", traffic_describe(excess)), log_skipped(skipped));
    }
}

/* C core closes the descriptor when it has the error, but not while a write is under way. */
static void cut(struct traffic_watch *watch, enum traffic_excess excess)
{
    if (!atomic_exchange(&watch->is_cut, true)) {
        log_cut(watch, excess);
        tcp_socket_break(watch->descriptor);
    }
}

/* Counts what recvmsg(2) has returned. False: it is too much, and the connection was cut. */
static bool count_received(struct traffic_watch *watch, const struct msghdr *message, size_t length)
{
    struct traffic *traffic = &watch->traffic;
    enter(watch);
    enum traffic_excess excess = traffic_receive(traffic, (int64_t)length, now());
    for (size_t i = 0; !watch->is_encrypted && i < message->msg_iovlen && length > 0; i++) {
        const struct iovec *part = &message->msg_iov[i];
        const size_t count = length < part->iov_len ? length : part->iov_len;
        if (excess == TRAFFIC_IN_BOUNDS) {
            excess = traffic_read(traffic, part->iov_base, count);
        }
        length -= count;
    }
    if (excess != TRAFFIC_IN_BOUNDS) {
        cut(watch, excess);
    }
    leave(watch);
    return excess == TRAFFIC_IN_BOUNDS;
}

/* ---- What C core calls ----------------------------------------------------------------------- */

static int (*real_close)(int);
static ssize_t (*real_recvmsg)(int, struct msghdr *, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);
static SSL *(*real_new)(SSL_CTX *);
static int (*real_handshake)(SSL *);
static int (*real_read)(SSL *, void *, int);

/* The watch of an SSL, as OpenSSL keeps it. */
static int ssl_index;

static _Thread_local int expected = -1;

/* Function pointers are no object pointers in C. */
static void find_function(const char *name, void *ret_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(ret_function, &found, sizeof found);
}

static void find_all(void)
{
    find_function("recvmsg", &real_recvmsg);
    find_function("sendmsg", &real_sendmsg);
    find_function("close", &real_close);
    find_function("SSL_new", &real_new);
    find_function("SSL_do_handshake", &real_handshake);
    find_function("SSL_read", &real_read);
    ssl_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* The functions of the libraries, or of a sanitizer. */
static void find_functions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find_all);
}

__attribute__((visibility("default"))) ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    find_functions();
    const ssize_t length = real_recvmsg(fd, message, flags);
    if ((length < 0 && errno != ECONNRESET) || (flags & MSG_ERRQUEUE) != 0) {
        return length;
    }
    struct traffic_watch *watch = find(fd);
    if (watch != NULL && length <= 0) {
        handshake_watch_lose(&watch->handshake);
    } else if (watch != NULL && !count_received(watch, message, (size_t)length)) {
        errno = ECONNRESET;
        return -1;
    }
    return length;
}

__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const struct msghdr *message,
                                                       int flags)
{
    find_functions();
    struct traffic_watch *watch = find(fd);
    const bool is_held = watch != NULL && write_hold_is_on(&watch->hold);
    const ssize_t length = real_sendmsg(fd, message, is_held ? flags | MSG_MORE : flags);
    if (watch != NULL && length > 0) {
        traffic_send(&watch->traffic, (size_t)length);
    } else if (watch != NULL && length < 0 && (errno == EPIPE || errno == ECONNRESET)) {
        handshake_watch_lose(&watch->handshake); /* nobody reads on then */
    }
    if (is_held) {
        write_hold_note(&watch->hold);
    }
    return length;
}

/* The number may be another socket's next, such as one that this process connects itself. */
__attribute__((visibility("default"))) int close(int fd)
{
    find_functions();
    struct traffic_watch *watch = find(fd);
    if (watch != NULL) {
        handshake_watch_end(&watch->handshake, watch->address);
        traffic_watch_end(watch);
    }
    return real_close(fd);
}

void traffic_watch_expect_tls(int descriptor)
{
    struct traffic_watch *watch = descriptor < 0 ? NULL : find(descriptor);
    if (watch != NULL) {
        enter(watch);
        watch->is_encrypted = true;
        handshake_watch_begin(&watch->handshake);
        leave(watch);
    }
    expected = descriptor;
}

__attribute__((visibility("default"))) SSL *SSL_new(SSL_CTX *ctx)
{
    find_functions();
    SSL *ssl = real_new(ctx);
    if (ssl != NULL && expected >= 0) {
        (void)SSL_set_ex_data(ssl, ssl_index, find(expected));
    }
    return ssl;
}

__attribute__((visibility("default"))) int SSL_do_handshake(SSL *s)
{
    find_functions();
    const int result = real_handshake(s);
    struct traffic_watch *watch = SSL_get_ex_data(s, ssl_index);
    if (watch != NULL) {
        handshake_watch_note(&watch->handshake, s, result);
    }
    return result;
}

__attribute__((visibility("default"))) int SSL_read(SSL *ssl, void *buf, int num)
{
    find_functions();
    const int length = real_read(ssl, buf, num);
    struct traffic_watch *watch = length <= 0 ? NULL : SSL_get_ex_data(ssl, ssl_index);
    if (watch == NULL) {
        return length;
    }
    enter(watch);
    handshake_watch_hear(&watch->handshake);
    const enum traffic_excess excess = traffic_read(&watch->traffic, buf, (size_t)length);
    leave(watch);
    if (excess == TRAFFIC_IN_BOUNDS) {
        return length;
    }
    cut(watch, excess);
    return -1;
}
