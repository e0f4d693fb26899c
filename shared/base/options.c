#define _GNU_SOURCE /* getopt_long_only */

#include "shared/base/options.h"

#include "shared/base/number.h"
#include "shared/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 48,
    NAME_SIZE = 64,
    WANTED_SIZE = 160,
    /* What getopt returns for row i is FIRST_ROW + i: above every character. */
    FIRST_ROW = 256,
    HELP = FIRST_ROW + ROWS_MAX,
    VERSION,
    HELP_COLUMN = 28
};

enum options_result options_complain(const struct options *options, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text_make_printable(text);
    (void)fprintf(stderr, "%s: %s\n", options->program, text);
    return OPTIONS_WRONG;
}

void texts_cleanup(struct texts *texts)
{
    free(texts->items);
    *texts = (struct texts){0};
}

static bool texts_add(struct texts *texts, const char *text)
{
    const char **items = realloc(texts->items, (texts->count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    texts->items = items;
    texts->items[texts->count++] = text;
    return true;
}

/* Writes what a value of this row must be. */
static void describe_wanted(const struct option_row *row, char wanted[static WANTED_SIZE])
{
    switch (row->kind) {
    case OPTION_NUMBER:
        (void)snprintf(wanted, WANTED_SIZE, "a number from %" PRIu64 " to %" PRIu64, row->min,
                       row->max);
        return;
    case OPTION_DURATION:
        (void)snprintf(wanted, WANTED_SIZE, "a duration such as 250ms, 2s or 5m%s",
                       row->min == 0 ? ", or 0" : "");
        return;
    case OPTION_CHOICE: {
        size_t used = (size_t)snprintf(wanted, WANTED_SIZE, "one of");
        for (size_t i = 0; row->choices[i] != NULL && used < WANTED_SIZE; i++) {
            used += (size_t)snprintf(wanted + used, WANTED_SIZE - used, "%s %s", i == 0 ? "" : ",",
                                     row->choices[i]);
        }
        return;
    }
    case OPTION_HEADING:
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_TEXTS:
        (void)snprintf(wanted, WANTED_SIZE, "%s", row->argument == NULL ? "1" : row->argument);
        return;
    }
}

static bool set_duration(const struct option_row *row, const char *text, int64_t *value)
{
    int64_t ns;
    if (duration_parse(text, strlen(text), &ns) != NUMBER_OK || (uint64_t)ns < row->min) {
        return false;
    }
    *value = ns;
    return true;
}

static bool set_number(const struct option_row *row, const char *text, uint64_t *value)
{
    uint64_t number;
    if (number_parse(text, strlen(text), row->max, &number) != NUMBER_OK || number < row->min) {
        return false;
    }
    *value = number;
    return true;
}

static bool set_choice(const struct option_row *row, const char *text, size_t *value)
{
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(text, row->choices[i]) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

/* Sets the row's value from the text; false if the row takes no such text. */
static bool set_value(const struct option_row *row, const char *text, void *values)
{
    void *value = (char *)values + row->field;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)value = true;
        return text == NULL || strcmp(text, "1") == 0;
    case OPTION_NUMBER:
        return set_number(row, text, value);
    case OPTION_DURATION:
        return set_duration(row, text, value);
    case OPTION_CHOICE:
        return set_choice(row, text, value);
    case OPTION_TEXT:
        *(const char **)value = text;
        return text[0] != '\0';
    case OPTION_TEXTS:
        return text[0] != '\0' && texts_add(value, text);
    case OPTION_HEADING:
        break;
    }
    return false;
}

static enum options_result complain_of_value(const struct options *options,
                                             const struct option_row *row, const char *name,
                                             const char *text)
{
    char wanted[WANTED_SIZE];
    describe_wanted(row, wanted);
    return options_complain(options, "invalid %s '%s': expected %s", name, text, wanted);
}

static void environment_name(const struct options *options, const struct option_row *row,
                             char name[static NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "%s_%s", options->environment, row->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
    }
}

static enum options_result read_environment(const struct options *options, void *values,
                                            const bool seen[static ROWS_MAX])
{
    for (size_t i = 0; i < options->row_count; i++) {
        const struct option_row *row = &options->rows[i];
        if (row->kind == OPTION_HEADING || seen[i]) {
            continue;
        }
        char name[NAME_SIZE];
        environment_name(options, row, name);
        const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): one thread so far */
        if (text != NULL && !set_value(row, text, values)) {
            return complain_of_value(options, row, name, text);
        }
    }
    return OPTIONS_GO_ON;
}

static void print_row(const struct option_row *row)
{
    if (row->kind == OPTION_HEADING) {
        (void)printf("\n%s:\n", row->help);
        return;
    }
    char left[NAME_SIZE * 2];
    char letter[] = {'-', row->letter, ',', ' ', '\0'};
    (void)snprintf(left, sizeof left, "  %s--%s%s%s", row->letter == 0 ? "    " : letter, row->name,
                   row->argument == NULL ? "" : " ", row->argument == NULL ? "" : row->argument);
    (void)printf("%-*s", HELP_COLUMN, left);
    if (strlen(left) > HELP_COLUMN - 2) {
        (void)printf("\n%-*s", HELP_COLUMN, "");
    }
    for (const char *c = row->help; *c != '\0'; c++) {
        (void)putchar(*c);
        if (*c == '\n') {
            (void)printf("%-*s", HELP_COLUMN, "");
        }
    }
    (void)putchar('\n');
}

