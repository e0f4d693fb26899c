#include "client/measure/break_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table ------------------------------------------------------------------------------- */

static struct break_row *row_of(struct break_table *table, struct break_kind kind)
{
    for (size_t i = 0; i < table->row_count; i++) {
        struct break_row *row = &table->rows[i];
        if (row->kind.cause == kind.cause && row->kind.code == kind.code) {
            return row;
        }
    }
    if (table->row_count == BREAK_ROWS) {
        return NULL;
    }
    struct break_row *row = &table->rows[table->row_count++];
    row->kind = kind;
    return row;
}

/* A linear congruential generator (Knuth's MMIX), good enough for choosing samples. */
static uint64_t next_random(struct break_table *table)
{
    table->random = table->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return table->random >> 16;
}

/* Reservoir sampling: each break of the row has the same chance to be among the samples. */
static void sample(struct break_table *table, struct break_row *row,
                   const struct break_times *times)
{
    uint64_t place = row->samples;
    if (row->samples < BREAK_SAMPLES) {
        row->samples++;
    } else {
        place = next_random(table) % row->count;
    }
    if (place < BREAK_SAMPLES) {
        row->times[place] = *times;
    }
}

void break_table_record(struct break_table *table, struct break_kind kind,
                        const struct break_times *times)
{
    table->count++;
    struct break_row *row = row_of(table, kind);
    if (row != NULL) {
        row->count++;
        sample(table, row, times);
    }
}

static void quote(struct break_row *row, const char *words)
{
    if (row->words[0] == '\0') {
        (void)snprintf(row->words, sizeof row->words, "%s", words);
    }
}

void break_table_quote(struct break_table *table, struct break_kind kind, const char *words)
{
    struct break_row *row = row_of(table, kind);
    if (row != NULL) {
        quote(row, words);
    }
}

/*
 * Draws the samples of both rows again. Each draw picks a break of either row, and takes a sample
 * of that row: so a row's share of the samples is its share of the breaks.
 */
static void add_row(struct break_table *table, const struct break_row *from)
{
    struct break_row *row = row_of(table, from->kind);
    if (row == NULL) {
        return;
    }
    struct break_times drawn_from[2][BREAK_SAMPLES];
    unsigned samples[2] = {row->samples, from->samples};
    uint64_t left[2] = {row->count, from->count};
    memcpy(drawn_from[0], row->times, sizeof row->times);
    memcpy(drawn_from[1], from->times, sizeof from->times);
    row->count += from->count;
    quote(row, from->words);
    row->samples = 0;
    while (row->samples < BREAK_SAMPLES && (samples[0] > 0 || samples[1] > 0)) {
        bool chosen = next_random(table) % (left[0] + left[1]) < left[0];
        unsigned side = samples[1] == 0 || (samples[0] > 0 && chosen) ? 0 : 1;
        uint64_t place = next_random(table) % samples[side];
        left[side]--;
        samples[side]--;
        row->times[row->samples++] = drawn_from[side][place];
        drawn_from[side][place] = drawn_from[side][samples[side]];
    }
}

void break_table_add(struct break_table *table, const struct break_table *from)
{
    table->count += from->count;
    for (size_t i = 0; i < from->row_count; i++) {
        add_row(table, &from->rows[i]);
    }
}

static int compare_counts(const void *a, const void *b)
{
    const struct break_row *one = a;
    const struct break_row *other = b;
    return one->count < other->count ? 1 : one->count > other->count ? -1 : 0;
}

void break_table_sort(struct break_table *table)
{
    qsort(table->rows, table->row_count, sizeof table->rows[0], compare_counts);
}

/* ---- Spreads --------------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return one < other ? -1 : one > other ? 1 : 0;
}

/* The spread of one of the times in struct break_times, which `place` is the offset of. */
static struct spread spread_of(const struct break_row *row, size_t place)
{
    int64_t sorted[BREAK_SAMPLES];
    unsigned count = row->samples;
    if (count == 0) {
        return (struct spread){.median_ns = 0};
    }
    for (unsigned i = 0; i < count; i++) {
        memcpy(&sorted[i], (const char *)&row->times[i] + place, sizeof sorted[i]);
    }
    qsort(sorted, count, sizeof *sorted, compare_times);
    return (struct spread){.median_ns = sorted[count / 2],
                           .half_width_ns = (sorted[count * 3 / 4] - sorted[count / 4]) / 2};
}

struct spread break_row_moments(const struct break_row *row)
{
    return spread_of(row, offsetof(struct break_times, at_ns));
}

struct spread break_row_ages(const struct break_row *row)
{
    return spread_of(row, offsetof(struct break_times, age_ns));
}

struct spread break_row_silences(const struct break_row *row)
{
    return spread_of(row, offsetof(struct break_times, silence_ns));
}
