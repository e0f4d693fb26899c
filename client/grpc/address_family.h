/*
 * The family of the addresses that names stand for (-4, -6). C core looks names up by getaddrinfo,
 * and always asks for both families. So the client defines a getaddrinfo of its own, which the
 * dynamic linker prefers to that of the C library: it asks for one family, if one was chosen, and
 * passes everything else on.
 */
#ifndef COMMS_CLIENT_GRPC_ADDRESS_FAMILY_H
#define COMMS_CLIENT_GRPC_ADDRESS_FAMILY_H

#include "client/plan.h"

/* For all names that are looked up from now on, in any thread. */
void address_family_choose(enum address_family family);

#endif
