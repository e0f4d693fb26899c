/* The value of an option: set from its text, or what is said of a wrong one. For the main thread.
 */
#ifndef COMMS_SHARED_BASE_OPTION_VALUE_H
#define COMMS_SHARED_BASE_OPTION_VALUE_H

#include "shared/base/options.h"

#include <stdbool.h>

enum {
    OPTION_WANTED_SIZE = 160,
    OPTION_SHOWN_MAX = 160 /* bytes of a value in a message, so that the rest of it has room, too */
};

/*
 * Sets the field of the row in the structure at `values`; `text` is NULL for a flag without a
 * value. False if the row takes no such text; the field may have changed.
 */
bool option_value_set(const struct option_row *row, const char *text, void *values);

/* Writes what a value of this row must be, such as "a number from 1 to 65535". */
void option_value_describe(const struct option_row *row, char wanted[static OPTION_WANTED_SIZE]);

/*
 * Prints the field of the row as a command line would set it, an option a line: "--port 1337". A
 * text with other characters than those of names and addresses is quoted as a shell quotes it. A
 * flag that is false, and a text that is not set, print nothing.
 */
void option_value_print(const struct option_row *row, const void *values);

/* Says that `name`, which is the option or its variable, has this wrong value; OPTIONS_WRONG. */
enum options_result option_value_complain(const struct options *options,
                                          const struct option_row *row, const char *name,
                                          const char *text);

#endif
