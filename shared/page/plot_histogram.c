#include "shared/page/plot_histogram.h"

#include "shared/base/clock.h"
#include "shared/page/plot_axes.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The places of the parts, in pixels from the top: a row for each of the three marks, so that their
 * names never meet; the bars; the axis.
 */
enum {
    MARKS = 3,
    ROW = 17,
    TOP = MARKS * ROW + 4,
    DEPTH = 120,
    BOTTOM = TOP + DEPTH,
    LABELS = BOTTOM + 19
};
enum { TITLE = 17, HEIGHT = LABELS + TITLE + 5, ON_TIME_PERCENT = 16 };

enum { BARS = 64, LABELS_MAX = 8, FEW_LABELS = 4 };

#define MINUTE (60 * NS_PER_S)
#define HOUR   (60 * MINUTE)

/* Where the axis can begin, end and be marked. */
static const struct {
    int64_t ns;
    bool major;
} stops[] = {
    {1, true},
    {2, false},
    {5, false},
    {10, true},
    {20, false},
    {50, false},
    {100, true},
    {200, false},
    {500, false},
    {1000, true},
    {2000, false},
    {5000, false},
    {10000, true},
    {20000, false},
    {50000, false},
    {100000, true},
    {200000, false},
    {500000, false},
    {NS_PER_MS, true},
    {2 * NS_PER_MS, false},
    {5 * NS_PER_MS, false},
    {10 * NS_PER_MS, true},
    {20 * NS_PER_MS, false},
    {50 * NS_PER_MS, false},
    {100 * NS_PER_MS, true},
    {200 * NS_PER_MS, false},
    {500 * NS_PER_MS, false},
    {NS_PER_S, true},
    {2 * NS_PER_S, false},
    {5 * NS_PER_S, false},
    {10 * NS_PER_S, true},
    {20 * NS_PER_S, false},
    {MINUTE, true},
    {2 * MINUTE, false},
    {5 * MINUTE, false},
    {10 * MINUTE, true},
    {20 * MINUTE, false},
    {HOUR, true},
    {2 * HOUR, false},
    {5 * HOUR, false},
    {10 * HOUR, true},
};
enum { STOPS = sizeof stops / sizeof *stops };

/* What is drawn: the axis goes from one stop to another, and is cut into bars of equal width. */
struct bars {
    size_t first_stop;
    size_t last_stop;
    double begin; /* logarithms */
    double end;
    int64_t on_time_ns;
    double on_time; /* how many are on time */
    double left;    /* percent of the width that their bar has, left of the axis */
    double counts[BARS];
    double highest;
};

/* A duration that is marked. */
struct mark {
    const char *name;
    int64_t ns;
};

/* 0 has no logarithm: it counts as a nanosecond. */
static double logarithm(int64_t ns)
{
    return log(ns < 1 ? 1 : (double)ns);
}

/* The axis spans all durations, and at least a factor of ten. */
static void choose_axis(struct bars *bars, const struct plot_durations *durations)
{
    bars->first_stop = 0;
    bars->last_stop = STOPS - 1;
    while (stops[bars->first_stop].ns < bars->on_time_ns) {
        bars->first_stop++;
    }
    size_t lowest = bars->first_stop;
    while (lowest == 0 && bars->first_stop + 1 < STOPS &&
           stops[bars->first_stop + 1].ns <= durations->min_ns) {
        bars->first_stop++;
    }
    while (bars->last_stop > 0 && stops[bars->last_stop - 1].ns >= durations->max_ns) {
        bars->last_stop--;
    }
    while (bars->last_stop < bars->first_stop ||
           stops[bars->last_stop].ns < 10 * stops[bars->first_stop].ns) {
        if (bars->last_stop + 1 < STOPS) {
            bars->last_stop++;
        }
        if (bars->first_stop > lowest) {
            bars->first_stop--;
        }
    }
    bars->begin = logarithm(stops[bars->first_stop].ns);
    bars->end = logarithm(stops[bars->last_stop].ns);
}

static double bar_edge(const struct bars *bars, unsigned bar)
{
    return bars->begin + (bars->end - bars->begin) * bar / BARS;
}

