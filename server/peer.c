#include "server/peer.h"

#include "shared/number.h"

#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void address_describe(const struct sockaddr *address, socklen_t length, char *text, size_t size)
{
    if (address->sa_family == AF_UNIX) {
        const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)address;
        /* A client's socket has no name; the structure then ends before the path. */
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

void peer_describe(const char *name, char *text, size_t size)
{
    static const char prefix[] = "fd:";
    const size_t prefix_length = sizeof prefix - 1;
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    uint64_t descriptor;

    if (strncmp(name, prefix, prefix_length) != 0 ||
        number_parse(name + prefix_length, strlen(name + prefix_length), INT32_MAX, &descriptor) !=
            NUMBER_OK ||
        getpeername((int)descriptor, (struct sockaddr *)&address, &length) != 0) {
        (void)snprintf(text, size, "%s", name);
        return;
    }
    address_describe((struct sockaddr *)&address, length, text, size);
}
