#include "server/stores/file_log.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/log_limit.h"

#include <stddef.h>

void file_log_state(const char *path, enum store_state before, enum store_state now,
                    const char *reason)
{
    static struct log_limit limits[] = {LOG_LIMIT(1), LOG_LIMIT(1), LOG_LIMIT(1)};
    static const char *const events[] = {[STORE_STATE_OK] = "store works again",
                                         [STORE_STATE_FULL] = "store full",
                                         [STORE_STATE_FAILING] = "store failing"};
    uint64_t skipped;
    if (before != now &&
        log_limit_admit(&limits[now], clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
        log_event(now == STORE_STATE_OK ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARN, events[now],
                  log_word("path", path), log_text("reason", reason), log_skipped(skipped));
    }
}
