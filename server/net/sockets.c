#include "server/net/sockets.h"

#include "server/net/listen_list.h"
#include "server/net/tcp_socket.h"
#include "server/net/unix_socket.h"
#include "shared/base/address.h"
#include "shared/base/log.h"

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

static const char no_ipv4[] = "this machine has no IPv4 address";
static const char no_ipv6[] = "this machine has no IPv6 address";

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

/* A copy of `added`, with this name. */
static int add(struct sockets *sockets, const struct listening_socket *added, const char *name)
{
    struct listening_socket *items = realloc(sockets->items, (sockets->count + 1) * sizeof *items);
    if (items == NULL) {
        return -1;
    }
    sockets->items = items;
    struct listening_socket *item = &items[sockets->count++];
    *item = *added;
    (void)snprintf(item->name, sizeof item->name, "%s", name);
    return 0;
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        struct listening_socket *socket = &sockets->items[i];
        if (socket->is_unix && !socket->is_passed) {
            unix_socket_close(unix_socket_path(socket->name), &socket->file);
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
    char why[UNIX_SOCKET_ERROR_SIZE];
    struct listening_socket added = {.is_unix = true};
    if (unix_socket_open(path, BACKLOG, &added.file, why) != 0) {
        (void)fail(error, name, why);
        errno = EINVAL; /* another port would not help */
        return -1;
    }
    added.descriptor = added.file.descriptor;
    if (add(sockets, &added, name) != 0) {
        unix_socket_close(path, &added.file);
        return fail(error, name, "out of memory");
    }
    return 0;
}

static void describe(const struct listen_address *item, uint16_t port,
                     char name[static SOCKET_NAME_SIZE])
{
    struct sockaddr_storage address = item->address;
    if (address.ss_family != AF_UNIX) {
        tcp_socket_set_port(&address, port);
    }
    address_describe((const struct sockaddr *)&address, item->length, name, SOCKET_NAME_SIZE);
}

/* The address of all interfaces and another one of its family cannot both be listened on. */
static int fail_in_use(const struct listen_list *list, size_t i, uint16_t port, const char *name,
                       char *error)
{
    for (size_t k = 0; k < i; k++) {
        if (listen_address_overlaps(&list->items[k], &list->items[i])) {
            char other[SOCKET_NAME_SIZE];
            char what[SOCKET_NAME_SIZE + 64];
            describe(&list->items[k], port, other);
            (void)snprintf(what, sizeof what, "it overlaps with %s: leave one of them out", other);
            (void)fail(error, name, what);
            errno = EINVAL; /* another port would not help */
            return -1;
        }
    }
    return fail_errno(error, name);
}

static bool family_is_missing(int code, int family)
{
    return code == EAFNOSUPPORT || (code == EADDRNOTAVAIL && !tcp_socket_has_family(family));
}

/* Opens an address of the list. If *port is 0, sets it to the port that the kernel chose. */
static int open_tcp(struct sockets *sockets, struct listen_list *list, size_t i, uint16_t *port,
                    char *error)
{
    struct listen_address *item = &list->items[i];
    struct sockaddr_storage address = item->address;
    char name[SOCKET_NAME_SIZE];
    describe(item, *port, name);
    int descriptor = tcp_socket_open(&address, item->length, BACKLOG, port);
    if (descriptor < 0 && family_is_missing(errno, address.ss_family)) {
        item->is_skipped = true;
        (void)fail(error, name, address.ss_family == AF_INET6 ? no_ipv6 : no_ipv4);
        return 0;
    }
    if (descriptor < 0) {
        return errno == EADDRINUSE ? fail_in_use(list, i, *port, name, error)
                                   : fail_errno(error, name);
    }
    describe(item, *port, name);
    const struct listening_socket added = {
        .descriptor = descriptor,
        .is_loopback = address_is_loopback((const struct sockaddr *)&address)};
    if (add(sockets, &added, name) != 0) {
        (void)close(descriptor);
        return fail(error, name, "out of memory");
    }
    return 0;
}

static int open_all(struct sockets *sockets, struct listen_list *list, uint16_t port, char *error)
{
    for (size_t i = 0; i < list->count; i++) {
        char name[SOCKET_NAME_SIZE];
        describe(&list->items[i], port, name);
        errno = 0;
        if ((unix_socket_path(name) != NULL ? open_unix(sockets, name, error)
                                            : open_tcp(sockets, list, i, &port, error)) != 0) {
            return -1;
        }
    }
    return sockets->count > 0 ? 0 : -1;
}

static int open_list(struct sockets *sockets, struct listen_list *list, uint16_t port, char *error)
{
    int tries = port == 0 ? PORT_TRIES : 1;
    for (int i = 0; i < tries; i++) {
        *sockets = (struct sockets){0};
        if (open_all(sockets, list, port, error) == 0) {
            error[0] = '\0'; /* it may be about an address that was skipped */
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

void sockets_set_user_timeout(const struct sockets *sockets, int64_t timeout_ns)
{
    for (size_t i = 0; i < sockets->count; i++) {
        if (!sockets->items[i].is_unix) {
            tcp_socket_set_user_timeout(sockets->items[i].descriptor, timeout_ns);
        }
    }
}

void sockets_warn_of_plain(const struct sockets *sockets, bool has_tls)
{
    for (size_t i = 0; i < sockets->count && !has_tls; i++) {
        const struct listening_socket *item = &sockets->items[i];
        if (!item->is_unix && !item->is_loopback) {
            log_event(LOG_LEVEL_WARN, "listening without TLS", log_address("address", item->name),
                      log_text("effect", "whoever is on the path can read and change all that is "
                                         "sent, and take sessions over"));
            return;
        }
    }
}

static void log_skipped_addresses(const struct listen_list *list, uint16_t port)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct listen_address *item = &list->items[i];
        if (item->is_skipped) {
            char name[SOCKET_NAME_SIZE];
            describe(item, port, name);
            log_event(LOG_LEVEL_WARN, "address skipped", log_address("address", name),
                      log_text("reason", item->address.ss_family == AF_INET6 ? no_ipv6 : no_ipv4));
        }
    }
}

int sockets_open(struct sockets *sockets, const char *const *addresses, size_t count, uint16_t port,
                 char error[static SOCKETS_ERROR_SIZE])
{
    static const char *const loopback[] = {"127.0.0.1", "::1"};
    const char *const *texts = count == 0 ? loopback : addresses;
    size_t text_count = count == 0 ? sizeof loopback / sizeof loopback[0] : count;
    struct listen_list list = {0};
    int result = 0;
    for (size_t i = 0; i < text_count && result == 0; i++) {
        const char *wrong = listen_list_add(&list, texts[i]);
        result = wrong == NULL ? 0 : fail(error, texts[i], wrong);
    }
    if (result == 0) {
        result = open_list(sockets, &list, port, error);
    }
    if (result == 0 && count > 0) {
        log_skipped_addresses(&list, port);
    }
    listen_list_cleanup(&list);
    return result;
}
