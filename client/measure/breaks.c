#include "client/measure/breaks.h"

#include "shared/base/clock.h"
#include "shared/page/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table ------------------------------------------------------------------------------- */

static struct break_row *row_of(struct breaks *breaks, struct break_kind kind)
{
    for (size_t i = 0; i < breaks->row_count; i++) {
        struct break_row *row = &breaks->rows[i];
        if (row->kind.cause == kind.cause && row->kind.code == kind.code) {
            return row;
        }
    }
    if (breaks->row_count == BREAK_ROWS) {
        return NULL;
    }
    struct break_row *row = &breaks->rows[breaks->row_count++];
    row->kind = kind;
    return row;
}

/* A linear congruential generator (Knuth's MMIX): good enough to choose samples by. */
static uint64_t next_random(struct breaks *breaks)
{
    breaks->random = breaks->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return breaks->random >> 16;
}

/* Each of the row's breaks has the same chance to be among the samples. */
static void sample(struct breaks *breaks, struct break_row *row, const struct break_times *times)
{
    uint64_t place = row->samples;
    if (row->samples < BREAK_SAMPLES) {
        row->samples++;
    } else {
        place = next_random(breaks) % row->count;
    }
    if (place < BREAK_SAMPLES) {
        row->times[place] = *times;
    }
}

void breaks_record(struct breaks *breaks, struct break_kind kind, const struct break_times *times)
{
    breaks->count++;
    struct break_row *row = row_of(breaks, kind);
    if (row != NULL) {
        row->count++;
        sample(breaks, row, times);
    }
}

/*
 * Draws the samples of both anew, each from the row of a break chosen among the breaks of both that
 * are left: a row with few breaks so has few of the samples.
 */
static void add_row(struct breaks *breaks, const struct break_row *from)
{
    struct break_row *row = row_of(breaks, from->kind);
    if (row == NULL) {
        return;
    }
    struct break_times drawn_from[2][BREAK_SAMPLES];
    unsigned samples[2] = {row->samples, from->samples};
    uint64_t left[2] = {row->count, from->count};
    memcpy(drawn_from[0], row->times, sizeof row->times);
    memcpy(drawn_from[1], from->times, sizeof from->times);
    row->count += from->count;
    row->samples = 0;
    while (row->samples < BREAK_SAMPLES && (samples[0] > 0 || samples[1] > 0)) {
        bool chosen = next_random(breaks) % (left[0] + left[1]) < left[0];
        unsigned side = samples[1] == 0 || (samples[0] > 0 && chosen) ? 0 : 1;
        uint64_t place = next_random(breaks) % samples[side];
        left[side]--;
        samples[side]--;
        row->times[row->samples++] = drawn_from[side][place];
        drawn_from[side][place] = drawn_from[side][samples[side]];
    }
}

void breaks_add(struct breaks *breaks, const struct breaks *from)
{
    breaks->count += from->count;
    for (size_t i = 0; i < from->row_count; i++) {
        add_row(breaks, &from->rows[i]);
    }
}

static int compare_counts(const void *a, const void *b)
{
    const struct break_row *one = a;
    const struct break_row *other = b;
    return one->count < other->count ? 1 : one->count > other->count ? -1 : 0;
}

void breaks_sort(struct breaks *breaks)
{
    qsort(breaks->rows, breaks->row_count, sizeof breaks->rows[0], compare_counts);
}

/* ---- Spreads and what they give away --------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return one < other ? -1 : one > other ? 1 : 0;
}

/* Of one of the times of a row's samples, named by its place in struct break_times. */
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

struct spread break_row_ages(const struct break_row *row)
{
    return spread_of(row, offsetof(struct break_times, age_ns));
}

struct spread break_row_silences(const struct break_row *row)
{
    return spread_of(row, offsetof(struct break_times, silence_ns));
}

/* A time-out somewhere strikes at the same time again and again: within 2 %, or a tenth of a
 * second. */
static bool clusters(const struct spread *spread)
{
    int64_t near = spread->median_ns / 50;
    if (near < NS_PER_S / 10) {
        near = NS_PER_S / 10;
    }
    return spread->median_ns >= NS_PER_S && spread->half_width_ns <= near;
}

/* Whether others broke it, and by what they may have been moved. */
static bool may_be_timeout(enum break_cause cause)
{
    switch (cause) {
    case BREAK_RESET:
    case BREAK_CLOSED:
    case BREAK_GOAWAY:
    case BREAK_RST_STREAM:
    case BREAK_HTTP:
    case BREAK_CUT_SHORT:
    case BREAK_DEADLINE:
    case BREAK_STATUS:
        return true;
    case BREAK_REFUSED:
    case BREAK_UNREACHABLE:
    case BREAK_STALLED:
    case BREAK_WAITING:
    case BREAK_CHAOS_CUT:
    case BREAK_CHAOS_STALL:
    case BREAK_CAUSES:
        break;
    }
    return false;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/*
 * Streams that began together also end together when a proxy is reloaded: then it is the moment of
 * the breaks that clusters, and their age says nothing yet.
 */
static void describe_cluster(const struct break_row *row, char hint[static BREAK_HINT_SIZE])
{
    const struct spread moments = spread_of(row, offsetof(struct break_times, at_ns));
    const struct spread ages = break_row_ages(row);
    const struct spread silences = break_row_silences(row);
    char count[FORMAT_SIZE];
    (void)format_count(row->count, count);
    if (moments.half_width_ns <= NS_PER_S / 2) {
        (void)snprintf(hint, BREAK_HINT_SIZE,
                       "%s streams broke at once, %.1f s into the run: looks like a restart, a "
                       "reload or the end of a connection that they shared; should it come again "
                       "at the age of %.1f s, like a time-out",
                       count, seconds(moments.median_ns), seconds(ages.median_ns));
    } else if (clusters(&silences)) {
        (void)snprintf(hint, BREAK_HINT_SIZE,
                       "%s streams died after %.1f s ± %.1f s of silence: looks like an idle "
                       "time-out in between",
                       count, seconds(silences.median_ns), seconds(silences.half_width_ns));
    } else if (clusters(&ages)) {
        (void)snprintf(hint, BREAK_HINT_SIZE,
                       "%s streams died at %.1f s ± %.1f s: looks like a request time-out or "
                       "a maximum age of connections in between",
                       count, seconds(ages.median_ns), seconds(ages.half_width_ns));
    }
}

bool break_row_hint(const struct break_row *row, char hint[static BREAK_HINT_SIZE])
{
    enum { FEW = 5 };
    hint[0] = '\0';
    if (row->count >= FEW && may_be_timeout(row->kind.cause)) {
        describe_cluster(row, hint);
    }
    return hint[0] != '\0';
}
