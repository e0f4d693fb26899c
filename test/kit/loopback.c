#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/kit/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

bool loopback_bring_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool is_up = any >= 0 && ioctl(any, SIOCSIFFLAGS, &request) == 0;
    if (any >= 0) {
        close(any);
    }
    return is_up;
}

struct sockaddr_in loopback_address(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int close_failed(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int socket_bind(int fd, uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in address = loopback_address(port);
    socklen_t length = sizeof address;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return 0;
}

int loopback_reserve(int flags, uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    return fd < 0 || socket_bind(fd, 0, ret_port) == 0 ? fd : close_failed(fd);
}

int loopback_hold(int flags, uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    return socket_bind(fd, 0, ret_port) == 0 ? fd : close_failed(fd);
}

int loopback_listen(uint16_t port, int flags, uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (fd < 0) {
        return -1;
    }
    /* A port whose last connections are in TIME_WAIT may be listened on again. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    return socket_bind(fd, port, ret_port) == 0 && listen(fd, BACKLOG) == 0 ? fd : close_failed(fd);
}

int loopback_listen_silent(int *ret_queued, uint16_t *ret_port)
{
    int fd = loopback_reserve(SOCK_CLOEXEC, ret_port);
    if (fd < 0 || listen(fd, 0) != 0) {
        return fd < 0 ? -1 : close_failed(fd);
    }
    const struct sockaddr_in address = loopback_address(*ret_port);
    *ret_queued = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*ret_queued < 0 ||
        connect(*ret_queued, (const struct sockaddr *)&address, sizeof address) != 0) {
        int saved = errno;
        close(*ret_queued);
        errno = saved;
        return close_failed(fd);
    }
    return fd;
}
