#include "client/report/report_html.h"

#include "client/report/report_html_facts.h"
#include "client/report/report_html_plots.h"
#include "client/report/report_html_tables.h"
#include "client/report/result_text.h"
#include "shared/page/css.h"
#include "shared/page/html.h"

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

static void begin_section(struct html *html, const char *title)
{
    html_put(html, "<section>\n<h2>%s</h2>\n", title);
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
        html_put(html, "<p class=\"notice\">The server does not keep the pace of --interval ");
        html_put_duration(html, result->plan->interval_ns);
        html_put(html, ": the median gap between numbers is ");
        html_put_duration(html, result->pace_ns);
        html_put(
            html,
            ". Set --interval to the server's: lateness was measured against the wrong one.</p>\n");
    }
}

static void put_times(struct html *html, const struct result *result)
{
    begin_section(html, "Times");
    html_put(html, "<div class=\"pair\">\n");
    report_html_put_histogram(html, "First number", "after the start of a session", &result->first);
    report_html_put_histogram(html, "Resume", "from the break to the next number", &result->resume);
    report_html_put_histogram(html, "Gap", "between two numbers of a stream", &result->gap);
    report_html_put_histogram(html, "Lateness", "behind the pace of the server", &result->late);
    html_put(html,
             "</div>\n<p class=\"caption\">The height of a bar is its share of all times; one "
             "that is not empty is at least a line high.</p>\n");
    report_html_put_times(html, result);
    end_section(html);
}

bool report_html_write(const struct result *result, FILE *file)
{
    struct html html;
    html_init(&html, file);
    put_head(&html, result);
    put_verdict(&html, result);
    put_notices(&html, result);
    begin_section(&html, "What was run");
    report_html_put_facts(&html, result);
    end_section(&html);
    begin_section(&html, "Key figures");
    report_html_put_figures(&html, result);
    end_section(&html);
    begin_section(&html, "Bounds");
    report_html_put_conditions(&html, result);
    end_section(&html);
    begin_section(&html, "Violations");
    report_html_put_violations(&html, result);
    end_section(&html);
    begin_section(&html, "Over time");
    report_html_put_timeline(&html, result);
    end_section(&html);
    put_times(&html, result);
    begin_section(&html, "What broke");
    report_html_put_breaks(&html, result);
    end_section(&html);
    begin_section(&html, "Unfinished streams");
    report_html_put_unfinished(&html, result);
    end_section(&html);
    html_put(&html, "</main>\n<footer>This page is one file: it loads nothing and runs no script."
                    "</footer>\n</body>\n</html>\n");
    return html_finish(&html);
}
