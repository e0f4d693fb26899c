#include "server/rpc/call_headers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void call_headers_init(struct call_headers *headers, const struct service_headers *service)
{
    assert(service->count <= SERVICE_HEADERS_MAX);
    headers->count = service->count;
    for (size_t i = 0; i < service->count; i++) {
        headers->items[i] =
            (grpc_metadata){.key = grpc_slice_from_static_string(service->items[i].name),
                            .value = grpc_slice_from_static_string(service->items[i].value)};
    }
}

struct call_headers *call_headers_copy(const struct call_headers *headers)
{
    struct call_headers *copy = malloc(sizeof *copy);
    if (copy != NULL) {
        *copy = *headers; /* static slices need no reference */
    }
    return copy;
}

void call_headers_put(struct call_headers *headers, const struct service_header *header)
{
    size_t i = 0;
    while (i < headers->count && grpc_slice_str_cmp(headers->items[i].key, header->name) != 0) {
        i++;
    }
    if (i == SERVICE_HEADERS_MAX) {
        return;
    }
    if (i == headers->count) {
        headers->items[headers->count++] =
            (grpc_metadata){.key = grpc_slice_from_static_string(header->name)};
    } else {
        grpc_slice_unref(headers->items[i].value);
    }
    headers->items[i].value = grpc_slice_from_copied_string(header->value);
}

void call_headers_destroy(struct call_headers *headers)
{
    for (size_t i = 0; headers != NULL && i < headers->count; i++) {
        grpc_slice_unref(headers->items[i].value);
    }
    free(headers);
}
