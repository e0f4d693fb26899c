#include "shared/base/option_help.h"

#include "shared/base/completion.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 64, HELP_COLUMN = 28 };

const struct option_row option_common_rows[OPTION_COMMON_ROWS] = {
    [OPTION_COMMON_HEADING] = {.kind = OPTION_HEADING, .help = "Others"},
    [OPTION_COMMON_COMPLETION] = {.kind = OPTION_CHOICE,
                                  .name = "completion",
                                  .argument = "SHELL",
                                  .help = "print the script by which bash, zsh or fish complete\n"
                                          "these options, and exit",
                                  .choices = completion_shells},
    [OPTION_COMMON_HELP] = {.kind = OPTION_FLAG,
                            .name = "help",
                            .letter = 'h',
                            .help = "print this help and exit"},
    [OPTION_COMMON_VERSION] = {.kind = OPTION_FLAG,
                               .name = "version",
                               .letter = 'V',
                               .help = "print the version and exit"},
};

static void print_row(const struct option_row *row)
{
    if (row->kind == OPTION_HEADING) {
        (void)printf("\n%s:\n", row->help);
        return;
    }
    char left[NAME_SIZE * 2];
    char letters[] = {'-', row->letter, ',', ' ', '-', row->other_letter, ',', ' ', '\0'};
    letters[row->other_letter == 0 ? 4 : 8] = '\0';
    (void)snprintf(left, sizeof left, "  %s--%s%s%s", row->letter == 0 ? "    " : letters,
                   row->name, row->argument == NULL ? "" : " ",
                   row->argument == NULL ? "" : row->argument);
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

bool option_common_has(const struct options *options, size_t row)
{
    return options->command == NULL || row != OPTION_COMMON_COMPLETION;
}

void option_help_print(const struct options *options)
{
    (void)printf("Usage: %s%s%s %s\n\n%s\n", options->program, options->command == NULL ? "" : " ",
                 options->command == NULL ? "" : options->command, options->usage,
                 options->description);
    for (size_t i = 0; i < options->row_count; i++) {
        print_row(&options->rows[i]);
    }
    for (size_t i = 0; i < OPTION_COMMON_ROWS; i++) {
        if (option_common_has(options, i)) {
            print_row(&option_common_rows[i]);
        }
    }
    (void)printf("\n%s", options->ending);
}

void option_help_print_version(const struct options *options)
{
    (void)printf("%s %s", options->program, COMMS_VERSION);
    if (options->describe_libraries != NULL) {
        char libraries[64];
        options->describe_libraries(libraries, sizeof libraries);
        (void)printf(" (%s)", libraries);
    }
    (void)putchar('\n');
}

/* Writes all rows, those of every program behind the others. Returns how many there are. */
static size_t copy_rows(const struct options *options,
                        struct option_row rows[static OPTION_ROWS_MAX + OPTION_COMMON_ROWS])
{
    size_t count = options->row_count;
    memcpy(rows, options->rows, count * sizeof *rows);
    for (size_t i = 0; i < OPTION_COMMON_ROWS; i++) {
        if (option_common_has(options, i)) {
            rows[count++] = option_common_rows[i];
        }
    }
    return count;
}

void option_help_print_completion(const struct options *options, size_t shell)
{
    struct option_row rows[OPTION_ROWS_MAX + OPTION_COMMON_ROWS];
    struct option_row command_rows[OPTION_ROWS_MAX + OPTION_COMMON_ROWS];
    struct completion completion = {.program = options->program, .rows = rows};
    completion.row_count = copy_rows(options, rows);
    if (options->commands != NULL) {
        completion.command = options->commands->command;
        completion.command_rows = command_rows;
        completion.command_row_count = copy_rows(options->commands, command_rows);
    }
    completion_print(&completion, shell);
}
