#include "client/report/report_html.h"

#include "client/report/report_html_facts.h"
#include "client/report/report_html_plots.h"
#include "client/report/report_html_tables.h"
#include "client/report/report_json.h"
#include "client/report/result_text.h"
#include "shared/page/css.h"
#include "shared/page/html.h"

#include <errno.h>
#include <stdlib.h>

/* The policy makes a browser refuse to load or run anything for the page. */
static void put_head(struct html *html, const struct result *result)
{
    html_put(html,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" "
             "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s: ",
             outcome_name(result->outcome));
    html_put_text(html, result->plan->target);
    html_put(html, " – comms-client</title>\n<style>\n");
    css_put_report(html);
    html_put(html, "</style>\n</head>\n<body>\n<header><span>comms-client " COMMS_VERSION
                   "</span><span>");
    report_html_put_began(html, result);
    html_put(html, "</span></header>\n<main>\n");
}

/* Each outcome has a sign, so that its shape tells what its colour tells. */
static void put_verdict(struct html *html, const struct result *result)
{
    static const char check[] =
        "<circle cx=\"24\" cy=\"24\" r=\"21\"/><path d=\"M14 25l7 7 13-15\"/>";
    static const char cross[] =
        "<circle cx=\"24\" cy=\"24\" r=\"21\"/><path d=\"M16 16l16 16M32 16L16 32\"/>";
    static const char warning[] = "<path d=\"M24 5L45 42H3Z\"/><path d=\"M24 18v11M24 35v.5\"/>";
    const char *class = result->outcome == OUTCOME_PROVEN     ? "proven"
                        : result->outcome == OUTCOME_VIOLATED ? "violated"
                                                              : "failed";
    const char *sign = result->outcome == OUTCOME_PROVEN     ? check
                       : result->outcome == OUTCOME_VIOLATED ? cross
                                                             : warning;
    char proof[PROOF_SIZE];
    result_proof(result, proof);
    html_put(html,
             "<div class=\"verdict %s\">\n<svg viewBox=\"0 0 48 48\" fill=\"none\" "
             "stroke=\"currentColor\" stroke-width=\"4\" stroke-linecap=\"round\" "
             "stroke-linejoin=\"round\" aria-hidden=\"true\">%s</svg>\n<h1>%s</h1>\n<p>",
             class, sign, outcome_name(result->outcome));
    html_put_text(html, proof);
    html_put(html, "</p>\n</div>\n");
}

static void begin_section(struct html *html, const char *id, const char *title)
{
    html_put(html, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

static void end_section(struct html *html)
{
    html_put(html, "</section>\n");
}

static void put_notices(struct html *html, const struct result *result)
{
    char advice[ADVICE_SIZE];
    if (result_held_back_advice(result, advice)) {
        html_put(html, "<p class=\"notice\">");
        html_put_text(html, advice);
        html_put(html, "</p>\n");
    }
    if (result->pace_ns > 0) {
        const bool follows = result_follows_server(result);
        html_put(html, "<p class=\"notice\">The numbers came ");
        html_put_duration(html, result->pace_ns);
        html_put(html, " apart (median), %s ", follows ? "and the server announces" : "not");
        html_put_duration(html, result->interval_ns);
        html_put(html, "%s</p>\n",
                 follows ? ": the server or the path keeps another pace."
                         : ": set --interval to the server's, or leave it out. Lateness was "
                           "measured against --interval.");
    }
}

static bool always(const struct result *result)
{
    (void)result;
    return true;
}

static bool has_bounds(const struct result *result)
{
    return result->plan->fail_on.count > 0;
}

static bool has_violations(const struct result *result)
{
    return result->counts.violations > 0;
}

static bool has_lived(const struct course *course)
{
    size_t i = 0;
    while (i < course->count && course->points[i].live <= 0) {
        i++;
    }
    return i < course->count;
}

/* A run whose streams never lived has no course: its plots would be a line at 0. */
static bool has_course(const struct result *result)
{
    return result->sample_count > 0 && (result->counts.numbers > 0 || has_lived(&result->course));
}

static bool has_times(const struct result *result)
{
    return result->first.count + result->resume.count + result->gap.count + result->late.count > 0;
}

static bool has_addresses(const struct result *result)
{
    return result->addresses.count > 0;
}

static bool has_breaks(const struct result *result)
{
    return result->breaks.count > 0;
}

static bool has_failed_attempts(const struct result *result)
{
    return result->failed_attempts.count > 0;
}

static bool has_unfinished(const struct result *result)
{
    return result->streams_unfinished > 0;
}

static void put_times(struct html *html, const struct result *result)
{
    html_put(html, "<div class=\"pair\">\n");
    report_html_put_histogram(html, "First number", "after the start of a session", &result->first);
    report_html_put_histogram(html, "Resume", "from the break to the next number", &result->resume);
    report_html_put_histogram(html, "Gap", "between two numbers of a stream", &result->gap);
    report_html_put_lateness(html, &result->late);
    html_put(html,
             "</div>\n<p class=\"caption\">The height of a bar is its share of all times; one "
             "that is not empty is at least a line high.</p>\n");
    report_html_put_times(html, result);
}

/* The figures as text that one click selects: a page without a script cannot copy it. */
static void put_json(struct html *html, const struct result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    bool good = file != NULL && report_json_write_figures(result, file);
    good = (file == NULL || fclose(file) == 0) && good;
    if (good) {
        html_put(html, "<details>\n<summary>Show them; a click selects all</summary>\n"
                       "<pre class=\"json\" tabindex=\"0\">");
        html_put_text(html, text);
        html_put(html, "</pre>\n</details>\n");
    } else if (html->error == 0) {
        html->error = errno == 0 ? ENOMEM : errno;
    }
    free(text);
}

/* The page's sections in their order; one without content is left out. */
static const struct {
    const char *id;
    const char *title;
    bool (*has_content)(const struct result *result);
    void (*put)(struct html *html, const struct result *result);
} sections[] = {
    {"figures", "Key figures", always, report_html_put_figures},
    {"bounds", "Bounds", has_bounds, report_html_put_conditions},
    {"violations", "Violations", has_violations, report_html_put_violations},
    {"course", "Over time", has_course, report_html_put_timeline},
    {"times", "Times", has_times, put_times},
    {"addresses", "Where the streams went", has_addresses, report_html_put_addresses},
    {"breaks", "What broke", has_breaks, report_html_put_breaks},
    {"failed-attempts", "What failed before it began", has_failed_attempts,
     report_html_put_failed_attempts},
    {"unfinished", "Unfinished streams", has_unfinished, report_html_put_unfinished},
    {"run", "What was run", always, report_html_put_facts},
    {"json", "Figures as JSON", always, put_json},
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

static void put_links(struct html *html, const struct result *result)
{
    html_put(html, "<nav aria-label=\"Sections\">\n");
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].has_content(result)) {
            html_put(html, "<a href=\"#%s\">%s</a>\n", sections[i].id, sections[i].title);
        }
    }
    html_put(html, "</nav>\n");
}

bool report_html_write(const struct result *result, FILE *file)
{
    struct html html;
    html_init(&html, file);
    put_head(&html, result);
    put_verdict(&html, result);
    put_links(&html, result);
    put_notices(&html, result);
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].has_content(result)) {
            begin_section(&html, sections[i].id, sections[i].title);
            sections[i].put(&html, result);
            end_section(&html);
        }
    }
    html_put(&html, "</main>\n<footer>This page is one file: it loads nothing and runs no script."
                    "</footer>\n</body>\n</html>\n");
    return html_finish(&html);
}
