#include "client/compare/comparison.h"

#include "shared/page/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Metrics --------------------------------------------------------------------------------- */

/* What differs by less than this is taken for the same: two runs never measure the same times. */
static const double same_within = 0.05;

const char *change_name(enum change change)
{
    static const char *const names[] = {
        [CHANGE_SAME] = "same", [CHANGE_BETTER] = "better", [CHANGE_WORSE] = "worse",
        [CHANGE_MORE] = "more", [CHANGE_LESS] = "less",     [CHANGE_UNKNOWN] = "unknown"};
    return names[change];
}

static double find_ratio(double a, double b)
{
    if (a == 0) {
        return b == 0 ? 1 : (double)INFINITY;
    }
    return b / a;
}

/* Of faults, each one counts. */
static enum change judge(enum fail_on_wish wish, double ratio)
{
    double band = wish == FAIL_ON_NONE ? 0 : same_within;
    bool is_more = ratio > 1 + band;
    if (!is_more && ratio >= 1 - band) {
        return CHANGE_SAME;
    }
    if (wish == FAIL_ON_NEITHER) {
        return is_more ? CHANGE_MORE : CHANGE_LESS;
    }
    return is_more == (wish == FAIL_ON_MORE) ? CHANGE_BETTER : CHANGE_WORSE;
}

bool comparison_row_is_measured(const struct comparison_row *row)
{
    return row->has[0] && row->has[1];
}

/* Returns 0, or 1 + the index of the run that is bad. */
static int compare_metric(struct comparison *comparison, size_t metric,
                          char problem[static RUN_FILE_PROBLEM_SIZE])
{
    struct comparison_row *row = &comparison->rows[metric];
    row->metric = metric;
    row->change = CHANGE_UNKNOWN;
    for (int i = 0; i < 2; i++) {
        if (!run_file_metric(comparison->runs[i], metric, &row->has[i], &row->value[i], problem)) {
            return 1 + i;
        }
    }
    if (comparison_row_is_measured(row)) {
        row->ratio = find_ratio(row->value[0], row->value[1]);
        row->change = judge(fail_on_metric_wish(metric), row->ratio);
    }
    return 0;
}

/* ---- Whether the runs are alike -------------------------------------------------------------- */

static char *add_note(struct comparison *comparison)
{
    return comparison->note_count == COMPARISON_NOTES_MAX
               ? NULL
               : comparison->notes[comparison->note_count++];
}

/* Options that may differ: they name the run, or judge it. The interval is compared apart. */
static bool may_differ(const char *key)
{
    static const char *const keys[] = {
        "interval_ns",  "schema_version",  "program",         "version",
        "grpc_version", "began",           "target",          "uuid",
        "last",         "tls_server_name", "report_every_ns", "fail_on"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

enum { SHOWN_SIZE = 48 };

/* For people: times as times, everything else as JSON has it, strings without quotes. */
static void show(const char *key, const json_t *value, char text[static SHOWN_SIZE])
{
    size_t length = strlen(key);
    if (json_is_integer(value) && json_integer_value(value) >= 0 && length > 3 &&
        strcmp(key + length - 3, "_ns") == 0) {
        char time[FORMAT_SIZE];
        (void)snprintf(text, SHOWN_SIZE, "%s", format_duration(json_integer_value(value), time));
        return;
    }
    char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
    bool is_whole = dumped != NULL && strlen(dumped) < SHOWN_SIZE - 4;
    (void)snprintf(text, SHOWN_SIZE, "%.*s%s", SHOWN_SIZE - 4, dumped == NULL ? "" : dumped,
                   is_whole ? "" : "...");
    free(dumped);
}

static void note_difference(struct comparison *comparison, const char *key, const json_t *a,
                            const json_t *b)
{
    char *note = add_note(comparison);
    char shown[2][SHOWN_SIZE];
    if (note != NULL) {
        show(key, a, shown[0]);
        show(key, b, shown[1]);
        (void)snprintf(note, COMPARISON_NOTE_SIZE,
                       "the runs are not alike: %.30s is %s in A, %s in B", key, shown[0],
                       shown[1]);
    }
}

/* The seed may differ. */
static void find_other_chaos(struct comparison *comparison, const json_t *a, const json_t *b)
{
    static const char *const keys[][2] = {{"cut_ns", "chaos.cut_ns"},
                                          {"stall_fraction", "chaos.stall_fraction"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(a, keys[i][0]);
        const json_t *other = json_object_get(b, keys[i][0]);
        if (value != NULL && other != NULL && !json_equal(value, other)) {
            note_difference(comparison, keys[i][1], value, other);
        }
    }
}

/* Whatever the runs say of their options: a member that only one has was not known to the other. */
static void find_differences(struct comparison *comparison, json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    json_object_foreach(a, key, value)
    {
        const json_t *other = json_object_get(b, key);
        if (strcmp(key, "chaos") == 0) {
            find_other_chaos(comparison, value, other);
        } else if (other != NULL && !may_differ(key) && !json_equal(value, other)) {
            note_difference(comparison, key, value, other);
        }
    }
}

/* Whether it was given or announced does not matter. */
static void find_other_interval(struct comparison *comparison)
{
    const json_t *a = run_file_interval(comparison->runs[0]);
    const json_t *b = run_file_interval(comparison->runs[1]);
    if (a != NULL && b != NULL && !json_equal(a, b)) {
        note_difference(comparison, "interval_ns", a, b);
    }
}

static void find_verdict(struct comparison *comparison, int index)
{
    const char *outcome = run_file_word(comparison->runs[index]->end, "outcome", "unknown");
    if (strcmp(outcome, "proven") == 0 || strcmp(outcome, "bound_broken") == 0) {
        return;
    }
    char *note = add_note(comparison);
    if (note != NULL) {
        (void)snprintf(note, COMPARISON_NOTE_SIZE,
                       "%c is not proven, its outcome is %.40s: its figures may be of a part",
                       'A' + index, outcome);
    }
}

/* ---- Together -------------------------------------------------------------------------------- */

bool comparison_init(struct comparison *comparison, const struct run_file *a,
                     const struct run_file *b, const struct run_file **ret_bad,
                     char problem[static RUN_FILE_PROBLEM_SIZE])
{
    *comparison = (struct comparison){.runs = {a, b}, .row_count = fail_on_metric_count()};
    for (size_t i = 0; i < comparison->row_count; i++) {
        int bad = compare_metric(comparison, i, problem);
        if (bad > 0) {
            *ret_bad = comparison->runs[bad - 1];
            return false;
        }
    }
    find_verdict(comparison, 0);
    find_verdict(comparison, 1);
    find_differences(comparison, a->start, b->start);
    find_other_interval(comparison);
    return true;
}

bool comparison_fails(const struct comparison *comparison, const struct fail_on *condition)
{
    const struct comparison_row *row = &comparison->rows[condition->metric];
    return comparison_row_is_measured(row) ? fail_on_is_met(condition, row->ratio)
                                           : !condition->or_none;
}
