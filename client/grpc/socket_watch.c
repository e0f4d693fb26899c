#define _GNU_SOURCE /* SO_COOKIE */

#include "client/grpc/socket_watch.h"

#include "shared/base/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static bool read_cookie(int descriptor, uint64_t *ret_cookie)
{
    socklen_t size = sizeof *ret_cookie;
    return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, ret_cookie, &size) == 0;
}

static struct socket_watch *watch_of(struct core_socket_mutator *mutator)
{
    return (struct socket_watch *)(void *)mutator;
}

static bool note_socket(int descriptor, struct core_socket_mutator *mutator)
{
    struct socket_watch *watch = watch_of(mutator);
    uint64_t cookie = 0;
    if (!read_cookie(descriptor, &cookie)) {
        return true; /* an old kernel: the connection has no address, and cannot be cut */
    }
    (void)pthread_mutex_lock(&watch->lock);
    watch->descriptor = descriptor;
    watch->cookie = cookie;
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
    watch->descriptor = -1;
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

/* Whether the descriptor is still the socket that C core opened. The caller holds the lock. */
static bool is_open_locked(const struct socket_watch *watch)
{
    uint64_t cookie = 0;
    return watch->descriptor >= 0 && read_cookie(watch->descriptor, &cookie) &&
           cookie == watch->cookie;
}

bool socket_watch_cut(struct socket_watch *watch)
{
    (void)pthread_mutex_lock(&watch->lock);
    bool is_cut = is_open_locked(watch) && shutdown(watch->descriptor, SHUT_RDWR) == 0;
    (void)pthread_mutex_unlock(&watch->lock);
    return is_cut;
}

void socket_watch_address(struct socket_watch *watch, char *text, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    (void)snprintf(text, size, "%s", "");
    (void)pthread_mutex_lock(&watch->lock);
    if (is_open_locked(watch) &&
        getsockname(watch->descriptor, (struct sockaddr *)&address, &length) == 0) {
        address_describe((struct sockaddr *)&address, length, text, size);
    }
    (void)pthread_mutex_unlock(&watch->lock);
}
