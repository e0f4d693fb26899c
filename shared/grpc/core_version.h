/* The gRPC C core that this process runs with. */
#ifndef COMMS_SHARED_GRPC_CORE_VERSION_H
#define COMMS_SHARED_GRPC_CORE_VERSION_H

#include <stddef.h>

/* Writes `gRPC C core 29.0.0`, cut to what fits. May be called before grpc_setup. */
void core_version_describe(char *text, size_t size);

#endif
