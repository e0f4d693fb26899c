#define _GNU_SOURCE /* getopt_long_only */

#include "shared/base/options.h"

#include "shared/base/log_sink.h"
#include "shared/base/log_writer.h"
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
    ROWS_MAX = 48,
    NAME_SIZE = 64,
    /* What getopt returns for row i is FIRST_ROW + i: above every character. */
    FIRST_ROW = 256,
    HELP = FIRST_ROW + ROWS_MAX,
    VERSION,
    HELP_COLUMN = 28
};

enum options_result options_complain(const struct options *options, const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text_make_printable(text);
    log_writer_complain(options->program, text);
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
        (void)options_complain(options,
                               "ignored %s=%.*s, which an orchestrator sets for a service of this "
                               "name; --%s sets the port",
                               name, OPTION_SHOWN_MAX, text, row->name);
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
    if (strlen(left) > HELP_COLUMN - 2) {
        (void)printf("%s\n%-*s", left, HELP_COLUMN, "");
    } else {
        (void)printf("%-*s", HELP_COLUMN, left);
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
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread so far */
        (void)options_complain(options, "cannot write to standard output: %s", strerror(errno));
        return OPTIONS_NOT_PRINTED;
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
        char wanted[OPTION_WANTED_SIZE];
        option_value_describe(&options->rows[i], wanted);
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
        if (!option_value_set(&options->rows[i], optarg, values)) {
            char name[NAME_SIZE];
            (void)snprintf(name, sizeof name, "--%s", options->rows[i].name);
            return option_value_complain(options, &options->rows[i], name, optarg);
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
