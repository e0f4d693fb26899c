#include "shared/base/number.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DAY_S = 24 * 60 * 60, DURATION_MAX_DAYS = 24 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
    }
    return length > 0;
}

enum number_result number_parse(const char *text, size_t length, uint64_t max, uint64_t *ret_value)
{
    if (length > 1 && text[0] == '-' && all_digits(text + 1, length - 1)) {
        return NUMBER_RANGE;
    }
    if (!all_digits(text, length)) {
        return NUMBER_INVALID;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (max - digit) / 10 || digit > max) {
            return NUMBER_RANGE;
        }
        value = value * 10 + digit;
    }
    *ret_value = value;
    return NUMBER_OK;
}

/* From the largest to the smallest. */
static const struct {
    const char *name;
    uint64_t bytes;
} byte_units[] = {{"MiB", UINT64_C(1) << 20}, {"KiB", 1024}, {"B", 1}, {"", 1}};

enum { BYTE_UNITS = sizeof byte_units / sizeof byte_units[0] };

enum number_result bytes_parse(const char *text, size_t length, uint64_t max, uint64_t *ret_bytes)
{
    size_t digits = length;
    while (digits > 0 && !is_digit(text[digits - 1])) {
        digits--;
    }
    for (size_t i = 0; i < BYTE_UNITS; i++) {
        if (strlen(byte_units[i].name) == length - digits &&
            memcmp(byte_units[i].name, text + digits, length - digits) == 0) {
            uint64_t count;
            enum number_result result =
                number_parse(text, digits, max / byte_units[i].bytes, &count);
            if (result == NUMBER_OK) {
                *ret_bytes = count * byte_units[i].bytes;
            }
            return result;
        }
    }
    return NUMBER_INVALID;
}

const char *bytes_write(uint64_t bytes, char text[static BYTES_TEXT_SIZE])
{
    size_t unit = 0;
    while (bytes % byte_units[unit].bytes != 0) {
        unit++;
    }
    (void)snprintf(text, BYTES_TEXT_SIZE, "%" PRIu64 "%s", bytes / byte_units[unit].bytes,
                   bytes == 0 ? "" : byte_units[unit].name);
    return text;
}

/* From the shortest to the longest. */
static const struct {
    const char *name;
    uint64_t ns;
} units[] = {{"us", 1000},
             {"ms", 1000000},
             {"s", 1000000000},
             {"m", UINT64_C(60) * 1000000000},
             {"h", UINT64_C(3600) * 1000000000}};

enum { UNIT_COUNT = sizeof units / sizeof units[0] };

/* The nanoseconds of a unit; 0: no such unit. */
static uint64_t unit_ns(const char *unit, size_t length)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strlen(units[i].name) == length && memcmp(units[i].name, unit, length) == 0) {
            return units[i].ns;
        }
    }
    return 0;
}

enum number_result duration_parse(const char *text, size_t length, int64_t *ret_ns)
{
    const uint64_t max_ns = (uint64_t)DURATION_MAX_DAYS * DAY_S * 1000000000;

    if (length == 1 && text[0] == '0') {
        *ret_ns = 0;
        return NUMBER_OK;
    }
    size_t whole_length = 0;
    while (whole_length < length && is_digit(text[whole_length])) {
        whole_length++;
    }
    size_t unit_at = whole_length;
    if (unit_at < length && text[unit_at] == '.') {
        unit_at++;
        while (unit_at < length && is_digit(text[unit_at])) {
            unit_at++;
        }
    }
    uint64_t unit = unit_ns(text + unit_at, length - unit_at);
    bool empty_fraction = unit_at == whole_length + 1;
    if (whole_length == 0 || empty_fraction || unit == 0) {
        return NUMBER_INVALID;
    }

    uint64_t whole;
    enum number_result result = number_parse(text, whole_length, max_ns / unit, &whole);
    if (result != NUMBER_OK) {
        return result;
    }
    uint64_t ns = whole * unit;
    uint64_t place = unit;
    for (size_t i = whole_length + 1; i < unit_at; i++) {
        place /= 10;
        ns += (uint64_t)(text[i] - '0') * place;
    }
    if (ns > max_ns) {
        return NUMBER_RANGE;
    }
    *ret_ns = (int64_t)ns;
    return NUMBER_OK;
}

const char *duration_write(int64_t ns, char text[static DURATION_TEXT_SIZE])
{
    const uint64_t value = (uint64_t)ns;
    size_t unit = 0;
    while (unit + 1 < UNIT_COUNT && value % units[unit + 1].ns == 0) {
        unit++;
    }
    const uint64_t fraction = value % units[unit].ns; /* of microseconds, if any */
    if (value == 0) {
        (void)snprintf(text, DURATION_TEXT_SIZE, "0");
    } else if (fraction == 0) {
        (void)snprintf(text, DURATION_TEXT_SIZE, "%" PRIu64 "%s", value / units[unit].ns,
                       units[unit].name);
    } else {
        (void)snprintf(text, DURATION_TEXT_SIZE, "%" PRIu64 ".%03" PRIu64 "%s",
                       value / units[unit].ns, fraction, units[unit].name);
    }
    return text;
}