static unsigned bar_of(const struct bars *bars, double place)
{
    double bar = (place - bars->begin) / (bars->end - bars->begin) * BARS;
    return bar < 0 ? 0 : bar >= BARS ? BARS - 1 : (unsigned)bar;
}

/* A bucket that covers several bars is shared out by width. */
static void share_out(struct bars *bars, double from, double to, double count)
{
    unsigned first = bar_of(bars, from);
    unsigned last = bar_of(bars, to);
    if (first == last || to <= from) {
        bars->counts[first] += count;
        return;
    }
    for (unsigned bar = first; bar <= last; bar++) {
        double left = bar == first ? from : bar_edge(bars, bar);
        double right = bar == last ? to : bar_edge(bars, bar + 1);
        bars->counts[bar] += count * (right - left) / (to - from);
    }
}

static void fill(struct bars *bars, const struct plot_durations *durations)
{
    *bars = (struct bars){.on_time_ns = durations->on_time_ns,
                          .left = durations->on_time_ns > 0 ? ON_TIME_PERCENT : 0};
    choose_axis(bars, durations);
    for (size_t i = 0; i < durations->bucket_count; i++) {
        const struct plot_bucket *bucket = &durations->buckets[i];
        int64_t from = bucket->begin_ns;
        int64_t to = bucket->end_ns;
        if (from < bars->on_time_ns) {
            bars->on_time += (double)bucket->count;
            continue;
        }
        from = from < durations->min_ns ? durations->min_ns : from;
        to = to > durations->max_ns ? durations->max_ns : to;
        share_out(bars, logarithm(from), logarithm(to), (double)bucket->count);
    }
    bars->highest = bars->on_time;
    for (unsigned bar = 0; bar < BARS; bar++) {
        bars->highest = bars->counts[bar] > bars->highest ? bars->counts[bar] : bars->highest;
    }
}

static double percent(const struct bars *bars, int64_t ns)
{
    if (ns < bars->on_time_ns) {
        return bars->left / 2;
    }
    double x =
        bars->left + (100 - bars->left) * (logarithm(ns) - bars->begin) / (bars->end - bars->begin);
    return x > 100 ? 100 : x; /* a time beyond the last stop */
}

/* Labels at all stops if these are few, else at the major ones, else at every second of those. */
static void put_axis(struct html *html, const struct bars *bars)
{
    size_t majors = 0;
    for (size_t i = bars->first_stop; i <= bars->last_stop; i++) {
        majors += stops[i].major;
    }
    size_t count = bars->last_stop - bars->first_stop + 1;
    bool all = count <= LABELS_MAX;
    size_t every = majors > LABELS_MAX ? 2 : 1;
    bool many =
        (all ? count : majors / every) > FEW_LABELS; /* a narrow plot hides every second one */
    size_t seen = 0;
    for (size_t i = bars->first_stop; i <= bars->last_stop; i++) {
        if (!all && !stops[i].major) {
            continue;
        }
        double x = percent(bars, stops[i].ns);
        html_put(html, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>", x,
                 x, TOP, BOTTOM + 5);
        if (seen % every == 0) {
            html_put(html, "<text class=\"x%s\" x=\"%.2f%%\" y=\"%d\">",
                     (many && seen / every % 2 == 1) || (seen == 0 && bars->left > 0) ? " odd" : "",
                     x, LABELS);
            html_put_duration(html, stops[i].ns);
            html_put(html, "</text>");
        }
        html_put(html, "\n");
        seen++;
    }
    if (bars->left > 0) {
        html_put(html, "<text class=\"x after\" x=\"0\" y=\"%d\">on time</text>\n", LABELS);
    }
    html_put(html,
             "<text class=\"title\" x=\"50%%\" y=\"%d\">time, on a logarithmic scale</text>\n",
             LABELS + TITLE);
    html_put(html, "<line class=\"axis\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>\n", BOTTOM, BOTTOM);
}

