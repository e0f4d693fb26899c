#include "client/report/report_json_end.h"

#include "client/report/tree.h"

json_t *report_json_counts(const struct counts *counts)
{
    json_t *object = json_object();
    tree_set(&object, "numbers", tree_count(counts->numbers));
    tree_set(&object, "resumes", tree_count(counts->resumes));
    tree_set(&object, "breaks", tree_count(counts->breaks));
    tree_set(&object, "late", tree_count(counts->late));
    tree_set(&object, "lost", tree_count(counts->lost));
    tree_set(&object, "repeated", tree_count(counts->repeated));
    tree_set(&object, "reordered", tree_count(counts->reordered));
    tree_set(&object, "corrupt", tree_count(counts->corrupt));
    tree_set(&object, "violations", tree_count(counts->violations));
    tree_set(&object, "sessions_started", tree_count(counts->started));
    tree_set(&object, "sessions_finished", tree_count(counts->finished));
    return object;
}

/* ---- Histograms ------------------------------------------------------------------------------ */

/* A duration of the histogram's, or null: an empty one has none. */
static json_t *histogram_time(const struct histogram *histogram, int64_t ns)
{
    return histogram->count == 0 ? json_null() : json_integer(ns);
}

static json_t *make_buckets(const struct histogram *histogram)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] > 0) {
            json_t *pair = json_array();
            tree_append(&pair, json_integer(histogram_bucket_start(i)));
            tree_append(&pair, tree_count(histogram->buckets[i]));
            tree_append(&array, pair);
        }
    }
    return array;
}

static json_t *make_histogram(const struct histogram *histogram)
{
    static const struct {
        const char *key;
        double quantile;
    } rows[] = {{"p50_ns", 0.5}, {"p90_ns", 0.9}, {"p99_ns", 0.99}, {"p999_ns", 0.999}};
    json_t *object = json_object();
    tree_set(&object, "count", tree_count(histogram->count));
    tree_set(&object, "min_ns", histogram_time(histogram, histogram->min));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ns = histogram_quantile(histogram, rows[i].quantile);
        tree_set(&object, rows[i].key, histogram_time(histogram, ns));
    }
    tree_set(&object, "max_ns", histogram_time(histogram, histogram->max));
    tree_set(&object, "buckets", make_buckets(histogram));
    return object;
}

static json_t *make_histograms(const struct result *result)
{
    json_t *object = json_object();
    tree_set(&object, "first", make_histogram(&result->first));
    tree_set(&object, "resume", make_histogram(&result->resume));
    tree_set(&object, "gap", make_histogram(&result->gap));
    tree_set(&object, "late", make_histogram(&result->late));
    return object;
}

/* ---- Breaks ---------------------------------------------------------------------------------- */

static json_t *make_spread(struct spread spread)
{
    json_t *object = json_object();
    tree_set(&object, "median_ns", json_integer(spread.median_ns));
    tree_set(&object, "half_width_ns", json_integer(spread.half_width_ns));
    return object;
}

static json_t *make_break(const struct break_row *row)
{
    enum break_cause cause = row->kind.cause;
    bool has_code = cause == BREAK_RST_STREAM || cause == BREAK_HTTP || cause == BREAK_STATUS;
    char name[BREAK_NAME_SIZE];
    char hint[BREAK_HINT_SIZE];
    break_name(row->kind, name);
    json_t *object = json_object();
    tree_set(&object, "cause", json_string(break_cause_name(cause)));
    tree_set(&object, "code", has_code ? tree_count(row->kind.code) : json_null());
    tree_set(&object, "name", tree_text(name));
    tree_set(&object, "count", tree_count(row->count));
    tree_set(&object, "age", make_spread(break_row_ages(row)));
    tree_set(&object, "silence", make_spread(break_row_silences(row)));
    tree_set(&object, "hint", break_row_hint(row, hint) ? tree_text(hint) : json_null());
    return object;
}

static json_t *make_breaks(const struct breaks *breaks)
{
    json_t *array = json_array();
    for (size_t i = 0; i < breaks->row_count; i++) {
        tree_append(&array, make_break(&breaks->rows[i]));
    }
    return array;
}

/* ---- Violations, unfinished streams, bounds -------------------------------------------------- */

