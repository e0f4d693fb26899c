#include "client/report/report_json_end.h"

#include "client/measure/fail_on.h"
#include "client/report/break_text.h"
#include "client/report/result_text.h"
#include "client/report/violation_text.h"
#include "shared/page/json.h"

json_t *report_json_counts(const struct counts *counts)
{
    json_t *object = json_object();
    page_json_set(&object, "numbers", page_json_count(counts->numbers));
    page_json_set(&object, "bytes", page_json_count(counts->bytes));
    page_json_set(&object, "resumes", page_json_count(counts->resumes));
    page_json_set(&object, "breaks", page_json_count(counts->breaks));
    page_json_set(&object, "failed_attempts", page_json_count(counts->failed_attempts));
    page_json_set(&object, "late", page_json_count(counts->late));
    page_json_set(&object, "lost", page_json_count(counts->lost));
    page_json_set(&object, "repeated", page_json_count(counts->repeated));
    page_json_set(&object, "reordered", page_json_count(counts->reordered));
    page_json_set(&object, "corrupt", page_json_count(counts->corrupt));
    page_json_set(&object, "violations", page_json_count(counts->violations));
    page_json_set(&object, "sessions_started", page_json_count(counts->started));
    page_json_set(&object, "sessions_finished", page_json_count(counts->finished));
    return object;
}

/* ---- Histograms ------------------------------------------------------------------------------ */

/* A duration of the histogram; null if that is empty. */
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
            page_json_append(&pair, json_integer(histogram_bucket_start(i)));
            page_json_append(&pair, page_json_count(histogram->buckets[i]));
            page_json_append(&array, pair);
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
    page_json_set(&object, "count", page_json_count(histogram->count));
    page_json_set(&object, "min_ns", histogram_time(histogram, histogram->min));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ns = histogram_quantile(histogram, rows[i].quantile);
        page_json_set(&object, rows[i].key, histogram_time(histogram, ns));
    }
    page_json_set(&object, "max_ns", histogram_time(histogram, histogram->max));
    page_json_set(&object, "buckets", make_buckets(histogram));
    return object;
}

static json_t *make_histograms(const struct result *result)
{
    json_t *object = json_object();
    page_json_set(&object, "first", make_histogram(&result->first));
    page_json_set(&object, "resume", make_histogram(&result->resume));
    page_json_set(&object, "gap", make_histogram(&result->gap));
    page_json_set(&object, "late", make_histogram(&result->late));
    return object;
}

/* ---- Breaks ---------------------------------------------------------------------------------- */

static json_t *make_spread(struct spread spread)
{
    json_t *object = json_object();
    page_json_set(&object, "median_ns", json_integer(spread.median_ns));
    page_json_set(&object, "half_width_ns", json_integer(spread.half_width_ns));
    return object;
}

void report_json_set_kind(json_t **object, struct break_kind kind)
{
    enum break_cause cause = kind.cause;
    bool has_code = cause == BREAK_RST_STREAM || cause == BREAK_HTTP || cause == BREAK_STATUS;
    char name[BREAK_NAME_SIZE];
    break_name(kind, name);
    page_json_set(object, "cause", json_string(break_cause_name(cause)));
    page_json_set(object, "code", has_code ? page_json_count(kind.code) : json_null());
    page_json_set(object, "name", page_json_text(name));
}

static json_t *make_break(const struct break_row *row, bool had_lived)
{
    char hint[BREAK_HINT_SIZE];
    json_t *object = json_object();
    report_json_set_kind(&object, row->kind);
    page_json_set(&object, "words", page_json_text(row->words));
    page_json_set(&object, "count", page_json_count(row->count));
    page_json_set(&object, "age", make_spread(break_row_ages(row)));
    page_json_set(&object, "silence", make_spread(break_row_silences(row)));
    page_json_set(&object, "hint",
                  break_row_hint(row, had_lived, hint) ? page_json_text(hint) : json_null());
    return object;
}

static json_t *make_breaks(const struct break_table *breaks, bool had_lived)
{
    json_t *array = json_array();
    for (size_t i = 0; i < breaks->row_count; i++) {
        page_json_append(&array, make_break(&breaks->rows[i], had_lived));
    }
    return array;
}

