#include "client/report/run_text.h"

#include "client/measure/fail_on.h"
#include "client/report/address_text.h"
#include "client/report/break_text.h"
#include "client/report/result_text.h"
#include "client/report/violation_text.h"
#include "shared/base/clock.h"
#include "shared/base/number.h"
#include "shared/base/text.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void run_text_init(struct run_text *text, const struct plan *plan)
{
    *text = (struct run_text){.plan = plan, .line = {.has_bytes = plan->size > 0}};
    terminal_init(&text->terminal);
}

/* ---- Before the run -------------------------------------------------------------------------- */

static void print_chaos(const struct chaos_plan *chaos)
{
    char cut[FORMAT_SIZE];
    (void)printf("chaos: a connection breaks every %s on average",
                 format_duration(chaos->cut_ns, cut));
    if (chaos->stall_fraction > 0) {
        (void)printf(", %.0f %% of the breaks are silences", chaos->stall_fraction * 100);
    }
    (void)printf("; repeat the breaks with --seed %" PRIu64 "\n", chaos->seed);
}

void run_text_begin(const struct run_text *text)
{
    const struct plan *plan = text->plan;
    char streams[FORMAT_SIZE];
    char connections[FORMAT_SIZE];
    char n[FORMAT_SIZE];
    char time[FORMAT_SIZE];
    char size[BYTES_TEXT_SIZE];
    (void)printf("%s, %s stream%s on %s connection%s to ", client_mode_name(plan->mode),
                 format_count(plan->streams, streams), plan->streams == 1 ? "" : "s",
                 format_count(plan->connections, connections), plan->connections == 1 ? "" : "s");
    text_write(plan->target, stdout);
    if (plan->tls.is_on) {
        (void)printf(" by TLS %s", plan_tls_words(plan));
    }
    (void)printf("\n%s number%s a session", format_count(plan->n, n), plan->n == 1 ? "" : "s");
    if (plan->size > 0) {
        (void)printf(", each with %s of padding", bytes_write(plan->size, size));
    }
    if (plan->interval_ns > 0) {
        (void)printf(", one every %s", format_duration(plan->interval_ns, time));
    } else {
        (void)printf(", at full speed");
    }
    if (plan->duration_ns > 0) {
        (void)printf("; new sessions for %s", format_duration(plan->duration_ns, time));
    }
    (void)printf("\n");
    if (plan->chaos.cut_ns > 0) {
        print_chaos(&plan->chaos);
    }
}

/* ---- While it runs --------------------------------------------------------------------------- */

void run_text_interval(struct run_text *text, const struct sample *sample,
                       const struct sample *previous)
{
    char line[PROGRESS_LINE_SIZE];
    bool redraws = text->terminal.redraws;
    bool is_first = text->line.header[0] == '\0';
    size_t columns = terminal_columns(&text->terminal);
    if (progress_line_format(&text->line, columns, sample, previous, line)) {
        /* The line that was drawn last stays. */
        (void)printf("%s%s%s\n", redraws && text->has_line ? "\n" : "",
                     is_first ? "per interval; live, waiting at its end\n" : "", text->line.header);
    }
    text->has_line = true;
    /* ESC [ K clears what a longer line left. */
    (void)printf(redraws ? "\r%s\033[K" : "%s\n", line);
    if (redraws && !progress_line_is_ok(sample, previous)) {
        (void)printf("\n"); /* it stays */
        text->has_line = false;
    }
}

/* "12.0 s  3 streams broke: connection closed (10.0.0.1:443)" */
static void print_note(const struct break_note *note)
{
    char count[FORMAT_SIZE];
    char name[BREAK_NAME_SIZE];
    break_name(note->kind, name);
    (void)printf("%.1f s  %s %s%s %s: %s", (double)note->at_ns / (double)NS_PER_S,
                 format_count(note->count, count), note->had_lived ? "stream" : "attempt",
                 note->count == 1 ? "" : "s", note->had_lived ? "broke" : "failed", name);
    if (note->address[0] != '\0') {
        (void)fputs(" (", stdout);
        text_write(note->address, stdout);
        (void)fputs(")", stdout);
    }
    (void)fputs("\n", stdout);
}

void run_text_broken(struct run_text *text, const struct break_notes *notes)
{
    char count[FORMAT_SIZE];
    if (text->terminal.redraws && text->has_line) {
        (void)printf("\r\033[K"); /* the line of the interval is drawn again below */
        text->has_line = false;
    }
    for (size_t i = 0; i < notes->count; i++) {
        print_note(&notes->rows[i]);
    }
    if (notes->others > 0) {
        (void)printf("        and %s more for other reasons\n", format_count(notes->others, count));
    }
}

