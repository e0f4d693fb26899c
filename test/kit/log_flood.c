#include "test/kit/log_flood.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "test/kit/capture.h"

#include <check.h>

#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { FLOOD = 20000, AT_ONCE_MIN = 2000, AT_ONCE_MAX = 6000, A_SECOND_MAX = 500, PAUSE_MS = 10 };

static struct capture capture;
static char text[CAPTURE_SIZE];

static off_t written(void)
{
    return lseek(capture.file, 0, SEEK_END);
}

static void forget_written(void)
{
    ck_assert_int_eq(ftruncate(capture.file, 0), 0);
    ck_assert_int_eq(lseek(capture.file, 0, SEEK_SET), 0);
}

/* Writes this number of lines; returns how many come out. */
static off_t flood(void (*log)(void), int lines)
{
    forget_written();
    log();
    const off_t length = written();
    ck_assert_int_gt(length, 0);
    for (int i = 1; i < lines; i++) {
        log();
    }
    return written() / length;
}

void log_flood_expect_limit(void (*log)(void))
{
    const int64_t began = clock_monotonic.now(&clock_monotonic);
    log_set_level(LOG_LEVEL_INFO);
    capture_begin(&capture, STDERR_FILENO);
    const off_t lines = flood(log, FLOOD);
    const int64_t seconds = (clock_monotonic.now(&clock_monotonic) - began) / NS_PER_S + 1;
    forget_written();
    while (written() == 0) { /* a second at most */
        (void)poll(NULL, 0, PAUSE_MS);
        log();
    }
    capture_end(&capture, text);
    ck_assert_int_ge(lines, AT_ONCE_MIN);
    ck_assert_int_le(lines, AT_ONCE_MAX + A_SECOND_MAX * seconds);
    ck_assert_ptr_nonnull(strstr(text, " skipped="));
    log_set_level(LOG_LEVEL_DEBUG);
    capture_begin(&capture, STDERR_FILENO);
    const off_t all = flood(log, AT_ONCE_MIN);
    forget_written();
    capture_end(&capture, text);
    ck_assert_int_eq(all, AT_ONCE_MIN);
}
