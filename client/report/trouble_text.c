#include "client/report/trouble_text.h"

#include "client/report/break_text.h"
#include "client/report/result_text.h"
#include "client/report/violation_text.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>

/* Where there is little room, the spread is left out, then the age. */
static void print_breaks(const struct terminal *terminal, const struct break_table *table,
                         const char *title, bool had_lived)
{
    enum { WITH_AGE = 58, WITH_SPREAD = 71 };
    size_t columns = terminal_columns(terminal);
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
        if (row->words[0] != '\0') {
            terminal_printf(terminal, "  such as: %s", row->words);
        }
        if (break_row_hint(row, had_lived, hint)) {
            terminal_printf(terminal, "  %s", hint);
        }
    }
}

static void print_violations(const struct terminal *terminal, const struct result *result)
{
    if (result->violation_count == 0) {
        return;
    }
    (void)printf("\nviolations\n");
    for (size_t i = 0; i < result->violation_count; i++) {
        char text[VIOLATION_TEXT_SIZE];
        violation_describe(&result->violations[i], text);
        terminal_printf(terminal, "  %s", text);
    }
    if (result->counts.violations > result->violation_count) {
        (void)printf("  and %" PRIu64 " more\n",
                     result->counts.violations - result->violation_count);
    }
}

static void print_unfinished(const struct terminal *terminal, const struct result *result)
{
    unsigned told = 0;
    for (size_t i = 0; i < result->unfinished_count; i++) {
        const struct unfinished *row = &result->unfinished[i];
        char streams[FORMAT_SIZE];
        (void)printf("%s", i == 0 ? "\nnot finished\n" : "");
        terminal_printf(terminal, "  %s stream%s (%u%s): %s: %s",
                        format_count(row->streams, streams), row->streams == 1 ? "" : "s",
                        row->first, row->streams == 1 ? "" : ", …", outcome_name(row->outcome),
                        row->reason);
        told += row->streams;
    }
    if (told < result->streams_unfinished) {
        (void)printf("  and %u for other reasons\n", result->streams_unfinished - told);
    }
}

void trouble_text_print(const struct terminal *terminal, const struct result *result)
{
    print_breaks(terminal, &result->breaks, "what broke", true);
    print_breaks(terminal, &result->failed_attempts, "what failed before it began", false);
    print_unfinished(terminal, result);
    print_violations(terminal, result);
}
