/*
 * Any bytes as the file of a result, which `comms-client compare` reads: it is refused, or compared
 * with itself and with a good one.
 */
#undef NDEBUG

#include "client/compare/comparison.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char known[] =
    "{\"start\": {\"program\": \"comms-client\", \"schema_version\": 1, \"streams\": 5, "
    "\"interval_ns\": 1000000000}, \"end\": {\"outcome\": \"proven\", \"throughput\": 5.5, "
    "\"counts\": {\"breaks\": 3}, \"histograms\": {\"gap\": {\"p99_ns\": 1000}}}}";

static bool parse(struct run_file *run, const void *data, size_t size)
{
    char problem[RUN_FILE_PROBLEM_SIZE];
    void *copy = malloc(size);
    assert(copy != NULL);
    memcpy(copy, data, size);
    FILE *input = fmemopen(copy, size, "r");
    assert(input != NULL);
    bool good = run_file_parse(run, input, problem);
    assert(good == (run->root != NULL));
    (void)fclose(input);
    free(copy);
    return good;
}

static void compare(const struct run_file *a, const struct run_file *b, bool is_same)
{
    static struct comparison comparison;
    char problem[RUN_FILE_PROBLEM_SIZE];
    const struct run_file *bad = NULL;
    if (!comparison_init(&comparison, a, b, &bad, problem)) {
        assert(bad == a || bad == b);
        return;
    }
    assert(comparison.note_count <= COMPARISON_NOTES_MAX);
    for (size_t i = 0; i < comparison.row_count; i++) {
        const struct comparison_row *row = &comparison.rows[i];
        bool is_measured = comparison_row_is_measured(row);
        assert(is_measured == (row->change != CHANGE_UNKNOWN));
        assert(!is_measured || row->ratio >= 0);
        assert(!is_measured || !is_same || row->change == CHANGE_SAME);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run_file run = {.path = "run"};
    struct run_file other = {.path = "known"};
    if (size == 0 || !parse(&run, data, size)) {
        return 0;
    }
    assert(parse(&other, known, strlen(known)));
    compare(&run, &run, true);
    compare(&run, &other, false);
    compare(&other, &run, false);
    run_file_cleanup(&run);
    run_file_cleanup(&other);
    return 0;
}
