#include "server/admin/status_parts.h"
#include "shared/page/plot_recent.h"

/* What a plot draws of a point of the history. */
struct drawing {
    const char *title;
    const char *unit;        /* after the title */
    const char *value_title; /* of the height */
    bool is_rate;
    size_t line_count;
    struct plot_recent_line lines[PLOT_RECENT_LINES_MAX];
    void (*read)(const struct history_point *point, double values[PLOT_RECENT_LINES_MAX]);
};

static void read_numbers(const struct history_point *point, double values[PLOT_RECENT_LINES_MAX])
{
    values[0] = point->numbers;
}

static void read_streams(const struct history_point *point, double values[PLOT_RECENT_LINES_MAX])
{
    values[0] = (double)point->streams;
}

static void read_sessions(const struct history_point *point, double values[PLOT_RECENT_LINES_MAX])
{
    values[0] = (double)point->owned;
    values[1] = (double)point->idle;
    values[2] = (double)point->finished;
}

static void read_resumes(const struct history_point *point, double values[PLOT_RECENT_LINES_MAX])
{
    values[0] = point->resumes;
}

static const struct drawing numbers = {
    "Numbers", "a second", "numbers/s", true, 1, {{"numbers a second", "live"}}, read_numbers};
static const struct drawing streams = {
    "Streams", "that live", "streams", false, 1, {{"live streams", "live"}}, read_streams};
static const struct drawing sessions = {
    "Sessions",   "by state", "sessions",
    false,        3,          {{"owned", "live"}, {"idle", "waiting"}, {"finished", "done"}},
    read_sessions};
static const struct drawing resumes = {
    "Resumes", "a second", "resumes/s", true, 1, {{"resumes a second", "live"}}, read_resumes};

/* The lines have names only where there are several. */
static void put_caption(struct html *html, const struct drawing *drawing)
{
    static const char *const keys[] = {"key", "key dashed", "key done"};
    html_put(html, "<figcaption><span><b>%s</b> %s</span>", drawing->title, drawing->unit);
    if (drawing->line_count > 1) {
        html_put(html, "<span>");
        for (size_t i = 0; i < drawing->line_count; i++) {
            html_put(html, "<span class=\"%s\">%s</span>", keys[i], drawing->lines[i].name);
        }
        html_put(html, "</span>");
    }
    html_put(html, "</figcaption>\n");
}

static void put_plot(struct html *html, const struct history_fold *fold,
                     const struct drawing *drawing)
{
    struct plot_recent_stretch stretches[HISTORY_POINTS];
    html_put(html, "<figure id=\"%s\">\n", drawing->title);
    put_caption(html, drawing);
    if (fold->count == 0) {
        html_put(html,
                 "<p class=\"empty\">In a second there is something to draw.</p>\n</figure>\n");
        return;
    }
    for (size_t i = 0; i < fold->count; i++) {
        const struct history_point *point = &fold->points[i];
        stretches[i] =
            (struct plot_recent_stretch){.begin_ns = point->begin_ns, .end_ns = point->end_ns};
        drawing->read(point, stretches[i].values);
    }
    const struct plot_recent plot = {.width_ns = fold->width_ns,
                                     .is_rate = drawing->is_rate,
                                     .value_title = drawing->value_title,
                                     .line_count = drawing->line_count,
                                     .lines = drawing->lines,
                                     .count = fold->count,
                                     .stretches = stretches};
    plot_recent(html, &plot, drawing->title);
    html_put(html, "</figure>\n");
}

void status_put_plots(struct html *html, const struct snapshot *snapshot)
{
    const struct history_fold *fold = &snapshot->samples.fold;
    html_put(html, "<div class=\"plots\">\n");
    put_plot(html, fold, &numbers);
    put_plot(html, fold, &streams);
    if (snapshot->sources->sessions != NULL) {
        put_plot(html, fold, &sessions);
        put_plot(html, fold, &resumes);
    }
    html_put(html, "</div>\n");
}
