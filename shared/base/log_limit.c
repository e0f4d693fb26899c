#include "shared/base/log_limit.h"

#include "shared/base/clock.h"

bool log_limit_admit(struct log_limit *limit, int64_t now, uint64_t more, uint64_t *ret_skipped)
{
    (void)pthread_mutex_lock(&limit->lock);
    if (now >= limit->second_ends) {
        limit->second_ends = clock_add(now, NS_PER_S);
        limit->lines = 0;
    }
    const bool is_admitted = limit->lines < limit->lines_max;
    if (is_admitted) {
        limit->lines++;
        *ret_skipped = limit->skipped + more;
        limit->skipped = 0;
    } else {
        limit->skipped += 1 + more;
    }
    (void)pthread_mutex_unlock(&limit->lock);
    return is_admitted;
}

struct log_field log_skipped(uint64_t skipped)
{
    return skipped > 0 ? log_number("skipped", skipped) : LOG_NO_FIELD;
}
