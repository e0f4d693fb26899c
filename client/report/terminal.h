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

#endif
