#include "server/work/stream_limit.h"

#include "server/work/thread_pool.h"
#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/base/thread.h"

#include <sys/resource.h>

enum {
    /* Threads and bytes that must be there for a shortage to be over. With less, the limit would go
     * up and down. */
    RECOVERED_THREADS = 12,
    RECOVERED_MEMORY = 2 * THREAD_POOL_MEMORY_LEFT
};

void stream_limit_init(struct stream_limit *limit, const struct clock *clock, uint64_t max_streams)
{
    limit->clock = clock;
    limit->set = max_streams;
    limit->now = STREAM_LIMIT_NONE;
    limit->retry_at = CLOCK_NEVER;
}

/* A thread that has no room for its stack fails with the same error as one too many. */
static bool memory_is_limited(void)
{
    struct rlimit memory;
    return getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur != RLIM_INFINITY;
}

void stream_limit_learn(struct stream_limit *limit, uint64_t live)
{
    limit->now = live > 0 ? live : 1;
    limit->retry_at = clock_add(limit->clock->now(limit->clock), STREAM_LIMIT_RETRY_NS);
    log_event(LOG_LEVEL_WARN, "out of threads", log_number("max-streams", limit->now),
              log_text("raise", memory_is_limited() ? "ulimit -u or ulimit -v" : "ulimit -u"));
}

uint64_t stream_limit_get(struct stream_limit *limit)
{
    if (limit->retry_at == CLOCK_NEVER) {
        return limit->now;
    }
    int64_t now = limit->clock->now(limit->clock);
    if (now < limit->retry_at) {
        return limit->now;
    }
    if (!process_has_room(RECOVERED_MEMORY) || !thread_is_room_for(RECOVERED_THREADS)) {
        limit->retry_at = clock_add(now, STREAM_LIMIT_RETRY_NS);
        return limit->now;
    }
    limit->retry_at = CLOCK_NEVER;
    limit->now = STREAM_LIMIT_NONE;
    log_event(LOG_LEVEL_NOTICE, "threads again", log_number("max-streams", limit->set));
    return limit->now;
}
