#include "client/compare/comparison_text.h"

#include "client/report/terminal.h"
#include "shared/base/text.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Values ---------------------------------------------------------------------------------- */

/* What is larger is of no run, but may be in a file. Bytes a second may be as many as times. */
static const double time_max = 9e18;
static const double count_max = 1e11;

static void format_value(const struct comparison_row *row, int run, char text[static FORMAT_SIZE])
{
    double value = row->value[run];
    bool is_rate = fail_on_is_rate(row->metric);
    char number[FORMAT_SIZE];
    if (!row->has[run]) {
        (void)snprintf(text, FORMAT_SIZE, "-");
        return;
    }
    if (fail_on_is_duration(row->metric)) {
        (void)format_duration((int64_t)(value < time_max ? value : time_max), text);
        return;
    }
    if (value >= (fail_on_is_bytes_rate(row->metric) ? time_max : count_max)) {
        (void)snprintf(number, sizeof number, "%.3g", value);
    } else if (fail_on_is_bytes_rate(row->metric)) {
        (void)format_bytes((uint64_t)value, number);
    } else if (is_rate) {
        (void)format_rate(value, number);
    } else {
        (void)format_count((uint64_t)value, number);
    }
    (void)snprintf(text, FORMAT_SIZE, "%.28s%s", number, is_rate ? "/s" : "");
}

static void format_ratio(const struct comparison_row *row, char text[static FORMAT_SIZE])
{
    bool is_usual = row->ratio >= 0.095 && row->ratio < 9999.5;
    if (!comparison_row_is_measured(row)) {
        (void)snprintf(text, FORMAT_SIZE, "-");
    } else {
        (void)snprintf(text, FORMAT_SIZE, is_usual ? "%.2f" : "%.3g", row->ratio);
    }
}

/* ---- The table ------------------------------------------------------------------------------- */

/* Columns, where there is room for all; a change has two blanks before it. */
enum { NAME_WIDTH = 18, VALUE_WIDTH = 17, RATIO_WIDTH = 10, CHANGE_WIDTH = 11 };

/* The widths of this table; 0: there is no room for the values. */
struct widths {
    size_t value;
    size_t ratio;
};

/* A µ has two bytes, and printf counts bytes. */
static void print_right(const char *text, size_t width)
{
    (void)printf("%*s", (int)width + (strchr(text, '\xc2') == NULL ? 0 : 1), text);
}

/* Faults that neither run has need no line; that there was no violation is worth one. */
static bool is_shown(const struct comparison_row *row)
{
    bool is_count = !fail_on_is_duration(row->metric) && !fail_on_is_rate(row->metric);
    bool is_nothing = is_count && row->value[0] == 0 && row->value[1] == 0 &&
                      strcmp(fail_on_metric_name(row->metric), "violations") != 0;
    return (row->has[0] || row->has[1]) && !is_nothing;
}

/* The columns of a text: a character of UTF-8 each. */
static size_t count_columns(const char *text)
{
    return strlen(text) - (strchr(text, '\xc2') == NULL ? 0 : 1);
}

static size_t longest_value(const struct comparison *comparison)
{
    size_t longest = 0;
    for (size_t i = 0; i < comparison->row_count; i++) {
        for (int run = 0; run < 2; run++) {
            char text[FORMAT_SIZE];
            format_value(&comparison->rows[i], run, text);
            size_t columns = count_columns(text);
            longest = columns > longest && is_shown(&comparison->rows[i]) ? columns : longest;
        }
    }
    return longest;
}

/* Where there is little room the columns come closer; then the values are left out. */
static struct widths widths_that_fit(const struct comparison *comparison, size_t columns)
{
    enum { ALL = NAME_WIDTH + 2 * VALUE_WIDTH + RATIO_WIDTH + CHANGE_WIDTH, CLOSE_RATIO = 8 };
    const size_t others = NAME_WIDTH + CLOSE_RATIO + CHANGE_WIDTH;
    const size_t left = columns > others ? (columns - others) / 2 : 0;
    if (columns >= ALL) {
        return (struct widths){VALUE_WIDTH, RATIO_WIDTH};
    }
    return (struct widths){left > longest_value(comparison) ? left : 0, CLOSE_RATIO};
}

