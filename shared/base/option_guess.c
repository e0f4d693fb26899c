#include "shared/base/option_guess.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t option_guess_distance(const char *one, const char *other)
{
    size_t rows[3][OPTION_GUESS_MAX + 1]; /* the row before the last one, the last, this one */
    size_t width = strnlen(other, OPTION_GUESS_MAX);
    size_t height = strnlen(one, OPTION_GUESS_MAX);
    for (size_t j = 0; j <= width; j++) {
        rows[1][j] = j;
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= height; i++) {
        size_t *before = rows[(i + 2) % 3];
        size_t *last = rows[i % 3];
        size_t *row = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            bool is_same = one[i - 1] == other[j - 1];
            bool is_swapped =
                i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (is_same ? 0 : 1));
            row[j] = is_swapped ? least(row[j], before[j - 2] + 1) : row[j];
        }
    }
    return rows[(height + 1) % 3][width];
}

/* A third of the letters may be wrong, but not more: else most short words would be near. */
static bool is_near(const char *word, const char *name, size_t distance)
{
    size_t length = strlen(word);
    bool is_beginning = length >= 2 && strncmp(name, word, length) == 0;
    return is_beginning || (length >= 3 && distance <= least(length / 3, 3));
}

void option_guess_consider(const char *word, const char *name, const char **best)
{
    char bare[OPTION_GUESS_MAX];
    word += strspn(word, "-");
    (void)snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
    size_t distance = option_guess_distance(bare, name);
    if (is_near(bare, name, distance) &&
        (*best == NULL || distance < option_guess_distance(bare, *best))) {
        *best = name;
    }
}

void option_guess_among(const char *word, const struct option_row *rows, size_t count,
                        const char **best)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind != OPTION_HEADING) {
            option_guess_consider(word, rows[i].name, best);
        }
    }
}
