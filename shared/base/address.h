/* Socket addresses as text. May be called from any thread. */
#ifndef COMMS_SHARED_BASE_ADDRESS_H
#define COMMS_SHARED_BASE_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_SIZE = 128 }; /* a unix path fits */

/* Writes 127.0.0.1:1337, [::1]:1337 or unix:/run/comms.sock, cut to what fits. */
void address_describe(const struct sockaddr *address, socklen_t length, char *text, size_t size);

#endif
