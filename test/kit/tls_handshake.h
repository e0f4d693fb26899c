/* TLS handshakes with a server, by OpenSSL: faster than a gRPC client, and it says why. */
#ifndef COMMS_TEST_KIT_TLS_HANDSHAKE_H
#define COMMS_TEST_KIT_TLS_HANDSHAKE_H

#include "test/kit/certificates.h"

#include <stdbool.h>
#include <stddef.h>

enum { TLS_HANDSHAKE_TEXT_SIZE = 256 };

struct tls_handshake {
    const struct certificates *certificates;
    const char *authority; /* the name of the one that the client trusts */
    const char *client;    /* the name of the client's certificate; NULL: it has none */
    int version_max;       /* TLS1_1_VERSION and its like; 0: the newest */
};

/*
 * Shakes hands with the server at this port of 127.0.0.1, and waits for its first bytes: with TLS
 * 1.3 a server refuses a client only after the handshake. True: `text` is the subject of the
 * server's certificate. False: `text` is OpenSSL's reason, such as the server's alert.
 */
bool tls_handshake_try(const struct tls_handshake *handshake, unsigned port,
                       char text[static TLS_HANDSHAKE_TEXT_SIZE]);

/* Begins a handshake: sends half of its ClientHello. Returns the descriptor; the caller closes it.
 */
int tls_handshake_begin(const struct tls_handshake *handshake, unsigned port);

/*
 * Shakes hands, which must succeed, and sends these bytes inside TLS, if any. Returns the
 * descriptor, as above.
 */
int tls_handshake_say(const struct tls_handshake *handshake, unsigned port, const void *bytes,
                      size_t length);

#endif
