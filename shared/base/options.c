#define _GNU_SOURCE /* getopt_long_only */

#include "shared/base/options.h"

#include "shared/base/log.h"
#include "shared/base/option_guess.h"
#include "shared/base/option_help.h"
#include "shared/base/option_value.h"
#include "shared/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = OPTION_ROWS_MAX,
    NAME_SIZE = 64,
    /* What getopt returns for row i is FIRST_ROW + i: above every character. */
    FIRST_ROW = 256,
    HELP = FIRST_ROW + ROWS_MAX,
    VERSION,
    COMPLETION
};

enum options_result options_complain(const struct options *options, const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text_make_printable(text);
    log_complain(options->program, text);
    return OPTIONS_WRONG;
}

void texts_cleanup(struct texts *texts)
{
    free(texts->items);
    *texts = (struct texts){0};
}

static void environment_name(const struct options *options, const struct option_row *row,
                             char name[static NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "%s_%s", options->environment, row->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
    }
}

/*
 * Kubernetes gives each container COMMS_PORT=tcp://10.0.0.1:1337 for a service called comms, and
 * docker does for a linked container. Their other variables (COMMS_SERVICE_PORT,
 * COMMS_PORT_1337_TCP, COMMS_NAME) have names that no option has.
 */
static bool is_of_orchestrator(const struct option_row *row, const char *text)
{
    static const char *const beginnings[] = {"tcp://", "udp://", "sctp://"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0) {
            return strcmp(row->name, "port") == 0;
        }
    }
    return false;
}

static enum options_result read_variable(const struct options *options,
                                         const struct option_row *row, void *values)
{
    char name[NAME_SIZE];
    environment_name(options, row, name);
    const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): one thread so far */
    if (text == NULL || text[0] == '\0') {
        return OPTIONS_GO_ON;
    }
    if (is_of_orchestrator(row, text)) {
        memcpy((char *)values + options->ignored_port, &text, sizeof text);
        return OPTIONS_GO_ON;
    }
    return option_value_set(row, text, values) ? OPTIONS_GO_ON
                                               : option_value_complain(options, row, name, text);
}

static enum options_result read_environment(const struct options *options, void *values,
                                            const bool seen[static ROWS_MAX])
{
    enum options_result result = OPTIONS_GO_ON;
    for (size_t i = 0; i < options->row_count && result == OPTIONS_GO_ON; i++) {
        if (options->rows[i].kind != OPTION_HEADING && !seen[i]) {
            result = read_variable(options, &options->rows[i], values);
        }
    }
    return result;
}

/* Flushes what was asked for: a full disk is no success. */
static enum options_result printed(const struct options *options)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread so far */
        (void)options_complain(options, "cannot write to standard output: %s", strerror(errno));
        return OPTIONS_NOT_PRINTED;
    }
    return OPTIONS_DONE;
}

struct getopt_tables {
    struct option names[ROWS_MAX + OPTION_COMMON_ROWS];
    char letters[4 * ROWS_MAX + 8];
};

static void add_other_letter(const struct option_row *row, char *letters, size_t *count)
{
    if (row->other_letter != 0) {
        letters[(*count)++] = row->other_letter;
        if (row->kind != OPTION_FLAG) {
            letters[(*count)++] = ':';
        }
    }
}

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
        add_other_letter(row, tables->letters, &letters);
        tables->names[names++] = (struct option){
            row->name, has_value ? required_argument : no_argument, NULL, (int)(FIRST_ROW + i)};
        if (row->letter != 0) {
            tables->letters[letters++] = row->letter;
            if (has_value && row->letter_value == NULL) {
                tables->letters[letters++] = ':';
            }
        }
    }
    if (option_common_has(options, OPTION_COMMON_COMPLETION)) {
        tables->names[names++] = (struct option){"completion", required_argument, NULL, COMPLETION};
    }
    tables->names[names++] = (struct option){"help", no_argument, NULL, HELP};
    tables->names[names++] = (struct option){"version", no_argument, NULL, VERSION};
    tables->names[names] = (struct option){0};
    tables->letters[letters] = '\0';
}

/* The row of a code of getopt, which is FIRST_ROW + i or a letter, or COMPLETION; NULL: there is
 * none. */
static const struct option_row *find_row(const struct options *options, int code)
{
    if (code == COMPLETION) {
        return &option_common_rows[OPTION_COMMON_COMPLETION];
    }
    if (code >= FIRST_ROW) {
        size_t i = (size_t)(code - FIRST_ROW);
        return i < options->row_count ? &options->rows[i] : NULL;
    }
    for (size_t i = 0; i < options->row_count; i++) {
        const struct option_row *row = &options->rows[i];
        if (code != 0 && (row->letter == code || row->other_letter == code)) {
            return row;
        }
    }
    return NULL;
}

static enum options_result complain_of_option(const struct options *options, int code,
                                              const char *word)
{
    const struct option_row *row = find_row(options, optopt);
    char command[NAME_SIZE] = "";
    if (options->command != NULL) {
        (void)snprintf(command, sizeof command, "%s ", options->command);
    }
    if (row != NULL && code == ':') {
        char wanted[OPTION_WANTED_SIZE];
        option_value_describe(row, wanted);
        return options_complain(options, "option --%s needs a value: expected %s", row->name,
                                wanted);
    }
    if (row != NULL) {
        return options_complain(options, "option --%s takes no value", row->name);
    }
    if (optopt > 0 && optopt < FIRST_ROW) {
        /* A letter may stand in a bundle such as -qz; `word` is then another word. */
        return options_complain(options, "unknown option '-%c' (try %s--help)", optopt, command);
    }
    const char *guess = NULL;
    option_guess_among(word, options->rows, options->row_count, &guess);
    for (size_t i = 0; i < OPTION_COMMON_ROWS; i++) {
        if (option_common_has(options, i)) {
            option_guess_among(word, &option_common_rows[i], 1, &guess);
        }
    }
    if (guess != NULL) {
        return options_complain(options, "unknown option '%s': did you mean --%s?", word, guess);
    }
    return options_complain(options, "unknown option '%s' (try %s--help)", word, command);
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
            option_help_print(options);
            return printed(options);
        }
        if (code == 'V' || code == VERSION) {
            option_help_print_version(options);
            return printed(options);
        }
        const struct option_row *row = find_row(options, code);
        size_t shell;
        const char *text =
            row->letter_value != NULL && code == row->letter ? row->letter_value : optarg;
        if (!option_value_set(row, text, code == COMPLETION ? &shell : values)) {
            char name[NAME_SIZE];
            (void)snprintf(name, sizeof name, "--%s", row->name);
            return option_value_complain(options, row, name, text);
        }
        if (code == COMPLETION) {
            option_help_print_completion(options, shell);
            return printed(options);
        }
        seen[row - options->rows] = true;
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

enum options_result options_print(const struct options *options, const void *values)
{
    for (size_t i = 0; i < options->row_count; i++) {
        option_value_print(&options->rows[i], values);
    }
    return printed(options);
}

int options_exit_status(enum options_result result)
{
    switch (result) {
    case OPTIONS_GO_ON:
    case OPTIONS_DONE:
        break;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    case OPTIONS_NOT_PRINTED:
        return EXIT_OUTPUT;
    }
    return EXIT_SUCCESS;
}
