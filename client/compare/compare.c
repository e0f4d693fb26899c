#include "client/compare/compare.h"

#include "client/compare/comparison.h"
#include "client/compare/comparison_json.h"
#include "client/compare/comparison_text.h"
#include "client/options/compare_options.h"
#include "client/report/output.h"
#include "client/report/report.h"
#include "client/report/report_file.h"
#include "shared/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool compare_is_meant(int argc, char **argv)
{
    return argc > 1 && strcmp(argv[1], compare_option_table.command) == 0;
}

static bool complain(const char *path, const char *problem)
{
    (void)fputs("comms-client: cannot compare ", stderr);
    text_write(strcmp(path, "-") == 0 ? "standard input" : path, stderr);
    (void)fputs(": ", stderr);
    text_write(problem, stderr);
    (void)fputs("\n", stderr);
    return false;
}

/* Reads both runs and compares them; the caller cleans the runs up. */
static bool read(const struct compare_options *options, struct run_file runs[static 2],
                 struct comparison *comparison)
{
    char problem[RUN_FILE_PROBLEM_SIZE];
    const struct run_file *bad = NULL;
    for (int i = 0; i < 2; i++) {
        if (!run_file_read(&runs[i], options->files[i], problem)) {
            return complain(options->files[i], problem);
        }
    }
    return comparison_init(comparison, &runs[0], &runs[1], &bad, problem) ||
           complain(bad->path, problem);
}

static int find_status(const struct comparison *comparison, const struct fail_on_list *fail_on)
{
    bool fails = false;
    for (size_t i = 0; i < fail_on->count; i++) {
        fails |= comparison_fails(comparison, &fail_on->items[i]);
    }
    return fails ? OUTCOME_FAIL_ON : EXIT_SUCCESS;
}

/* Writes text and JSON; the status that tells of a failure wins over that of the comparison. */
static int tell(const struct compare_options *options, const struct comparison *comparison,
                struct report_file *json)
{
    int status = find_status(comparison, &options->fail_on);
    struct output output = {.has_failed = false};
    bool good = report_file_begin(json);
    comparison_text_warn(comparison, stderr);
    comparison_text_print(comparison, &options->fail_on);
    good &= output_flush(&output);
    if (json->file != NULL) {
        bool written = comparison_json_write(comparison, &options->fail_on, status, json->file);
        good &= report_file_flush(json, written);
        good &= report_file_write(json, NULL, NULL);
    }
    if (good) {
        return status;
    }
    bool is_more = (output.has_failed && !output.is_closed_pipe) ||
                   (json->has_failed && !json->is_closed_pipe);
    return is_more ? EXIT_OUTPUT : EXIT_CLOSED_PIPE;
}

/* A result that is compared must not be overwritten. */
static bool is_same_file(const char *one, const char *other)
{
    struct stat a;
    struct stat b;
    return one != NULL && stat(one, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The file is opened before anything is said, as those of a run are. */
static int open_and_tell(const struct compare_options *options, const struct comparison *comparison)
{
    struct report_file json;
    for (int i = 0; i < 2; i++) {
        if (is_same_file(options->json_file, options->files[i])) {
            output_complain_of_usage("--json", options->json_file, "a file that is compared");
            return EXIT_USAGE;
        }
    }
    if (!output_is_open() || !report_file_open(&json, options->json_file)) {
        return EXIT_OUTPUT;
    }
    return tell(options, comparison, &json);
}

int compare_run(int argc, char **argv)
{
    struct compare_options options;
    struct run_file runs[2] = {{.root = NULL}, {.root = NULL}};
    enum options_result result = compare_options_parse(argc - 1, argv + 1, &options);
    if (result != OPTIONS_GO_ON) {
        return options_exit_status(result);
    }
    struct comparison *comparison = calloc(1, sizeof *comparison);
    int status = EXIT_USAGE;
    if (comparison == NULL) {
        (void)complain(options.files[0], "out of memory");
    } else if (read(&options, runs, comparison)) {
        status = open_and_tell(&options, comparison);
    }
    free(comparison);
    run_file_cleanup(&runs[0]);
    run_file_cleanup(&runs[1]);
    compare_options_cleanup(&options);
    return status;
}
