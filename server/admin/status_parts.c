#include "server/admin/status_parts.h"

#include "shared/base/clock.h"
#include "shared/base/log_writer.h"
#include "shared/grpc/core_version.h"

#include <time.h>

/* A number is late when it was handed to gRPC more than this after it was due. */
#define LATE_NS (100 * NS_PER_MS)

void status_read(const struct admin_sources *sources, struct sampler *sampler,
                 struct snapshot *ret_snapshot)
{
    ret_snapshot->sources = sources;
    sampler_read(sampler, &ret_snapshot->samples);
    if (sources->sessions != NULL) {
        ret_snapshot->sessions = sessions_read_counts(sources->sessions);
        oldest_sessions_read(sources->sessions, &ret_snapshot->oldest);
    }
    if (sources->store != NULL && sources->store->status != NULL) {
        sources->store->status(sources->store, &ret_snapshot->store);
    }
    ret_snapshot->process = process_figures_read();
    ret_snapshot->connections = connections_count_open(sources->connections);
    for (int i = 0; i < HEALTH_SUBJECTS; i++) {
        ret_snapshot->is_serving[i] = health_is_serving(sources->health, (enum health_subject)i);
    }
}

void status_put_uptime(struct html *html, const struct snapshot *snapshot)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const double seconds = (double)now.tv_sec - snapshot->process.start_s;
    html_put_duration(html, (seconds > 0 ? (int64_t)seconds : 0) * NS_PER_S);
}

/* ---- Figures --------------------------------------------------------------------------------- */

static void begin_figure(struct html *html, const char *name)
{
    html_put(html, "<div><dt>%s</dt><dd>", name);
}

static void end_figure(struct html *html)
{
    html_put(html, "</dd></div>\n");
}

/* "<small>of 12,000</small>" */
static void put_limit(struct html *html, uint64_t limit)
{
    html_put(html, "<small>of ");
    html_put_count(html, limit);
    html_put(html, "</small>");
}

/* An amount a second between two samples. */
static double rate(uint64_t before, uint64_t after, const struct sampler_view *samples)
{
    const int64_t ns = samples->last.time_ns - samples->recent.time_ns;
    return ns > 0 ? (double)(after - before) * (double)NS_PER_S / (double)ns : 0;
}

static void put_stream_figures(struct html *html, const struct snapshot *snapshot)
{
    const struct sampler_view *samples = &snapshot->samples;
    begin_figure(html, "Live streams");
    html_put_count(html, samples->last.streams);
    put_limit(html, snapshot->sources->max_streams);
    end_figure(html);
    begin_figure(html, "Connections");
    html_put_count(html, snapshot->connections);
    put_limit(html, snapshot->sources->max_connections);
    end_figure(html);
    begin_figure(html, "Numbers");
    html_put_rate(html, rate(samples->recent.numbers, samples->last.numbers, samples));
    html_put(html, " <span class=\"unit\">a second</span><small>");
    html_put_count(html, samples->last.numbers);
    html_put(html, " since the start</small>");
    end_figure(html);
}

static void put_session_figures(struct html *html, const struct snapshot *snapshot)
{
    const struct sessions_counts *sessions = &snapshot->sessions;
    const struct sampler_view *samples = &snapshot->samples;
    if (snapshot->sources->sessions == NULL) {
        return;
    }
    begin_figure(html, "Sessions");
    html_put_count(html, sessions->owned + sessions->idle + sessions->finished);
    put_limit(html, snapshot->sources->max_sessions);
    end_figure(html);
    begin_figure(html, "Resumes");
    html_put_rate(html, rate(samples->recent.resumes, samples->last.resumes, samples));
    html_put(html, " <span class=\"unit\">a second</span><small>");
    html_put_count(html, samples->last.resumes);
    html_put(html, " since the start, ");
    html_put_count(html, samples->counts.dialogue.take_overs);
    html_put(html, " took a session over</small>");
    end_figure(html);
    begin_figure(html, "Evicted");
    html_put_count(html, sessions->events.evicted_unfinished);
    html_put(html,
             " <span class=\"unit\">%s</span><small>idle: their clients did not come back</small>",
             sessions->events.evicted_unfinished == 1 ? "session" : "sessions");
    end_figure(html);
}

static void put_lateness_figure(struct html *html, const struct dialogue_counts *counts)
{
    uint64_t all = 0;
    uint64_t late = 0;
    for (size_t i = 0; i < LATENESS_BUCKETS; i++) {
        all += counts->lateness[i];
        late += i == LATENESS_BOUNDS || lateness_bounds_ns[i] > LATE_NS ? counts->lateness[i] : 0;
    }
    begin_figure(html, "Late");
    html_put_count(html, late);
    html_put(html, " <span class=\"unit\">%s</span><small>by more than 100 ms, of ",
             late == 1 ? "number" : "numbers");
    html_put_count(html, all);
    html_put(html, " with a pace</small>");
    end_figure(html);
}

static void put_refused_figure(struct html *html, const struct sampler_view *samples)
{
    uint64_t recent = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < REFUSAL_ROWS; i++) {
        recent += samples->last.refusals.counts[i] - samples->oldest.refusals.counts[i];
        all += samples->last.refusals.counts[i];
    }
    begin_figure(html, "Refused, or failed");
    html_put_count(html, recent);
    html_put(html, " <span class=\"unit\">in 10 min</span><small>");
    html_put_count(html, all);
    html_put(html, " since the start</small>");
    end_figure(html);
}