/* ---- At its end ------------------------------------------------------------------------------ */

static void print_bytes_throughput(const struct result *result)
{
    char rate[FORMAT_SIZE];
    if (result->plan->size > 0) {
        (void)printf(", %s/s", format_bytes((uint64_t)result_bytes_throughput(result), rate));
    }
}

static void print_throughput(const struct result *result)
{
    char rate[FORMAT_SIZE];
    char warmup[FORMAT_SIZE];
    (void)printf("throughput  %s", result_format_throughput(result, rate));
    if (result_has_throughput(result)) {
        (void)printf(" numbers/s");
        print_bytes_throughput(result);
    } else if (result->counts.numbers > 0) {
        (void)printf(": all numbers came within the warm-up of %s",
                     format_duration(result->plan->warmup_ns, warmup));
    }
    (void)printf("\n");
}

static void print_totals(const struct result *result)
{
    char started[FORMAT_SIZE];
    char finished[FORMAT_SIZE];
    char elapsed[FORMAT_SIZE];
    char memory[FORMAT_SIZE];
    char cpu[FORMAT_SIZE];
    char a_number[FORMAT_SIZE];
    (void)printf("sessions    %s started, %s finished, in %s\n",
                 format_count(result->counts.started, started),
                 format_count(result->counts.finished, finished),
                 format_duration(result->elapsed_ns, elapsed));
    print_throughput(result);
    (void)printf("breaks      %s, resumed %s times", format_count(result->counts.breaks, started),
                 format_count(result->counts.resumes, finished));
    if (result->counts.failed_attempts > 0) {
        (void)printf("; %s failed attempt%s", format_count(result->counts.failed_attempts, started),
                     result->counts.failed_attempts == 1 ? "" : "s");
    }
    (void)printf("\n");
    (void)printf("client      %s of memory at most, %s of CPU",
                 format_bytes(result->peak_rss_bytes, memory),
                 format_duration(result->cpu_ns, cpu));
    if (result->counts.numbers > 0) {
        (void)printf(" (%s a number)",
                     format_duration(result->cpu_ns / (int64_t)result->counts.numbers, a_number));
    }
    (void)printf("\n");
}

/* The columns of times, in their order; those of the highest rank are left out first. */
static const struct {
    const char *name;
    double quantile; /* above 1: the longest time; below 0: how many there are */
    size_t width;
    int rank;
} time_columns[] = {{"p50", 0.5, 9, 1},     {"p90", 0.9, 9, 3}, {"p99", 0.99, 9, 0},
                    {"p99.9", 0.999, 9, 2}, {"max", 2, 9, 0},   {"count", -1, 12, 4}};
enum { TIME_COLUMNS = sizeof time_columns / sizeof time_columns[0], TIME_NAME = 21, RANKS = 5 };

/* The highest rank that there is room for. */
static int rank_that_fits(size_t columns)
{
    for (int rank = RANKS - 1; rank > 0; rank--) {
        size_t width = TIME_NAME;
        for (size_t i = 0; i < TIME_COLUMNS; i++) {
            width += time_columns[i].rank <= rank ? time_columns[i].width : 0;
        }
        if (width <= columns) {
            return rank;
        }
    }
    return 0;
}

/* A µ has two bytes, and printf counts bytes. */
static void print_duration(int64_t ns, size_t width)
{
    char text[FORMAT_SIZE];
    (void)format_duration(ns, text);
    int bytes_more = strchr(text, '\xc2') == NULL ? 0 : 1;
    (void)printf("%*s", (int)width + bytes_more, text);
}

static void print_histogram(const char *name, const struct histogram *histogram, int rank)
{
    char text[FORMAT_SIZE];
    if (histogram->count == 0) {
        return;
    }
    (void)printf("%-*s", TIME_NAME, name);
    for (size_t i = 0; i < TIME_COLUMNS; i++) {
        if (time_columns[i].rank > rank) {
            continue;
        }
        if (time_columns[i].quantile < 0) {
            (void)printf("%*s", (int)time_columns[i].width, format_count(histogram->count, text));
        } else {
            print_duration(histogram_quantile(histogram, time_columns[i].quantile),
                           time_columns[i].width);
        }
    }
    (void)printf("\n");
}

