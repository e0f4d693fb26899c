#include "test/kit/programs/arguments.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

void arguments_add(struct arguments *arguments, const char *word)
{
    char **items = realloc(arguments->items, (arguments->count + 2) * sizeof *items);
    ck_assert_ptr_nonnull(items);
    arguments->items = items;
    items[arguments->count] = strdup(word);
    ck_assert_ptr_nonnull(items[arguments->count]);
    items[++arguments->count] = NULL;
}

void arguments_add_list(struct arguments *arguments, va_list list)
{
    for (const char *word; (word = va_arg(list, const char *)) != NULL;) {
        arguments_add(arguments, word);
    }
}

void arguments_add_array(struct arguments *arguments, const char *const *words)
{
    for (; *words != NULL; words++) {
        arguments_add(arguments, *words);
    }
}

void arguments_cleanup(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++) {
        free(arguments->items[i]);
    }
    free(arguments->items);
}
