/*
 * What a test reads out of a text, from front to back. Each function moves *text behind what it has
 * read, and leaves it where it is when it returns false.
 */
#ifndef COMMS_TEST_KIT_PROGRAMS_OUTPUT_TEXT_H
#define COMMS_TEST_KIT_PROGRAMS_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Reads this literal. */
bool output_skip(const char **text, const char *literal);

/* Reads a decimal number. */
bool output_read_number(const char **text, uint64_t *ret_number);

/* Reads the next line that begins so, and whatever comes before it. Returns what follows the
 * beginning in that line; NULL, with *text at its end, where there is no such line. */
const char *output_next_line(const char **text, const char *beginning);

#endif