static void print_row(const struct comparison_row *row, const struct widths *widths)
{
    char text[FORMAT_SIZE];
    (void)printf("%-*s", NAME_WIDTH, fail_on_metric_name(row->metric));
    for (int i = 0; i < 2 && widths->value > 0; i++) {
        format_value(row, i, text);
        print_right(text, widths->value);
    }
    format_ratio(row, text);
    print_right(text, widths->ratio);
    (void)printf("  %s\n", change_name(row->change));
}

static void print_table(const struct comparison *comparison, const struct terminal *terminal)
{
    const struct widths widths = widths_that_fit(comparison, terminal_columns(terminal));
    (void)printf("\n%-*s%*s%*s%*s\n", NAME_WIDTH, "", (int)widths.value,
                 widths.value > 0 ? "A" : "", (int)widths.value, widths.value > 0 ? "B" : "",
                 (int)widths.ratio, "B/A");
    for (int pass = 0; pass < 2; pass++) { /* rates are what people look at first */
        for (size_t i = 0; i < comparison->row_count; i++) {
            const struct comparison_row *row = &comparison->rows[i];
            if (fail_on_is_rate(row->metric) == (pass == 0) && is_shown(row)) {
                print_row(row, &widths);
            }
        }
    }
}

/* ---- What is around it ----------------------------------------------------------------------- */

/* The end of a long path tells more than its beginning. */
static void print_run(const struct comparison *comparison, int index,
                      const struct terminal *terminal)
{
    enum { PATH_COLUMNS = 35, INDENT = 4 };
    const struct run_file *run = comparison->runs[index];
    const size_t columns = terminal_columns(terminal);
    const size_t room = columns < PATH_COLUMNS + INDENT ? columns - INDENT : PATH_COLUMNS;
    const size_t length = strlen(run->path);
    const bool is_long = length > room;
    char line[TERMINAL_PROSE_SIZE];
    char words[64];
    FILE *file = fmemopen(line, sizeof line, "w");
    if (file == NULL) {
        return;
    }
    (void)snprintf(words, sizeof words, "%.24s  %.12s", run_file_word(run->start, "began", ""),
                   run_file_word(run->end, "outcome", "unknown"));
    text_make_printable(words);
    (void)fprintf(file, "%c  %-38s  %s", 'A' + index, words, is_long ? "..." : "");
    text_write(run->path + (is_long ? length - room + 3 : 0), file);
    (void)fclose(file);
    terminal_print(terminal, line);
}

static void print_condition(const struct comparison *comparison, const struct fail_on *condition,
                            const struct terminal *terminal)
{
    const struct comparison_row *row = &comparison->rows[condition->metric];
    char ratio[FORMAT_SIZE];
    char line[TERMINAL_PROSE_SIZE];
    FILE *file = fmemopen(line, sizeof line, "w");
    if (file == NULL) {
        return;
    }
    format_ratio(row, ratio);
    (void)fputs("--fail-on '", file);
    text_write(condition->text, file);
    (void)fprintf(file, "': %s, ", comparison_fails(comparison, condition) ? "FAILED" : "passed");
    if (comparison_row_is_measured(row)) {
        (void)fprintf(file, "B/A is %s", ratio);
    } else {
        (void)fprintf(file, "not measured in %s",
                      row->has[0]   ? "B"
                      : row->has[1] ? "A"
                                    : "A and B");
    }
    (void)fclose(file);
    terminal_print(terminal, line);
}

void comparison_text_print(const struct comparison *comparison, const struct fail_on_list *fail_on)
{
    unsigned counts[CHANGE_UNKNOWN + 1] = {0};
    struct terminal terminal;
    terminal_init(&terminal);
    print_run(comparison, 0, &terminal);
    print_run(comparison, 1, &terminal);
    print_table(comparison, &terminal);
    for (size_t i = 0; i < comparison->row_count; i++) {
        counts[comparison->rows[i].change]++;
    }
    (void)printf("\n%u better, %u worse\n", counts[CHANGE_BETTER], counts[CHANGE_WORSE]);
    for (size_t i = 0; i < fail_on->count; i++) {
        print_condition(comparison, &fail_on->items[i], &terminal);
    }
}

void comparison_text_warn(const struct comparison *comparison, FILE *file)
{
    for (size_t i = 0; i < comparison->note_count; i++) {
        (void)fputs("comms-client: warning: ", file);
        text_write(comparison->notes[i], file);
        (void)fputs("\n", file);
    }
}
