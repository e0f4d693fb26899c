#include "shared/base/log_limit.h"

#include "shared/base/clock.h"

/* Each second that is over allows a second's lines again. */
static void forget_lines(struct log_limit *limit, int64_t now)
{
    if (now < limit->second_ends) {
        return;
    }
    const int64_t seconds = 1 + (now - limit->second_ends) / NS_PER_S;
    const bool are_all = seconds >= limit->lines / limit->lines_a_second + 1;
    limit->lines -= are_all ? limit->lines : (unsigned)seconds * limit->lines_a_second;
    limit->second_ends = clock_add(now, NS_PER_S);
}

bool log_limit_admit(struct log_limit *limit, int64_t now, uint64_t more, uint64_t *ret_skipped)
{
    (void)pthread_mutex_lock(&limit->lock);
    forget_lines(limit, now);
    const bool is_admitted = limit->lines < limit->lines_at_once;
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

bool log_limit_admit_info(struct log_limit *limit, uint64_t *ret_skipped)
{
    *ret_skipped = 0;
    return log_is_enabled(LOG_LEVEL_DEBUG) ||
           (log_is_enabled(LOG_LEVEL_INFO) &&
            log_limit_admit(limit, clock_monotonic.now(&clock_monotonic), 0, ret_skipped));
}

struct log_field log_skipped(uint64_t skipped)
{
    return skipped > 0 ? log_number("skipped", skipped) : LOG_NO_FIELD;
}
