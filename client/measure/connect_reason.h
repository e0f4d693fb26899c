/* Why there is no connection, in words for people. A pure function, for any thread. */
#ifndef COMMS_CLIENT_MEASURE_CONNECT_REASON_H
#define COMMS_CLIENT_MEASURE_CONNECT_REASON_H

#include "shared/grpc/core_version.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the details of a call that ended, cut to what fits. If there was no connection, what C
 * core says of TLS is shortened to the reason, and a hint is added where one side seems to speak
 * TLS and the other does not. `texts` is core_version_texts(), or NULL.
 */
void connect_reason_write(const struct core_texts *texts, const char *details, bool uses_tls,
                          char *reason, size_t size);

#endif
