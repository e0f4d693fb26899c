#include "client/grpc/name_addresses.h"

#include "shared/base/address.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct address_table addresses; /* of all look-ups */

void name_addresses_note(const struct addrinfo *found)
{
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        char text[ADDRESS_TEXT_SIZE];
        address_describe(at->ai_addr, at->ai_addrlen, text, sizeof text);
        (void)pthread_mutex_lock(&lock);
        address_table_expect(&addresses, text);
        (void)pthread_mutex_unlock(&lock);
    }
}

void name_addresses_add(struct address_table *table)
{
    (void)pthread_mutex_lock(&lock);
    address_table_add(table, &addresses);
    (void)pthread_mutex_unlock(&lock);
}
