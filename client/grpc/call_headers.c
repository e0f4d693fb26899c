#include "client/grpc/call_headers.h"

#include <stdlib.h>

grpc_metadata *call_headers_create(const struct header_list *list)
{
    grpc_metadata *headers = list->count == 0 ? NULL : calloc(list->count, sizeof *headers);
    for (size_t i = 0; headers != NULL && i < list->count; i++) {
        const struct plan_header *header = &list->items[i];
        headers[i].key = grpc_slice_from_static_string(header->name);
        headers[i].value = grpc_slice_from_static_buffer(header->value, header->length);
    }
    return headers;
}
