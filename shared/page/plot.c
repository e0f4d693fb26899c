#include "shared/page/plot.h"

#include "shared/base/clock.h"

#include <inttypes.h>
#include <stdbool.h>

/* The places of the parts, in pixels from the top: the curves, below them the breaks, the axis. */
enum { TOP = 8, DEPTH = 160, BOTTOM = TOP + DEPTH, BREAKS = 16, LABELS = BOTTOM + BREAKS + 19 };
enum { TITLE = 17, HEIGHT = LABELS + TITLE + 5 };

enum { FEW_LABELS = 4 };

/* The units of a curve, which is stretched to the plot's width and to DEPTH. */
enum { CURVE_WIDTH = 10000, CURVE_HEIGHT = 1000 };

/* What the axes stand for. */
struct axes {
    int64_t end_ns;
    double top;
    double step;          /* from one line of the grid to the next */
    int steps;            /* to the top */
    uint64_t most_breaks; /* of all points, the most of one */
};

static double percent(const struct axes *axes, int64_t ns)
{
    return 100.0 * (double)ns / (double)axes->end_ns;
}

static int curve_x(const struct axes *axes, int64_t ns)
{
    return (int)((double)ns / (double)axes->end_ns * CURVE_WIDTH + 0.5);
}

static int curve_y(const struct axes *axes, double value)
{
    return (int)((1 - value / axes->top) * CURVE_HEIGHT + 0.5);
}

/* 1, 2 or 5 times a power of ten, so that `highest` is two to five of them. */
static double nice_step(double highest)
{
    double step = 1;
    while (highest > 50 * step) {
        step *= 10;
    }
    return highest <= 5 * step    ? step
           : highest <= 10 * step ? 2 * step
           : highest <= 25 * step ? 5 * step
                                  : 10 * step;
}

static struct axes axes_for(const struct plot_points *points, double highest)
{
    struct axes axes = {.end_ns = 1, .step = nice_step(highest)};
    do {
        axes.steps++;
        axes.top = axes.steps * axes.step;
    } while (axes.top < highest);
    for (size_t i = 0; i < points->count; i++) {
        if (points->items[i].breaks > axes.most_breaks) {
            axes.most_breaks = points->items[i].breaks;
        }
    }
    if (points->items[points->count - 1].end_ns > 0) {
        axes.end_ns = points->items[points->count - 1].end_ns;
    }
    return axes;
}

/* The time from one label to the next, so that there are at most eight labels. */
static int64_t time_step(int64_t end_ns)
{
    static const int64_t steps_ms[] = {1,       2,       5,       10,       20,      50,
                                       100,     200,     500,     1000,     2000,    5000,
                                       10000,   20000,   60000,   120000,   300000,  600000,
                                       1200000, 3600000, 7200000, 14400000, 43200000};
    enum { STEPS = sizeof steps_ms / sizeof *steps_ms, LABELS_MAX = 8 };
    for (size_t i = 0; i < STEPS; i++) {
        if (end_ns / NS_PER_MS / steps_ms[i] < LABELS_MAX) {
            return steps_ms[i] * NS_PER_MS;
        }
    }
    int64_t longest_ns = steps_ms[STEPS - 1] * NS_PER_MS;
    return (end_ns / longest_ns / LABELS_MAX + 1) * longest_ns;
}

static void put_value(struct html *html, const struct axes *axes, double value)
{
    bool in_thousands = axes->top >= 100000 && axes->top < 1e8;
    bool in_millions = axes->top >= 1e8;
    html_put_count(html, (uint64_t)(value / (in_millions ? 1e6 : in_thousands ? 1e3 : 1) + 0.5));
    if (value > 0) {
        html_put(html, "%s", in_millions ? " M" : in_thousands ? " k" : "");
    }
}

