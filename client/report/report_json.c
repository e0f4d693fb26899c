#include "client/report/report_json.h"

#include "client/report/report_json_end.h"
#include "client/report/report_json_start.h"
#include "shared/page/json.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

/* ---- Intervals ------------------------------------------------------------------------------- */

static void set_sample(json_t **object, const struct sample *sample)
{
    page_json_set(object, "at_ns", json_integer(sample->at_ns));
    page_json_set(object, "length_ns", json_integer(sample->length_ns));
    page_json_set(object, "live", page_json_count(sample->live));
    page_json_set(object, "waiting", page_json_count(sample->waiting));
    page_json_set(object, "live_lowest", page_json_count(sample->live_lowest));
    page_json_set(object, "waiting_highest", page_json_count(sample->waiting_highest));
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
           write_section("start", report_json_start(result->plan, &result->began), file) &&
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
    page_json_set(&object, "start", report_json_start(result->plan, &result->began));
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
    page_json_set(&object, "start", report_json_start(plan, began));
    return write_line(object, file);
}

bool report_json_write_server(const struct announcement *server, FILE *file)
{
    json_t *object = make_line("server");
    report_json_set_server(&object, server);
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
    page_json_set(&object, "words", page_json_text(note->words));
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
    page_json_set(&object, "start", report_json_start(result->plan, &result->began));
    page_json_set(&object, "end", report_json_end(result));
    return write_line(object, file);
}
