/* A list of strings that ends with NULL, as execve wants it. A test fails where memory is missing.
 */
#ifndef COMMS_TEST_KIT_PROGRAMS_ARGUMENTS_H
#define COMMS_TEST_KIT_PROGRAMS_ARGUMENTS_H

#include <stdarg.h>
#include <stddef.h>

/* All zero: empty, with `items` NULL until something is added. */
struct arguments {
    char **items;
    size_t count;
};

/* Adds copies: of a word, of all words of a list or array that ends with NULL. */
void arguments_add(struct arguments *arguments, const char *word);
void arguments_add_list(struct arguments *arguments, va_list list);
void arguments_add_array(struct arguments *arguments, const char *const *words);

void arguments_cleanup(struct arguments *arguments);

#endif