static json_t *make_violation(const struct violation *violation)
{
    char uuid[UUID_TEXT_SIZE];
    char text[VIOLATION_TEXT_SIZE];
    uuid_format(&violation->uuid, uuid);
    violation_describe(violation, text);
    json_t *object = json_object();
    tree_set(&object, "kind", tree_word(violation_kind_name(violation->kind)));
    tree_set(&object, "stream", tree_count(violation->stream));
    tree_set(&object, "uuid", violation->has_uuid ? json_string(uuid) : json_null());
    tree_set(&object, "position", tree_count(violation->position));
    tree_set(&object, "amount", tree_count(violation->amount));
    tree_set(&object, "expected",
             violation->has_expected ? tree_digits(violation->expected) : json_null());
    tree_set(&object, "received",
             violation->has_received ? tree_digits(violation->received) : json_null());
    tree_set(&object, "connection", tree_count(violation->connection));
    tree_set(&object, "address", tree_text(violation->address));
    tree_set(&object, "at_ns", json_integer(violation->at_ns));
    tree_set(&object, "after_resume", json_boolean(violation->after_resume));
    tree_set(&object, "text", tree_text(text));
    return object;
}

static json_t *make_violations(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->violation_count; i++) {
        tree_append(&array, make_violation(&result->violations[i]));
    }
    return array;
}

static json_t *make_unfinished(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->unfinished_count; i++) {
        const struct unfinished *unfinished = &result->unfinished[i];
        json_t *object = json_object();
        tree_set(&object, "outcome", tree_word(outcome_name(unfinished->outcome)));
        tree_set(&object, "streams", tree_count(unfinished->streams));
        tree_set(&object, "stream", tree_count(unfinished->first));
        tree_set(&object, "reason", tree_text(unfinished->reason));
        tree_append(&array, object);
    }
    return array;
}

static json_t *make_bounds(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->options->bounds.count; i++) {
        const struct bound *bound = &result->options->bounds.items[i];
        char text[BOUND_VALUE_SIZE];
        bound_format_value(bound, result, text);
        json_t *object = json_object();
        tree_set(&object, "condition", tree_text(bound->text));
        tree_set(&object, "value", json_real(bound_value(bound, result)));
        tree_set(&object, "text", tree_text(text));
        tree_set(&object, "broken", json_boolean(bound_is_broken(bound, result)));
        tree_append(&array, object);
    }
    return array;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void set_verdict(json_t **object, const struct result *result)
{
    bool is_proven = result->outcome == OUTCOME_PROVEN || result->outcome == OUTCOME_BOUND_BROKEN;
    char proof[PROOF_SIZE];
    result_proof(result, proof);
    tree_set(object, "outcome", tree_word(outcome_name(result->outcome)));
    tree_set(object, "proven", json_boolean(is_proven));
    tree_set(object, "exit_status", json_integer(result_exit_status(result)));
    tree_set(object, "signal",
             result->signal_number == 0 ? json_null() : json_integer(result->signal_number));
    tree_set(object, "proof", tree_text(proof));
}

static void set_streams(json_t **object, const struct result *result)
{
    char advice[ADVICE_SIZE];
    bool has_advice = result_held_back_advice(result, advice);
    tree_set(object, "streams_proven", tree_count(result->streams_proven));
    tree_set(object, "streams_unfinished", tree_count(result->streams_unfinished));
    tree_set(object, "streams_refused", tree_count(result->streams_refused));
    tree_set(object, "streams_unreachable", tree_count(result->streams_unreachable));
    tree_set(object, "streams_held_back", tree_count(result->streams_held_back));
    tree_set(object, "most_on_a_connection", tree_count(result->most_on_a_connection));
    tree_set(object, "advice", has_advice ? tree_text(advice) : json_null());
}

json_t *report_json_end(const struct result *result)
{
    json_t *object = json_object();
    set_verdict(&object, result);
    tree_set(&object, "elapsed_ns", json_integer(result->elapsed_ns));
    tree_set(&object, "measured_ns", json_integer(result->measured_ns));
    tree_set(&object, "measured_numbers", tree_count(result->measured_numbers));
    tree_set(&object, "counts", report_json_counts(&result->counts));
    tree_set(&object, "expected", tree_count(result->expected));
    tree_set(&object, "received", tree_count(result->counts.numbers));
    set_streams(&object, result);
    tree_set(&object, "throughput", json_real(result_throughput(result)));
    tree_set(&object, "histograms", make_histograms(result));
    tree_set(&object, "pace_ns",
             result->pace_ns == 0 ? json_null() : json_integer(result->pace_ns));
    tree_set(&object, "breaks", make_breaks(&result->breaks));
    tree_set(&object, "violations", make_violations(result));
    tree_set(&object, "unfinished", make_unfinished(result));
    tree_set(&object, "bounds", make_bounds(result));
    tree_set(&object, "peak_rss_bytes", tree_count(result->peak_rss_bytes));
    tree_set(&object, "cpu_ns", json_integer(result->cpu_ns));
    return object;
}
