/*
 * Finds the service whose method the client called, and hands the stream to a worker. One table has
 * all services of the server.
 */
#ifndef COMMS_SERVER_RPC_DISPATCH_H
#define COMMS_SERVER_RPC_DISPATCH_H

#include "server/services/service.h"
#include "server/work/workers.h"

#include <stddef.h>

/* Owns nothing; what the fields point to must outlive the streams. */
struct dispatch {
    struct workers *workers;
    const struct service *services;
    size_t service_count; /* at least 1 */
};

/*
 * Sets the stream's service and hands the stream to a worker. Returns ERROR_NONE, or an error with
 * *ret_failure filled; the caller then still owns the stream. For the acceptor's thread.
 */
enum error dispatch(const struct dispatch *dispatch, struct stream *stream, const char *method,
                    struct failure *ret_failure);

#endif
