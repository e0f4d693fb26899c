#include "shared/protocol/backoff.h"

#include "shared/base/clock.h"

#define FIRST_NS      (500 * NS_PER_MS)
#define MAX_NS        (10 * NS_PER_S)
#define FACTOR_TENTHS 16
#define JITTER_TENTHS 2

void backoff_reset(struct backoff *backoff)
{
    backoff->delay_ns = 0;
}

int64_t backoff_next(struct backoff *backoff, uint32_t random)
{
    int64_t delay = backoff->delay_ns == 0 ? FIRST_NS : backoff->delay_ns * FACTOR_TENTHS / 10;
    if (delay > MAX_NS) {
        delay = MAX_NS;
    }
    backoff->delay_ns = delay;
    int64_t jitter = delay * JITTER_TENTHS / 10;
    return delay - jitter + (int64_t)((double)(2 * jitter) * random / UINT32_MAX);
}
