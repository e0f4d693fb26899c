#include "server/net/peer_index.h"

#include "server/net/connection.h"
#include "shared/base/number.h"

#include <sodium.h>

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

static_assert(sizeof(struct peer_key) == 24, "it has no padding: it is compared and hashed whole");
static_assert(sizeof((struct peer_index *)NULL)->secret == crypto_shorthash_KEYBYTES,
              "the secret is a whole key");

/* ---- Keys ------------------------------------------------------------------------------------ */

struct peer_key peer_key_of_address(const struct sockaddr *address)
{
    struct peer_key key = {.family = 0};
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)(const void *)address;
        key.family = AF_INET;
        key.port = ipv4->sin_port;
        memcpy(key.address, &ipv4->sin_addr, sizeof ipv4->sin_addr);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)(const void *)address;
        key.family = AF_INET6;
        key.port = ipv6->sin6_port;
        key.scope = ipv6->sin6_scope_id;
        memcpy(key.address, &ipv6->sin6_addr, sizeof ipv6->sin6_addr);
    }
    return key;
}

/* Room for the longest name of a connection, NUL included: an IPv6 address with scope and port. */
enum { NAME_SIZE = 96 };

static int digit_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Copies a text with its %XX decoded. False: it is too long, or ends within a %XX. */
static bool decode(const char *text, char decoded[static NAME_SIZE])
{
    size_t used = 0;
    for (; *text != '\0'; text++) {
        char c = *text;
        if (c == '%') {
            int high = digit_value(text[1]);
            int low = high < 0 ? -1 : digit_value(text[2]);
            if (low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            text += 2;
        }
        if (used == NAME_SIZE - 1) {
            return false;
        }
        decoded[used++] = c;
    }
    decoded[used] = '\0';
    return true;
}

static bool read_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    return number_parse(text, strlen(text), max, ret_number) == NUMBER_OK;
}

/* Reads `[::1]`, or `[fe80::1%2]` with the number of an interface. Changes the text. */
static bool read_ipv6(char *host, struct peer_key *key)
{
    uint64_t scope = 0;
    size_t length = strlen(host);
    if (length < 2 || host[0] != '[' || host[length - 1] != ']') {
        return false;
    }
    host[length - 1] = '\0';
    char *percent = strchr(host, '%');
    if (percent != NULL) {
        *percent = '\0';
        if (!read_number(percent + 1, UINT32_MAX, &scope)) {
            return false;
        }
    }
    key->family = AF_INET6;
    key->scope = (uint32_t)scope;
    return inet_pton(AF_INET6, host + 1, key->address) == 1;
}

struct peer_key peer_key_of_name(const char *name)
{
    static const char ipv4[] = "ipv4:";
    static const char ipv6[] = "ipv6:";
    const size_t prefix = sizeof ipv4 - 1;
    const bool is_ipv4 = strncmp(name, ipv4, prefix) == 0;
    struct peer_key key = {.family = AF_INET};
    const struct peer_key none = {.family = 0};
    char host[NAME_SIZE];
    if ((!is_ipv4 && strncmp(name, ipv6, prefix) != 0) || !decode(name + prefix, host)) {
        return none;
    }
    char *colon = strrchr(host, ':');
    uint64_t port;
    if (colon == NULL || !read_number(colon + 1, UINT16_MAX, &port)) {
        return none;
    }
    *colon = '\0';
    key.port = htons((uint16_t)port);
    const bool is_read =
        is_ipv4 ? inet_pton(AF_INET, host, key.address) == 1 : read_ipv6(host, &key);
    return is_read ? key : none;
}

/* ---- The index ------------------------------------------------------------------------------- */

void peer_index_init(struct peer_index *index)
{
    *index = (struct peer_index){.buckets = {NULL}};
    crypto_shorthash_keygen(index->secret);
}

static size_t bucket_of(const struct peer_index *index, const struct peer_key *key)
{
    uint64_t hash;
    static_assert(sizeof hash == crypto_shorthash_BYTES, "the hash is the whole digest");
    (void)crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, sizeof *key,
                           index->secret);
    return (size_t)(hash % PEER_INDEX_BUCKETS);
}

void peer_index_add(struct peer_index *index, struct connection *connection)
{
    if (connection->peer.family != 0) {
        struct connection **bucket = &index->buckets[bucket_of(index, &connection->peer)];
        connection->next_peer = *bucket;
        *bucket = connection;
    }
}

void peer_index_remove(struct peer_index *index, struct connection *connection)
{
    if (connection->peer.family == 0) {
        return;
    }
    struct connection **link = &index->buckets[bucket_of(index, &connection->peer)];
    while (*link != connection) {
        link = &(*link)->next_peer;
    }
    *link = connection->next_peer;
}

struct connection *peer_index_find(const struct peer_index *index, const struct peer_key *key)
{
    if (key->family == 0) {
        return NULL;
    }
    struct connection *connection = index->buckets[bucket_of(index, key)];
    while (connection != NULL && memcmp(&connection->peer, key, sizeof *key) != 0) {
        connection = connection->next_peer;
    }
    return connection;
}

bool peer_parse_descriptor(const char *peer, uint64_t *ret_descriptor)
{
    static const char prefix[] = "fd:";
    const size_t length = sizeof prefix - 1;
    return strncmp(peer, prefix, length) == 0 &&
           number_parse(peer + length, strlen(peer + length), INT32_MAX, ret_descriptor) ==
               NUMBER_OK;
}
