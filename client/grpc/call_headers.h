/* The headers that go with each call, as C core takes them. For any thread. */
#ifndef COMMS_CLIENT_GRPC_CALL_HEADERS_H
#define COMMS_CLIENT_GRPC_CALL_HEADERS_H

#include "client/plan.h"

#include <grpc/grpc.h>

/*
 * Makes an array of list->count elements, which point into the list. NULL: the list is empty, or
 * memory is missing. The caller frees it by free().
 */
grpc_metadata *call_headers_create(const struct header_list *list);

#endif
