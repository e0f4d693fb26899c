#include "shared/grpc/core_version.h"

#include <grpc/grpc.h>

#include <stdio.h>

void core_version_describe(char *text, size_t size)
{
    (void)snprintf(text, size, "gRPC C core %s", grpc_version_string());
}
