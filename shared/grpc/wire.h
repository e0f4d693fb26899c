/* gRPC's byte buffers from and to plain bytes. May be called from any thread. */
#ifndef COMMS_SHARED_GRPC_WIRE_H
#define COMMS_SHARED_GRPC_WIRE_H

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new buffer with a copy of the bytes; the caller destroys it. Up to 23 bytes cost no slice. */
grpc_byte_buffer *wire_buffer_create(const uint8_t *bytes, size_t length);

/*
 * Puts a copy of the bytes into a buffer in the place of what it held: for a buffer that is sent
 * again and again. C core takes the contents out of a buffer that it sends.
 */
void wire_buffer_refill(grpc_byte_buffer *buffer, const uint8_t *bytes, size_t length);

/* Copies the whole message to `bytes`; false where it is larger than `size`. */
bool wire_buffer_read(grpc_byte_buffer *buffer, uint8_t *bytes, size_t size, size_t *ret_length);

/* Copies a slice as a string, cut to what fits. */
void wire_slice_read(grpc_slice slice, char *text, size_t size);

/* Whether the slice holds exactly this string. */
bool wire_slice_is(grpc_slice slice, const char *text);

#endif
