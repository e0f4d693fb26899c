#include "server/services/comms/size_limit.h"

#include "shared/protocol/padding.h"

#include <inttypes.h>

enum error size_limit_check(uint32_t size, uint32_t max, struct failure *ret_failure)
{
    if (size > 0 && max == 0) {
        return failure_set(ret_failure, ERROR_SIZE, "%" PRIu32 ", but this server sends no padding",
                           size);
    }
    if (size > max) {
        return failure_set(ret_failure, ERROR_SIZE,
                           "%" PRIu32 ", expected at most %" PRIu32 " bytes", size, max);
    }
    if (size > 0) {
        padding_prepare();
    }
    return ERROR_NONE;
}
