#include "client/measure/tally.h"

#include "shared/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally *tally_create(void)
{
    return calloc(1, sizeof(struct tally));
}

static void record(struct histogram *histogram, int64_t ns)
{
    if (ns != CLOCK_NEVER) {
        histogram_record(histogram, ns);
    }
}

void tally_pass_time(struct tally *tally, int64_t now)
{
    if (tally->changed_at != 0) {
        double passed = (double)(now - tally->changed_at);
        tally->live_ns += passed * tally->live;
        tally->waiting_ns += passed * tally->waiting;
    }
    tally->changed_at = now;
}

void tally_note_streams(struct tally *tally)
{
    if (tally->live < tally->live_lowest) {
        tally->live_lowest = tally->live;
    }
    if (tally->waiting > tally->waiting_highest) {
        tally->waiting_highest = tally->waiting;
    }
}

void tally_begin_look(struct tally *tally)
{
    tally->live_lowest = tally->live;
    tally->waiting_highest = tally->waiting;
}

void tally_resume(struct tally *tally, int64_t ns, bool is_measured)
{
    if (is_measured) {
        record(&tally->resume, ns);
    }
}

void tally_break(struct tally *tally, const struct break_note *note,
                 const struct break_times *times)
{
    if (note->had_lived) {
        tally->counts.breaks++;
        break_table_record(&tally->breaks, note->kind, times);
        break_table_quote(&tally->breaks, note->kind, note->words);
    } else {
        tally->counts.failed_attempts++;
        break_table_record(&tally->failed_attempts, note->kind, times);
        break_table_quote(&tally->failed_attempts, note->kind, note->words);
    }
    break_notes_add(&tally->notes, note);
}

void tally_number(struct tally *tally, const struct pace_times *times, bool is_measured)
{
    tally->counts.numbers++;
    if (times->late != CLOCK_NEVER && times->late > LATE_MS * NS_PER_MS) {
        tally->counts.late++;
    }
    if (is_measured) {
        tally->measured_numbers++;
        record(&tally->first, times->first);
        record(&tally->resume, times->resume);
        record(&tally->gap, times->gap);
        record(&tally->late, times->late);
        if (times->gap != CLOCK_NEVER && times->resume == CLOCK_NEVER) {
            tally->whole_gaps++;
            tally->whole_gaps_ns += (double)times->gap;
        }
    }
}

/* A number that had been counted as lost came after all. */
static void take_back_lost(struct tally *tally, const struct violation *reordered)
{
    tally->counts.lost--;
    for (size_t i = tally->violation_count; i-- > 0;) {
        struct violation *lost = &tally->violations[i];
        if (lost->kind == VIOLATION_LOST && lost->stream == reordered->stream &&
            uuid_equal(&lost->uuid, &reordered->uuid) && lost->position <= reordered->position) {
            lost->amount--;
            if (lost->amount == 0) { /* none is lost any more: only the reordering is reported */
                tally->violation_count--;
                tally->counts.violations--;
                for (size_t k = i; k < tally->violation_count; k++) {
                    tally->violations[k] = tally->violations[k + 1];
                }
            }
            return;
        }
    }
}

static void count_numbers(struct tally *tally, const struct violation *violation)
{
    struct counts *counts = &tally->counts;
    switch (violation->kind) {
    case VIOLATION_LOST:
    case VIOLATION_ENDED_EARLY:
        counts->lost += violation->amount;
        break;
    case VIOLATION_REPEATED:
        counts->repeated++;
        break;
    case VIOLATION_REORDERED:
        counts->reordered++;
        if (violation->was_lost) {
            take_back_lost(tally, violation);
        }
        break;
    case VIOLATION_CORRUPT:
    case VIOLATION_CHECKSUM:
    case VIOLATION_POSITION:
    case VIOLATION_ATTEMPT:
    case VIOLATION_MALFORMED:
    case VIOLATION_PADDING:
        counts->corrupt++;
        break;
    case VIOLATION_LATE:
        counts->too_late++;
        break;
    case VIOLATION_KINDS:
        break;
    }
}

void tally_violation(struct tally *tally, const struct violation *violation)
{
    tally->counts.violations++;
    count_numbers(tally, violation);
    if (tally->violation_count < VIOLATIONS_KEPT) {
        tally->violations[tally->violation_count++] = *violation;
    }
}

/* Adds a row, or adds it to the row that has the same reason. */
static void add_unfinished(struct unfinished *rows, size_t *count,
                           const struct unfinished *unfinished)
{
    for (size_t i = 0; i < *count; i++) {
        if (rows[i].outcome == unfinished->outcome &&
            strcmp(rows[i].reason, unfinished->reason) == 0) {
            rows[i].streams += unfinished->streams;
            return;
        }
    }
    if (*count < UNFINISHED_ROWS) {
        rows[(*count)++] = *unfinished;
    }
}

void tally_unfinished(struct tally *tally, unsigned stream, enum outcome outcome,
                      const char *reason)
{
    struct unfinished unfinished = {.outcome = outcome, .streams = 1, .first = stream};
    (void)snprintf(unfinished.reason, sizeof unfinished.reason, "%s", reason);
    tally->unfinished_streams++;
    tally->refused += outcome == OUTCOME_REFUSED ? 1U : 0U;
    tally->unreachable += outcome == OUTCOME_UNREACHABLE ? 1U : 0U;
    add_unfinished(tally->unfinished, &tally->unfinished_count, &unfinished);
}

void counts_add(struct counts *counts, const struct counts *from)
{
    counts->numbers += from->numbers;
    counts->resumes += from->resumes;
    counts->breaks += from->breaks;
    counts->failed_attempts += from->failed_attempts;
    counts->late += from->late;
    counts->lost += from->lost;
    counts->repeated += from->repeated;
    counts->reordered += from->reordered;
    counts->corrupt += from->corrupt;
    counts->too_late += from->too_late;
    counts->violations += from->violations;
    counts->started += from->started;
    counts->finished += from->finished;
    counts->bytes += from->bytes;
}

void tally_add_to_result(const struct tally *tally, struct result *result)
{
    counts_add(&result->counts, &tally->counts);
    result->expected += tally->expected;
    result->streams_proven += tally->proven;
    result->streams_held_back += tally->held_back;
    result->streams_unfinished += tally->unfinished_streams;
    result->streams_refused += tally->refused;
    result->streams_unreachable += tally->unreachable;
    for (size_t i = 0; i < tally->unfinished_count; i++) {
        add_unfinished(result->unfinished, &result->unfinished_count, &tally->unfinished[i]);
    }

    result->measured_numbers += tally->measured_numbers;
    histogram_add(&result->first, &tally->first);
    histogram_add(&result->resume, &tally->resume);
    histogram_add(&result->gap, &tally->gap);
    histogram_add(&result->late, &tally->late);
    result->whole_gaps += tally->whole_gaps;
    result->whole_gaps_ns += tally->whole_gaps_ns;

    address_table_add(&result->addresses, &tally->addresses);
    break_table_add(&result->breaks, &tally->breaks);
    break_table_add(&result->failed_attempts, &tally->failed_attempts);
    for (size_t i = 0; i < tally->violation_count && result->violation_count < VIOLATIONS_KEPT;
         i++) {
        result->violations[result->violation_count++] = tally->violations[i];
    }
}