static json_t *make_addresses(const struct address_table *addresses)
{
    json_t *array = json_array();
    for (size_t i = 0; i < addresses->count; i++) {
        const struct address_row *row = &addresses->rows[i];
        json_t *object = json_object();
        page_json_set(&object, "address", page_json_text(row->address));
        page_json_set(&object, "connections",
                      address_row_knows_connections(row) ? page_json_count(row->connections)
                                                         : json_null());
        page_json_set(&object, "streams", page_json_count(row->streams));
        page_json_append(&array, object);
    }
    return array;
}

static json_t *make_course(const struct course *course)
{
    json_t *array = json_array();
    for (size_t i = 0; i < course->count; i++) {
        const struct course_point *point = &course->points[i];
        json_t *object = json_object();
        page_json_set(&object, "begin_ns", json_integer(point->begin_ns));
        page_json_set(&object, "end_ns", json_integer(point->end_ns));
        page_json_set(&object, "live", json_real(point->live));
        page_json_set(&object, "waiting", json_real(point->waiting));
        page_json_append(&array, object);
    }
    return array;
}

/* ---- Violations, unfinished streams, conditions ---------------------------------------------- */

static json_t *make_violation(const struct violation *violation)
{
    char uuid[UUID_TEXT_SIZE];
    char text[VIOLATION_TEXT_SIZE];
    uuid_format(&violation->uuid, uuid);
    violation_describe(violation, text);
    json_t *object = json_object();
    page_json_set(&object, "kind", page_json_word(violation_kind_name(violation->kind)));
    page_json_set(&object, "stream", page_json_count(violation->stream));
    page_json_set(&object, "uuid", violation->has_uuid ? json_string(uuid) : json_null());
    page_json_set(&object, "position", page_json_count(violation->position));
    page_json_set(&object, "amount", page_json_count(violation->amount));
    page_json_set(&object, "expected",
                  violation->has_expected ? page_json_digits(violation->expected) : json_null());
    page_json_set(&object, "received",
                  violation->has_received ? page_json_digits(violation->received) : json_null());
    page_json_set(&object, "connection", page_json_count(violation->connection));
    page_json_set(&object, "address", page_json_text(violation->address));
    page_json_set(&object, "at_ns", json_integer(violation->at_ns));
    page_json_set(&object, "after_resume", json_boolean(violation->after_resume));
    page_json_set(&object, "text", page_json_text(text));
    return object;
}

static json_t *make_violations(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->violation_count; i++) {
        page_json_append(&array, make_violation(&result->violations[i]));
    }
    return array;
}

static json_t *make_unfinished(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->unfinished_count; i++) {
        const struct unfinished *unfinished = &result->unfinished[i];
        json_t *object = json_object();
        page_json_set(&object, "outcome", page_json_word(outcome_name(unfinished->outcome)));
        page_json_set(&object, "streams", page_json_count(unfinished->streams));
        page_json_set(&object, "stream", page_json_count(unfinished->first));
        page_json_set(&object, "reason", page_json_text(unfinished->reason));
        page_json_append(&array, object);
    }
    return array;
}

static json_t *make_conditions(const struct result *result)
{
    const struct fail_on_list *list = &result->plan->fail_on;
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct fail_on *condition = &list->items[i];
        char text[FORMAT_SIZE];
        fail_on_format_value(condition, result, text);
        json_t *object = json_object();
        page_json_set(&object, "condition", page_json_text(condition->text));
        page_json_set(&object, "value",
                      fail_on_is_measured(condition, result)
                          ? json_real(fail_on_value(condition, result))
                          : json_null());
        page_json_set(&object, "text", page_json_text(text));
        page_json_set(&object, "broken", json_boolean(fail_on_holds(condition, result)));
        page_json_append(&array, object);
    }
    return array;
}

/* ---- The server ------------------------------------------------------------------------------ */

