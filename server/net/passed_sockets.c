#include "server/net/passed_sockets.h"

#include "shared/base/address.h"
#include "shared/base/log.h"
#include "shared/base/number.h"

#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PASSED_MAX = 1024 };

/* False: the variable is not set, or is no number up to `max`. */
static bool read_variable(const char *name, uint64_t max, uint64_t *ret_number)
{
    const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): nobody sets variables */
    return text != NULL && number_parse(text, strlen(text), max, ret_number) == NUMBER_OK;
}

static int get_number(int descriptor, int option)
{
    int number = -1;
    socklen_t length = sizeof number;
    return getsockopt(descriptor, SOL_SOCKET, option, &number, &length) == 0 ? number : -1;
}

/* An abstract socket has a name in place of a path, which begins with NUL and ends with the
 * address. */
static bool describe_abstract(const struct sockaddr_storage *address, socklen_t length,
                              char name[static SOCKET_NAME_SIZE])
{
    const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)address;
    const size_t start = offsetof(struct sockaddr_un, sun_path) + 1;
    if (local->sun_family != AF_UNIX || length <= start || local->sun_path[0] != '\0') {
        return false;
    }
    (void)snprintf(name, SOCKET_NAME_SIZE, "unix-abstract:%.*s", (int)(length - start),
                   local->sun_path + 1);
    return true;
}

/* Sets *ret_socket. False: the descriptor is no stream socket of ours that listens. */
static bool take(int descriptor, struct listening_socket *ret_socket)
{
    struct sockaddr_storage address = {0};
    const struct sockaddr *any = (const struct sockaddr *)&address;
    socklen_t length = sizeof address;
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || getsockname(descriptor, (struct sockaddr *)&address, &length) != 0 ||
        get_number(descriptor, SO_TYPE) != SOCK_STREAM ||
        get_number(descriptor, SO_ACCEPTCONN) != 1 ||
        (address.ss_family != AF_INET && address.ss_family != AF_INET6 &&
         address.ss_family != AF_UNIX)) {
        return false;
    }
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    (void)fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
    *ret_socket = (struct listening_socket){.descriptor = descriptor,
                                            .is_passed = true,
                                            .is_unix = address.ss_family == AF_UNIX,
                                            .is_loopback = address_is_loopback(any)};
    if (!ret_socket->is_unix) {
        const int on = 1;
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (!describe_abstract(&address, length, ret_socket->name)) {
        address_describe(any, length, ret_socket->name, sizeof ret_socket->name);
    }
    return true;
}

int passed_sockets_take(struct sockets *sockets, int first, char error[static SOCKETS_ERROR_SIZE])
{
    uint64_t process;
    uint64_t count;
    if (!read_variable("LISTEN_PID", INT_MAX, &process) || process != (uint64_t)getpid() ||
        getenv("LISTEN_FDS") == NULL) { /* NOLINT(concurrency-mt-unsafe): as above */
        return 0;
    }
    if (!read_variable("LISTEN_FDS", PASSED_MAX, &count)) {
        (void)snprintf(error, SOCKETS_ERROR_SIZE,
                       "cannot take the sockets of systemd: LISTEN_FDS is no number up to %d",
                       PASSED_MAX);
        return -1;
    }
    if (count == 0) {
        return 0;
    }
    struct sockets taken = {.items = calloc(count, sizeof *taken.items)};
    if (taken.items == NULL) {
        (void)snprintf(error, SOCKETS_ERROR_SIZE, "cannot start: out of memory");
        return -1;
    }
    for (int i = 0; i < (int)count; i++) {
        if (!take(first + i, &taken.items[i])) {
            (void)snprintf(error, SOCKETS_ERROR_SIZE,
                           "cannot listen on descriptor %d of systemd: it is no stream socket that "
                           "listens; its unit needs ListenStream= and Accept=no",
                           first + i);
            sockets_close(&taken);
            return -1;
        }
        taken.count++;
    }
    *sockets = taken;
    return (int)count;
}

int passed_sockets_or_open(struct sockets *sockets, const char *const *addresses, size_t count,
                           uint16_t port, char error[static SOCKETS_ERROR_SIZE])
{
    const int passed = passed_sockets_take(sockets, PASSED_SOCKETS_FIRST, error);
    if (passed > 0 && count > 0) {
        log_event(LOG_LEVEL_WARN, "addresses ignored",
                  log_text("reason", "systemd passes the sockets: leave out --listen"));
    }
    if (passed == 0) {
        return sockets_open(sockets, addresses, count, port, error);
    }
    return passed > 0 ? 0 : -1;
}
