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

/* The name that the server must prove; null if it has none, or need not. */
static json_t *make_tls_name(const struct tls_plan *tls)
{
    return tls->is_on && tls->name[0] != '\0' ? page_json_text(tls->name) : json_null();
}

static json_t *make_fail_on(const struct fail_on_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        page_json_append(&array, page_json_text(list->items[i].text));
    }
    return array;
}

static json_t *make_chaos(const struct chaos_plan *chaos)
{
    json_t *object = json_object();
    page_json_set(&object, "cut_ns", json_integer(chaos->cut_ns));
    page_json_set(&object, "stall_fraction", json_real(chaos->stall_fraction));
    page_json_set(&object, "seed", page_json_digits(chaos->seed));
    return object;
}

/* The names of the headers: their values may be secrets. */
static json_t *make_header_names(const struct header_list *headers)
{
    json_t *array = json_array();
    for (size_t i = 0; i < headers->count; i++) {
        page_json_append(&array, json_string(headers->items[i].name));
    }
    return array;
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : page_json_text(text);
}

static void set_channel(json_t **object, const struct channel_plan *channel)
{
    static const char *const families[] = {
        [ADDRESS_ANY] = NULL, [ADDRESS_IPV4] = "ipv4", [ADDRESS_IPV6] = "ipv6"};
    page_json_set(object, "address_family", text_or_null(families[channel->family]));
    page_json_set(object, "load_balancing",
                  json_string(channel->is_round_robin ? "round_robin" : "pick_first"));
    page_json_set(object, "headers", make_header_names(&channel->headers));
    page_json_set(object, "authority", text_or_null(channel->authority));
    page_json_set(object, "user_agent", text_or_null(channel->user_agent));
}

static void set_options(json_t **object, const struct plan *plan)
{
    bool has_last = plan->mode == CLIENT_STATEFUL_TEST_RECONNECT;
    bool has_limit = plan->max_lateness_ns != CLOCK_NEVER;
    page_json_set(object, "target", page_json_text(plan->target));
    page_json_set(object, "tls", make_tls(&plan->tls));
    page_json_set(object, "tls_server_name", make_tls_name(&plan->tls));
    set_channel(object, &plan->channel);
    page_json_set(object, "mode", json_string(client_mode_name(plan->mode)));
    page_json_set(object, "uuid", make_uuid(plan));
    page_json_set(object, "last", has_last ? page_json_count(plan->last) : json_null());
    page_json_set(object, "streams", page_json_count(plan->streams));
    page_json_set(object, "connections", page_json_count(plan->connections));
    page_json_set(object, "numbers", page_json_count(plan->n));
    page_json_set(object, "size", page_json_count(plan->size));
    page_json_set(object, "numbers_fit", json_boolean(plan->n_fits));
    page_json_set(object, "duration_ns", json_integer(plan->duration_ns));
    page_json_set(object, "interval_ns",
                  plan->interval_is_given ? json_integer(plan->interval_ns) : json_null());
    page_json_set(object, "rate_interval_ns",
                  plan->wish_ns == 0 ? json_null() : json_integer(plan->wish_ns));
    page_json_set(object, "ramp_ns", json_integer(plan->ramp_ns));
    page_json_set(object, "warmup_ns", json_integer(plan->warmup_ns));
    page_json_set(object, "max_lateness_ns",
                  has_limit ? json_integer(plan->max_lateness_ns) : json_null());
    page_json_set(object, "connect_timeout_ns", json_integer(plan->connect_timeout_ns));
    page_json_set(object, "retry_connect", json_boolean(plan->retries_connect));
    page_json_set(object, "retry_timeout_ns", json_integer(plan->retry_timeout_ns));
    page_json_set(object, "stall_timeout_ns", json_integer(plan->stall_timeout_ns));
    page_json_set(object, "report_every_ns", json_integer(plan->report_every_ns));
    page_json_set(object, "chaos", make_chaos(&plan->chaos));
    page_json_set(object, "fail_on", make_fail_on(&plan->fail_on));
}

static json_t *make_start(const struct plan *plan, const struct timespec *began)
{
    json_t *object = json_object();
    page_json_set(&object, "schema_version", json_integer(REPORT_JSON_SCHEMA_VERSION));
    page_json_set(&object, "program", json_string("comms-client"));
    page_json_set(&object, "version", json_string(COMMS_VERSION));
    page_json_set(&object, "grpc_version", json_string(core_version_number()));
    page_json_set(&object, "began", make_time(began));
    set_options(&object, plan);
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
    return fputs("{\n", file) >= 0 &&
           write_section("start", make_start(result->plan, &result->began), file) &&
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
    page_json_set(&object, "start", make_start(result->plan, &result->began));
    page_json_set(&object, "end", make_figures(result));
    errno = 0;
    bool good = object != NULL && json_dumpf(object, file, JSON_INDENT(2)) == 0;
    json_decref(object);
    if (!good && errno == 0) {
        errno = ENOMEM;
    }
    return good;
}

/* ---- Lines of --json-stream ------------------------------------------------------------------ */

static json_t *make_line(const char *event)
{
    json_t *object = json_object();
    page_json_set(&object, "event", json_string(event));
    return object;
}

static bool write_line(json_t *object, FILE *file)
{
    return dump_new(object, file) && fputs("\n", file) >= 0;
}

bool report_json_write_start(const struct plan *plan, const struct timespec *began, FILE *file)
{
    json_t *object = make_line("start");
    page_json_set(&object, "start", make_start(plan, began));
    return write_line(object, file);
}

bool report_json_write_sample(const struct sample *sample, FILE *file)
{
    json_t *object = make_line("interval");
    set_sample(&object, sample);
    return write_line(object, file);
}

static bool write_break(const struct break_note *note, FILE *file)
{
    json_t *object = make_line(note->had_lived ? "breaks" : "failed_attempts");
    page_json_set(&object, "at_ns", json_integer(note->at_ns));
    report_json_set_kind(&object, note->kind);
    page_json_set(&object, "count", page_json_count(note->count));
    page_json_set(&object, "address", page_json_text(note->address));
    return write_line(object, file);
}

bool report_json_write_breaks(const struct break_notes *notes, FILE *file)
{
    bool good = true;
    for (size_t i = 0; good && i < notes->count; i++) {
        good = write_break(&notes->rows[i], file);
    }
    if (!good || notes->others == 0) {
        return good;
    }
    json_t *object = make_line("other_breaks");
    page_json_set(&object, "count", page_json_count(notes->others));
    return write_line(object, file);
}

bool report_json_write_end(const struct result *result, FILE *file)
{
    json_t *object = make_line("end");
    page_json_set(&object, "start", make_start(result->plan, &result->began));
    page_json_set(&object, "end", report_json_end(result));
    return write_line(object, file);
}
