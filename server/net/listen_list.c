#include "server/net/listen_list.h"

#include "server/net/tcp_socket.h"
#include "shared/base/address.h"
#include "shared/base/target.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

static const char no_memory[] = "out of memory";

static const struct sockaddr_in *ipv4(const struct sockaddr *address)
{
    return (const struct sockaddr_in *)(const void *)address;
}

static const struct sockaddr_in6 *ipv6(const struct sockaddr *address)
{
    return (const struct sockaddr_in6 *)(const void *)address;
}

static const char *path_of(const struct sockaddr *address)
{
    return ((const struct sockaddr_un *)(const void *)address)->sun_path;
}

static const struct sockaddr *any(const struct listen_address *item)
{
    return (const struct sockaddr *)&item->address;
}

/* Finds the folder of a path; returns what stands behind the last slash. */
static const char *find_folder(const char *path, struct stat *ret_folder)
{
    const char *slash = strrchr(path, '/');
    char folder[sizeof((struct sockaddr_un *)NULL)->sun_path + 1];
    (void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
                   slash == NULL ? "." : path);
    return stat(folder, ret_folder) != 0 ? NULL : slash == NULL ? path : slash + 1;
}

/* A socket of the path need not be there yet, so the folders are compared. */
static bool is_same_path(const char *one, const char *other)
{
    struct stat folders[2];
    const char *name = find_folder(one, &folders[0]);
    const char *other_name = find_folder(other, &folders[1]);
    return strcmp(one, other) == 0 ||
           (name != NULL && other_name != NULL && strcmp(name, other_name) == 0 &&
            folders[0].st_dev == folders[1].st_dev && folders[0].st_ino == folders[1].st_ino);
}

static bool is_same(const struct sockaddr *one, const struct sockaddr *other)
{
    if (one->sa_family != other->sa_family) {
        return false;
    }
    switch (one->sa_family) {
    case AF_UNIX:
        return is_same_path(path_of(one), path_of(other));
    case AF_INET:
        return ipv4(one)->sin_addr.s_addr == ipv4(other)->sin_addr.s_addr;
    case AF_INET6:
        return ipv6(one)->sin6_scope_id == ipv6(other)->sin6_scope_id &&
               IN6_ARE_ADDR_EQUAL(&ipv6(one)->sin6_addr, &ipv6(other)->sin6_addr);
    default:
        return false;
    }
}

static bool is_wildcard(const struct sockaddr *address)
{
    return address->sa_family == AF_INET ? ipv4(address)->sin_addr.s_addr == htonl(INADDR_ANY)
                                         : address->sa_family == AF_INET6 &&
                                               IN6_IS_ADDR_UNSPECIFIED(&ipv6(address)->sin6_addr);
}

bool listen_address_overlaps(const struct listen_address *one, const struct listen_address *other)
{
    return any(one)->sa_family == any(other)->sa_family &&
           (is_wildcard(any(one)) || is_wildcard(any(other)));
}

bool listen_list_add_address(struct listen_list *list, const struct sockaddr *address,
                             socklen_t length)
{
    struct sockaddr_in unmapped; /* what an IPv6-only socket cannot be bound to */
    if (address_unmap(address, &unmapped)) {
        address = (const struct sockaddr *)(const void *)&unmapped;
        length = sizeof unmapped;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (is_same(any(&list->items[i]), address)) {
            return true;
        }
    }
    struct listen_address *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    struct listen_address *added = &items[list->count++];
    *added = (struct listen_address){.length = length};
    memcpy(&added->address, address, length);
    return true;
}

static const char *add_path(struct listen_list *list, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return listen_list_add_address(list, (const struct sockaddr *)(const void *)&address,
                                   sizeof address)
               ? NULL
               : no_memory;
}

static const char *add_host(struct listen_list *list, const char *host)
{
    struct addrinfo *found = NULL;
    int result = tcp_socket_resolve(host, &found);
    if (result != 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the main thread is alone */
        return result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result);
    }
    bool good = true;
    for (const struct addrinfo *info = found; info != NULL && good; info = info->ai_next) {
        good = listen_list_add_address(list, info->ai_addr, info->ai_addrlen);
    }
    freeaddrinfo(found);
    return good ? NULL : no_memory;
}

const char *listen_list_add(struct listen_list *list, const char *text)
{
    struct target target;
    const char *wrong = target_parse(text, TARGET_TO_LISTEN, &target);
    if (wrong != NULL) {
        return wrong;
    }
    return target.kind == TARGET_UNIX ? add_path(list, target.host) : add_host(list, target.host);
}

void listen_list_cleanup(struct listen_list *list)
{
    free(list->items);
    *list = (struct listen_list){0};
}
