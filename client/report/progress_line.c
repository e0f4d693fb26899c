#include "client/report/progress_line.h"

#include "shared/base/clock.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum column { TIME, LIVE, WAITING, RATE, RESUMES, LATE };

static const struct {
    const char *name;
    size_t width; /* at least */
} columns[PROGRESS_COLUMNS] = {
    [TIME] = {"time", 10},      [LIVE] = {"live", 9},       [WAITING] = {"waiting", 9},
    [RATE] = {"numbers/s", 11}, [RESUMES] = {"resumes", 9}, [LATE] = {"late", 9}};

enum form {
    FORM_LONG,  /* lost 0 repeated 0 reordered 0 corrupt 0 */
    FORM_SHORT, /* lost 0 rep 0 ord 0 cor 0 */
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
    {SHOW(TIME) | SHOW(LIVE) | SHOW(WAITING) | SHOW(RATE) | SHOW(RESUMES) | SHOW(LATE), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE) | SHOW(RESUMES) | SHOW(LATE), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE) | SHOW(LATE), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE), FORM_LONG},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE), FORM_SHORT},
    {SHOW(TIME) | SHOW(LIVE) | SHOW(RATE), FORM_COUNT},
    {SHOW(TIME) | SHOW(RATE), FORM_COUNT},
    {SHOW(TIME), FORM_COUNT},
    {SHOW(TIME), FORM_WORD},
    {0, FORM_WORD},
};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

/* ---- What a line says ------------------------------------------------------------------------ */

struct cells {
    char texts[PROGRESS_COLUMNS][FORMAT_SIZE];
    const struct counts *counts; /* the verdict is made of them */
};

static void fill_cells(struct cells *cells, const struct sample *sample,
                       const struct sample *previous)
{
    uint64_t numbers = sample->counts.numbers - (previous == NULL ? 0 : previous->counts.numbers);
    double seconds = (double)sample->length_ns / (double)NS_PER_S;
    (void)snprintf(cells->texts[TIME], FORMAT_SIZE, "%.1f s",
                   (double)sample->at_ns / (double)NS_PER_S);
    (void)format_count(sample->live, cells->texts[LIVE]);
    (void)format_count(sample->waiting, cells->texts[WAITING]);
    (void)format_rate(seconds > 0 ? (double)numbers / seconds : 0, cells->texts[RATE]);
    (void)format_count(sample->counts.resumes, cells->texts[RESUMES]);
    (void)format_count(sample->counts.late, cells->texts[LATE]);
    cells->counts = &sample->counts;
}

static void write_verdict(const struct counts *counts, enum form form,
                          char text[static PROGRESS_LINE_SIZE])
{
    char count[FORMAT_SIZE];
    bool is_short = form == FORM_SHORT;
    if (form == FORM_LONG || form == FORM_SHORT) {
        (void)snprintf(text, PROGRESS_LINE_SIZE,
                       "lost %" PRIu64 " %s %" PRIu64 " %s %" PRIu64 " %s %" PRIu64, counts->lost,
                       is_short ? "rep" : "repeated", counts->repeated,
                       is_short ? "ord" : "reordered", counts->reordered,
                       is_short ? "cor" : "corrupt", counts->corrupt);
    } else if (form == FORM_COUNT) {
        (void)snprintf(text, PROGRESS_LINE_SIZE, "%s", format_count(counts->violations, count));
    } else {
        (void)snprintf(text, PROGRESS_LINE_SIZE, "%s", counts->violations == 0 ? "no" : "yes");
    }
}

/* ---- How it is laid out ---------------------------------------------------------------------- */

/* Writes what stands in the columns of the line's layout; `cells` NULL: their names. */
static void write_columns(const struct progress_line *line, const struct cells *cells,
                          char text[static PROGRESS_LINE_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < PROGRESS_COLUMNS; i++) {
        if ((layouts[line->layout].shown & SHOW(i)) != 0) {
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
        write_verdict(cells->counts, form, verdict);
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
