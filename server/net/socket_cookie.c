#define _GNU_SOURCE /* SO_COOKIE */

#include "server/net/socket_cookie.h"

#include <sys/socket.h>

uint64_t socket_cookie_read(int descriptor)
{
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}
