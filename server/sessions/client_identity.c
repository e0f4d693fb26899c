#include "server/sessions/client_identity.h"

#include "shared/base/text.h"

#include <sodium.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)CLIENT_KEY_SIZE >= (int)crypto_generichash_BYTES_MIN, "BLAKE2b can be as short");

/* What the log shows in front of a name; a subject and a SPIFFE ID show their kind themselves. */
static const char *const prefixes[] = {[CLIENT_SPIFFE] = "",
                                       [CLIENT_URI] = "URI:",
                                       [CLIENT_DNS] = "DNS:",
                                       [CLIENT_SUBJECT] = "",
                                       [CLIENT_CERTIFICATE] = "certificate:",
                                       [CLIENT_ADDRESS] = ""};

void client_key_make(struct client_key *ret_key, enum client_kind kind, const char *name,
                     size_t length)
{
    const unsigned char kind_byte = (unsigned char)kind;
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof ret_key->bytes);
    (void)crypto_generichash_update(&state, &kind_byte, sizeof kind_byte);
    (void)crypto_generichash_update(&state, (const unsigned char *)name, length);
    (void)crypto_generichash_final(&state, ret_key->bytes, sizeof ret_key->bytes);
}

bool client_key_equal(const struct client_key *one, const struct client_key *other)
{
    static const struct client_key none;
    return memcmp(one == NULL ? &none : one, other == NULL ? &none : other, sizeof none) == 0;
}

/* A certificate without a name shows the beginning of its key: its text says nothing to people. */
static void show(struct client_identity *identity, enum client_kind kind, const char *name,
                 size_t length)
{
    enum { SHOWN = 8 };
    char hexadecimal[2 * SHOWN + 1];
    if (kind == CLIENT_CERTIFICATE) {
        (void)sodium_bin2hex(hexadecimal, sizeof hexadecimal, identity->key.bytes, SHOWN);
        name = hexadecimal;
        length = 2 * (size_t)SHOWN;
    }
    int used = snprintf(identity->name, sizeof identity->name, "%s", prefixes[kind]);
    text_copy_printable(name, length, identity->name + used, sizeof identity->name - (size_t)used);
}

struct client_identity *client_identity_create(enum client_kind kind, const char *name,
                                               size_t length)
{
    struct client_identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL) {
        return NULL;
    }
    atomic_init(&identity->references, 1);
    client_key_make(&identity->key, kind, name, length);
    show(identity, kind, name, length);
    return identity;
}

void client_identity_ref(struct client_identity *identity)
{
    atomic_fetch_add_explicit(&identity->references, 1, memory_order_relaxed);
}

void client_identity_unref(struct client_identity *identity)
{
    if (identity != NULL &&
        atomic_fetch_sub_explicit(&identity->references, 1, memory_order_acq_rel) == 1) {
        free(identity);
    }
}
