#include "client/report/report_html_facts.h"

#include "client/measure/server_pace.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "shared/base/number.h"

#include <inttypes.h>
#include <time.h>

void report_html_put_began(struct html *html, const struct result *result)
{
    struct tm utc;
    char text[sizeof "2026-11-23 18:37:12 UTC, with a year of ten digits"];
    if (gmtime_r(&result->began.tv_sec, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0) {
        html_put(html, "an unknown time");
    } else {
        html_put(html, "%s", text);
    }
}

/* A fact is written between these two calls. */
static void begin_fact(struct html *html, const char *name)
{
    html_put(html, "<div><dt>%s</dt><dd>", name);
}

static void end_fact(struct html *html)
{
    html_put(html, "</dd></div>\n");
}

static void put_duration_fact(struct html *html, const char *name, int64_t ns, int64_t none,
                              const char *none_text)
{
    begin_fact(html, name);
    if (ns == none) {
        html_put(html, "%s", none_text);
    } else {
        html_put_duration(html, ns);
    }
    end_fact(html);
}

static void put_chaos(struct html *html, const struct chaos_plan *chaos)
{
    begin_fact(html, "Chaos");
    if (chaos->cut_ns == 0) {
        html_put(html, "none");
    } else {
        html_put(html, "a connection breaks every ");
        html_put_duration(html, chaos->cut_ns);
        html_put(html, " on average");
        if (chaos->stall_fraction > 0) {
            html_put(html, ", %.3g %% of them fall silent", 100 * chaos->stall_fraction);
        }
        html_put(html, ", seed %" PRIu64, chaos->seed);
    }
    end_fact(html);
}

static void put_size(struct html *html, uint32_t size)
{
    char text[BYTES_TEXT_SIZE];
    if (size == 0) {
        html_put(html, "no padding");
    } else {
        html_put(html, "%s of padding", bytes_write(size, text));
    }
}

static void put_target_facts(struct html *html, const struct result *result)
{
    const struct plan *plan = result->plan;
    begin_fact(html, "Target");
    html_put_text(html, plan->target);
    if (plan->tls.is_on) {
        html_put(html, " by TLS %s", plan_tls_words(plan));
    }
    end_fact(html);
    if (result->server.has != 0) {
        char words[SERVER_WORDS_SIZE];
        begin_fact(html, "Server");
        html_put_text(html, result_server_words(&result->server, words));
        html_put(html, "%s", result->servers_differ ? "; later streams met another one" : "");
        end_fact(html);
    }
    begin_fact(html, "Mode");
    html_put(html, "%s", client_mode_name(plan->mode));
    end_fact(html);
    begin_fact(html, "Streams");
    html_put_count(html, plan->streams);
    end_fact(html);
    begin_fact(html, "Connections");
    html_put_count(html, plan->connections);
    html_put(html, ", with at most ");
    html_put_amount(html, result->most_on_a_connection, "stream");
    html_put(html, " on one");
    end_fact(html);
    begin_fact(html, "A session has");
    if (plan->n_fits && (!plan->interval_is_given || plan->interval_ns == 0)) {
        html_put(html, "as many numbers as fit");
    } else {
        html_put(html, "%s", plan->n_fits ? "at most " : "");
        html_put_amount(html, plan->n, "number");
    }
    end_fact(html);
    begin_fact(html, "A message has");
    put_size(html, plan->size);
    end_fact(html);
    begin_fact(html, "Sessions");
    html_put_count(html, result->counts.started);
    html_put(html, " started, ");
    html_put_count(html, result->counts.finished);
    html_put(html, " finished");
    end_fact(html);
}

void report_html_put_facts(struct html *html, const struct result *result)
{
    const struct plan *plan = result->plan;
    html_put(html, "<dl class=\"facts\">\n");
    put_target_facts(html, result);
    put_duration_fact(html, "Duration asked", plan->duration_ns, 0, "one session a stream");
    put_duration_fact(html, "Duration", result->elapsed_ns, -1, "");
    put_duration_fact(html, "Ramp", plan->ramp_ns, 0, "none");
    put_duration_fact(html, "Warm-up", plan->warmup_ns, 0, "none");
    put_duration_fact(html, "Interval", result->interval_ns, 0, "full speed");
    if (plan->rate != NULL) {
        begin_fact(html, "Rate asked");
        html_put(html, "%s a second", plan->rate);
        end_fact(html);
    }
    put_duration_fact(html, "Most lateness", plan->max_lateness_ns, CLOCK_NEVER, "not limited");
    put_duration_fact(html, "Retry time-out", plan->retry_timeout_ns, CLOCK_NEVER, "none");
    put_duration_fact(html, "Stall time-out", server_pace_stall_timeout(plan, result->interval_ns),
                      0, "none");
    put_chaos(html, &plan->chaos);
    begin_fact(html, "Began");
    report_html_put_began(html, result);
    end_fact(html);
    begin_fact(html, "Version");
    html_put(html, "comms-client " COMMS_VERSION);
    end_fact(html);
    begin_fact(html, "Exit status");
    html_put(html, "%d", result_exit_status(result));
    end_fact(html);
    html_put(html, "</dl>\n");
}

/* A figure is written between this and end_fact: its value, its unit, and what explains it. */
static void begin_figure(struct html *html, const char *name, bool is_bad)
{
    html_put(html, "<div><dt>%s</dt><dd%s>", name, is_bad ? " class=\"bad\"" : "");
}

static void put_unit(struct html *html, const char *unit)
{
    html_put(html, " <span class=\"unit\">%s</span>", unit);
}

static void put_wrong_figure(struct html *html, const char *name, uint64_t count)
{
    begin_figure(html, name, count > 0);
    html_put_count(html, count);
    put_unit(html, count == 1 ? "number" : "numbers");
    end_fact(html);
}

static void put_bytes_throughput(struct html *html, const struct result *result)
{
    if (result_has_bytes_throughput(result)) {
        html_put(html, ", ");
        html_put_bytes(html, (uint64_t)result_bytes_throughput(result));
        html_put(html, "/s");
    }
}

static void put_delivery_figures(struct html *html, const struct result *result)
{
    char throughput[FORMAT_SIZE];
    begin_figure(html, "Proven", false);
    html_put_count(html, result->streams_proven);
    put_unit(html, "streams");
    html_put(html, "<small>of ");
    html_put_count(html, result->plan->streams);
    html_put(html, "</small>");
    end_fact(html);
    begin_figure(html, "Received", false);
    html_put_count(html, result->counts.numbers);
    put_unit(html, "numbers");
    html_put(html, "<small>of ");
    html_put_count(html, result->expected);
    html_put(html, " expected</small>");
    end_fact(html);
    begin_figure(html, "Throughput", false);
    html_put_text(html, result_format_throughput(result, throughput));
    if (result_has_throughput(result)) {
        put_unit(html, "numbers/s");
        html_put(html, "<small>over ");
        html_put_duration(html, result->measured_ns);
        put_bytes_throughput(html, result);
        html_put(html, "</small>");
    }
    end_fact(html);
    begin_figure(html, "Late", false);
    html_put_count(html, result->counts.late);
    put_unit(html, result->counts.late == 1 ? "number" : "numbers");
    html_put(html, "<small>by more than %d ms</small>", LATE_MS);
    end_fact(html);
}

static void put_cost_figures(struct html *html, const struct result *result)
{
    begin_figure(html, "Breaks", false);
    html_put_count(html, result->counts.breaks);
    end_fact(html);
    begin_figure(html, "Resumes", false);
    html_put_count(html, result->counts.resumes);
    end_fact(html);
    begin_figure(html, "Failed attempts", false);
    html_put_count(html, result->counts.failed_attempts);
    html_put(html, "<small>before a number came</small>");
    end_fact(html);
    begin_figure(html, "Peak memory", false);
    html_put_bytes(html, result->peak_rss_bytes);
    html_put(html, "<small>of this client</small>");
    end_fact(html);
    begin_figure(html, "CPU time", false);
    html_put_duration(html, result->cpu_ns);
    if (result->elapsed_ns >= NS_PER_S) { /* else most of it is the program's start */
        html_put(html, "<small>%.0f %% of a core</small>",
                 100 * (double)result->cpu_ns / (double)result->elapsed_ns);
    }
    end_fact(html);
}

void report_html_put_figures(struct html *html, const struct result *result)
{
    html_put(html, "<dl class=\"figures\">\n");
    put_delivery_figures(html, result);
    put_wrong_figure(html, "Lost", result->counts.lost);
    put_wrong_figure(html, "Repeated", result->counts.repeated);
    put_wrong_figure(html, "Reordered", result->counts.reordered);
    put_wrong_figure(html, "Corrupt", result->counts.corrupt);
    put_cost_figures(html, result);
    html_put(html, "</dl>\n");
}
