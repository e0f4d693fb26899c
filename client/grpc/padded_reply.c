#include "client/grpc/padded_reply.h"

#include "shared/grpc/wire.h"

#include <grpc/byte_buffer_reader.h>

/* Compares what follows the first `skip` bytes of the message with the padding of the number. */
static void compare_parts(grpc_byte_buffer *buffer, size_t skip, uint64_t number,
                          struct padding_fault *fault)
{
    grpc_byte_buffer_reader reader;
    grpc_slice *slice;
    size_t at = 0;
    bool is_right = true;
    if (!grpc_byte_buffer_reader_init(&reader, buffer)) {
        (void)padding_fault_begin(fault, fault->wanted, 0);
        return;
    }
    while (is_right && grpc_byte_buffer_reader_peek(&reader, &slice)) {
        const size_t length = GRPC_SLICE_LENGTH(*slice);
        const size_t before = skip < length ? skip : length;
        is_right = padding_fault_find(fault, number, at, GRPC_SLICE_START_PTR(*slice) + before,
                                      length - before);
        skip -= before;
        at += length - before;
    }
    grpc_byte_buffer_reader_destroy(&reader);
}

/* Reads a Reply that another server has written in its own way, or that is an error. */
static bool read_other(grpc_byte_buffer *buffer, uint32_t size, struct reply *ret_reply,
                       struct padding_fault *ret_fault)
{
    grpc_slice slice = wire_buffer_join(buffer);
    bool good = reply_decode(GRPC_SLICE_START_PTR(slice), GRPC_SLICE_LENGTH(slice), ret_reply);
    if (good && !ret_reply->is_error &&
        padding_fault_begin(ret_fault, size, ret_reply->padding_length)) {
        (void)padding_fault_find(ret_fault, ret_reply->number, 0, ret_reply->padding,
                                 ret_reply->padding_length);
    }
    grpc_slice_unref(slice);
    return good;
}

bool padded_reply_read(grpc_byte_buffer *buffer, uint32_t size, struct reply *ret_reply,
                       struct padding_fault *ret_fault)
{
    uint8_t bytes[REPLY_HEAD_SIZE];
    const size_t length = wire_buffer_peek(buffer, bytes, sizeof bytes);
    const size_t whole = grpc_byte_buffer_length(buffer);
    const size_t head = reply_decode_head(bytes, length, whole, &ret_reply->number);
    *ret_fault = (struct padding_fault){.kind = PADDING_RIGHT};
    if (head == 0) {
        return read_other(buffer, size, ret_reply, ret_fault);
    }
    ret_reply->is_error = false;
    ret_reply->padding_length = whole - head;
    if (padding_fault_begin(ret_fault, size, whole - head)) {
        compare_parts(buffer, head, ret_reply->number, ret_fault);
    }
    return true;
}
