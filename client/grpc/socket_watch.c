#define _GNU_SOURCE /* SO_COOKIE */

#include "client/grpc/socket_watch.h"

#include "shared/base/address.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PEER_TEXT_SIZE = 128 };

static bool read_cookie(int descriptor, uint64_t *ret_cookie)
{
    socklen_t size = sizeof *ret_cookie;
    return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, ret_cookie, &size) == 0;
}

static struct socket_watch *watch_of(struct core_socket_mutator *mutator)
{
    return (struct socket_watch *)(void *)mutator;
}

/* Whether the descriptor is still the socket that C core opened. */
static bool is_open(const struct watched_socket *socket)
{
    uint64_t cookie = 0;
    return read_cookie(socket->descriptor, &cookie) && cookie == socket->cookie;
}

/* Forgets the sockets that C core has closed. The caller holds the lock. */
static void forget_closed_locked(struct socket_watch *watch)
{
    size_t open = 0;
    watch->unused = 0;
    for (size_t i = 0; i < watch->count; i++) {
        if (is_open(&watch->sockets[i])) {
            watch->unused += watch->sockets[i].is_used ? 0 : 1;
            watch->sockets[open++] = watch->sockets[i];
        }
    }
    watch->count = open;
}

/* Without memory the connection has no address, and cannot be cut. The caller holds the lock. */
static void add_locked(struct socket_watch *watch, int descriptor, uint64_t cookie)
{
    forget_closed_locked(watch);
    struct watched_socket *sockets =
        realloc(watch->sockets, (watch->count + 1) * sizeof *watch->sockets);
    if (sockets != NULL) {
        watch->sockets = sockets;
        sockets[watch->count++] =
            (struct watched_socket){.descriptor = descriptor, .cookie = cookie};
        watch->unused++;
    }
}

static bool note_socket(int descriptor, struct core_socket_mutator *mutator)
{
    struct socket_watch *watch = watch_of(mutator);
    uint64_t cookie = 0;
    if (!read_cookie(descriptor, &cookie)) {
        return true; /* an old kernel: the connection has no address, and cannot be cut */
    }
    (void)pthread_mutex_lock(&watch->lock);
    add_locked(watch, descriptor, cookie);
    (void)pthread_mutex_unlock(&watch->lock);
    return true;
}

/* No two mutators are equal, so that C core never shares a connection between channels. */
static int compare(struct core_socket_mutator *a, struct core_socket_mutator *b)
{
    return a == b ? 0 : (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

static void destroy(struct core_socket_mutator *mutator)
{
    struct socket_watch *watch = watch_of(mutator);
    /* No other thread has it any more; but the sanitizer does not see C core's count. */
    (void)pthread_mutex_lock(&watch->lock);
    free(watch->sockets);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_mutex_destroy(&watch->lock);
    free(watch);
}

static const struct core_socket_mutator_functions functions = {
    .mutate = note_socket, .compare = compare, .destroy = destroy};

struct socket_watch *socket_watch_create(void)
{
    struct socket_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&watch->lock, NULL) != 0) {
        free(watch);
        return NULL;
    }
    /* No other thread has it yet; but the sanitizer does not see how C core passes it to threads.
     */
    (void)pthread_mutex_lock(&watch->lock);
    watch->sockets = NULL;
    (void)pthread_mutex_unlock(&watch->lock);
    core_socket_mutator_init(&watch->mutator, &functions);
    return watch;
}

static void *argument_ref(void *watch)
{
    core_socket_mutator_ref(watch);
    return watch;
}

static void argument_unref(void *watch)
{
    socket_watch_unref(watch);
}

static int argument_compare(void *a, void *b)
{
    return compare(a, b);
}

void socket_watch_unref(struct socket_watch *watch)
{
    /* It reads no more of the watch than its count: how C core's threads come by the rest, no race
     * detector sees. */
    if (watch != NULL && core_socket_mutator_unref(&watch->mutator)) {
        destroy(&watch->mutator);
    }
}

grpc_arg socket_watch_argument(struct socket_watch *watch)
{
    static const grpc_arg_pointer_vtable table = {argument_ref, argument_unref, argument_compare};
    static char key[] = GRPC_ARG_SOCKET_MUTATOR;
    return (grpc_arg){.type = GRPC_ARG_POINTER, .key = key, .value.pointer = {watch, &table}};
}

bool socket_watch_cut(struct socket_watch *watch)
{
    bool is_cut = false;
    (void)pthread_mutex_lock(&watch->lock);
    forget_closed_locked(watch);
    for (size_t i = 0; i < watch->count; i++) {
        is_cut = shutdown(watch->sockets[i].descriptor, SHUT_RDWR) == 0 || is_cut;
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return is_cut;
}

/* Whether the socket is connected to the peer. */
static bool leads_to(const struct watched_socket *socket, const char *peer)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    char text[PEER_TEXT_SIZE];
    if (getpeername(socket->descriptor, (struct sockaddr *)&address, &length) != 0) {
        return false;
    }
    address_describe((struct sockaddr *)&address, length, text, sizeof text);
    /* C core names no path of a unix socket, of which a channel has one. */
    return strcmp(text, peer) == 0 || (address.ss_family == AF_UNIX && strcmp(peer, "unix:") == 0);
}

/* The socket opened last, to this peer or to any; NULL: there is none. The caller holds the lock.
 */
static struct watched_socket *find_locked(struct socket_watch *watch, const char *peer)
{
    forget_closed_locked(watch);
    for (size_t i = watch->count; i-- > 0;) {
        if (peer == NULL || leads_to(&watch->sockets[i], peer)) {
            return &watch->sockets[i];
        }
    }
    return NULL;
}

void socket_watch_address(struct socket_watch *watch, const char *peer, char *text, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    (void)snprintf(text, size, "%s", "");
    (void)pthread_mutex_lock(&watch->lock);
    const struct watched_socket *socket = find_locked(watch, peer);
    if (socket != NULL &&
        getsockname(socket->descriptor, (struct sockaddr *)&address, &length) == 0) {
        address_describe((struct sockaddr *)&address, length, text, size);
    }
    (void)pthread_mutex_unlock(&watch->lock);
}

/* Nothing has come for two round trips, and a handshake's computing: no more is to come. */
static bool is_greeted(const struct watched_socket *socket)
{
    enum {
        ESTABLISHED = 1,
        COMPUTING_MS = 20,
        US_PER_MS = 1000
    }; /* TCP_ESTABLISHED of the kernel */
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t size = sizeof info;
    if (getsockopt(socket->descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
        return true; /* a unix socket */
    }
    return info.tcpi_state == ESTABLISHED && info.tcpi_bytes_received > 0 &&
           info.tcpi_last_data_recv >= 2 * info.tcpi_rtt / US_PER_MS + COMPUTING_MS;
}

bool socket_watch_is_settled(struct socket_watch *watch)
{
    bool is_settled = true;
    (void)pthread_mutex_lock(&watch->lock);
    forget_closed_locked(watch);
    for (size_t i = 0; i < watch->count; i++) {
        is_settled = is_settled && is_greeted(&watch->sockets[i]);
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return is_settled;
}

bool socket_watch_is_first_use(struct socket_watch *watch, const char *peer)
{
    bool is_first = false;
    (void)pthread_mutex_lock(&watch->lock);
    if (watch->unused > 0) { /* so that only a new connection costs system calls */
        struct watched_socket *socket = find_locked(watch, peer);
        is_first = socket != NULL && !socket->is_used;
        if (is_first) {
            socket->is_used = true;
            watch->unused--;
        }
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return is_first;
}
