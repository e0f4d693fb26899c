#include "client/report/run_text.h"

#include "client/measure/fail_on.h"
#include "client/report/address_text.h"
#include "client/report/break_text.h"
#include "client/report/head_text.h"
#include "client/report/result_text.h"
#include "client/report/trouble_text.h"
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

void run_text_begin(const struct run_text *text)
{
    head_text_print(&text->terminal, text->plan);
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
static void print_note(const struct terminal *terminal, const struct break_note *note)
{
    char count[FORMAT_SIZE];
    char name[BREAK_NAME_SIZE];
    break_name(note->kind, name);
    bool has_address = note->address[0] != '\0';
    terminal_printf(terminal, "%.1f s  %s %s%s %s: %s%s%s%s%s%s",
                    (double)note->at_ns / (double)NS_PER_S, format_count(note->count, count),
                    note->had_lived ? "stream" : "attempt", note->count == 1 ? "" : "s",
                    note->had_lived ? "broke" : "failed", name, note->words[0] == '\0' ? "" : ": ",
                    note->words, has_address ? " (" : "", note->address, has_address ? ")" : "");
}

void run_text_clear_line(struct run_text *text)
{
    if (text->terminal.redraws && text->has_line) {
        (void)printf("\r\033[K");
        text->has_line = false;
    }
}

void run_text_announced(const struct run_text *text, const struct announcement *server)
{
    char words[SERVER_WORDS_SIZE];
    if (text->line.header[0] == '\0') {
        terminal_printf(&text->terminal, "the server is %s", result_server_words(server, words));
    }
}

void run_text_broken(struct run_text *text, const struct break_notes *notes)
{
    char count[FORMAT_SIZE];
    run_text_clear_line(text); /* the line of the interval is drawn again below */
    for (size_t i = 0; i < notes->count; i++) {
        print_note(&text->terminal, &notes->rows[i]);
    }
    if (notes->others > 0) {
        (void)printf("        and %s more for other reasons\n", format_count(notes->others, count));
    }
}

/* ---- At its end ------------------------------------------------------------------------------ */

static void print_bytes_throughput(const struct result *result)
{
    char rate[FORMAT_SIZE];
    if (result_has_bytes_throughput(result)) {
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

static void print_server(const struct terminal *terminal, const struct result *result)
{
    char words[SERVER_WORDS_SIZE];
    if (result->server.has != 0) {
        terminal_printf(terminal, "server      %s%s", result_server_words(&result->server, words),
                        result->servers_differ ? "; later streams met another one" : "");
    }
}

static void print_totals(const struct terminal *terminal, const struct result *result)
{
    char started[FORMAT_SIZE];
    char finished[FORMAT_SIZE];
    char elapsed[FORMAT_SIZE];
    char memory[FORMAT_SIZE];
    char cpu[FORMAT_SIZE];
    char a_number[FORMAT_SIZE];
    char attempts[FORMAT_SIZE];
    terminal_printf(terminal, "sessions    %s started, %s finished, in %s",
                    format_count(result->counts.started, started),
                    format_count(result->counts.finished, finished),
                    format_duration(result->elapsed_ns, elapsed));
    print_server(terminal, result);
    print_throughput(result);
    uint64_t failed = result->counts.failed_attempts;
    terminal_printf(terminal, "breaks      %s, resumed %s times%s%s%s",
                    format_count(result->counts.breaks, started),
                    format_count(result->counts.resumes, finished), failed > 0 ? "; " : "",
                    failed > 0 ? format_count(failed, attempts) : "",
                    failed == 0   ? ""
                    : failed == 1 ? " failed attempt"
                                  : " failed attempts");
    bool has_numbers = result->counts.numbers > 0;
    int64_t numbers = has_numbers ? (int64_t)result->counts.numbers : 1;
    (void)format_duration(result->cpu_ns / numbers, a_number);
    terminal_printf(terminal, "client      %s of memory at most, %s of CPU%s%s%s",
                    format_bytes(result->peak_rss_bytes, memory),
                    format_duration(result->cpu_ns, cpu), has_numbers ? " (" : "",
                    has_numbers ? a_number : "", has_numbers ? " a number)" : "");
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

/* Where the numbers kept another pace: what was measured. The path may be the cause. */
static void print_pace(const struct terminal *terminal, const struct result *result)
{
    char pace[FORMAT_SIZE];
    char said[FORMAT_SIZE];
    (void)format_duration(result->pace_ns, pace);
    (void)format_duration(result->interval_ns, said);
    if (result->pace_ns > 0 && result_follows_server(result)) {
        terminal_printf(terminal,
                        "The numbers came %s apart (median), and the server announces %s: the "
                        "server or the path keeps another pace.",
                        pace, said);
    } else if (result->pace_ns > 0) {
        terminal_printf(terminal,
                        "The numbers came %s apart (median), not %s: set --interval to the "
                        "server's, or leave it out. Lateness was measured against --interval.",
                        pace, said);
    }
}

static void print_histograms(const struct terminal *terminal, const struct result *result)
{
    int rank = rank_that_fits(terminal_columns(terminal));
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
    print_pace(terminal, result);
}

void run_text_conditions(const struct terminal *terminal, const struct result *result)
{
    const struct fail_on_list *list = &result->plan->fail_on;
    for (size_t i = 0; i < list->count; i++) {
        const struct fail_on *condition = &list->items[i];
        char value[FORMAT_SIZE];
        fail_on_format_value(condition, result, value);
        char line[TERMINAL_PROSE_SIZE];
        FILE *file = fmemopen(line, sizeof line, "w");
        if (file == NULL) {
            return;
        }
        (void)fprintf(file, "--fail-on '");
        text_write(condition->text, file);
        (void)fprintf(file, "': %s, %s%s", fail_on_holds(condition, result) ? "FAILED" : "passed",
                      fail_on_is_measured(condition, result) ? "it is " : "", value);
        (void)fclose(file);
        (void)printf("%s", i == 0 ? "\n" : "");
        terminal_print(terminal, line);
    }
}

void run_text_end(const struct run_text *text, const struct result *result)
{
    char advice[ADVICE_SIZE];
    char proof[PROOF_SIZE];
    (void)printf(text->has_line && text->terminal.redraws ? "\n\n" : "\n");
    const struct terminal *terminal = &text->terminal;
    print_totals(terminal, result);
    print_histograms(terminal, result);
    address_text_print(terminal, result);
    trouble_text_print(terminal, result);
    if (result_held_back_advice(result, advice)) {
        (void)printf("\n");
        terminal_print(terminal, advice);
    }
    run_text_conditions(terminal, result);
    result_proof(result, proof);
    (void)printf("\n");
    terminal_print(terminal, proof);
}
