/*
 * Reads a Reply whose Data must have padding, and compares every byte of it, where C core has put
 * them: no byte is copied. For any thread.
 */
#ifndef COMMS_CLIENT_GRPC_PADDED_REPLY_H
#define COMMS_CLIENT_GRPC_PADDED_REPLY_H

#include "client/verify/padding_fault.h"
#include "shared/protocol/codec.h"

#include <grpc/byte_buffer.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the Reply, of which a Data must have `size` bytes of padding. False: it is no Reply. If it
 * is a Data, *ret_fault says what is wrong with its padding; an error has none. ret_reply->padding
 * is not set. padding_prepare must have been called.
 */
bool padded_reply_read(grpc_byte_buffer *buffer, uint32_t size, struct reply *ret_reply,
                       struct padding_fault *ret_fault);

#endif