static void print_help(const struct options *options)
{
    (void)printf("Usage: %s %s\n\n%s\n", options->program, options->usage, options->description);
    for (size_t i = 0; i < options->row_count; i++) {
        print_row(&options->rows[i]);
    }
    (void)printf("\nOthers:\n");
    print_row(&(struct option_row){
        .kind = OPTION_FLAG, .name = "help", .letter = 'h', .help = "print this help and exit"});
    print_row(&(struct option_row){.kind = OPTION_FLAG,
                                   .name = "version",
                                   .letter = 'V',
                                   .help = "print the version and exit"});
    (void)printf("\n%s", options->ending);
}

static void print_version(const struct options *options)
{
    (void)printf("%s %s", options->program, COMMS_VERSION);
    if (options->describe_libraries != NULL) {
        char libraries[64];
        options->describe_libraries(libraries, sizeof libraries);
        (void)printf(" (%s)", libraries);
    }
    (void)putchar('\n');
}

/* Flushes what was asked for: a full disk is no success. */
static enum options_result printed(const struct options *options)
{
    if (fflush(stdout) != 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread so far */
        return options_complain(options, "cannot write the output: %s", strerror(errno));
    }
    return OPTIONS_DONE;
}

struct getopt_tables {
    struct option names[ROWS_MAX + 3];
    char letters[2 * ROWS_MAX + 8];
};

static void fill_tables(const struct options *options, struct getopt_tables *tables)
{
    size_t names = 0;
    size_t letters = 0;
    tables->letters[letters++] = ':'; /* tells a missing value from an unknown option */
    tables->letters[letters++] = 'h';
    tables->letters[letters++] = 'V';
    for (size_t i = 0; i < options->row_count; i++) {
        const struct option_row *row = &options->rows[i];
        if (row->kind == OPTION_HEADING) {
            continue;
        }
        bool has_value = row->kind != OPTION_FLAG;
        tables->names[names++] = (struct option){
            row->name, has_value ? required_argument : no_argument, NULL, (int)(FIRST_ROW + i)};
        if (row->letter != 0) {
            tables->letters[letters++] = row->letter;
            if (has_value) {
                tables->letters[letters++] = ':';
            }
        }
    }
    tables->names[names++] = (struct option){"help", no_argument, NULL, HELP};
    tables->names[names++] = (struct option){"version", no_argument, NULL, VERSION};
    tables->names[names] = (struct option){0};
    tables->letters[letters] = '\0';
}

/* The row of a code of getopt, which is FIRST_ROW + i or a letter; row_count: there is none. */
static size_t find_row(const struct options *options, int code)
{
    if (code >= FIRST_ROW) {
        size_t row = (size_t)(code - FIRST_ROW);
        return row < options->row_count ? row : options->row_count;
    }
    for (size_t i = 0; i < options->row_count; i++) {
        if (code != 0 && options->rows[i].letter == code) {
            return i;
        }
    }
    return options->row_count;
}

static enum options_result complain_of_option(const struct options *options, int code,
                                              const char *word)
{
    size_t i = find_row(options, optopt);
    if (i < options->row_count && code == ':') {
        char wanted[WANTED_SIZE];
        describe_wanted(&options->rows[i], wanted);
        return options_complain(options, "option --%s needs a value: expected %s",
                                options->rows[i].name, wanted);
    }
    if (i < options->row_count) {
        return options_complain(options, "option --%s takes no value", options->rows[i].name);
    }
    if (optopt > 0 && optopt < FIRST_ROW) {
        /* A letter may stand in a bundle such as -qz; `word` is then another word. */
        return options_complain(options, "unknown option '-%c' (try --help)", optopt);
    }
    return options_complain(options, "unknown option '%s' (try --help)", word);
}

static enum options_result read_command_line(const struct options *options, int argc, char **argv,
                                             void *values, bool seen[static ROWS_MAX])
{
    struct getopt_tables tables;
    fill_tables(options, &tables);
    opterr = 0;
    optind = 0; /* glibc: begin anew, also for a second command line in one process */
    int code;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread so far */
    while ((code = getopt_long_only(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        if (code == '?' || code == ':') {
            return complain_of_option(options, code, argv[optind - 1]);
        }
        if (code == 'h' || code == HELP) {
            print_help(options);
            return printed(options);
        }
        if (code == 'V' || code == VERSION) {
            print_version(options);
            return printed(options);
        }
        size_t i = find_row(options, code);
        if (!set_value(&options->rows[i], optarg, values)) {
            char name[NAME_SIZE];
            (void)snprintf(name, sizeof name, "--%s", options->rows[i].name);
            return complain_of_value(options, &options->rows[i], name, optarg);
        }
        seen[i] = true;
    }
    return OPTIONS_GO_ON;
}

enum options_result options_parse(const struct options *options, int argc, char **argv,
                                  void *values, int *ret_operands)
{
    bool seen[ROWS_MAX] = {false};
    enum options_result result = read_command_line(options, argc, argv, values, seen);
    if (result == OPTIONS_GO_ON && options->environment != NULL) {
        result = read_environment(options, values, seen);
    }
    if (result == OPTIONS_GO_ON) {
        *ret_operands = optind;
    }
    return result;
}
