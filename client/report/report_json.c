#include "client/report/report_json.h"

#include "client/report/report_json_end.h"
#include "shared/base/clock.h"
#include "shared/grpc/core_version.h"
#include "shared/page/json.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

/* ---- What is known before the run ------------------------------------------------------------ */

/* In the format of RFC 3339, in UTC, with milliseconds. */
static json_t *make_time(const struct timespec *time)
{
    char date[32];
    struct tm parts;
    if (gmtime_r(&time->tv_sec, &parts) == NULL ||
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
        return NULL;
    }
    return json_sprintf("%s.%03dZ", date, (int)(time->tv_nsec / NS_PER_MS));
}

/* The uuid of a single session; null with more sessions, each of which has a random uuid. */
static json_t *make_uuid(const struct plan *plan)
{
    if (plan->mode == CLIENT_STATELESS || plan->streams > 1 || plan->duration_ns > 0) {
        return json_null();
    }
    char uuid[UUID_TEXT_SIZE];
    uuid_format(&plan->uuid, uuid);
    return json_string(uuid);
}

static json_t *make_tls(const struct tls_plan *tls)
{
    return tls->is_on ? json_string(tls->skips_verification ? "unverified" : "verified")
                      : json_null();
}

static json_t *make_chaos(const struct chaos_plan *chaos)
{
    json_t *object = json_object();
    page_json_set(&object, "cut_ns", json_integer(chaos->cut_ns));
    page_json_set(&object, "stall_fraction", json_real(chaos->stall_fraction));
    page_json_set(&object, "seed", page_json_digits(chaos->seed));
    return object;
}

static void set_options(json_t **object, const struct plan *plan)
{
    bool has_last = plan->mode == CLIENT_STATEFUL_TEST_RECONNECT;
    bool has_limit = plan->max_lateness_ns != CLOCK_NEVER;
    page_json_set(object, "target", page_json_text(plan->target));
    page_json_set(object, "tls", make_tls(&plan->tls));
    page_json_set(object, "mode", json_string(client_mode_name(plan->mode)));
    page_json_set(object, "uuid", make_uuid(plan));
    page_json_set(object, "last", has_last ? page_json_count(plan->last) : json_null());
    page_json_set(object, "streams", page_json_count(plan->streams));
    page_json_set(object, "connections", page_json_count(plan->connections));
    page_json_set(object, "numbers", page_json_count(plan->n));
    page_json_set(object, "size", page_json_count(plan->size));
    page_json_set(object, "numbers_fit", json_boolean(plan->n_fits));
    page_json_set(object, "duration_ns", json_integer(plan->duration_ns));
    page_json_set(object, "interval_ns", json_integer(plan->interval_ns));
    page_json_set(object, "ramp_ns", json_integer(plan->ramp_ns));
    page_json_set(object, "warmup_ns", json_integer(plan->warmup_ns));
    page_json_set(object, "max_lateness_ns",
                  has_limit ? json_integer(plan->max_lateness_ns) : json_null());
    page_json_set(object, "retry_timeout_ns", json_integer(plan->retry_timeout_ns));
    page_json_set(object, "stall_timeout_ns", json_integer(plan->stall_timeout_ns));
    page_json_set(object, "report_every_ns", json_integer(plan->report_every_ns));
    page_json_set(object, "chaos", make_chaos(&plan->chaos));
}

static json_t *make_start(const struct result *result)
{
    json_t *object = json_object();
    page_json_set(&object, "program", json_string("comms-client"));
    page_json_set(&object, "version", json_string(COMMS_VERSION));
    page_json_set(&object, "grpc_version", json_string(core_version_number()));
    page_json_set(&object, "began", make_time(&result->began));
    set_options(&object, result->plan);
    return object;
}

/* ---- Intervals ------------------------------------------------------------------------------- */

static void set_sample(json_t **object, const struct sample *sample)
{
    page_json_set(object, "at_ns", json_integer(sample->at_ns));
    page_json_set(object, "length_ns", json_integer(sample->length_ns));
    page_json_set(object, "live", page_json_count(sample->live));
    page_json_set(object, "waiting", page_json_count(sample->waiting));
    page_json_set(object, "live_lowest", json_real(sample->live_lowest));
    page_json_set(object, "waiting_highest", json_real(sample->waiting_highest));
    page_json_set(object, "counts", report_json_counts(&sample->counts));
}

