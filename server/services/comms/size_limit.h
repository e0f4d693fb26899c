/* The limit of the padding that a client may ask for. For the stream's thread. */
#ifndef COMMS_SERVER_SERVICES_COMMS_SIZE_LIMIT_H
#define COMMS_SERVER_SERVICES_COMMS_SIZE_LIMIT_H

#include "shared/protocol/error.h"

#include <stdint.h>

/*
 * Whether messages may have `size` bytes of padding, if the server allows `max`. ERROR_NONE: they
 * may, and padding_of can be called if `size` is not 0. Else fills *ret_failure.
 */
enum error size_limit_check(uint32_t size, uint32_t max, struct failure *ret_failure);

#endif