static void put_process_figures(struct html *html, const struct snapshot *snapshot)
{
    const struct sampler_view *samples = &snapshot->samples;
    const struct process_figures *process = &snapshot->process;
    begin_figure(html, "CPU");
    html_put(html, "%.0f <span class=\"unit\">%% of a core</span>",
             100 * rate((uint64_t)samples->recent.cpu_ns, (uint64_t)samples->last.cpu_ns, samples) /
                 (double)NS_PER_S);
    end_figure(html);
    begin_figure(html, "Memory");
    html_put_bytes(html, process->resident_bytes);
    end_figure(html);
    begin_figure(html, "Threads");
    html_put_count(html, process->threads);
    end_figure(html);
    begin_figure(html, "Descriptors");
    html_put_count(html, process->descriptors);
    put_limit(html, process->max_descriptors);
    end_figure(html);
}

void status_put_figures(struct html *html, const struct snapshot *snapshot)
{
    html_put(html, "<dl id=\"figures\" class=\"figures\">\n");
    put_stream_figures(html, snapshot);
    put_session_figures(html, snapshot);
    put_lateness_figure(html, &snapshot->samples.counts.dialogue);
    put_refused_figure(html, &snapshot->samples);
    put_process_figures(html, snapshot);
    html_put(html, "</dl>\n");
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static void begin_fact(struct html *html, const char *name)
{
    html_put(html, "<div><dt>%s</dt><dd>", name);
}

static void put_fact(struct html *html, const char *name, const char *text)
{
    html_put(html, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, text);
}

static void put_health(struct html *html, const struct snapshot *snapshot)
{
    for (int i = 0; i < HEALTH_SUBJECTS; i++) {
        const char *name = health_subject_name((enum health_subject)i);
        html_put(html, "<div><dt>Health %s</dt><dd>%s</dd></div>\n",
                 name[0] == '\0' ? "of all" : name,
                 snapshot->is_serving[i] ? "SERVING" : "NOT_SERVING");
    }
}

static void put_latency(struct html *html, const struct store_latency_counts *latency)
{
    uint64_t count = 0;
    for (size_t i = 0; i < STORE_LATENCY_BUCKETS; i++) {
        count += latency->buckets[i];
    }
    html_put_count(html, count);
    if (count > 0) {
        html_put(html, ", on average ");
        html_put_duration(html, (int64_t)(latency->sum_ns / count));
    }
}

static void put_store(struct html *html, const struct snapshot *snapshot)
{
    static const char *const states[] = {
        [STORE_STATE_OK] = "works", [STORE_STATE_FULL] = "full", [STORE_STATE_FAILING] = "failing"};
    const struct store_status *store = &snapshot->store;
    begin_fact(html, "Store");
    html_put(html, "%s, %s", snapshot->sources->store_name, states[store->state]);
    html_put(html, "</dd></div>\n");
    if (snapshot->sources->store->status == NULL) {
        return;
    }
    begin_fact(html, "Store writes");
    put_latency(html, &store->latency);
    html_put(html, ", ");
    html_put_amount(html, store->queue, "session");
    html_put(html, " waiting</dd></div>\n");
    begin_fact(html, "Written");
    html_put_amount(html, store->writes, "session");
    html_put(html, ", ");
    html_put_count(html, store->refusals);
    html_put(html, " refused</dd></div>\n");
}

static void put_sessions(struct html *html, const struct sessions_counts *sessions)
{
    begin_fact(html, "Sessions");
    html_put_count(html, sessions->owned);
    html_put(html, " owned, ");
    html_put_count(html, sessions->idle);
    html_put(html, " idle, ");
    html_put_count(html, sessions->finished);
    html_put(html, " finished</dd></div>\n");
    begin_fact(html, "Started");
    html_put_amount(html, sessions->events.started, "session");
    html_put(html, "</dd></div>\n");
    begin_fact(html, "Evicted");
    html_put_count(html, sessions->events.evicted_unfinished);
    html_put(html, " idle, ");
    html_put_count(html, sessions->events.evicted_finished);
    html_put(html, " finished, ");
    html_put_count(html, sessions->events.gave_way);
    html_put(html, " finished to make room</dd></div>\n");
}

void status_put_facts(struct html *html, const struct snapshot *snapshot)
{
    html_put(html, "<dl id=\"facts\" class=\"facts\">\n");
    put_fact(html, "Mode", snapshot->sources->mode);
    begin_fact(html, "Up");
    status_put_uptime(html, snapshot);
    html_put(html, "</dd></div>\n");
    put_fact(html, "Version", COMMS_VERSION);
    put_fact(html, "gRPC C core", core_version_number());
    if (snapshot->sources->sessions != NULL) {
        put_sessions(html, &snapshot->sessions);
        put_store(html, snapshot);
    }
    put_health(html, snapshot);
    begin_fact(html, "Lost log lines");
    html_put_count(html, log_writer_dropped());
    html_put(html, "</dd></div>\n</dl>\n");
}
