/* Why there is no connection, in words for people. A pure function, for any thread. */
#ifndef COMMS_CLIENT_MEASURE_CONNECT_REASON_H
#define COMMS_CLIENT_MEASURE_CONNECT_REASON_H

#include "shared/grpc/core_version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONNECT_ADDRESS_SIZE = 128 };

/*
 * Writes the address that the last try was for, in C core's notation (ipv4:127.0.0.1:1337). False,
 * and an empty text, if the details have none.
 */
bool connect_reason_address(const struct core_texts *texts, const char *details,
                            char address[static CONNECT_ADDRESS_SIZE]);

/* Writes an address in C core's notation as people do: 127.0.0.1:1337, [::1]:1337, unix:PATH. */
void connect_reason_show_address(const char *address, char text[static CONNECT_ADDRESS_SIZE]);

/* Whether somebody took the connection who seems to speak another protocol. */
bool connect_reason_is_odd_peer(const struct core_texts *texts, const char *details);

/* Whether the peer speaks TLS, but no HTTP/2 within it. */
bool connect_reason_is_no_http2(const struct core_texts *texts, const char *details);

/* Whether the name has no address, or none of the family that was asked for: writes the host. */
bool connect_reason_is_no_host(const struct core_texts *texts, const char *details,
                               char host[static CONNECT_ADDRESS_SIZE]);

/*
 * Whether nobody is there: the connection was refused, or there is no such host or unix socket.
 * Waiting would help only if the server is started later.
 */
bool connect_reason_is_final(const struct core_texts *texts, const char *details);

/* How the connection was tried. */
struct connect_way {
    bool uses_tls;
    bool met_tls;       /* and a server has come to the end of its handshake */
    int64_t timeout_ns; /* time that each address had */
};

/*
 * Writes the details of a call that ended, cut to what fits. If there was no connection, what C
 * core says of it is shortened to the reason, and a hint is added where one side seems to speak
 * TLS and the other does not. `texts` is core_version_texts(), or NULL.
 */
void connect_reason_write(const struct core_texts *texts, const char *details,
                          const struct connect_way *way, char *reason, size_t size);

#endif
