#include "server/net/peer.h"

#include "shared/base/address.h"
#include "shared/base/number.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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