void report_json_set_server(json_t **object, const struct announcement *server)
{
    const struct {
        const char *key;
        enum announced field;
        int64_t value;
    } numbers[] = {{"interval_ns", ANNOUNCED_INTERVAL, server->interval_ns},
                   {"min_interval_ns", ANNOUNCED_MIN_INTERVAL, server->min_interval_ns},
                   {"max_size", ANNOUNCED_MAX_SIZE, server->max_size},
                   {"max_numbers", ANNOUNCED_MAX_NUMBERS, server->max_numbers},
                   {"session_timeout_ns", ANNOUNCED_SESSION_TIMEOUT, server->session_timeout_ns}};
    const bool has_mode = announcement_has(server, ANNOUNCED_MODE);
    page_json_set(object, "version",
                  announcement_has(server, ANNOUNCED_VERSION) ? json_string(server->version)
                                                              : json_null());
    page_json_set(object, "mode", has_mode ? json_string(mode_name(server->mode)) : json_null());
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        page_json_set(object, numbers[i].key,
                      announcement_has(server, numbers[i].field) ? json_integer(numbers[i].value)
                                                                 : json_null());
    }
}

static json_t *make_server(const struct result *result)
{
    if (result->server.has == 0) {
        return json_null();
    }
    json_t *object = json_object();
    report_json_set_server(&object, &result->server);
    page_json_set(&object, "others_differ", json_boolean(result->servers_differ));
    return object;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void set_verdict(json_t **object, const struct result *result)
{
    bool is_proven = result->outcome == OUTCOME_PROVEN || result->outcome == OUTCOME_FAIL_ON;
    char proof[PROOF_SIZE];
    result_proof(result, proof);
    page_json_set(object, "outcome", page_json_word(outcome_name(result->outcome)));
    page_json_set(object, "proven", json_boolean(is_proven));
    page_json_set(object, "exit_status", json_integer(result_exit_status(result)));
    page_json_set(object, "signal",
                  result->signal_number == 0 ? json_null() : json_integer(result->signal_number));
    page_json_set(object, "proof", page_json_text(proof));
}

static void set_streams(json_t **object, const struct result *result)
{
    char advice[ADVICE_SIZE];
    bool has_advice = result_held_back_advice(result, advice);
    page_json_set(object, "streams_proven", page_json_count(result->streams_proven));
    page_json_set(object, "streams_unfinished", page_json_count(result->streams_unfinished));
    page_json_set(object, "streams_refused", page_json_count(result->streams_refused));
    page_json_set(object, "streams_unreachable", page_json_count(result->streams_unreachable));
    page_json_set(object, "streams_held_back", page_json_count(result->streams_held_back));
    page_json_set(object, "most_on_a_connection", page_json_count(result->most_on_a_connection));
    page_json_set(object, "advice", has_advice ? page_json_text(advice) : json_null());
}

json_t *report_json_end(const struct result *result)
{
    json_t *object = json_object();
    set_verdict(&object, result);
    page_json_set(&object, "server", make_server(result));
    page_json_set(&object, "interval_ns", json_integer(result->interval_ns));
    page_json_set(&object, "elapsed_ns", json_integer(result->elapsed_ns));
    page_json_set(&object, "measured_ns", json_integer(result->measured_ns));
    page_json_set(&object, "measured_numbers", page_json_count(result->measured_numbers));
    page_json_set(&object, "counts", report_json_counts(&result->counts));
    page_json_set(&object, "expected", page_json_count(result->expected));
    page_json_set(&object, "received", page_json_count(result->counts.numbers));
    set_streams(&object, result);
    page_json_set(&object, "throughput",
                  result_has_throughput(result) ? json_real(result_throughput(result))
                                                : json_null());
    page_json_set(&object, "throughput_bytes",
                  result_has_bytes_throughput(result) ? json_real(result_bytes_throughput(result))
                                                      : json_null());
    page_json_set(&object, "histograms", make_histograms(result));
    page_json_set(&object, "pace_ns",
                  result->pace_ns == 0 ? json_null() : json_integer(result->pace_ns));
    page_json_set(&object, "addresses", make_addresses(&result->addresses));
    page_json_set(&object, "breaks", make_breaks(&result->breaks, true));
    page_json_set(&object, "failed_attempts", make_breaks(&result->failed_attempts, false));
    page_json_set(&object, "course", make_course(&result->course));
    page_json_set(&object, "violations", make_violations(result));
    page_json_set(&object, "unfinished", make_unfinished(result));
    page_json_set(&object, "bounds", make_conditions(result));
    page_json_set(&object, "peak_rss_bytes", page_json_count(result->peak_rss_bytes));
    page_json_set(&object, "cpu_ns", json_integer(result->cpu_ns));
    return object;
}