/* Grid lines at round shares of all durations. */
static void put_heights(struct html *html, double highest_percent)
{
    double step = pow(10, floor(log10(highest_percent)));
    step *= highest_percent < 2 * step ? 0.5 : highest_percent < 5 * step ? 1 : 2;
    for (int i = 1; i * step <= highest_percent; i++) {
        double y = BOTTOM - DEPTH * i * step / highest_percent;
        html_put(html,
                 "<line class=\"grid\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>"
                 "<text class=\"y\" x=\"-8\" y=\"%.1f\">%.3g %%</text>\n",
                 y, y, y + 4, i * step);
    }
    html_put(html, "<text class=\"y\" x=\"-8\" y=\"%d\">0</text>\n", BOTTOM + 4);
    plot_axes_put_height_title(html, "share of all", TOP + DEPTH / 2);
}

/* A bar at `x` of the width; what its tooltip says is written between this and end_bar. */
static void begin_bar(struct html *html, const struct bars *bars, double x, double width,
                      double count)
{
    double height = DEPTH * count / bars->highest;
    if (height < 1) {
        height = 1; /* a single duration must be seen, too */
    }
    html_put(html,
             "<rect class=\"bar\" x=\"%.3f%%\" y=\"%.1f\" width=\"%.3f%%\" height=\"%.1f\">"
             "<title>",
             x, BOTTOM - height, width, height);
}

static void end_bar(struct html *html, double count, uint64_t all)
{
    html_put(html, ": about ");
    html_put_count(html, (uint64_t)ceil(count));
    html_put(html, " (%.2g %%)</title></rect>\n", 100 * count / (double)all);
}

static void put_bars(struct html *html, const struct bars *bars, uint64_t count)
{
    if (bars->on_time > 0) {
        begin_bar(html, bars, 0, bars->left * 0.75, bars->on_time);
        html_put(html, "on time, less than ");
        html_put_duration(html, bars->on_time_ns);
        html_put(html, " late");
        end_bar(html, bars->on_time, count);
    }
    double width = (100 - bars->left) / BARS;
    for (unsigned bar = 0; bar < BARS; bar++) {
        if (bars->counts[bar] <= 0) {
            continue;
        }
        begin_bar(html, bars, bars->left + width * bar, width, bars->counts[bar]);
        html_put_duration(html, (int64_t)exp(bar_edge(bars, bar)));
        html_put(html, " to ");
        html_put_duration(html, (int64_t)exp(bar_edge(bars, bar + 1)));
        end_bar(html, bars->counts[bar], count);
    }
}

/*
 * Lines at three durations, each with its name in a row of its own. A name stands left of its line,
 * where no line of a longer duration crosses it, unless the left edge leaves no room.
 */
static void put_marks(struct html *html, const struct bars *bars, const struct mark marks[MARKS])
{
    for (int i = 0; i < MARKS; i++) {
        double x = percent(bars, marks[i].ns);
        html_put(html, "<line class=\"mark\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>\n",
                 x, x, (MARKS - 1 - i) * ROW + 3, BOTTOM);
    }
    for (int i = 0; i < MARKS; i++) {
        double x = percent(bars, marks[i].ns);
        bool before = x >= 15;
        html_put(html,
                 "<text class=\"note %s\" x=\"%.2f%%\" dx=\"%d\" y=\"%d\">%s "
                 "<tspan class=\"value\">",
                 before ? "before" : "after", x, before ? -5 : 5, (MARKS - 1 - i) * ROW + 13,
                 marks[i].name);
        html_put_duration(html, marks[i].ns);
        html_put(html, "</tspan></text>\n");
    }
}

void plot_histogram(struct html *html, const struct plot_durations *durations, const char *what)
{
    struct bars bars;
    const struct mark marks[MARKS] = {
        {"p50", durations->p50_ns}, {"p99", durations->p99_ns}, {"max", durations->max_ns}};
    fill(&bars, durations);
    html_put(html, "<svg class=\"plot\" role=\"img\" height=\"%d\" aria-label=\"%s, ", HEIGHT,
             what);
    html_put_amount(html, durations->count, "time");
    html_put(html, ": median ");
    html_put_duration(html, marks[0].ns);
    html_put(html, ", 99th percentile ");
    html_put_duration(html, marks[1].ns);
    html_put(html, ", longest ");
    html_put_duration(html, durations->max_ns);
    html_put(html, "\">\n");
    put_heights(html, 100 * bars.highest / (double)durations->count);
    put_axis(html, &bars);
    put_bars(html, &bars, durations->count);
    put_marks(html, &bars, marks);
    html_put(html, "</svg>\n");
}
