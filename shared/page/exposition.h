/*
 * Writes Prometheus's text format, version 0.0.4. Failures to write stay in the file (ferror). For
 * one thread.
 */
#ifndef COMMS_SHARED_PAGE_EXPOSITION_H
#define COMMS_SHARED_PAGE_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum { EXPOSITION_LABELS_MAX = 4 };

/* The labels of a sample, ended by one without a name. A value may be any UTF-8. */
struct exposition_labels {
    struct {
        const char *name;
        const char *value;
    } items[EXPOSITION_LABELS_MAX];
};

/* A histogram of durations: `buckets` has an entry for each bound, and one beyond. */
struct exposition_histogram {
    size_t bound_count;
    const int64_t *bounds_ns;
    const uint64_t *buckets;
    uint64_t sum_ns;
};

/* Begins a metric; its samples follow. `type` is counter, gauge, histogram or summary. */
void exposition_begin(FILE *file, const char *name, const char *type, const char *help);

/* A sample of the metric. `labels` NULL: none. */
void exposition_put(FILE *file, const char *name, const struct exposition_labels *labels,
                    uint64_t value);
void exposition_put_real(FILE *file, const char *name, const struct exposition_labels *labels,
                         double value);

/* The samples of a histogram with these labels, in seconds. */
void exposition_put_histogram(FILE *file, const char *name, const struct exposition_labels *labels,
                              const struct exposition_histogram *histogram);

/* Writes a word for a label out of a text: each run of characters that are no letters or digits
 * becomes '_'. Returns `word`. */
enum { EXPOSITION_WORD_SIZE = 64 };
const char *exposition_word(const char *text, char word[static EXPOSITION_WORD_SIZE]);

#endif
