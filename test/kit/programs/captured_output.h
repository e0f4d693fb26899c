/* What came from one output stream of a program so far. */
#ifndef COMMS_TEST_KIT_PROGRAMS_CAPTURED_OUTPUT_H
#define COMMS_TEST_KIT_PROGRAMS_CAPTURED_OUTPUT_H

#include <stddef.h>

struct captured_output {
    int fd;     /* where it is read from; -1 once the stream has ended */
    char *text; /* all that was read; a string */
    size_t length;
    size_t cursor; /* where the line begins that follows the one taken last */
};

/*
 * Begins to capture, by way of a pipe or of a terminal of this width, which hands on the text
 * unchanged. Returns the descriptor for the program to write to, which the caller closes.
 */
int captured_output_open_pipe(struct captured_output *output);
int captured_output_open_terminal(struct captured_output *output, unsigned short columns);

/* Gives the terminal another width; 0: it does not tell its width. */
void captured_output_resize(const struct captured_output *output, unsigned short columns);

void captured_output_close(struct captured_output *output);

/* Reads what is there, without waiting. */
void captured_output_read(struct captured_output *output);

/* Takes the next whole line that has this text, to be freed by the caller; NULL where there is none
 * yet. */
char *captured_output_take_line(struct captured_output *output, const char *text);

#endif
