#include "server/rpc/dispatch.h"

#include <string.h>

static const struct service *find_service(const struct dispatch *dispatch, const char *method)
{
    for (size_t i = 0; i < dispatch->service_count; i++) {
        if (strcmp(dispatch->services[i].method, method) == 0) {
            return &dispatch->services[i];
        }
    }
    return NULL;
}

enum error dispatch(const struct dispatch *dispatch, struct stream *stream, const char *method,
                    struct failure *ret_failure)
{
    stream->service = find_service(dispatch, method);
    if (stream->service == NULL) {
        return failure_set(ret_failure, ERROR_UNKNOWN_METHOD,
                           "reflection lists what this server has, for example grpcurl list");
    }
    return workers_hand_over(dispatch->workers, stream, ret_failure);
}
