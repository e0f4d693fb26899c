/*
 * The family of the addresses that names stand for (-4, -6). C core looks names up by getaddrinfo,
 * and always asks for both families. So the client defines a getaddrinfo of its own, which the
 * dynamic linker prefers to that of the C library: it asks for one family, if one was chosen, notes
 * what was found (name_addresses), and passes everything else on.
 */
#ifndef COMMS_CLIENT_GRPC_ADDRESS_FAMILY_H
#define COMMS_CLIENT_GRPC_ADDRESS_FAMILY_H

#include "client/plan.h"

#include <stdbool.h>

/* For all names that are looked up from now on, in any thread. */
void address_family_choose(enum address_family family);

/*
 * Whether the host has addresses of the family that was not chosen, and what the one that was is
 * called: "IPv6 address (-6)". Asks the name server, and waits for it. False if none was chosen.
 */
bool address_family_is_other(const char *host, const char **ret_chosen);

#endif
