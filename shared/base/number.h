/*
 * Numbers and durations written by people and peers, read strictly: nothing around them, nothing
 * left over, no silent wrap. Every function may be called from any thread; none needs a NUL.
 */
#ifndef COMMS_SHARED_BASE_NUMBER_H
#define COMMS_SHARED_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum number_result {
    NUMBER_OK,
    NUMBER_INVALID, /* not a number at all */
    NUMBER_RANGE    /* a whole number, but negative or above the limit */
};

/* Reads decimal digits, at most `max`; *ret_value is untouched unless NUMBER_OK is returned. */
enum number_result number_parse(const char *text, size_t length, uint64_t max, uint64_t *ret_value);

/*
 * Reads a duration: "0", or a decimal number with a unit, as "250ms", "1.5s", "2m", "1h", "10us".
 * NUMBER_RANGE above 24 days (so that it fits anywhere a time-out goes). In nanoseconds.
 */
enum number_result duration_parse(const char *text, size_t length, int64_t *ret_ns);

#endif
