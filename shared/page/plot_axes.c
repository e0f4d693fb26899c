#include "shared/page/plot_axes.h"

#include "shared/base/clock.h"

enum { FEW_LABELS = 4, LABEL_HEIGHT = 19, TITLE_HEIGHT = 17, MARGIN = 5 };

/* Pixels from the left edge to the baseline of the height's title: its labels have six characters.
 */
enum { HEIGHT_TITLE = 56 };

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

struct plot_axes plot_axes_for(double highest, int64_t end_ns, int strip, bool ends_now)
{
    struct plot_axes axes = {.end_ns = end_ns > 0 ? end_ns : 1,
                             .step = nice_step(highest),
                             .strip = strip,
                             .ends_now = ends_now};
    do {
        axes.steps++;
        axes.top = axes.steps * axes.step;
    } while (axes.top < highest);
    return axes;
}

double plot_axes_percent(const struct plot_axes *axes, int64_t ns)
{
    return 100.0 * (double)ns / (double)axes->end_ns;
}

int plot_axes_x(const struct plot_axes *axes, int64_t ns)
{
    return (int)((double)ns / (double)axes->end_ns * PLOT_CURVE_WIDTH + 0.5);
}

int plot_axes_y(const struct plot_axes *axes, double value)
{
    return (int)((1 - value / axes->top) * PLOT_CURVE_HEIGHT + 0.5);
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

static void put_value(struct html *html, const struct plot_axes *axes, double value)
{
    bool in_thousands = axes->top >= 100000 && axes->top < 1e8;
    bool in_millions = axes->top >= 1e8;
    html_put_count(html, (uint64_t)(value / (in_millions ? 1e6 : in_thousands ? 1e3 : 1) + 0.5));
    if (value > 0) {
        html_put(html, "%s", in_millions ? " M" : in_thousands ? " k" : "");
    }
}

static void put_values(struct html *html, const struct plot_axes *axes)
{
    for (int i = 0; i <= axes->steps; i++) {
        double value = i * axes->step;
        double y = PLOT_TOP + PLOT_DEPTH * (1 - value / axes->top);
        html_put(html,
                 "<line class=\"%s\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>"
                 "<text class=\"y\" x=\"-8\" y=\"%.1f\">",
                 value > 0 ? "grid" : "axis", y, y, y + 4);
        put_value(html, axes, value);
        html_put(html, "</text>\n");
    }
}

/* A label: the time from the left edge, or before now. */
static void put_time(struct html *html, const struct plot_axes *axes, int64_t ns)
{
    if (ns == 0) {
        html_put(html, "%s", axes->ends_now ? "now" : "0");
        return;
    }
    html_put(html, "%s", axes->ends_now ? "\u2212" : "");
    if (ns > NS_PER_S && ns < 60 * NS_PER_S) {
        html_put(html, "%g s", (double)ns / (double)NS_PER_S); /* "1.5 s": the label is exact */
    } else {
        html_put_duration(html, ns);
    }
}

/* If there are many labels of the time, a narrow plot hides every second one. */
static void put_times(struct html *html, const struct plot_axes *axes)
{
    const int64_t step = time_step(axes->end_ns);
    const bool many = axes->end_ns / step >= FEW_LABELS;
    for (int64_t i = 0; i * step <= axes->end_ns; i++) {
        double x = plot_axes_percent(axes, axes->ends_now ? axes->end_ns - i * step : i * step);
        html_put(html,
                 "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>"
                 "<text class=\"x%s\" x=\"%.2f%%\" y=\"%d\">",
                 x, x, PLOT_BOTTOM, PLOT_BOTTOM + axes->strip + MARGIN,
                 many && i % 2 == 1 ? " odd" : "", x, PLOT_BOTTOM + axes->strip + LABEL_HEIGHT);
        put_time(html, axes, i * step);
        html_put(html, "</text>\n");
    }
}

void plot_axes_begin(struct html *html, const struct plot_axes *axes)
{
    html_put(html, "<svg class=\"plot\" role=\"img\" height=\"%d\" aria-label=\"",
             PLOT_BOTTOM + axes->strip + LABEL_HEIGHT +
                 (axes->time_title == NULL ? 0 : TITLE_HEIGHT) + MARGIN);
}

void plot_axes_put(struct html *html, const struct plot_axes *axes)
{
    html_put(html, "\">\n");
    put_values(html, axes);
    put_times(html, axes);
    if (axes->time_title != NULL) {
        html_put(html, "<text class=\"title\" x=\"50%%\" y=\"%d\">%s</text>\n",
                 PLOT_BOTTOM + axes->strip + LABEL_HEIGHT + TITLE_HEIGHT, axes->time_title);
    }
    plot_axes_put_height_title(html, axes->value_title, PLOT_TOP + PLOT_DEPTH / 2);
}

void plot_axes_put_height_title(struct html *html, const char *title, int middle)
{
    html_put(html, "<text class=\"title\" transform=\"rotate(-90)\" x=\"%d\" y=\"%d\">%s</text>\n",
             -middle, -HEIGHT_TITLE, title);
}

void plot_axes_begin_curves(struct html *html)
{
    html_put(html,
             "<svg class=\"curves\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
             "preserveAspectRatio=\"none\">\n",
             PLOT_TOP, PLOT_DEPTH, PLOT_CURVE_WIDTH, PLOT_CURVE_HEIGHT);
}

void plot_axes_put_hit(struct html *html, const struct plot_axes *axes, int64_t begin_ns,
                       int64_t end_ns)
{
    const double x = plot_axes_percent(axes, begin_ns);
    html_put(html, "<rect class=\"hit\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"/>", x,
             PLOT_TOP, plot_axes_percent(axes, end_ns) - x, PLOT_DEPTH + axes->strip);
}
