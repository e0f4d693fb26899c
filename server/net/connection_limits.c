#include "server/net/connection_limits.h"

#include "server/net/peer_index.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct address_limit {
    struct peer_key key; /* with port 0 */
    struct connection_limit limit;
};

/* A balanced tree: no client can choose addresses that make it slow. */
static int compare(const void *one, const void *other)
{
    return memcmp(&((const struct address_limit *)one)->key,
                  &((const struct address_limit *)other)->key, sizeof(struct peer_key));
}

static bool take(struct connection_limit *limit)
{
    bool has_room = limit->live < limit->max;
    limit->live += has_room;
    return has_room;
}

/* The entry of an address in the tree; a new one if the tree has none. NULL: no memory. */
static struct address_limit *find_address(struct connection_limits *limits,
                                          const struct peer_key *key)
{
    const struct address_limit wanted = {.key = *key};
    struct address_limit *const *found = tfind(&wanted, &limits->addresses, compare);
    if (found != NULL) {
        return *found;
    }
    struct address_limit *added = malloc(sizeof *added);
    if (added == NULL) {
        return NULL;
    }
    *added = (struct address_limit){.key = *key, .limit = {.max = limits->max_per_address}};
    if (tsearch(added, &limits->addresses, compare) == NULL) {
        free(added);
        return NULL;
    }
    return added;
}

static enum connection_refusal count_address(struct connection_limits *limits,
                                             const struct sockaddr *address,
                                             struct address_limit **ret_address)
{
    struct peer_key key = peer_key_of_address(address);
    key.port = 0;
    *ret_address = NULL;
    if (limits->max_per_address == 0 || key.family == 0) {
        return CONNECTION_NOT_REFUSED;
    }
    struct address_limit *counted = find_address(limits, &key);
    if (counted == NULL) {
        return CONNECTION_NO_MEMORY;
    }
    if (!take(&counted->limit)) {
        return CONNECTION_TOO_MANY_OF_ADDRESS;
    }
    *ret_address = counted;
    return CONNECTION_NOT_REFUSED;
}

static enum connection_refusal count_tls(struct connection_limits *limits,
                                         const struct sockaddr *address,
                                         struct connection_limit **ret_tls)
{
    const bool speaks_tls = limits->tls.max != 0 && peer_key_of_address(address).family != 0;
    *ret_tls = speaks_tls ? &limits->tls : NULL;
    return !speaks_tls || take(&limits->tls) ? CONNECTION_NOT_REFUSED : CONNECTION_TOO_MANY_TLS;
}

enum connection_refusal connection_limits_count(struct connection_limits *limits,
                                                const struct sockaddr *address,
                                                struct connection_counted *ret_counted)
{
    if (!take(&limits->all)) {
        return CONNECTION_TOO_MANY;
    }
    struct connection_limit *tls;
    enum connection_refusal refusal = count_tls(limits, address, &tls);
    if (refusal == CONNECTION_NOT_REFUSED) {
        refusal = count_address(limits, address, &ret_counted->address);
        if (refusal == CONNECTION_NOT_REFUSED) {
            ret_counted->all = &limits->all;
            ret_counted->tls = tls;
            return refusal;
        }
        if (tls != NULL) {
            tls->live--;
        }
    }
    limits->all.live--;
    return refusal;
}

void connection_limits_forget(struct connection_limits *limits,
                              const struct connection_counted *counted)
{
    struct address_limit *address = counted->address;
    counted->all->live--;
    if (counted->tls != NULL) {
        counted->tls->live--;
    }
    if (address != NULL && --address->limit.live == 0) {
        (void)tdelete(address, &limits->addresses, compare);
        free(address);
    }
}
