/*
 * The result of a run as it is read back: a file of --json, or of --json-stream, whose last line
 * has the same. For one thread.
 */
#ifndef COMMS_CLIENT_COMPARE_RUN_FILE_H
#define COMMS_CLIENT_COMPARE_RUN_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { RUN_FILE_PROBLEM_SIZE = 320 };

struct run_file {
    const char *path; /* - is standard input; not owned */
    json_t *root;     /* owned */
    json_t *start;    /* of root: an object, as is end */
    json_t *end;
};

/*
 * Reads the file. False: the problem says why, in bytes of any kind; there is nothing to clean up.
 * Any input is refused or read; members that are missing or unknown do not matter.
 */
bool run_file_read(struct run_file *run, const char *path,
                   char problem[static RUN_FILE_PROBLEM_SIZE]);

/* The same of an input that is open; the caller closes it. */
bool run_file_parse(struct run_file *run, FILE *input, char problem[static RUN_FILE_PROBLEM_SIZE]);

void run_file_cleanup(struct run_file *run);

/* A word of start or end; `otherwise` if there is none. Valid as long as the run. */
const char *run_file_word(const json_t *object, const char *key, const char *otherwise);

/* The interval, nanoseconds, by which lateness was judged; NULL: the file has none. */
const json_t *run_file_interval(const struct run_file *run);

/*
 * Finds the value of a metric of client/measure/fail_on. *ret_is_measured is false if the file has
 * none, or null. False: it is no number that can be, and the problem says which.
 */
bool run_file_metric(const struct run_file *run, size_t metric, bool *ret_is_measured,
                     double *ret_value, char problem[static RUN_FILE_PROBLEM_SIZE]);

#endif
