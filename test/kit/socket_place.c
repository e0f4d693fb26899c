#include "test/kit/socket_place.h"

#include <check.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct socket_place place;

static size_t count_entries(const char *name)
{
    size_t count = 0;
    DIR *entries = opendir(name);
    ck_assert_ptr_nonnull(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    closedir(entries);
    return count;
}

void place_set_path(const char *name)
{
    snprintf(place.path, sizeof place.path, "%s/%s", place.folder, name);
    snprintf(place.lock_path, sizeof place.lock_path, "%s.lock", place.path);
    snprintf(place.address, sizeof place.address, "unix:%s", place.path);
}

void place_set_up(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    place.has_ipv6 = probe >= 0 && bind(probe, (const struct sockaddr *)(const void *)&loopback,
                                        sizeof loopback) == 0;
    if (probe >= 0) {
        close(probe);
    }
    snprintf(place.folder, sizeof place.folder, "/tmp/comms-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place.folder));
    place_set_path("socket");
    place.descriptors = count_entries("/proc/self/fd");
}

void place_tear_down(void)
{
    ck_assert_uint_eq(count_entries("/proc/self/fd"), place.descriptors);
    ck_assert_uint_eq(count_entries(place.folder), 2);
    ck_assert_int_eq(rmdir(place.folder), 0);
}

void sockets_must_open(const char *const *addresses, size_t count, uint16_t port)
{
    char error[SOCKETS_ERROR_SIZE] = "";
    ck_assert_msg(sockets_open(&place.sockets, addresses, count, port, error) == 0, "%s", error);
    ck_assert_str_eq(error, ""); /* nothing went wrong */
}

void sockets_must_fail(const char *const *addresses, size_t count, uint16_t port, const char *text)
{
    char error[SOCKETS_ERROR_SIZE] = "";
    size_t before = count_entries("/proc/self/fd");
    struct sockets others;
    ck_assert_int_eq(sockets_open(&others, addresses, count, port, error), -1);
    ck_assert_msg(strncmp(error, "cannot listen on ", 17) == 0 && strstr(error, text) != NULL,
                  "no '%s' in '%s'", text, error);
    ck_assert_uint_eq(count_entries("/proc/self/fd"), before);
}

void socket_must_listen(const struct listening_socket *listening)
{
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    int flags = fcntl(listening->descriptor, F_GETFL);
    ck_assert_int_ne(flags & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(listening->descriptor, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq(accept(listening->descriptor, NULL, NULL), -1);
    ck_assert_int_eq(errno, EAGAIN);

    ck_assert_int_eq(getsockname(listening->descriptor, (struct sockaddr *)&own, &length), 0);
    int client = socket(own.ss_family, SOCK_STREAM, 0);
    ck_assert_int_ge(client, 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&own, length), 0);
    int server = accept(listening->descriptor, NULL, NULL);
    ck_assert_int_ge(server, 0);
    close(server); /* first: the port then waits for lost segments */
    close(client);
}
