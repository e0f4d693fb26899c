#include "shared/page/plot_recent.h"

#include "shared/page/plot_axes.h"

static double highest_of(const struct plot_recent *plot, size_t line)
{
    double highest = 0;
    for (size_t i = 0; i < plot->count; i++) {
        const double value = plot->stretches[i].values[line];
        highest = value > highest ? value : highest;
    }
    return highest;
}

static void put_value(struct html *html, const struct plot_recent *plot, double value, size_t line)
{
    if (plot->is_rate) {
        html_put_rate(html, value);
    } else {
        html_put_count(html, (uint64_t)(value + 0.5));
    }
    html_put(html, " %s", plot->lines[line].name);
}

static void put_label(struct html *html, const struct plot_recent *plot, const char *label)
{
    html_put(html, "%s, in the last ", label);
    html_put_duration(html, plot->width_ns);
    for (size_t line = 0; line < plot->line_count; line++) {
        html_put(html, "%s at most ", line == 0 ? ":" : ",");
        put_value(html, plot, highest_of(plot, line), line);
    }
    html_put(html, ".");
}

/* What is shown where the pointer is: "2 min 10 s to 2 min ago: 12 live streams". */
static void put_stretch(struct html *html, const struct plot_recent *plot,
                        const struct plot_axes *axes, const struct plot_recent_stretch *stretch)
{
    html_put(html, "<g class=\"stretch\"><title>");
    html_put_duration(html, plot->width_ns - stretch->begin_ns);
    html_put(html, " to ");
    html_put_duration(html, plot->width_ns - stretch->end_ns);
    html_put(html, " ago");
    for (size_t line = 0; line < plot->line_count; line++) {
        html_put(html, "%s ", line == 0 ? ":" : ",");
        put_value(html, plot, stretch->values[line], line);
    }
    html_put(html, "</title>");
    plot_axes_put_hit(html, axes, stretch->begin_ns, stretch->end_ns);
    html_put(html, "</g>\n");
}

static void put_points(struct html *html, const struct plot_recent *plot,
                       const struct plot_axes *axes, size_t line)
{
    for (size_t i = 0; i < plot->count; i++) {
        const struct plot_recent_stretch *stretch = &plot->stretches[i];
        const int y = plot_axes_y(axes, stretch->values[line]);
        if (i == 0) {
            html_put(html, "%d %d", plot_axes_x(axes, stretch->begin_ns), y);
        } else if (plot->is_rate) {
            html_put(html, " V%d", y);
        }
        if (plot->is_rate) {
            html_put(html, " H%d", plot_axes_x(axes, stretch->end_ns));
        } else {
            html_put(html, " L%d %d", plot_axes_x(axes, stretch->end_ns), y);
        }
    }
}

static void put_area(struct html *html, const struct plot_recent *plot,
                     const struct plot_axes *axes)
{
    html_put(html, "<path class=\"area\" d=\"M%d %d L",
             plot_axes_x(axes, plot->stretches[0].begin_ns), PLOT_CURVE_HEIGHT);
    put_points(html, plot, axes, 0);
    html_put(html, " V%d Z\"/>\n", PLOT_CURVE_HEIGHT);
}

void plot_recent(struct html *html, const struct plot_recent *plot, const char *label)
{
    double highest = 0;
    for (size_t line = 0; line < plot->line_count; line++) {
        const double value = highest_of(plot, line);
        highest = value > highest ? value : highest;
    }
    struct plot_axes axes = plot_axes_for(highest, plot->width_ns, 0, true);
    axes.value_title = plot->value_title;
    plot_axes_begin(html, &axes);
    put_label(html, plot, label);
    plot_axes_put(html, &axes);
    for (size_t i = 0; i < plot->count; i++) {
        put_stretch(html, plot, &axes, &plot->stretches[i]);
    }
    plot_axes_begin_curves(html);
    if (plot->line_count == 1) {
        put_area(html, plot, &axes);
    }
    for (size_t line = 0; line < plot->line_count; line++) {
        html_put(html, "<path class=\"%s\" d=\"M", plot->lines[line].class);
        put_points(html, plot, &axes, line);
        html_put(html, "\"/>\n");
    }
    html_put(html, "</svg>\n</svg>\n");
}
