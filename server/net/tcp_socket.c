#include "server/net/tcp_socket.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int tcp_socket_resolve(const char *host, struct addrinfo **ret_found)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    return getaddrinfo(host, "0", &hints, ret_found);
}

bool tcp_socket_has_family(int family)
{
    const struct sockaddr_in ipv4 = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const void *loopback = family == AF_INET6 ? (const void *)&ipv6 : (const void *)&ipv4;
    int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    bool has = descriptor >= 0 &&
               bind(descriptor, loopback, family == AF_INET6 ? sizeof ipv6 : sizeof ipv4) == 0;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return has;
}

static in_port_t *port_field(struct sockaddr_storage *address)
{
    void *any = address;
    return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)any)->sin6_port
                                          : &((struct sockaddr_in *)any)->sin_port;
}

void tcp_socket_set_port(struct sockaddr_storage *address, uint16_t port)
{
    *port_field(address) = htons(port);
}

static bool set_options(int descriptor, int family)
{
    const int on = 1;
    /* Connections inherit it: a number must not wait for the acknowledgement of the one before. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* SO_REUSEADDR lets a restarted server bind at once. Without SO_REUSEPORT a second server
     * cannot bind beside a running one. */
    return setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           (family != AF_INET6 ||
            setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
}

void tcp_socket_set_user_timeout(int descriptor, int64_t timeout_ns)
{
    const int64_t wanted_ms = timeout_ns / NS_PER_MS;
    const int timeout_ms = wanted_ms < INT_MAX ? (int)wanted_ms : INT_MAX;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

int tcp_socket_open(struct sockaddr_storage *address, socklen_t length, int backlog, uint16_t *port)
{
    int descriptor =
        socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (descriptor < 0) {
        return -1;
    }
    tcp_socket_set_port(address, *port);
    if (!set_options(descriptor, address->ss_family) ||
        bind(descriptor, (const struct sockaddr *)address, length) != 0 ||
        listen(descriptor, backlog) != 0 ||
        getsockname(descriptor, (struct sockaddr *)address, &length) != 0) {
        int code = errno;
        (void)close(descriptor);
        errno = code;
        return -1;
    }
    *port = ntohs(*port_field(address));
    return descriptor;
}

void tcp_socket_flush(int descriptor)
{
    const int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

uint64_t tcp_socket_untaken(int descriptor)
{
    int bytes = 0;
    return ioctl(descriptor, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (uint64_t)bytes : 0;
}

/* Without a time to linger the kernel keeps no bytes for a client that does not read, and a client
 * that only writes learns of the end. */
void tcp_socket_break(int descriptor)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)shutdown(descriptor, SHUT_RDWR);
}
