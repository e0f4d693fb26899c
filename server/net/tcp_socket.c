#include "server/net/tcp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Copies the host, without its brackets if it has any. */
static void strip_brackets(const char *text, char host[static TCP_HOST_SIZE])
{
    size_t length = strlen(text);
    bool in_brackets = length > 2 && text[0] == '[' && text[length - 1] == ']';
    (void)snprintf(host, TCP_HOST_SIZE, "%.*s", (int)(in_brackets ? length - 2 : length),
                   in_brackets ? text + 1 : text);
}

bool tcp_socket_is_host(const char *text)
{
    if (text[0] == '\0' || strlen(text) >= TCP_HOST_SIZE) {
        return false;
    }
    char host[TCP_HOST_SIZE];
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

int tcp_socket_resolve(const char *host, struct addrinfo **ret_found)
{
    char bare[TCP_HOST_SIZE];
    strip_brackets(host, bare);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    return getaddrinfo(bare, "0", &hints, ret_found);
}

static in_port_t *port_field(struct sockaddr_storage *address)
{
    void *any = address;
    return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)any)->sin6_port
                                          : &((struct sockaddr_in *)any)->sin_port;
}

static bool set_options(int descriptor, int family)
{
    const int on = 1;
    /* SO_REUSEADDR lets a restarted server bind at once. Without SO_REUSEPORT a second server
     * cannot bind beside a running one. */
    return setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           (family != AF_INET6 ||
            setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
}

int tcp_socket_open(const struct addrinfo *info, int backlog, uint16_t *port,
                    struct sockaddr_storage *ret_address)
{
    int descriptor =
        socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (descriptor < 0) {
        return -1;
    }
    struct sockaddr_storage address = {0};
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    *port_field(&address) = htons(*port);
    socklen_t length = sizeof address;
    if (!set_options(descriptor, info->ai_family) ||
        bind(descriptor, (const struct sockaddr *)&address, info->ai_addrlen) != 0 ||
        listen(descriptor, backlog) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) {
        int code = errno;
        (void)close(descriptor);
        errno = code;
        return -1;
    }
    *port = ntohs(*port_field(&address));
    *ret_address = address;
    return descriptor;
}
