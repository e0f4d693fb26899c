#include "client/report/report_html_plots.h"

#include "client/measure/timeline.h"
#include "shared/page/plot.h"
#include "shared/page/plot_histogram.h"

enum { ON_TIME_NS = 1000 }; /* what is less late than this is on time */

static void plot_course(struct html *html, const struct course *course,
                        const struct plot_points *points)
{
    struct plot_level items[COURSE_POINTS];
    for (size_t i = 0; i < course->count; i++) {
        const struct course_point *point = &course->points[i];
        items[i] = (struct plot_level){.begin_ns = point->begin_ns,
                                       .end_ns = point->end_ns,
                                       .live = point->live,
                                       .waiting = point->waiting};
    }
    const struct plot_levels levels = {.count = course->count, .items = items};
    plot_streams(html, points, &levels);
}

static void plot_timeline(struct html *html, const struct timeline *timeline,
                          const struct course *course, int64_t warmup_ns)
{
    struct plot_point items[TIMELINE_POINTS];
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_point *point = &timeline->points[i];
        items[i] = (struct plot_point){.begin_ns = point->begin_ns,
                                       .end_ns = point->end_ns,
                                       .rate = timeline_point_rate(point),
                                       .breaks = point->breaks,
                                       .live = point->live,
                                       .waiting = point->waiting};
    }
    const struct plot_points points = {.count = timeline->count, .items = items};
    html_put(html, "<figure>\n<figcaption><span><b>Throughput</b> in numbers/s</span>"
                   "</figcaption>\n");
    plot_throughput(html, &points, warmup_ns);
    html_put(html, "</figure>\n<figure>\n<figcaption><span><b>Streams</b></span>"
                   "<span><span class=\"key\">live</span>"
                   "<span class=\"key dashed\">waiting</span></span></figcaption>\n");
    plot_course(html, course, &points);
    html_put(html, "</figure>\n");
}

void report_html_put_timeline(struct html *html, const struct result *result)
{
    struct timeline timeline;
    timeline_init(&timeline, result->samples, result->sample_count);
    plot_timeline(html, &timeline, &result->course, result->plan->warmup_ns);
}

static void plot_durations(struct html *html, const struct histogram *histogram, const char *what,
                           int64_t on_time_ns)
{
    struct plot_bucket buckets[HISTOGRAM_BUCKETS];
    size_t count = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] > 0) {
            buckets[count++] = (struct plot_bucket){.begin_ns = histogram_bucket_start(i),
                                                    .end_ns = histogram_bucket_start(i + 1),
                                                    .count = histogram->buckets[i]};
        }
    }
    const struct plot_durations durations = {.count = histogram->count,
                                             .min_ns = histogram->min,
                                             .p50_ns = histogram_quantile(histogram, 0.5),
                                             .p99_ns = histogram_quantile(histogram, 0.99),
                                             .max_ns = histogram->max,
                                             .on_time_ns = on_time_ns,
                                             .bucket_count = count,
                                             .buckets = buckets};
    plot_histogram(html, &durations, what);
}

static void put_figure(struct html *html, const char *name, const char *what,
                       const struct histogram *histogram, int64_t on_time_ns)
{
    if (histogram->count == 0) {
        return;
    }
    html_put(html, "<figure>\n<figcaption><span><b>%s</b> %s</span></figcaption>\n", name, what);
    plot_durations(html, histogram, name, on_time_ns);
    html_put(html, "</figure>\n");
}

void report_html_put_histogram(struct html *html, const char *name, const char *what,
                               const struct histogram *histogram)
{
    put_figure(html, name, what, histogram, 0);
}

void report_html_put_lateness(struct html *html, const struct histogram *histogram)
{
    put_figure(html, "Lateness", "behind the pace of the server", histogram, ON_TIME_NS);
}
