/*
 * Reads numbers and durations that people and peers wrote, strictly: no characters before or after
 * them, no silent wrap. Every function may be called from any thread. No text needs a NUL.
 */
#ifndef COMMS_SHARED_BASE_NUMBER_H
#define COMMS_SHARED_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum number_result {
    NUMBER_OK,
    NUMBER_INVALID, /* no number */
    NUMBER_RANGE    /* a whole number that is negative or above the maximum */
};

/* Reads decimal digits, up to the value `max`. Only NUMBER_OK sets *ret_value. */
enum number_result number_parse(const char *text, size_t length, uint64_t max, uint64_t *ret_value);

/*
 * Reads a duration: "0", or a decimal number with a unit, as "250ms", "1.5s", "2m", "1h", "10us".
 * *ret_ns is in nanoseconds; only NUMBER_OK sets it. NUMBER_RANGE above 24 days, the longest that
 * poll can wait.
 */
enum number_result duration_parse(const char *text, size_t length, int64_t *ret_ns);

/*
 * Reads a count of bytes up to `max`: a whole number, alone or with a unit, as "4096", "4096B",
 * "16KiB", "1MiB". Only NUMBER_OK sets *ret_bytes.
 */
enum number_result bytes_parse(const char *text, size_t length, uint64_t max, uint64_t *ret_bytes);

enum { BYTES_TEXT_SIZE = 32 };

/* Writes bytes as bytes_parse reads them, by the largest unit that is exact: "16KiB", "1500B", "0".
 * Returns `text`. */
const char *bytes_write(uint64_t bytes, char text[static BYTES_TEXT_SIZE]);

enum { DURATION_TEXT_SIZE = 48 };

/*
 * Writes a duration that duration_parse reads as the same: "250ms", "90s", "1.5us", "0". `ns` is
 * not negative. Returns `text`.
 */
const char *duration_write(int64_t ns, char text[static DURATION_TEXT_SIZE]);

#endif
