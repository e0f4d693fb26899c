/* The URI by which C core knows a target. For any thread. */
#ifndef COMMS_CLIENT_GRPC_TARGET_URI_H
#define COMMS_CLIENT_GRPC_TARGET_URI_H

#include "client/plan.h"
#include "shared/base/target.h"

/*
 * Writes a URI with a scheme, so that C core takes no name for one: to C core "unix:1337" is a
 * path, even where a host is called unix. An address needs no resolver then.
 */
void target_uri_write(const struct target *target, char uri[static TARGET_URI_SIZE]);

#endif
