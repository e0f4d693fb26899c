/*
 * The headers (initial metadata) that calls begin with, as C core takes them. Those of a service
 * are made once, when the server starts; only a call that announces something of its own has a list
 * of its own.
 */
#ifndef COMMS_SERVER_RPC_CALL_HEADERS_H
#define COMMS_SERVER_RPC_CALL_HEADERS_H

#include "server/services/service.h"

#include <grpc/grpc.h>

#include <stddef.h>

struct call_headers {
    size_t count;
    grpc_metadata items[SERVICE_HEADERS_MAX];
};

/* Points to the service's texts, which must outlive it. */
void call_headers_init(struct call_headers *headers, const struct service_headers *service);

/* A copy on the heap, for a call that has headers of its own; NULL if memory is missing. */
struct call_headers *call_headers_copy(const struct call_headers *headers);

/*
 * Puts a header into a copy, in place of the one with its name, or behind the others; drops it if
 * there is no room. Copies the value; the name is static.
 */
void call_headers_put(struct call_headers *headers, const struct service_header *header);

/* Frees a copy; takes NULL. C core must be done with it. */
void call_headers_destroy(struct call_headers *headers);

#endif
