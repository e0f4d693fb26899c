#include "shared/page/format.h"

#include "shared/base/clock.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *format_count(uint64_t count, char text[static FORMAT_SIZE])
{
    char digits[FORMAT_SIZE];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t length = strlen(digits);
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[written++] = ',';
        }
        text[written++] = digits[i];
    }
    text[written] = '\0';
    return text;
}

const char *format_rate(double rate, char text[static FORMAT_SIZE])
{
    if (rate > 0 && rate < 99.95) {
        (void)snprintf(text, FORMAT_SIZE, "%.1f", rate);
        return text;
    }
    return format_count((uint64_t)(rate + 0.5), text);
}

/* Three digits; the value is below 1000. */
static void format_three(double value, const char *unit, char text[static FORMAT_SIZE])
{
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    (void)snprintf(text, FORMAT_SIZE, "%.*f %s", decimals, value, unit);
}

/* "3 min 20 s": the lower unit only where it is not 0. */
static void format_two(int64_t count, int64_t lower, const char *unit, const char *lower_unit,
                       char text[static FORMAT_SIZE])
{
    if (count % lower == 0) {
        (void)snprintf(text, FORMAT_SIZE, "%" PRId64 " %s", count / lower, unit);
    } else {
        (void)snprintf(text, FORMAT_SIZE, "%" PRId64 " %s %" PRId64 " %s", count / lower, unit,
                       count % lower, lower_unit);
    }
}

const char *format_duration(int64_t ns, char text[static FORMAT_SIZE])
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {1000, "\u00b5s"}, {1, "ns"}};
    const int64_t minute_ns = 60 * NS_PER_S;
    if (ns >= 60 * minute_ns) {
        format_two(ns / minute_ns, 60, "h", "min", text);
        return text;
    }
    if (ns >= 2 * minute_ns) {
        format_two(ns / NS_PER_S, 60, "min", "s", text);
        return text;
    }
    size_t i = 0; /* 0 is of any unit: "0 s" */
    while (ns != 0 && units[i].ns > 1 &&
           ns < units[i].ns - units[i].ns / 2000) { /* 999.5 ms are 1.00 s */
        i++;
    }
    if (ns % units[i].ns == 0) {
        (void)snprintf(text, FORMAT_SIZE, "%" PRId64 " %s", ns / units[i].ns, units[i].name);
    } else {
        format_three((double)ns / (double)units[i].ns, units[i].name, text);
    }
    return text;
}

const char *format_bytes(uint64_t bytes, char text[static FORMAT_SIZE])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    size_t i = 0;
    if (bytes < 1000) {
        (void)snprintf(text, FORMAT_SIZE, "%" PRIu64 " B", bytes);
        return text;
    }
    while (value >= 999.5 && i + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        i++;
    }
    format_three(value, units[i], text);
    return text;
}
