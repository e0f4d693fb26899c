/*
 * gRPC's server reflection as a service, in its two versions: tools such as grpcurl find out by it
 * what can be called here, and how. The settings must outlive the streams.
 */
#ifndef COMMS_SERVER_SERVICES_REFLECTION_REFLECTION_H
#define COMMS_SERVER_SERVICES_REFLECTION_REFLECTION_H

#include "server/services/service.h"
#include "shared/base/clock.h"

#include <stdint.h>

struct reflection_settings {
    const struct clock *clock;
    int64_t request_timeout_ns; /* from one request of a stream to the next, nanoseconds */
};

struct service reflection_v1_service(const struct reflection_settings *settings);
struct service reflection_v1alpha_service(const struct reflection_settings *settings);

#endif
