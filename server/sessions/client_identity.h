/*
 * Who a client is: what its certificate says with mutual TLS. A session belongs to the identity
 * that started it. Without mutual TLS clients have no identity, and all are alike.
 *
 * An identity is reference counted: a connection holds one reference, its streams share it. Every
 * function may be called from any thread.
 */
#ifndef COMMS_SERVER_SESSIONS_CLIENT_IDENTITY_H
#define COMMS_SERVER_SESSIONS_CLIENT_IDENTITY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    CLIENT_KEY_SIZE = 16, /* bytes: nobody finds another name with the same hash */
    CLIENT_NAME_SIZE = 128
};

/* What a session keeps of an identity: a hash. All zeroes: no identity. */
struct client_key {
    unsigned char bytes[CLIENT_KEY_SIZE];
};

/* Which part of a certificate names the client. Names of two kinds are never the same. */
enum client_kind {
    CLIENT_SPIFFE,      /* a SPIFFE ID: "spiffe://example.org/a" */
    CLIENT_URI,         /* another URI */
    CLIENT_DNS,         /* a host name */
    CLIENT_SUBJECT,     /* the whole subject: "CN=a,O=b" */
    CLIENT_CERTIFICATE, /* the certificate itself, which says nothing of these */
    CLIENT_ADDRESS      /* no certificate: the address it comes from */
};

struct client_identity {
    atomic_uint references;
    struct client_key key;
    char name[CLIENT_NAME_SIZE]; /* for the log: printable, and cut to what fits */
};

/* The key of a name, which may hold any bytes. */
void client_key_make(struct client_key *ret_key, enum client_kind kind, const char *name,
                     size_t length);

/* `one` or `other` may be NULL: no identity. */
bool client_key_equal(const struct client_key *one, const struct client_key *other);

/* An identity with one reference. NULL if memory is missing. */
struct client_identity *client_identity_create(enum client_kind kind, const char *name,
                                               size_t length);
void client_identity_ref(struct client_identity *identity);

/* Drops a reference; the last one frees the identity. NULL: does nothing. */
void client_identity_unref(struct client_identity *identity);

#endif
