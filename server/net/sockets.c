#include "server/net/sockets.h"

#include "shared/base/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    LOCK_NAME_SIZE = SOCKET_NAME_SIZE + 8,
    /* The kernel's choice for one family may be taken in the other. */
    PORT_TRIES = 16
};

static const char unix_prefix[] = "unix:";

static bool is_unix(const char *address)
{
    return strncmp(address, unix_prefix, sizeof unix_prefix - 1) == 0;
}

/* Copies the address without the brackets that it may have. */
static void strip_brackets(const char *address, char host[static SOCKET_NAME_SIZE])
{
    size_t length = strlen(address);
    bool in_brackets = length > 2 && address[0] == '[' && address[length - 1] == ']';
    (void)snprintf(host, SOCKET_NAME_SIZE, "%.*s", (int)(in_brackets ? length - 2 : length),
                   in_brackets ? address + 1 : address);
}

bool sockets_is_address(const char *text)
{
    if (is_unix(text)) {
        const char *path = text + sizeof unix_prefix - 1;
        return path[0] != '\0' && strlen(path) < sizeof((struct sockaddr_un *)NULL)->sun_path;
    }
    if (text[0] == '\0' || strlen(text) >= SOCKET_NAME_SIZE) {
        return false;
    }
    char host[SOCKET_NAME_SIZE];
    strip_brackets(text, host);
    if (strchr(host, ':') == NULL) {
        return text[0] != '[';
    }
    const struct addrinfo hints = {.ai_family = AF_INET6, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        return false;
    }
    freeaddrinfo(found);
    return true;
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

static void name_lock(const char *path, char name[static LOCK_NAME_SIZE])
{
    (void)snprintf(name, LOCK_NAME_SIZE, "%s.lock", path);
}

/*
 * Locks PATH.lock. A bind would not tell that a server lives behind an existing socket file, and
 * that one's exit would remove the file of the next. -1 with errno; EADDRINUSE: a server lives.
 */
static int lock_path(const char *path)
{
    char name[LOCK_NAME_SIZE];
    name_lock(path, name);
    for (;;) {
        int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (lock < 0) {
            return -1;
        }
        if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
            int code = errno == EWOULDBLOCK ? EADDRINUSE : errno;
            (void)close(lock);
            errno = code;
            return -1;
        }
        /* The one that held it may have removed the file meanwhile: then this locks nothing. */
        struct stat locked;
        struct stat present;
        if (fstat(lock, &locked) == 0 && stat(name, &present) == 0 &&
            locked.st_ino == present.st_ino && locked.st_dev == present.st_dev) {
            return lock;
        }
        (void)close(lock);
    }
}

/* Removes PATH.lock, while it is still held, and lets go of it. */
static void unlock_path(const char *path, int lock)
{
    char name[LOCK_NAME_SIZE];
    name_lock(path, name);
    (void)unlink(name);
    (void)close(lock);
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        struct listening_socket *socket = &sockets->items[i];
        if (socket->lock >= 0) {
            const char *path = socket->name + sizeof unix_prefix - 1;
            (void)unlink(path);
            unlock_path(path, socket->lock);
        }
        (void)close(socket->descriptor);
    }
    free(sockets->items);
    *sockets = (struct sockets){0};
}

static int bind_unix(const char *path, const struct sockaddr_un *address)
{
    struct stat present;
    if (lstat(path, &present) == 0) {
        if (!S_ISSOCK(present.st_mode)) {
            errno = EEXIST;
            return -1;
        }
        (void)unlink(path); /* a dead server's: the lock is ours */
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return -1;
    }
    if (bind(descriptor, (const struct sockaddr *)(const void *)address, sizeof *address) != 0 ||
        listen(descriptor, BACKLOG) != 0) {
        int code = errno;
        (void)close(descriptor);
        errno = code;
        return -1;
    }
    return descriptor;
}

static int open_unix(struct sockets *sockets, const char *name, char *error)
{
    const char *path = name + sizeof unix_prefix - 1;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));

    int lock = lock_path(path);
    if (lock < 0) {
        return fail_errno(error, name);
    }
    int descriptor = bind_unix(path, &address);
    if (descriptor < 0) {
        (void)(errno == EEXIST ? fail(error, name, "the file exists, and is no socket")
                               : fail_errno(error, name));
        unlock_path(path, lock);
        return -1;
    }
    if (add(sockets, descriptor, lock, name) != 0) {
        (void)close(descriptor);
        unlock_path(path, lock);
        return fail(error, name, "out of memory");
    }
    return 0;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
    const void *any = address;
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)any)->sin6_port
                                                : ((const struct sockaddr_in *)any)->sin_port);
}

/* A bound and listening TCP socket, and the address that it really has; -1 with errno. */
static int bind_tcp(const struct addrinfo *info, struct sockaddr_storage *ret_address,
                    socklen_t *ret_length)
{
    const int on = 1;
    int descriptor =
        socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (descriptor < 0) {
        return -1;
    }
    /* SO_REUSEADDR lets a restart bind at once; without SO_REUSEPORT a second server cannot. */
    bool good = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (good && info->ai_family == AF_INET6) {
        good = setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    }
    good = good && bind(descriptor, info->ai_addr, info->ai_addrlen) == 0 &&
           listen(descriptor, BACKLOG) == 0 &&
           getsockname(descriptor, (struct sockaddr *)ret_address, ret_length) == 0;
    if (!good) {
        int code = errno;
        (void)close(descriptor);
        errno = code;
        return -1;
    }
    return descriptor;
}

/* Opens one address of a host; *port becomes the kernel's choice where it was 0. */
static int open_tcp(struct sockets *sockets, const struct addrinfo *info, uint16_t *port,
                    const char *shown, char *error)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int descriptor = bind_tcp(info, &address, &length);
    if (descriptor < 0) {
        return fail_errno(error, shown);
    }
    *port = port_of(&address);
    char name[SOCKET_NAME_SIZE];
    address_describe((struct sockaddr *)&address, length, name, sizeof name);
    if (add(sockets, descriptor, -1, name) != 0) {
        (void)close(descriptor);
        return fail(error, shown, "out of memory");
    }
    return 0;
}

static struct addrinfo *resolve(const char *address, uint16_t port, const char *shown, char *error)
{
    char host[SOCKET_NAME_SIZE];
    strip_brackets(address, host);
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);

    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int result = getaddrinfo(host, service, &hints, &found);
    if (result != 0) {
        (void)fail(error, shown, gai_strerror(result));
        return NULL;
    }
    return found;
}

static int open_host(struct sockets *sockets, const char *address, uint16_t *port, char *error)
{
    char shown[SOCKET_NAME_SIZE];
    bool plain_ipv6 = strchr(address, ':') != NULL && address[0] != '[';
    (void)snprintf(shown, sizeof shown, plain_ipv6 ? "[%s]:%u" : "%s:%u", address, *port);

    struct addrinfo *found = resolve(address, *port, shown, error);
    if (found == NULL) {
        return -1;
    }
    int result = 0;
    for (const struct addrinfo *info = found; info != NULL && result == 0; info = info->ai_next) {
        if (*port != 0 && info->ai_family == AF_INET6) {
            ((struct sockaddr_in6 *)(void *)info->ai_addr)->sin6_port = htons(*port);
        } else if (*port != 0) {
            ((struct sockaddr_in *)(void *)info->ai_addr)->sin_port = htons(*port);
        }
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
        if ((is_unix(addresses[i]) ? open_unix(sockets, addresses[i], error)
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
