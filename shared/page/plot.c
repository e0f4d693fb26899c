#include "shared/page/plot.h"

#include "shared/page/plot_axes.h"

enum { BREAKS = 16 }; /* pixels: the strip of the breaks, below the curves */

/* The axes of a plot, and the most breaks of one point. */
struct run_axes {
    struct plot_axes axes;
    uint64_t most_breaks;
};

static struct run_axes axes_for(const struct plot_points *points, double highest,
                                const char *value_title)
{
    struct run_axes run = {
        .axes = plot_axes_for(highest, points->items[points->count - 1].end_ns, BREAKS, false)};
    run.axes.time_title = "time of the run";
    run.axes.value_title = value_title;
    for (size_t i = 0; i < points->count; i++) {
        if (points->items[i].breaks > run.most_breaks) {
            run.most_breaks = points->items[i].breaks;
        }
    }
    return run;
}

/* From 0.25 to 1: grows fast at first, so that few breaks can be seen, too. */
static double break_weight(const struct run_axes *run, uint64_t breaks)
{
    double share = (double)breaks / (double)run->most_breaks;
    return 0.25 + 0.75 * share * (2 - share);
}

/* The stretch of one point: its breaks, and what is shown where the pointer is. */
static void put_stretch(struct html *html, const struct run_axes *run,
                        const struct plot_point *point)
{
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
    html_put(html, "</title>");
    plot_axes_put_hit(html, &run->axes, point->begin_ns, point->end_ns);
    if (point->breaks > 0) {
        double x = plot_axes_percent(&run->axes, point->begin_ns);
        double width = plot_axes_percent(&run->axes, point->end_ns) - x;
        double weight = break_weight(run, point->breaks);
        html_put(html,
                 "<rect class=\"band\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\" "
                 "fill-opacity=\"%.2f\"/>"
                 "<rect class=\"break\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%.1f\"/>",
                 x, PLOT_TOP, width, PLOT_DEPTH, 0.2 * weight, x, PLOT_BOTTOM + 2, width,
                 BREAKS * weight);
    }
    html_put(html, "</g>\n");
}

/* Writes what comes after the label of the SVG: grid, breaks, and the stretched space of the
 * curves.
 */
static void begin(struct html *html, const struct run_axes *run, const struct plot_points *points)
{
    plot_axes_put(html, &run->axes);
    if (run->most_breaks > 0) {
        html_put(html, "<text class=\"y breaks\" x=\"-8\" y=\"%d\">breaks</text>\n",
                 PLOT_BOTTOM + 17);
    }
    for (size_t i = 0; i < points->count; i++) {
        put_stretch(html, run, &points->items[i]);
    }
    plot_axes_begin_curves(html);
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
static void put_steps(struct html *html, const struct plot_axes *axes,
                      const struct plot_points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        const struct plot_point *point = &points->items[i];
        html_put(html, "%s%d V%d H%d", i == 0 ? "H" : " H", plot_axes_x(axes, point->begin_ns),
                 plot_axes_y(axes, point->rate), plot_axes_x(axes, point->end_ns));
    }
}

static void put_warmup(struct html *html, const struct plot_axes *axes, int64_t warmup_ns)
{
    double x = plot_axes_percent(axes, warmup_ns);
    html_put(html,
             "<line class=\"warmup\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>"
             "<text class=\"note %s\" x=\"%.2f%%\" dx=\"%d\" y=\"%d\">%s</text>\n",
             x, x, PLOT_TOP, PLOT_BOTTOM, x < 50 ? "after" : "before", x, x < 50 ? 5 : -5,
             PLOT_BOTTOM - 6, x < 50 ? "← warm-up" : "warm-up →");
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
    const struct run_axes run = axes_for(points, highest, "numbers/s");
    plot_axes_begin(html, &run.axes);
    html_put(html, "Throughput over ");
    html_put_duration(html, run.axes.end_ns);
    html_put(html, ": at least ");
    html_put_rate(html, lowest);
    html_put(html, ", at most ");
    html_put_rate(html, highest);
    html_put(html, " numbers a second.");
    label_breaks(html, points);
    begin(html, &run, points);
    html_put(html, "<path class=\"area\" d=\"M0 %d ", PLOT_CURVE_HEIGHT);
    put_steps(html, &run.axes, points);
    html_put(html, " V%d Z\"/>\n<path class=\"live\" d=\"M0 %d ", PLOT_CURVE_HEIGHT,
             PLOT_CURVE_HEIGHT);
    put_steps(html, &run.axes, points);
    html_put(html, "\"/>\n</svg>\n");
    if (warmup_ns > run.axes.end_ns / 50 &&
        warmup_ns < run.axes.end_ns) { /* else it cannot be seen */
        put_warmup(html, &run.axes, warmup_ns);
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
static void put_levels(struct html *html, const struct plot_axes *axes,
                       const struct plot_levels *levels, const char *class,
                       double (*value_of)(const struct plot_level *))
{
    html_put(html, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < levels->count; i++) {
        const struct plot_level *level = &levels->items[i];
        int y = plot_axes_y(axes, value_of(level));
        html_put(html, i == 0 ? "M%d %d H%d" : " L%d %d H%d", plot_axes_x(axes, level->begin_ns), y,
                 plot_axes_x(axes, level->end_ns));
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
    const struct run_axes run = axes_for(points, live > waiting ? live : waiting, "streams");
    plot_axes_begin(html, &run.axes);
    html_put(html, "Streams over ");
    html_put_duration(html, run.axes.end_ns);
    html_put(html, ": at most ");
    html_put_count(html, (uint64_t)(live + 0.5));
    html_put(html, " live, at most ");
    html_put_count(html, (uint64_t)(waiting + 0.5));
    html_put(html, " waiting.");
    label_breaks(html, points);
    begin(html, &run, points);
    put_levels(html, &run.axes, levels, "live", live_of);
    put_levels(html, &run.axes, levels, "waiting", waiting_of);
    html_put(html, "</svg>\n</svg>\n");
}