/* If there are many labels of the time, a narrow plot hides every second one. */
static void put_grid(struct html *html, const struct axes *axes)
{
    for (int i = 0; i <= axes->steps; i++) {
        double value = i * axes->step;
        double y = TOP + DEPTH * (1 - value / axes->top);
        html_put(html,
                 "<line class=\"%s\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>"
                 "<text class=\"y\" x=\"-8\" y=\"%.1f\">",
                 value > 0 ? "grid" : "axis", y, y, y + 4);
        put_value(html, axes, value);
        html_put(html, "</text>\n");
    }
    if (axes->most_breaks > 0) {
        html_put(html, "<text class=\"y breaks\" x=\"-8\" y=\"%d\">breaks</text>\n", BOTTOM + 17);
    }
    html_put(html, "<text class=\"title\" x=\"50%%\" y=\"%d\">time of the run</text>\n",
             LABELS + TITLE);
    int64_t step = time_step(axes->end_ns);
    bool many = axes->end_ns / step >= FEW_LABELS;
    for (int64_t i = 0; i * step <= axes->end_ns; i++) {
        double x = percent(axes, i * step);
        html_put(html,
                 "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>"
                 "<text class=\"x%s\" x=\"%.2f%%\" y=\"%d\">",
                 x, x, BOTTOM, BOTTOM + BREAKS + 5, many && i % 2 == 1 ? " odd" : "", x, LABELS);
        if (i == 0) {
            html_put(html, "0");
        } else {
            html_put_duration(html, i * step);
        }
        html_put(html, "</text>\n");
    }
}

/* From 0.25 to 1: grows fast at first, so that few breaks can be seen, too. */
static double break_weight(const struct axes *axes, uint64_t breaks)
{
    double share = (double)breaks / (double)axes->most_breaks;
    return 0.25 + 0.75 * share * (2 - share);
}

/* The stretch of one point: its breaks, and what is shown where the pointer is. */
static void put_stretch(struct html *html, const struct axes *axes, const struct plot_point *point)
{
    double x = percent(axes, point->begin_ns);
    double width = percent(axes, point->end_ns) - x;
    html_put(html, "<g class=\"stretch\"><title>");
    html_put_duration(html, point->begin_ns);
    html_put(html, " to ");
    html_put_duration(html, point->end_ns);
    html_put(html, ": ");
    html_put_rate(html, point->rate);
    html_put(html, " numbers/s, ");
    html_put_count(html, point->live);
    html_put(html, " live, ");
    html_put_count(html, point->waiting);
    html_put(html, " waiting, ");
    html_put_amount(html, point->breaks, "break");
    html_put(html,
             "</title><rect class=\"hit\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"/>",
             x, TOP, width, DEPTH + BREAKS);
    if (point->breaks > 0) {
        double weight = break_weight(axes, point->breaks);
        html_put(html,
                 "<rect class=\"band\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\" "
                 "fill-opacity=\"%.2f\"/>"
                 "<rect class=\"break\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%.1f\"/>",
                 x, TOP, width, DEPTH, 0.2 * weight, x, BOTTOM + 2, width, BREAKS * weight);
    }
    html_put(html, "</g>\n");
}

/* Writes what comes after the label of the SVG: grid, breaks, and the stretched space of the
 * curves.
 */
static void begin(struct html *html, const struct axes *axes, const struct plot_points *points)
{
    html_put(html, "\">\n");
    put_grid(html, axes);
    for (size_t i = 0; i < points->count; i++) {
        put_stretch(html, axes, &points->items[i]);
    }
    html_put(html,
             "<svg class=\"curves\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
             "preserveAspectRatio=\"none\">\n",
             TOP, DEPTH, CURVE_WIDTH, CURVE_HEIGHT);
}

static void begin_label(struct html *html)
{
    html_put(html, "<svg class=\"plot\" role=\"img\" height=\"%d\" aria-label=\"", HEIGHT);
}

static void label_breaks(struct html *html, const struct plot_points *points)
{
    uint64_t breaks = 0;
    for (size_t i = 0; i < points->count; i++) {
        breaks += points->items[i].breaks;
    }
    html_put(html, " In this time ");
    html_put_amount(html, breaks, "break");
    html_put(html, ".");
}