static json_t *make_sample(const struct sample *sample)
{
    json_t *object = json_object();
    set_sample(&object, sample);
    return object;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Writes the value in one line. False with errno set: ENOMEM if the value is NULL or memory is
 * missing, otherwise the error of the write. */
static bool dump(const json_t *value, FILE *file)
{
    errno = 0;
    if (value != NULL && json_dumpf(value, file, JSON_ENCODE_ANY) == 0) {
        return true;
    }
    if (errno == 0) {
        errno = ENOMEM;
    }
    return false;
}

/* Like dump; also frees the value. */
static bool dump_new(json_t *value, FILE *file)
{
    bool good = dump(value, file);
    json_decref(value);
    return good;
}

/* Begins the line of a member of an object, or of an array if `key` is NULL. */
static bool begin_line(size_t index, int indent, const char *key, FILE *file)
{
    return fprintf(file, "%s\n%*s", index == 0 ? "" : ",", indent, "") >= 0 &&
           (key == NULL || fprintf(file, "\"%s\": ", key) >= 0);
}

static bool is_container(const json_t *value)
{
    return json_is_array(value) || json_is_object(value);
}

/* Whether the members of the value get a line each. */
static bool holds_containers(json_t *value)
{
    return json_is_array(value) ? is_container(json_array_get(value, 0))
                                : is_container(json_object_iter_value(json_object_iter(value)));
}

static bool write_lines(json_t *value, FILE *file)
{
    bool is_array = json_is_array(value);
    bool good = fputs(is_array ? "[" : "{", file) >= 0;
    size_t index = 0;
    const char *key;
    json_t *member;
    if (is_array) {
        json_array_foreach(value, index, member)
        {
            good = good && begin_line(index, 4, NULL, file) && dump(member, file);
        }
    } else {
        json_object_foreach(value, key, member)
        {
            good = good && begin_line(index++, 4, key, file) && dump(member, file);
        }
    }
    return good && fprintf(file, "\n  %s", is_array ? "]" : "}") >= 0;
}

/* Writes the member "start" or "end", and frees the value. */
static bool write_section(const char *name, json_t *section, FILE *file)
{
    if (section == NULL) {
        errno = ENOMEM;
        return false;
    }
    bool good = fprintf(file, "\"%s\": {", name) >= 0;
    size_t index = 0;
    const char *key;
    json_t *value;
    json_object_foreach(section, key, value)
    {
        good = good && begin_line(index++, 2, key, file) &&
               (holds_containers(value) ? write_lines(value, file) : dump(value, file));
    }
    json_decref(section);
    return good && fputs("\n}", file) >= 0;
}

/* Makes one interval at a time: a long run has too many to hold in memory as JSON. */
static bool write_intervals(const struct result *result, FILE *file)
{
    bool good = fputs("\"intervals\": [", file) >= 0;
    for (size_t i = 0; good && i < result->sample_count; i++) {
        good = begin_line(i, 2, NULL, file) && dump_new(make_sample(&result->samples[i]), file);
    }
    return good && fputs("\n]", file) >= 0;
}

bool report_json_write(const struct result *result, FILE *file)
{
    return fputs("{\n", file) >= 0 && write_section("start", make_start(result), file) &&
           fputs(",\n", file) >= 0 && write_intervals(result, file) && fputs(",\n", file) >= 0 &&
           write_section("end", report_json_end(result), file) && fputs("\n}\n", file) >= 0;
}

/* Without what the page has as plots and tables. */
static json_t *make_figures(const struct result *result)
{
    json_t *end = report_json_end(result);
    const char *key;
    json_t *histogram;
    (void)json_object_del(end, "course");
    (void)json_object_del(end, "violations");
    json_object_foreach(json_object_get(end, "histograms"), key, histogram)
    {
        (void)json_object_del(histogram, "buckets");
    }
    return end;
}

bool report_json_write_figures(const struct result *result, FILE *file)
{
    json_t *object = json_object();
    page_json_set(&object, "start", make_start(result));
    page_json_set(&object, "end", make_figures(result));
    errno = 0;
    bool good = object != NULL && json_dumpf(object, file, JSON_INDENT(2)) == 0;
    json_decref(object);
    if (!good && errno == 0) {
        errno = ENOMEM;
    }
    return good;
}

bool report_json_write_sample(const struct sample *sample, FILE *file)
{
    json_t *object = json_object();
    page_json_set(&object, "event", json_string("interval"));
    set_sample(&object, sample);
    return dump_new(object, file) && fputs("\n", file) >= 0;
}

bool report_json_write_end(const struct result *result, FILE *file)
{
    json_t *object = json_object();
    page_json_set(&object, "event", json_string("end"));
    page_json_set(&object, "start", make_start(result));
    page_json_set(&object, "end", report_json_end(result));
    return dump_new(object, file) && fputs("\n", file) >= 0;
}
