/* Byte buffers of gRPC from and to plain bytes. Every function may be called from any thread. */
#ifndef COMMS_SHARED_GRPC_WIRE_H
#define COMMS_SHARED_GRPC_WIRE_H

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new buffer with a copy of the bytes; the caller destroys it. Up to 23 bytes need no memory of
 * their own. */
grpc_byte_buffer *wire_buffer_create(const uint8_t *bytes, size_t length);

/*
 * Replaces what the buffer holds by a copy of the bytes: for a buffer that is sent again and again.
 * C core empties a buffer when it sends it.
 */
void wire_buffer_refill(grpc_byte_buffer *buffer, const uint8_t *bytes, size_t length);

/* Adds bytes that are valid for ever to what the buffer holds, without a copy. */
void wire_buffer_add_static(grpc_byte_buffer *buffer, const uint8_t *bytes, size_t length);

/* Copies the first bytes of the message, `size` at most. Returns their count. */
size_t wire_buffer_peek(grpc_byte_buffer *buffer, uint8_t *bytes, size_t size);

/* Copies the whole message to `bytes`; false if it is larger than `size`. */
bool wire_buffer_read(grpc_byte_buffer *buffer, uint8_t *bytes, size_t size, size_t *ret_length);

/*
 * The whole message in one piece, for a message that is too large for wire_buffer_read; empty if it
 * cannot be read. The caller unrefs the slice.
 */
grpc_slice wire_buffer_join(grpc_byte_buffer *buffer);

/* Copies a slice as a string, cut to what fits. */
void wire_slice_read(grpc_slice slice, char *text, size_t size);

#endif
