/*
 * The line of an interval, and the header above it, laid out for the width that there is. Streams
 * are counted at the end of the interval, everything else within it. If a line
 * does not fit, it leaves out columns whose values the end of the run prints again, then shortens
 * the verdict. It is cut only where not even a word fits. Pure computations, for one thread.
 */
#ifndef COMMS_CLIENT_REPORT_PROGRESS_LINE_H
#define COMMS_CLIENT_REPORT_PROGRESS_LINE_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROGRESS_LINE_SIZE = 320, /* room for any line or header, NUL included */
    PROGRESS_COLUMNS = 8      /* the verdict is not one of them */
};

/* The layout of the last line; all zeroes, except has_bytes: there was none. */
struct progress_line {
    bool has_bytes; /* there is a column of the bytes of padding a second */
    size_t width;   /* the most characters of a line */
    size_t layout;  /* index in the table of layouts */
    size_t widths[PROGRESS_COLUMNS];
    char header[PROGRESS_LINE_SIZE];
};

/* Whether nothing was wrong in the interval. */
bool progress_line_is_ok(const struct sample *sample, const struct sample *previous);

/*
 * Lays out an interval in at most `width` characters of ASCII; `previous` is NULL at the first one.
 * Columns grow and vanish as counts grow, and come back only if `width` changes. Returns whether
 * line->header is another one than before, and so has to be printed above the line.
 */
bool progress_line_format(struct progress_line *line, size_t width, const struct sample *sample,
                          const struct sample *previous, char text[static PROGRESS_LINE_SIZE]);

#endif
