/* What --admin says: where the admin port listens. Pure functions, for any thread. */
#ifndef COMMS_SERVER_ADMIN_ADMIN_ADDRESS_H
#define COMMS_SERVER_ADMIN_ADMIN_ADDRESS_H

#include "shared/base/target.h"

#include <stdint.h>

enum { ADMIN_PORT_DEFAULT = 9464 };

struct admin_address {
    char host[TARGET_HOST_SIZE]; /* a host name, or an address without brackets */
    uint16_t port;               /* 0: the kernel chooses */
};

/*
 * Reads HOST, HOST:PORT, ADDRESS:PORT or [IPV6]:PORT. Returns NULL and sets *ret_address, or a
 * static text that says what would be right.
 */
const char *admin_address_parse(const char *text, struct admin_address *ret_address);

#endif
