#include "client/measure/server_pace.h"

#include "shared/base/clock.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>

/* Without an announcement: the pace of the original server. */
#define ORIGINAL_INTERVAL_NS NS_PER_S

/* A number may be late by two intervals before a stream counts as stalled. */
#define STALL_LEAST_NS (15 * NS_PER_S)

int64_t server_pace_interval(const struct plan *plan, const struct announcement *announcement)
{
    if (plan->interval_is_given) {
        return plan->interval_ns;
    }
    return announcement_has(announcement, ANNOUNCED_INTERVAL) ? announcement->interval_ns
                                                              : ORIGINAL_INTERVAL_NS;
}

int64_t server_pace_stall_timeout(const struct plan *plan, int64_t interval_ns)
{
    if (!plan->stall_follows_interval) {
        return plan->stall_timeout_ns;
    }
    int64_t three = interval_ns > CLOCK_NEVER / 3 ? CLOCK_NEVER : 3 * interval_ns;
    return three > STALL_LEAST_NS ? three : STALL_LEAST_NS;
}

static bool differs(int64_t a, int64_t b)
{
    int64_t more = a > b ? a - b : b - a;
    return more > (a > b ? a : b) / 100;
}

/* A first session was sized before the interval was known. It has a number less than the plan says,
 * because a moment has passed when it begins. */
static bool is_too_long(const struct plan *plan, int64_t interval_ns)
{
    return plan->n_fits && plan->duration_ns > 0 && interval_ns > 0 &&
           interval_ns > plan->interval_ns && plan->n > plan->duration_ns / interval_ns + 2;
}

static unsigned bit_if(bool is_due, enum server_notice notice)
{
    return is_due ? 1U << notice : 0;
}

unsigned server_notices_due(const struct plan *plan, const struct announcement *announcement)
{
    const bool has_interval = announcement_has(announcement, ANNOUNCED_INTERVAL);
    const int64_t interval_ns = announcement->interval_ns;
    unsigned due = bit_if(announcement->garbled != 0, SERVER_NOTICE_GARBLED) |
                   bit_if(plan->wish_ns > 0 && !has_interval, SERVER_NOTICE_SILENT);
    if (!has_interval) {
        return due;
    }
    due |= bit_if(plan->interval_is_given && differs(plan->interval_ns, interval_ns),
                  SERVER_NOTICE_INTERVAL);
    due |= bit_if(plan->wish_ns > 0 && interval_ns > plan->wish_ns &&
                      differs(interval_ns, plan->wish_ns),
                  SERVER_NOTICE_RATE);
    due |= bit_if(!plan->stall_follows_interval && plan->stall_timeout_ns > 0 &&
                      plan->stall_timeout_ns < interval_ns,
                  SERVER_NOTICE_STALL);
    due |=
        bit_if(plan->max_lateness_ns != CLOCK_NEVER && !plan->interval_is_given && interval_ns == 0,
               SERVER_NOTICE_LATENESS);
    return due |
           bit_if(!plan->interval_is_given && is_too_long(plan, interval_ns), SERVER_NOTICE_LONG);
}

static void write_interval_notice(const struct plan *plan, const char *interval,
                                  char text[static SERVER_NOTICE_SIZE])
{
    char given[FORMAT_SIZE];
    (void)snprintf(text, SERVER_NOTICE_SIZE,
                   "the server announces an interval of %s, not --interval %s: lateness is judged "
                   "by --interval; leave it out to use the server's",
                   interval, format_duration(plan->interval_ns, given));
}

static void write_long_notice(const struct plan *plan, const char *interval,
                              char text[static SERVER_NOTICE_SIZE])
{
    char duration[FORMAT_SIZE];
    (void)snprintf(text, SERVER_NOTICE_SIZE,
                   "the first sessions have %" PRIu32 " numbers, and the server sends one every "
                   "%s: they last longer than --duration %s; give --interval too",
                   plan->n, interval, format_duration(plan->duration_ns, duration));
}

void server_notice_write(enum server_notice notice, const struct plan *plan,
                         const struct announcement *announcement,
                         char text[static SERVER_NOTICE_SIZE])
{
    char interval[FORMAT_SIZE];
    char stall[FORMAT_SIZE];
    (void)format_duration(announcement->interval_ns, interval);
    text[0] = '\0';
    switch (notice) {
    case SERVER_NOTICE_GARBLED:
        (void)snprintf(text, SERVER_NOTICE_SIZE,
                       "the server sent a header that cannot be read, and is ignored: %s",
                       announcement->garbled_text);
        break;
    case SERVER_NOTICE_INTERVAL:
        write_interval_notice(plan, interval, text);
        break;
    case SERVER_NOTICE_RATE:
        (void)snprintf(text, SERVER_NOTICE_SIZE, "the server paces at %s: --rate %s is not reached",
                       interval, plan->rate);
        break;
    case SERVER_NOTICE_SILENT:
        (void)snprintf(text, SERVER_NOTICE_SIZE,
                       "the server announces no interval: it may not know --rate %s", plan->rate);
        break;
    case SERVER_NOTICE_STALL:
        (void)snprintf(text, SERVER_NOTICE_SIZE,
                       "--stall-timeout %s is shorter than the server's interval of %s: every "
                       "stream stalls between two numbers",
                       format_duration(plan->stall_timeout_ns, stall), interval);
        break;
    case SERVER_NOTICE_LATENESS:
        (void)snprintf(text, SERVER_NOTICE_SIZE,
                       "--max-lateness has no effect: the server sends at full speed, and no "
                       "number is late");
        break;
    case SERVER_NOTICE_LONG:
        write_long_notice(plan, interval, text);
        break;
    case SERVER_NOTICES:
        break;
    }
}

bool server_mode_is_wrong(const struct plan *plan, const struct announcement *announcement,
                          char *text, size_t size)
{
    const enum mode needed = plan->mode == CLIENT_STATELESS ? MODE_STATELESS : MODE_STATEFUL;
    if (!announcement_has(announcement, ANNOUNCED_MODE) || announcement->mode == needed) {
        return false;
    }
    const char *announced = mode_name(announcement->mode);
    (void)snprintf(text, size, "the server is %s: -m %s cannot work; use -m %s", announced,
                   client_mode_name(plan->mode), announced);
    return true;
}
