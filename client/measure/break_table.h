/* All breaks of a run, counted by cause, with samples of when they came. For one thread. */
#ifndef COMMS_CLIENT_MEASURE_BREAK_TABLE_H
#define COMMS_CLIENT_MEASURE_BREAK_TABLE_H

#include "client/measure/break_cause.h"

#include <stddef.h>
#include <stdint.h>

/* When a stream broke. */
struct break_times {
    int64_t at_ns;      /* nanoseconds since the beginning of the run */
    int64_t age_ns;     /* nanoseconds since the stream began */
    int64_t silence_ns; /* nanoseconds since its last message, or since it began */
};

enum { BREAK_SAMPLES = 512, BREAK_ROWS = 48 };

/* All breaks of one kind. */
struct break_row {
    struct break_kind kind;
    uint64_t count;
    char words[BREAK_WORDS_SIZE]; /* of a server, at the first that had some; or empty */
    unsigned samples;             /* entries of `times` in use: a random sample of the breaks */
    struct break_times times[BREAK_SAMPLES];
};

/* All zeroes is an empty table. */
struct break_table {
    uint64_t count; /* all breaks, also those that found no row */
    size_t row_count;
    struct break_row rows[BREAK_ROWS];
    uint64_t random; /* state of the random choice */
};

/* Counts a break. */
void break_table_record(struct break_table *table, struct break_kind kind,
                        const struct break_times *times);

/* Notes the words of a server about a break that was recorded; the first ones of a kind are kept.
 */
void break_table_quote(struct break_table *table, struct break_kind kind, const char *words);

/* Adds the breaks of `from`. */
void break_table_add(struct break_table *table, const struct break_table *from);

/* Sorts the rows, the most frequent first. */
void break_table_sort(struct break_table *table);

/* The median of durations, and the spread of their middle half. */
struct spread {
    int64_t median_ns;
    int64_t half_width_ns; /* half of the distance between the quartiles */
};

/* The spread of at_ns, of age_ns and of silence_ns of a row's breaks. */
struct spread break_row_moments(const struct break_row *row);
struct spread break_row_ages(const struct break_row *row);
struct spread break_row_silences(const struct break_row *row);

#endif
