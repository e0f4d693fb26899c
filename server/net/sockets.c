#include "server/net/sockets.h"

#include "server/net/tcp_socket.h"
#include "server/net/unix_socket.h"
#include "shared/base/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096, /* connections that wait to be accepted; the default of net.core.somaxconn */
    /* With port 0: the port that the kernel chooses for one address may be in use on the next. */
    PORT_TRIES = 16
};

bool sockets_is_address(const char *text)
{
    const char *path = unix_socket_path(text);
    return path != NULL ? unix_socket_path_fits(path) : tcp_socket_is_host(text);
}

static int fail(char *error, const char *name, const char *what)
{
    (void)snprintf(error, SOCKETS_ERROR_SIZE, "cannot listen on %.100s: %s", name, what);
    return -1;
}

static int fail_errno(char *error, const char *name)
{
    int code = errno;
    char what[SOCKETS_ERROR_SIZE / 2];
    if (strerror_r(code, what, sizeof what) != 0) {
        (void)snprintf(what, sizeof what, "error %d", code);
    }
    (void)fail(error, name, what);
    errno = code;
    return -1;
}

static int add(struct sockets *sockets, int descriptor, int lock, const char *name)
{
    struct listening_socket *items = realloc(sockets->items, (sockets->count + 1) * sizeof *items);
    if (items == NULL) {
        return -1;
    }
    sockets->items = items;
    struct listening_socket *added = &items[sockets->count++];
    added->descriptor = descriptor;
    added->lock = lock;
    (void)snprintf(added->name, sizeof added->name, "%s", name);
    return 0;
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        struct listening_socket *socket = &sockets->items[i];
        if (socket->lock >= 0) {
            unix_socket_close(unix_socket_path(socket->name), socket->descriptor, socket->lock);
        } else {
            (void)close(socket->descriptor);
        }
    }
    free(sockets->items);
    *sockets = (struct sockets){0};
}

static int open_unix(struct sockets *sockets, const char *name, char *error)
{
    const char *path = unix_socket_path(name);
    int lock;
    int descriptor = unix_socket_open(path, BACKLOG, &lock);
    if (descriptor < 0) {
        return errno == EEXIST ? fail(error, name, "the file exists, and is no socket")
                               : fail_errno(error, name);
    }
    if (add(sockets, descriptor, lock, name) != 0) {
        unix_socket_close(path, descriptor, lock);
        return fail(error, name, "out of memory");
    }
    return 0;
}

/* Opens one address of a host. If *port is 0, sets it to the port that the kernel chose. */
static int open_tcp(struct sockets *sockets, const struct addrinfo *info, uint16_t *port,
                    const char *shown, char *error)
{
    struct sockaddr_storage address;
    int descriptor = tcp_socket_open(info, BACKLOG, port, &address);
    if (descriptor < 0) {
        return fail_errno(error, shown);
    }
    char name[SOCKET_NAME_SIZE];
    address_describe((const struct sockaddr *)&address, info->ai_addrlen, name, sizeof name);
    if (add(sockets, descriptor, -1, name) != 0) {
        (void)close(descriptor);
        return fail(error, shown, "out of memory");
    }
    return 0;
}

static int open_host(struct sockets *sockets, const char *host, uint16_t *port, char *error)
{
    char shown[SOCKET_NAME_SIZE];
    bool plain_ipv6 = strchr(host, ':') != NULL && host[0] != '[';
    (void)snprintf(shown, sizeof shown, plain_ipv6 ? "[%s]:%u" : "%s:%u", host, *port);

    struct addrinfo *found = NULL;
    int result = tcp_socket_resolve(host, &found);
    if (result != 0) {
        return fail(error, shown, gai_strerror(result));
    }
    for (const struct addrinfo *info = found; info != NULL && result == 0; info = info->ai_next) {
        result = open_tcp(sockets, info, port, shown, error);
    }
    freeaddrinfo(found);
    return result;
}

static bool family_is_missing(int code)
{
    return code == EADDRNOTAVAIL || code == EAFNOSUPPORT;
}

static int open_loopback(struct sockets *sockets, uint16_t *port, char *error)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        errno = 0;
        if (open_host(sockets, addresses[i], port, error) != 0 && !family_is_missing(errno)) {
            return -1;
        }
    }
    return sockets->count > 0 ? 0 : -1;
}

static int open_all(struct sockets *sockets, const char *const *addresses, size_t count,
                    uint16_t port, char *error)
{
    if (count == 0) {
        return open_loopback(sockets, &port, error);
    }
    for (size_t i = 0; i < count; i++) {
        errno = 0;
        bool is_unix = unix_socket_path(addresses[i]) != NULL;
        if ((is_unix ? open_unix(sockets, addresses[i], error)
                     : open_host(sockets, addresses[i], &port, error)) != 0) {
            return -1;
        }
    }
    return 0;
}

int sockets_open(struct sockets *sockets, const char *const *addresses, size_t count, uint16_t port,
                 char error[static SOCKETS_ERROR_SIZE])
{
    int tries = port == 0 ? PORT_TRIES : 1;
    for (int i = 0; i < tries; i++) {
        *sockets = (struct sockets){0};
        if (open_all(sockets, addresses, count, port, error) == 0) {
            return 0;
        }
        int code = errno;
        sockets_close(sockets);
        if (code != EADDRINUSE) {
            break;
        }
    }
    return -1;
}
