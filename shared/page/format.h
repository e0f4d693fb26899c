/* Numbers and times as people read them. Pure functions, for any thread. */
#ifndef COMMS_SHARED_PAGE_FORMAT_H
#define COMMS_SHARED_PAGE_FORMAT_H

#include <stdint.h>

enum { FORMAT_SIZE = 32 }; /* room for any of them, NUL included */

/* 1,234,567 */
const char *format_count(uint64_t count, char text[static FORMAT_SIZE]);

/* 10,203; below 100 12.3 */
const char *format_rate(double rate, char text[static FORMAT_SIZE]);

/* Nanoseconds: 250 ms if that is exact, else three digits: 1.04 s; from two minutes on 3 min 20 s.
 */
const char *format_duration(int64_t ns, char text[static FORMAT_SIZE]);

/* 312 MiB */
const char *format_bytes(uint64_t bytes, char text[static FORMAT_SIZE]);

#endif
