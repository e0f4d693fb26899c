/*
 * What a terminal of a given width shows of a program's output: enough of a terminal for the
 * programs' output, which knows \r, \n, ESC [ K and text of UTF-8, a column each character. Like
 * the simplest terminals it begins a new line as soon as the last column is written to. For one
 * thread.
 */
#ifndef COMMS_TEST_KIT_SCREEN_H
#define COMMS_TEST_KIT_SCREEN_H

#include <stddef.h>

enum { SCREEN_LINES_MAX = 200, SCREEN_COLUMNS_MAX = 256 };

struct screen {
    size_t columns;
    size_t line; /* where the cursor is */
    size_t column;
    size_t wraps; /* lines that were begun because a line was full */
    char lines[SCREEN_LINES_MAX][SCREEN_COLUMNS_MAX + 1]; /* '?' for each other character */
};

void screen_init(struct screen *screen, size_t columns);

/* Shows `length` bytes. The test fails at an escape sequence that it does not know. */
void screen_show(struct screen *screen, const char *output, size_t length);

/* Another width from here on; what is shown stays as it is. */
void screen_resize(struct screen *screen, size_t columns);

#endif
