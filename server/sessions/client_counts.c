#include "server/sessions/client_counts.h"

#include "shared/base/address.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

struct client_count {
    struct client_key key;
    uint64_t hash;
    uint64_t count;             /* at least 1 in the table */
    struct client_count *next;  /* in its bucket */
    struct client_count **link; /* the pointer to it in the table */
};

bool client_counts_init(struct client_counts *counts, uint64_t max, uint64_t bucket_count,
                        const unsigned char *secret_key)
{
    *counts =
        (struct client_counts){.max = max, .bucket_count = bucket_count, .secret_key = secret_key};
    if (max > 0) {
        counts->buckets = calloc(bucket_count, sizeof(struct client_count *));
    }
    return max == 0 || counts->buckets != NULL;
}

void client_counts_cleanup(struct client_counts *counts)
{
    for (uint64_t i = 0; counts->buckets != NULL && i < counts->bucket_count; i++) {
        struct client_count *next;
        for (struct client_count *count = counts->buckets[i]; count != NULL; count = next) {
            next = count->next;
            free(count);
        }
    }
    free(counts->buckets);
}

bool client_counts_prepare(const struct client_counts *counts, const struct session_owner *owner,
                           struct client_count **ret_spare)
{
    *ret_spare = NULL;
    if (counts->max == 0) {
        return true;
    }
    struct client_count *spare = calloc(1, sizeof *spare);
    if (spare == NULL) {
        return false;
    }
    if (owner->client != NULL) {
        spare->key = *owner->client;
    } else {
        client_key_make(&spare->key, CLIENT_ADDRESS, owner->address,
                        address_host_length(owner->address));
    }
    unsigned char digest[crypto_shorthash_BYTES];
    (void)crypto_shorthash(digest, spare->key.bytes, sizeof spare->key.bytes, counts->secret_key);
    memcpy(&spare->hash, digest, sizeof spare->hash);
    *ret_spare = spare;
    return true;
}

static struct client_count *find(const struct client_counts *counts,
                                 const struct client_count *wanted)
{
    struct client_count *count = counts->buckets[wanted->hash & (counts->bucket_count - 1)];
    while (count != NULL && !client_key_equal(&count->key, &wanted->key)) {
        count = count->next;
    }
    return count;
}

static void insert(struct client_counts *counts, struct client_count *count)
{
    struct client_count **bucket = &counts->buckets[count->hash & (counts->bucket_count - 1)];
    count->next = *bucket;
    if (count->next != NULL) {
        count->next->link = &count->next;
    }
    count->link = bucket;
    *bucket = count;
}

/* False: the client has `max` sessions. */
static bool add_up_to(struct client_counts *counts, struct session *session,
                      struct client_count **spare, uint64_t max)
{
    if (*spare == NULL) {
        return true;
    }
    struct client_count *count = find(counts, *spare);
    if (count == NULL) {
        count = *spare;
        *spare = NULL;
        insert(counts, count);
    } else if (count->count >= max) {
        return false;
    }
    count->count++;
    session->counted = count;
    return true;
}

bool client_counts_add(struct client_counts *counts, struct session *session,
                       struct client_count **spare)
{
    return add_up_to(counts, session, spare, counts->max);
}

void client_counts_take(struct client_counts *counts, struct session *session,
                        struct client_count **spare)
{
    if (session->counted == NULL && !session_is_finished(session)) {
        (void)add_up_to(counts, session, spare, UINT64_MAX);
    }
}

void client_counts_remove(struct session *session)
{
    struct client_count *count = session->counted;
    session->counted = NULL;
    if (count == NULL || --count->count > 0) {
        return;
    }
    *count->link = count->next;
    if (count->next != NULL) {
        count->next->link = count->link;
    }
    free(count);
}
