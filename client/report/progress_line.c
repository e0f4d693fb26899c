#include "client/report/progress_line.h"

#include "shared/base/clock.h"
#include "shared/page/format.h"

#include <stdio.h>
#include <string.h>

enum column { TIME, LIVE, WAITING, RATE, BYTES, BREAKS, RESUMES, LATE };

static const struct {
    const char *name;
    size_t width; /* at least */
} columns[PROGRESS_COLUMNS] = {
    [TIME] = {"time", 10},      [LIVE] = {"live", 9},     [WAITING] = {"waiting", 9},
    [RATE] = {"numbers/s", 11}, [BYTES] = {"bytes/s", 8}, [BREAKS] = {"breaks", 7},
    [RESUMES] = {"resumes", 8}, [LATE] = {"late", 7}};

enum form {
    FORM_LONG,  /* ok, or only what is not 0: lost 3 reordered 1 */
    FORM_SHORT, /* lost 3 ord 1 */
    FORM_COUNT, /* 12: violations */
    FORM_WORD   /* no, yes */
};

static const char *const form_names[] = {[FORM_LONG] = "verdict",
                                         [FORM_SHORT] = "verdict",
                                         [FORM_COUNT] = "wrong",
                                         [FORM_WORD] = "wrong"};

#define SHOW(column) (1U << (column))

/* From the widest to the narrowest. */
static const struct {
    unsigned shown;
    enum form form;
} layouts[] = {
    {SHOW(TIME) | SHOW(LIVE) | SHOW(WAITING) | SHOW(RATE) | SHOW(BYTES) | SHOW(BREAKS) |
         SHOW(RESUMES) | SHOW(LATE),
     FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(WAITING) | SHOW(RATE) | SHOW(BYTES) | SHOW(BREAKS) | SHOW(LATE),
     FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(WAITING) | SHOW(RATE) | SHOW(BYTES) | SHOW(BREAKS), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE) | SHOW(BYTES) | SHOW(BREAKS), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE) | SHOW(BYTES), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE) | SHOW(BYTES), FORM_SHORT},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE) | SHOW(BYTES), FORM_COUNT},
    {SHOW(TIME) | SHOW(RATE) | SHOW(BYTES), FORM_COUNT},
    {SHOW(TIME) | SHOW(RATE), FORM_COUNT},
    {SHOW(TIME), FORM_COUNT},
    {SHOW(TIME), FORM_WORD},
    {0, FORM_WORD},
};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

/* ---- What a line says ------------------------------------------------------------------------ */

struct cells {
    char texts[PROGRESS_COLUMNS][FORMAT_SIZE];
    struct counts counts; /* of the interval; the verdict is made of them */
};

/* What was counted in the interval; a number that came after all is taken back from the lost. */
static uint64_t within(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static struct counts counts_within(const struct sample *sample, const struct sample *previous)
{
    const struct counts none = {.numbers = 0};
    const struct counts *before = previous == NULL ? &none : &previous->counts;
    const struct counts *now = &sample->counts;
    return (struct counts){.numbers = within(now->numbers, before->numbers),
                           .bytes = within(now->bytes, before->bytes),
                           .breaks = within(now->breaks, before->breaks),
                           .resumes = within(now->resumes, before->resumes),
                           .late = within(now->late, before->late),
                           .lost = within(now->lost, before->lost),
                           .repeated = within(now->repeated, before->repeated),
                           .reordered = within(now->reordered, before->reordered),
                           .corrupt = within(now->corrupt, before->corrupt),
                           .too_late = within(now->too_late, before->too_late),
                           .violations = within(now->violations, before->violations)};
}

bool progress_line_is_ok(const struct sample *sample, const struct sample *previous)
{
    return counts_within(sample, previous).violations == 0;
}

static void fill_cells(struct cells *cells, const struct sample *sample,
                       const struct sample *previous)
{
    const struct counts counts = counts_within(sample, previous);
    double seconds = (double)sample->length_ns / (double)NS_PER_S;
    (void)snprintf(cells->texts[TIME], FORMAT_SIZE, "%.1f s",
                   (double)sample->at_ns / (double)NS_PER_S);
    (void)format_count(sample->live, cells->texts[LIVE]);
    (void)format_count(sample->waiting, cells->texts[WAITING]);
    (void)format_rate(seconds > 0 ? (double)counts.numbers / seconds : 0, cells->texts[RATE]);
    (void)format_bytes(seconds > 0 ? (uint64_t)((double)counts.bytes / seconds) : 0,
                       cells->texts[BYTES]);
    (void)format_count(counts.breaks, cells->texts[BREAKS]);
    (void)format_count(counts.resumes, cells->texts[RESUMES]);
    (void)format_count(counts.late, cells->texts[LATE]);
    cells->counts = counts;
}

/* Only what is not 0. An end before the checksum alone is of none of these kinds. */
static void write_kinds(const struct counts *counts, bool is_short,
                        char text[static PROGRESS_LINE_SIZE])
{
    const struct {
        const char *name;
        uint64_t count;
    } kinds[] = {{"lost", counts->lost},
                 {is_short ? "rep" : "repeated", counts->repeated},
                 {is_short ? "ord" : "reordered", counts->reordered},
                 {is_short ? "cor" : "corrupt", counts->corrupt},
                 {"late", counts->too_late}};
    char count[FORMAT_SIZE];
    size_t used = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].count > 0) {
            used += (size_t)snprintf(text + used, PROGRESS_LINE_SIZE - used, "%s%s %s",
                                     used == 0 ? "" : " ", kinds[i].name,
                                     format_count(kinds[i].count, count));
        }
    }
    if (used == 0) {
        (void)snprintf(text, PROGRESS_LINE_SIZE, "%s %s", is_short ? "wrong" : "violations",
                       format_count(counts->violations, count));
    }
}

