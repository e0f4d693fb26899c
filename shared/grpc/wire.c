#include "shared/grpc/wire.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/slice_buffer.h>

#include <string.h>

grpc_byte_buffer *wire_buffer_create(const uint8_t *bytes, size_t length)
{
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)bytes, length);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

void wire_buffer_refill(grpc_byte_buffer *buffer, const uint8_t *bytes, size_t length)
{
    grpc_slice_buffer *slices = &buffer->data.raw.slice_buffer;
    grpc_slice_buffer_reset_and_unref(slices);
    /* Copies the bytes that a slice holds inline without a call: this is done for every number. */
    if (length <= GRPC_SLICE_INLINED_SIZE) {
        grpc_slice slice = {.refcount = NULL, .data.inlined.length = (uint8_t)length};
        memcpy(slice.data.inlined.bytes, bytes, length);
        grpc_slice_buffer_add(slices, slice);
        return;
    }
    grpc_slice_buffer_add(slices, grpc_slice_from_copied_buffer((const char *)bytes, length));
}

void wire_buffer_add_static(grpc_byte_buffer *buffer, const uint8_t *bytes, size_t length)
{
    grpc_slice_buffer_add(&buffer->data.raw.slice_buffer,
                          grpc_slice_from_static_buffer(bytes, length));
}

size_t wire_buffer_peek(grpc_byte_buffer *buffer, uint8_t *bytes, size_t size)
{
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, buffer)) {
        return 0;
    }
    size_t used = 0;
    grpc_slice *slice;
    while (used < size && grpc_byte_buffer_reader_peek(&reader, &slice)) {
        size_t length = GRPC_SLICE_LENGTH(*slice);
        length = length < size - used ? length : size - used;
        memcpy(bytes + used, GRPC_SLICE_START_PTR(*slice), length);
        used += length;
    }
    grpc_byte_buffer_reader_destroy(&reader);
    return used;
}

bool wire_buffer_read(grpc_byte_buffer *buffer, uint8_t *bytes, size_t size, size_t *ret_length)
{
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, buffer)) {
        return false;
    }
    size_t used = 0;
    bool fits = true;
    grpc_slice *slice;
    while (fits && grpc_byte_buffer_reader_peek(&reader, &slice)) {
        size_t length = GRPC_SLICE_LENGTH(*slice);
        fits = length <= size - used;
        if (fits) {
            memcpy(bytes + used, GRPC_SLICE_START_PTR(*slice), length);
            used += length;
        }
    }
    grpc_byte_buffer_reader_destroy(&reader);
    *ret_length = used;
    return fits;
}

grpc_slice wire_buffer_join(grpc_byte_buffer *buffer)
{
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, buffer)) {
        return grpc_empty_slice();
    }
    grpc_slice slice = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    return slice;
}

void wire_slice_read(grpc_slice slice, char *text, size_t size)
{
    size_t length = GRPC_SLICE_LENGTH(slice);
    if (length > size - 1) {
        length = size - 1;
    }
    memcpy(text, GRPC_SLICE_START_PTR(slice), length);
    text[length] = '\0';
}
