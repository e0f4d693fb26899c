#include "server/stores/etcd/etcd_status.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/log_limit.h"
#include "shared/protocol/error.h"

#include <string.h>

enum { REFUSALS_LOGGED_MAX = 1 };

static void log_refusal(const char *details)
{
    static struct log_limit limit = LOG_LIMIT(REFUSALS_LOGGED_MAX);
    uint64_t skipped;
    if (log_limit_admit(&limit, clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
        log_event(LOG_LEVEL_WARN, "store refuses", log_text("reason", details),
                  log_skipped(skipped));
    }
}

enum etcd_status etcd_status_judge(grpc_status_code status, const char *details)
{
    if (status == GRPC_STATUS_OK) {
        return ETCD_OK;
    }
    if (status == GRPC_STATUS_RESOURCE_EXHAUSTED) {
        /* "too many requests" is one, too, and another try helps. */
        return strstr(details, "space exceeded") != NULL ? ETCD_FULL : ETCD_UNKNOWN;
    }
    if (status == GRPC_STATUS_NOT_FOUND) {
        return ETCD_NO_LEASE;
    }
    if (status_is_permanent((enum status)status)) {
        log_refusal(details);
        return ETCD_REFUSED;
    }
    return ETCD_UNKNOWN;
}

bool etcd_status_is_about_token(grpc_status_code status, const char *details)
{
    return status == GRPC_STATUS_UNAUTHENTICATED || (status == GRPC_STATUS_INVALID_ARGUMENT &&
                                                     strstr(details, "user name is empty") != NULL);
}
