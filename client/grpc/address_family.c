#define _GNU_SOURCE /* RTLD_NEXT */

#include "client/grpc/address_family.h"

#include "client/grpc/name_addresses.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

static atomic_int chosen = AF_UNSPEC;

void address_family_choose(enum address_family family)
{
    static const int families[] = {
        [ADDRESS_ANY] = AF_UNSPEC, [ADDRESS_IPV4] = AF_INET, [ADDRESS_IPV6] = AF_INET6};
    atomic_store(&chosen, families[family]);
}

bool address_family_is_other(const char *host, const char **ret_chosen)
{
    const int family = atomic_load(&chosen);
    const struct addrinfo hints = {.ai_family = family == AF_INET ? AF_INET6 : AF_INET,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (family == AF_UNSPEC || getaddrinfo(host, NULL, &hints, &found) != 0) {
        return false;
    }
    freeaddrinfo(found);
    *ret_chosen = family == AF_INET ? "IPv4 address (-4)" : "IPv6 address (-6)";
    return true;
}

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* The getaddrinfo that this one stands before. */
static lookup *find_next(void)
{
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    lookup *found;
    memcpy(&found, &symbol, sizeof found); /* C has no conversion between the two */
    return found;
}

/* Whether the text is an address itself. */
static bool is_literal(const char *node)
{
    struct in_addr address;
    return node == NULL || strchr(node, ':') != NULL || inet_pton(AF_INET, node, &address) == 1;
}

/* Takes the place of the C library's, for C core too. An address (AI_NUMERICHOST) has its family.
 */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the system has odd ones */
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    lookup *next = find_next();
    struct addrinfo narrowed = {.ai_family = AF_UNSPEC};
    if (next == NULL) {
        return EAI_SYSTEM;
    }
    if (hints != NULL) {
        narrowed = *hints;
    }
    if (hints == NULL || narrowed.ai_family != AF_UNSPEC ||
        (narrowed.ai_flags & AI_NUMERICHOST) != 0) {
        return next(node, service, hints, result);
    }
    narrowed.ai_family = atomic_load(&chosen);
    const int status = next(node, service, &narrowed, result);
    if (status == 0 && !is_literal(node)) {
        name_addresses_note(*result);
    }
    return status;
}
