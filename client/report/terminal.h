/* The terminal that standard output may be. For one thread. */
#ifndef COMMS_CLIENT_REPORT_TERMINAL_H
#define COMMS_CLIENT_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
    bool is_terminal;
    bool redraws;            /* a line can be drawn over: not with TERM=dumb, nor with NO_COLOR */
    size_t fallback_columns; /* the width of a terminal that does not tell its own */
};

/* Looks at standard output, and at the environment: TERM, NO_COLOR, COLUMNS. */
void terminal_init(struct terminal *terminal);

/* The columns that a line can use now; 80 if there is no terminal. */
size_t terminal_columns(const struct terminal *terminal);

/*
 * Prints a line of prose, UTF-8 without control characters. On a terminal it is broken between
 * words where it is full, and goes on below, indented; elsewhere it stays a line, for programs.
 */
void terminal_print(const struct terminal *terminal, const char *line);

/* The same, as printf does; cut after TERMINAL_PROSE_SIZE bytes. */
enum { TERMINAL_PROSE_SIZE = 1024 };
void terminal_printf(const struct terminal *terminal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