/* A step for each point, because a rate is that of the whole stretch. */
static void put_steps(struct html *html, const struct axes *axes, const struct plot_points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        const struct plot_point *point = &points->items[i];
        html_put(html, "%s%d V%d H%d", i == 0 ? "H" : " H", curve_x(axes, point->begin_ns),
                 curve_y(axes, point->rate), curve_x(axes, point->end_ns));
    }
}

static void put_warmup(struct html *html, const struct axes *axes, int64_t warmup_ns)
{
    double x = percent(axes, warmup_ns);
    html_put(html,
             "<line class=\"warmup\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>"
             "<text class=\"note %s\" x=\"%.2f%%\" dx=\"%d\" y=\"%d\">%s</text>\n",
             x, x, TOP, BOTTOM, x < 50 ? "after" : "before", x, x < 50 ? 5 : -5, BOTTOM - 6,
             x < 50 ? "← warm-up" : "warm-up →");
}

void plot_throughput(struct html *html, const struct plot_points *points, int64_t warmup_ns)
{
    double lowest = points->items[0].rate;
    double highest = lowest;
    for (size_t i = 1; i < points->count; i++) {
        double rate = points->items[i].rate;
        lowest = rate < lowest ? rate : lowest;
        highest = rate > highest ? rate : highest;
    }
    struct axes axes = axes_for(points, highest);
    begin_label(html);
    html_put(html, "Throughput over ");
    html_put_duration(html, axes.end_ns);
    html_put(html, ": at least ");
    html_put_rate(html, lowest);
    html_put(html, ", at most ");
    html_put_rate(html, highest);
    html_put(html, " numbers a second.");
    label_breaks(html, points);
    begin(html, &axes, points);
    html_put(html, "<path class=\"area\" d=\"M0 %d ", CURVE_HEIGHT);
    put_steps(html, &axes, points);
    html_put(html, " V%d Z\"/>\n<path class=\"live\" d=\"M0 %d ", CURVE_HEIGHT, CURVE_HEIGHT);
    put_steps(html, &axes, points);
    html_put(html, "\"/>\n</svg>\n");
    if (warmup_ns > axes.end_ns / 50 && warmup_ns < axes.end_ns) { /* else it cannot be seen */
        put_warmup(html, &axes, warmup_ns);
    }
    html_put(html, "</svg>\n");
}

static double live_of(const struct plot_level *level)
{
    return level->live;
}

static double waiting_of(const struct plot_level *level)
{
    return level->waiting;
}

/* A step for each level: a short outage is as deep as it was. */
static void put_levels(struct html *html, const struct axes *axes, const struct plot_levels *levels,
                       const char *class, double (*value_of)(const struct plot_level *))
{
    html_put(html, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < levels->count; i++) {
        const struct plot_level *level = &levels->items[i];
        int y = curve_y(axes, value_of(level));
        html_put(html, i == 0 ? "M%d %d H%d" : " L%d %d H%d", curve_x(axes, level->begin_ns), y,
                 curve_x(axes, level->end_ns));
    }
    html_put(html, "\"/>\n");
}

static double highest_of(const struct plot_levels *levels,
                         double (*value_of)(const struct plot_level *))
{
    double highest = 0;
    for (size_t i = 0; i < levels->count; i++) {
        double value = value_of(&levels->items[i]);
        highest = value > highest ? value : highest;
    }
    return highest;
}

void plot_streams(struct html *html, const struct plot_points *points,
                  const struct plot_levels *levels)
{
    double live = highest_of(levels, live_of);
    double waiting = highest_of(levels, waiting_of);
    struct axes axes = axes_for(points, live > waiting ? live : waiting);
    begin_label(html);
    html_put(html, "Streams over ");
    html_put_duration(html, axes.end_ns);
    html_put(html, ": at most ");
    html_put_count(html, (uint64_t)(live + 0.5));
    html_put(html, " live, at most ");
    html_put_count(html, (uint64_t)(waiting + 0.5));
    html_put(html, " waiting.");
    label_breaks(html, points);
    begin(html, &axes, points);
    put_levels(html, &axes, levels, "live", live_of);
    put_levels(html, &axes, levels, "waiting", waiting_of);
    html_put(html, "</svg>\n</svg>\n");
}
