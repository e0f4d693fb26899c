#include "client/compare/run_file.h"

#include "client/measure/fail_on.h"
#include "client/report/report_json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading --------------------------------------------------------------------------------- */

static const char no_result[] = "it is no result of comms-client, as --json writes it";

static bool complain(char problem[static RUN_FILE_PROBLEM_SIZE], const char *text)
{
    (void)snprintf(problem, RUN_FILE_PROBLEM_SIZE, "%s", text);
    return false;
}

/* Passes white space over. Whether something follows it. */
static bool has_more(FILE *input)
{
    int c = fgetc(input);
    while (c != EOF && isspace(c)) {
        c = fgetc(input);
    }
    return c != EOF && ungetc(c, input) != EOF;
}

static bool is_event(const json_t *value, const char *wanted)
{
    const char *event = json_string_value(json_object_get(value, "event"));
    return event != NULL && (wanted == NULL || strcmp(event, wanted) == 0);
}

static json_t *read_value(FILE *input, char problem[static RUN_FILE_PROBLEM_SIZE])
{
    json_error_t error;
    json_t *value = json_loadf(input, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
    if (value == NULL) {
        (void)snprintf(problem, RUN_FILE_PROBLEM_SIZE, "no JSON: line %d: %.160s", error.line,
                       error.text);
    }
    return value;
}

/* The only value of the file, or the last line of --json-stream. NULL: the problem says why. */
static json_t *read_result(FILE *input, char problem[static RUN_FILE_PROBLEM_SIZE])
{
    if (!has_more(input)) {
        (void)complain(problem, ferror(input) != 0 ? strerror(errno) : "it is empty"); /* NOLINT */
        return NULL;
    }
    json_t *value = read_value(input, problem);
    bool is_stream = is_event(value, NULL);
    while (value != NULL && has_more(input)) {
        json_decref(value);
        value = NULL;
        if (!is_stream) {
            (void)complain(problem, "no JSON: something follows the first value");
            return NULL;
        }
        value = read_value(input, problem);
    }
    if (value != NULL && is_stream && !is_event(value, "end")) {
        (void)complain(problem,
                       "the run has not come to its end: there is no line of the event end");
        json_decref(value);
        return NULL;
    }
    return value;
}

static bool check(const struct run_file *run, char problem[static RUN_FILE_PROBLEM_SIZE])
{
    const json_t *version = json_object_get(run->start, "schema_version");
    if (!json_is_object(run->start) || !json_is_object(run->end) ||
        strcmp(run_file_word(run->start, "program", ""), "comms-client") != 0) {
        return complain(problem, no_result);
    }
    /* The first releases wrote no version. */
    if (version != NULL && json_integer_value(version) != REPORT_JSON_SCHEMA_VERSION) {
        char *text = json_dumps(version, JSON_ENCODE_ANY);
        (void)snprintf(problem, RUN_FILE_PROBLEM_SIZE,
                       "its schema_version is %.20s, and this comms-client reads %d: compare with "
                       "the comms-client that wrote it (%.40s)",
                       text == NULL ? "another" : text, REPORT_JSON_SCHEMA_VERSION,
                       run_file_word(run->start, "version", "unknown"));
        free(text);
        return false;
    }
    return true;
}

bool run_file_parse(struct run_file *run, FILE *input, char problem[static RUN_FILE_PROBLEM_SIZE])
{
    run->root = read_result(input, problem);
    run->start = json_object_get(run->root, "start");
    run->end = json_object_get(run->root, "end");
    if (run->root != NULL && !check(run, problem)) {
        run_file_cleanup(run);
    }
    return run->root != NULL;
}

bool run_file_read(struct run_file *run, const char *path,
                   char problem[static RUN_FILE_PROBLEM_SIZE])
{
    *run = (struct run_file){.path = path};
    if (strcmp(path, "-") == 0) {
        return run_file_parse(run, stdin, problem);
    }
    FILE *input = fopen(path, "re");
    if (input == NULL) {
        return complain(problem, strerror(errno)); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
    bool good = run_file_parse(run, input, problem);
    (void)fclose(input);
    return good;
}

void run_file_cleanup(struct run_file *run)
{
    json_decref(run->root);
    *run = (struct run_file){.path = run->path};
}

/* ---- What is in it --------------------------------------------------------------------------- */

const char *run_file_word(const json_t *object, const char *key, const char *otherwise)
{
    const char *word = json_string_value(json_object_get(object, key));
    return word == NULL ? otherwise : word;
}

enum { KEY_SIZE = 40 };

/* Times are histograms.late.p99_ns, counts are counts.breaks, rates are members of end. */
static const json_t *find_metric(const json_t *end, size_t metric, char key[static KEY_SIZE])
{
    const char *name = fail_on_metric_name(metric);
    const char *quantile = strrchr(name, '_');
    if (fail_on_is_duration(metric) && quantile != NULL) {
        char part[KEY_SIZE];
        (void)snprintf(part, sizeof part, "%.*s", (int)(quantile - name), name);
        (void)snprintf(key, KEY_SIZE, "%s_ns", quantile + 1);
        return json_object_get(json_object_get(json_object_get(end, "histograms"), part), key);
    }
    (void)snprintf(key, KEY_SIZE, "%s", name);
    return json_object_get(fail_on_is_rate(metric) ? end : json_object_get(end, "counts"), key);
}

const json_t *run_file_interval(const struct run_file *run)
{
    const json_t *known = json_object_get(run->end, "interval_ns"); /* the server announced it */
    const json_t *given = json_object_get(run->start, "interval_ns");
    return json_is_integer(known) ? known : json_is_integer(given) ? given : NULL;
}

/* Without an interval no number is late, whatever the count says. */
static bool is_meaningless(const struct run_file *run, size_t metric)
{
    const json_t *interval = run_file_interval(run);
    return strcmp(fail_on_metric_name(metric), "late") == 0 && interval != NULL &&
           json_integer_value(interval) == 0;
}

bool run_file_metric(const struct run_file *run, size_t metric, bool *ret_is_measured,
                     double *ret_value, char problem[static RUN_FILE_PROBLEM_SIZE])
{
    char key[KEY_SIZE];
    const json_t *value = find_metric(run->end, metric, key);
    bool is_none = value == NULL || json_is_null(value) || is_meaningless(run, metric);
    double number = json_number_value(value); /* 0 if it is no number */
    if (!is_none && (!json_is_number(value) || !isfinite(number) || number < 0)) {
        (void)snprintf(problem, RUN_FILE_PROBLEM_SIZE,
                       "%s of it (%s) is wrong: expected a number of at least 0, or null",
                       fail_on_metric_name(metric), key);
        return false;
    }
    *ret_is_measured = !is_none;
    *ret_value = is_none ? 0 : number;
    return true;
}