static void print_histograms(const struct result *result, size_t columns)
{
    int rank = rank_that_fits(columns);
    char pace[FORMAT_SIZE];
    if (result->first.count == 0 && result->gap.count == 0) {
        return;
    }
    (void)printf("\n%-*s", TIME_NAME, "");
    for (size_t i = 0; i < TIME_COLUMNS; i++) {
        if (time_columns[i].rank <= rank) {
            (void)printf("%*s", (int)time_columns[i].width, time_columns[i].name);
        }
    }
    (void)printf("\n");
    print_histogram("START to first number", &result->first, rank);
    print_histogram("break to next number", &result->resume, rank);
    print_histogram("gap between numbers", &result->gap, rank);
    print_histogram("behind its time", &result->late, rank);
    if (result->pace_ns > 0) {
        (void)printf("The numbers came %s apart, which is not --interval: set --interval to the "
                     "server's.\nLateness was measured against the wrong one.\n",
                     format_duration(result->pace_ns, pace));
    }
}

/* Where there is little room, the spread is left out, then the age. */
static void print_breaks(const struct break_table *table, const char *title, size_t columns)
{
    enum { WITH_AGE = 58, WITH_SPREAD = 71 };
    if (table->row_count == 0) {
        return;
    }
    bool has_age = columns >= WITH_AGE;
    bool has_spread = columns >= WITH_SPREAD;
    (void)printf("\n%-32s %*s%s\n", title, has_age ? 10 : 6, has_age ? "how often" : "times",
                 has_spread ? "  age of the stream (median)"
                 : has_age  ? "  age (median)"
                            : "");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct break_row *row = &table->rows[i];
        const struct spread ages = break_row_ages(row);
        char name[BREAK_NAME_SIZE];
        char count[FORMAT_SIZE];
        char age[FORMAT_SIZE];
        char width[FORMAT_SIZE];
        char hint[BREAK_HINT_SIZE];
        break_name(row->kind, name);
        (void)format_duration(ages.median_ns, age);
        (void)format_duration(ages.half_width_ns, width);
        (void)printf("%-32s %*s%s%s%s%s\n", name, has_age ? 10 : 6, format_count(row->count, count),
                     has_age ? "  " : "", has_age ? age : "", has_spread ? " \u00b1 " : "",
                     has_spread ? width : "");
        if (break_row_hint(row, hint)) {
            (void)printf("  %s\n", hint);
        }
    }
}

static void print_violations(const struct result *result)
{
    if (result->violation_count == 0) {
        return;
    }
    (void)printf("\nviolations\n");
    for (size_t i = 0; i < result->violation_count; i++) {
        char text[VIOLATION_TEXT_SIZE];
        violation_describe(&result->violations[i], text);
        (void)printf("  %s\n", text);
    }
    if (result->counts.violations > result->violation_count) {
        (void)printf("  and %" PRIu64 " more\n",
                     result->counts.violations - result->violation_count);
    }
}

static void print_unfinished(const struct result *result)
{
    unsigned told = 0;
    for (size_t i = 0; i < result->unfinished_count; i++) {
        const struct unfinished *row = &result->unfinished[i];
        char streams[FORMAT_SIZE];
        (void)printf("%s  %s stream%s (%u%s): %s: %s\n", i == 0 ? "\nnot finished\n" : "",
                     format_count(row->streams, streams), row->streams == 1 ? "" : "s", row->first,
                     row->streams == 1 ? "" : ", …", outcome_name(row->outcome), row->reason);
        told += row->streams;
    }
    if (told < result->streams_unfinished) {
        (void)printf("  and %u for other reasons\n", result->streams_unfinished - told);
    }
}

void run_text_conditions(const struct result *result)
{
    const struct fail_on_list *list = &result->plan->fail_on;
    for (size_t i = 0; i < list->count; i++) {
        const struct fail_on *condition = &list->items[i];
        char value[FORMAT_SIZE];
        fail_on_format_value(condition, result, value);
        (void)printf("%s--fail-on '", i == 0 ? "\n" : "");
        text_write(condition->text, stdout);
        (void)printf("': %s, %s%s\n", fail_on_holds(condition, result) ? "FAILED" : "passed",
                     fail_on_is_measured(condition, result) ? "it is " : "", value);
    }
}

void run_text_end(const struct run_text *text, const struct result *result)
{
    char advice[ADVICE_SIZE];
    char proof[PROOF_SIZE];
    (void)printf(text->has_line && text->terminal.redraws ? "\n\n" : "\n");
    print_totals(result);
    size_t columns = terminal_columns(&text->terminal);
    print_histograms(result, columns);
    address_text_print(&result->addresses);
    print_breaks(&result->breaks, "what broke", columns);
    print_breaks(&result->failed_attempts, "what failed before it began", columns);
    print_unfinished(result);
    print_violations(result);
    if (result_held_back_advice(result, advice)) {
        (void)printf("\n%s\n", advice);
    }
    run_text_conditions(result);
    result_proof(result, proof);
    (void)printf("\n%s\n", proof);
}
