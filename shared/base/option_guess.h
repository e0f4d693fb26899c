/* Which option a wrong word was meant to be. For the main thread. */
#ifndef COMMS_SHARED_BASE_OPTION_GUESS_H
#define COMMS_SHARED_BASE_OPTION_GUESS_H

#include "shared/base/options.h"

#include <stddef.h>

enum { OPTION_GUESS_MAX = 64 };

/*
 * How many letters have to be inserted, left out, replaced or swapped with their neighbour to make
 * one of the words from the other. Of longer words only the first OPTION_GUESS_MAX letters count.
 */
size_t option_guess_distance(const char *one, const char *other);

/*
 * Keeps in *best the nearest of the names that it was called with, if it is near enough to `word`,
 * which may have dashes before it and a value behind '='. *best is NULL at first.
 */
void option_guess_consider(const char *word, const char *name, const char **best);

/* The same for the names of all these rows. */
void option_guess_among(const char *word, const struct option_row *rows, size_t count,
                        const char **best);

#endif
