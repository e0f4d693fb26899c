/*
 * Where an incoming stream goes: to the service whose method the client called, and with that to a
 * worker. The services of the server stand in one table.
 */
#ifndef COMMS_SERVER_RPC_DISPATCH_H
#define COMMS_SERVER_RPC_DISPATCH_H

#include "server/services/service.h"
#include "server/work/workers.h"

#include <stddef.h>

/* Not owned; all of it must outlive the streams. */
struct dispatch {
    struct workers *workers;
    const struct service *services;
    size_t service_count; /* at least 1 */
};

/*
 * Sets the stream's service and hands the stream to a worker. ERROR_NONE, or an error with
 * *ret_failure filled; the stream is then still the caller's. For the acceptor's thread.
 */
enum error dispatch(const struct dispatch *dispatch, struct stream *stream, const char *method,
                    struct failure *ret_failure);

#endif
