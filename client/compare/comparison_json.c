#include "client/compare/comparison_json.h"

#include "client/report/report_json.h"
#include "shared/page/json.h"

#include <errno.h>
#include <math.h>

/* Null: there is no such number, or it is infinite, for which JSON has no word. */
static json_t *make_number(bool has, double value)
{
    return has && isfinite(value) ? json_real(value) : json_null();
}

static json_t *make_run(const struct run_file *run)
{
    json_t *object = json_object();
    page_json_set(&object, "file", page_json_text(run->path));
    page_json_set(&object, "began", page_json_text(run_file_word(run->start, "began", "")));
    page_json_set(&object, "target", page_json_text(run_file_word(run->start, "target", "")));
    page_json_set(&object, "outcome",
                  page_json_text(run_file_word(run->end, "outcome", "unknown")));
    return object;
}

static json_t *make_warnings(const struct comparison *comparison)
{
    json_t *array = json_array();
    for (size_t i = 0; i < comparison->note_count; i++) {
        page_json_append(&array, page_json_text(comparison->notes[i]));
    }
    return array;
}

static json_t *make_metrics(const struct comparison *comparison)
{
    json_t *array = json_array();
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        json_t *object = json_object();
        page_json_set(&object, "metric", json_string(fail_on_metric_name(row->metric)));
        page_json_set(&object, "a", make_number(row->has[0], row->value[0]));
        page_json_set(&object, "b", make_number(row->has[1], row->value[1]));
        page_json_set(&object, "ratio", make_number(comparison_row_is_measured(row), row->ratio));
        page_json_set(&object, "change", json_string(change_name(row->change)));
        page_json_append(&array, object);
    }
    return array;
}

static json_t *make_conditions(const struct comparison *comparison,
                               const struct fail_on_list *fail_on)
{
    json_t *array = json_array();
    for (size_t i = 0; i < fail_on->count; i++) {
        const struct fail_on *condition = &fail_on->items[i];
        const struct comparison_row *row = &comparison->rows[condition->metric];
        json_t *object = json_object();
        page_json_set(&object, "condition", page_json_text(condition->text));
        page_json_set(&object, "ratio", make_number(comparison_row_is_measured(row), row->ratio));
        page_json_set(&object, "broken", json_boolean(comparison_fails(comparison, condition)));
        page_json_append(&array, object);
    }
    return array;
}

bool comparison_json_write(const struct comparison *comparison, const struct fail_on_list *fail_on,
                           int exit_status, FILE *file)
{
    json_t *object = json_object();
    page_json_set(&object, "schema_version", json_integer(REPORT_JSON_SCHEMA_VERSION));
    page_json_set(&object, "program", json_string("comms-client compare"));
    page_json_set(&object, "version", json_string(COMMS_VERSION));
    page_json_set(&object, "a", make_run(comparison->runs[0]));
    page_json_set(&object, "b", make_run(comparison->runs[1]));
    page_json_set(&object, "warnings", make_warnings(comparison));
    page_json_set(&object, "metrics", make_metrics(comparison));
    page_json_set(&object, "bounds", make_conditions(comparison, fail_on));
    page_json_set(&object, "exit_status", json_integer(exit_status));
    errno = 0;
    bool good =
        object != NULL && json_dumpf(object, file, JSON_INDENT(2)) == 0 && fputs("\n", file) >= 0;
    json_decref(object);
    if (!good && errno == 0) {
        errno = ENOMEM;
    }
    return good;
}
