#include "shared/base/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

bool address_unmap(const struct sockaddr *address, struct sockaddr_in *ret_ipv4)
{
    if (address->sa_family != AF_INET6) {
        return false;
    }
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)(const void *)address;
    if (!IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr)) {
        return false;
    }
    *ret_ipv4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = ipv6->sin6_port};
    memcpy(&ret_ipv4->sin_addr, &ipv6->sin6_addr.s6_addr[12], sizeof ret_ipv4->sin_addr);
    return true;
}

bool address_is_loopback(const struct sockaddr *address)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_UNSPEC};
    if (address->sa_family == AF_INET6 && !address_unmap(address, &ipv4)) {
        return IN6_IS_ADDR_LOOPBACK(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    }
    if (address->sa_family == AF_INET) {
        ipv4 = *(const struct sockaddr_in *)(const void *)address;
    }
    return ipv4.sin_family == AF_INET && ntohl(ipv4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

void address_describe(const struct sockaddr *address, socklen_t length, char *text, size_t size)
{
    struct sockaddr_in ipv4;
    if (address_unmap(address, &ipv4)) {
        address = (const struct sockaddr *)(const void *)&ipv4;
        length = sizeof ipv4;
    }
    if (address->sa_family == AF_UNIX) {
        const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)address;
        /* A client's socket has no path: the address then ends before sun_path. */
        const char *path = length > offsetof(struct sockaddr_un, sun_path) ? local->sun_path : "";
        (void)snprintf(text, size, "unix:%s", path);
        return;
    }
    char host[64];
    char port[16];
    if (getnameinfo(address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        (void)snprintf(text, size, "unknown");
        return;
    }
    (void)snprintf(text, size, address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

size_t address_host_length(const char *text)
{
    static const char local[] = "unix:";
    if (strncmp(text, local, sizeof local - 1) == 0) {
        return sizeof local - 2;
    }
    const char *colon = strrchr(text, ':');
    return colon == NULL ? strlen(text) : (size_t)(colon - text);
}
