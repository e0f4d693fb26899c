#include "shared/page/exposition.h"

#include "shared/base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>

/* `quote`: the text stands between quotes, which are then escaped, too. */
static void put_escaped(FILE *file, const char *text, bool quote)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            (void)fputs("\\n", file);
        } else if (*text == '\\' || (quote && *text == '"')) {
            (void)fprintf(file, "\\%c", *text);
        } else {
            (void)fputc(*text, file);
        }
    }
}

void exposition_begin(FILE *file, const char *name, const char *type, const char *help)
{
    (void)fprintf(file, "# HELP %s ", name);
    put_escaped(file, help, false);
    (void)fprintf(file, "\n# TYPE %s %s\n", name, type);
}

/* `le` NULL: no such label. */
static void put_name(FILE *file, const char *name, const char *suffix,
                     const struct exposition_labels *labels, const char *le)
{
    const char *separator = "{";
    (void)fprintf(file, "%s%s", name, suffix);
    for (size_t i = 0; labels != NULL && i < EXPOSITION_LABELS_MAX; i++) {
        if (labels->items[i].name != NULL) {
            (void)fprintf(file, "%s%s=\"", separator, labels->items[i].name);
            put_escaped(file, labels->items[i].value, true);
            (void)fputc('"', file);
            separator = ",";
        }
    }
    if (le != NULL) {
        (void)fprintf(file, "%sle=\"%s\"", separator, le);
        separator = ",";
    }
    (void)fputs(*separator == ',' ? "} " : " ", file);
}

void exposition_put(FILE *file, const char *name, const struct exposition_labels *labels,
                    uint64_t value)
{
    put_name(file, name, "", labels, NULL);
    (void)fprintf(file, "%" PRIu64 "\n", value);
}

void exposition_put_real(FILE *file, const char *name, const struct exposition_labels *labels,
                         double value)
{
    put_name(file, name, "", labels, NULL);
    (void)fprintf(file, "%.17g\n", value);
}

void exposition_put_histogram(FILE *file, const char *name, const struct exposition_labels *labels,
                              const struct exposition_histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i < histogram->bound_count; i++) {
        char bound[32];
        (void)snprintf(bound, sizeof bound, "%g",
                       (double)histogram->bounds_ns[i] / (double)NS_PER_S);
        count += histogram->buckets[i];
        put_name(file, name, "_bucket", labels, bound);
        (void)fprintf(file, "%" PRIu64 "\n", count);
    }
    count += histogram->buckets[histogram->bound_count];
    put_name(file, name, "_bucket", labels, "+Inf");
    (void)fprintf(file, "%" PRIu64 "\n", count);
    put_name(file, name, "_sum", labels, NULL);
    (void)fprintf(file, "%.17g\n", (double)histogram->sum_ns / (double)NS_PER_S);
    put_name(file, name, "_count", labels, NULL);
    (void)fprintf(file, "%" PRIu64 "\n", count);
}

const char *exposition_word(const char *text, char word[static EXPOSITION_WORD_SIZE])
{
    size_t length = 0;
    for (; *text != '\0' && length < EXPOSITION_WORD_SIZE - 1; text++) {
        if (isalnum((unsigned char)*text)) {
            word[length++] = *text;
        } else if (length > 0 && word[length - 1] != '_') {
            word[length++] = '_';
        }
    }
    word[length] = '\0';
    return word;
}