static void write_verdict(const struct counts *counts, enum form form,
                          char text[static PROGRESS_LINE_SIZE])
{
    char count[FORMAT_SIZE];
    if (form == FORM_WORD) {
        (void)snprintf(text, PROGRESS_LINE_SIZE, "%s", counts->violations == 0 ? "no" : "yes");
    } else if (form == FORM_COUNT) {
        (void)snprintf(text, PROGRESS_LINE_SIZE, "%s", format_count(counts->violations, count));
    } else if (counts->violations == 0) {
        (void)snprintf(text, PROGRESS_LINE_SIZE, "ok");
    } else {
        write_kinds(counts, form == FORM_SHORT, text);
    }
}

/* ---- How it is laid out ---------------------------------------------------------------------- */

/* Writes what stands in the columns of the line's layout; `cells` NULL: their names. */
static void write_columns(const struct progress_line *line, const struct cells *cells,
                          char text[static PROGRESS_LINE_SIZE])
{
    size_t used = 0;
    const unsigned shown = layouts[line->layout].shown & ~(line->has_bytes ? 0 : SHOW(BYTES));
    for (size_t i = 0; i < PROGRESS_COLUMNS; i++) {
        if ((shown & SHOW(i)) != 0) {
            used += (size_t)snprintf(text + used, PROGRESS_LINE_SIZE - used, "%s%*s",
                                     used == 0 ? "" : " ", (int)line->widths[i],
                                     cells == NULL ? columns[i].name : cells->texts[i]);
        }
    }
    char verdict[PROGRESS_LINE_SIZE];
    enum form form = layouts[line->layout].form;
    if (cells == NULL) {
        (void)snprintf(verdict, sizeof verdict, "%s", form_names[form]);
    } else {
        write_verdict(&cells->counts, form, verdict);
    }
    (void)snprintf(text + used, PROGRESS_LINE_SIZE - used, "%s%s", used == 0 ? "" : "  ", verdict);
}

static void grow(struct progress_line *line, const struct cells *cells)
{
    for (size_t i = 0; i < PROGRESS_COLUMNS; i++) {
        size_t needed = strlen(cells->texts[i]);
        needed = needed < columns[i].width ? columns[i].width : needed;
        line->widths[i] = line->widths[i] < needed ? needed : line->widths[i];
    }
}

static void cut(char *text, size_t width)
{
    if (strlen(text) > width) {
        text[width] = '\0';
    }
}

bool progress_line_format(struct progress_line *line, size_t width, const struct sample *sample,
                          const struct sample *previous, char text[static PROGRESS_LINE_SIZE])
{
    struct cells cells;
    char header[PROGRESS_LINE_SIZE];
    fill_cells(&cells, sample, previous);
    if (width != line->width) {
        line->width = width;
        line->layout = 0;
        memset(line->widths, 0, sizeof line->widths);
    }
    grow(line, &cells);
    for (;;) {
        write_columns(line, NULL, header);
        write_columns(line, &cells, text);
        if ((strlen(text) <= width && strlen(header) <= width) || line->layout + 1 == LAYOUTS) {
            break;
        }
        line->layout++;
    }
    cut(header, width);
    cut(text, width);
    bool is_new = strcmp(header, line->header) != 0;
    memcpy(line->header, header, sizeof header);
    return is_new;
}
