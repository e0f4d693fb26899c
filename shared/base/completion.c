#include "shared/base/completion.h"

#include <stdio.h>
#include <string.h>

enum { SHELL_BASH, SHELL_ZSH, SHELL_FISH };

const char *const completion_shells[] = {
    [SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish", NULL};

static bool takes_file(const struct option_row *row)
{
    return row->argument != NULL && strcmp(row->argument, "FILE") == 0;
}

/* Prints the beginning of the help, up to a semicolon, inside '…'; the characters of `escaped` have
 * a backslash before them. */
static void print_help(const struct option_row *row, const char *escaped)
{
    for (const char *c = row->help; *c != '\0' && *c != ';'; c++) {
        if (*c == '\'') {
            (void)fputs("'\\'", stdout);
        } else if (strchr(escaped, *c) != NULL) {
            (void)putchar('\\');
        }
        (void)putchar(*c == '\n' ? ' ' : *c);
    }
}

static void print_choices(const struct option_row *row)
{
    for (const char *const *choice = row->choices; *choice != NULL; choice++) {
        (void)printf("%s%s", choice == row->choices ? "" : " ", *choice);
    }
}

/* ---- bash ------------------------------------------------------------------------------------ */

/* The option as a pattern of `case`: -m|--mode|-mode. */
static void print_bash_case(const struct option_row *row)
{
    (void)printf("    ");
    if (row->letter != 0 && row->letter_value == NULL) {
        (void)printf("-%c|", row->letter);
    }
    if (row->other_letter != 0) {
        (void)printf("-%c|", row->other_letter);
    }
    (void)printf("--%s|-%s) ", row->name, row->name);
}

static void print_bash_value(const struct option_row *row)
{
    if (row->kind == OPTION_FLAG) {
        return;
    }
    print_bash_case(row);
    if (takes_file(row)) {
        (void)printf("compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); ");
    } else if (row->kind == OPTION_CHOICE) {
        (void)printf("mapfile -t COMPREPLY < <(compgen -W '");
        print_choices(row);
        (void)printf("' -- \"$cur\"); ");
    }
    (void)printf("return ;;\n");
}

/* The values of the options, and the options themselves; other words are left to what follows. */
static void print_bash_options(const struct option_row *rows, size_t row_count)
{
    (void)printf("    case $prev in\n");
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].kind != OPTION_HEADING) {
            print_bash_value(&rows[i]);
        }
    }
    (void)printf("    esac\n"
                 "    if [[ $cur == -* ]]; then\n"
                 "        mapfile -t COMPREPLY < <(compgen -W '");
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].kind != OPTION_HEADING) {
            (void)printf("--%s ", rows[i].name);
        }
        if (rows[i].kind != OPTION_HEADING && rows[i].letter != 0) {
            (void)printf("-%c ", rows[i].letter);
        }
        if (rows[i].kind != OPTION_HEADING && rows[i].other_letter != 0) {
            (void)printf("-%c ", rows[i].other_letter);
        }
    }
    (void)printf("' -- \"$cur\")\n"
                 "        return\n"
                 "    fi\n");
}

static void print_bash_command(const struct completion *completion)
{
    (void)printf("    if [[ $COMP_CWORD == 1 && $cur != -* ]]; then\n"
                 "        mapfile -t COMPREPLY < <(compgen -W %s -- \"$cur\")\n"
                 "        return\n"
                 "    fi\n"
                 "    if [[ ${COMP_WORDS[1]} == %s ]]; then\n",
                 completion->command, completion->command);
    print_bash_options(completion->command_rows, completion->command_row_count);
    (void)printf("    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                 "    return\n"
                 "    fi\n");
}

static void print_bash_function(const char *program)
{
    (void)putchar('_');
    for (const char *c = program; *c != '\0'; c++) {
        (void)putchar(*c == '-' ? '_' : *c);
    }
}

static void print_bash(const struct completion *completion)
{
    (void)printf("# bash completion of %s\n", completion->program);
    print_bash_function(completion->program);
    /* --mode=stateful is three words of bash: the option, =, and the value. */
    (void)printf("()\n{\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    if [[ $cur == = ]]; then\n"
                 "        cur=\n"
                 "    elif [[ $prev == = ]]; then\n"
                 "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                 "    fi\n"
                 "    COMPREPLY=()\n");
    if (completion->command != NULL) {
        print_bash_command(completion);
    }
    print_bash_options(completion->rows, completion->row_count);
    (void)printf("}\ncomplete -F ");
    print_bash_function(completion->program);
    (void)printf(" %s\n", completion->program);
}

/* ---- zsh ------------------------------------------------------------------------------------- */

/* The specification of an option for _arguments: '(-m --mode)'{-m+,--mode=}'[…]:MODE:(…)'. */
static void print_zsh_row(const struct option_row *row)
{
    if (row->letter_value != NULL) {
        (void)printf(" \\\n  '(--%s)-%c[", row->name, row->letter);
        print_help(row, "[]\\");
        (void)printf("]' \\\n  '(-%c)--%s=[", row->letter, row->name);
        print_help(row, "[]\\");
        (void)printf("]:%s:%s'", row->argument, takes_file(row) ? "_files" : "");
        return;
    }
    const bool is_flag = row->kind == OPTION_FLAG;
    const char *plus = is_flag ? "" : "+";
    char other[] = {'-', row->other_letter, '\0'};
    other[0] = (char)(row->other_letter == 0 ? '\0' : '-');
    (void)printf(" \\\n  ");
    if (row->kind == OPTION_TEXTS) {
        (void)printf("'*'"); /* may be repeated */
    } else if (row->letter != 0) {
        (void)printf("'(-%c %s%s--%s)'", row->letter, other, other[0] == '\0' ? "" : " ",
                     row->name);
    }
    if (row->letter != 0) {
        (void)printf("{-%c%s,%s%s%s--%s%s}", row->letter, plus, other, other[0] == '\0' ? "" : plus,
                     other[0] == '\0' ? "" : ",", row->name, is_flag ? "" : "=");
    } else {
        (void)printf("--%s%s", row->name, is_flag ? "" : "=");
    }
    (void)printf("'[");
    print_help(row, "[]\\");
    (void)printf("]");
    if (!is_flag) {
        (void)printf(":%s:", row->argument);
    }
    if (takes_file(row)) {
        (void)printf("_files");
    } else if (row->kind == OPTION_CHOICE) {
        (void)printf("(");
        print_choices(row);
        (void)printf(")");
    }
    (void)printf("'");
}

static void print_zsh_arguments(const struct option_row *rows, size_t row_count)
{
    (void)printf("_arguments -s");
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].kind != OPTION_HEADING) {
            print_zsh_row(&rows[i]);
        }
    }
}

static void print_zsh(const struct completion *completion)
{
    (void)printf("#compdef %s\n", completion->program);
    if (completion->command != NULL) {
        (void)printf("if [[ $CURRENT -gt 2 && $words[2] == %s ]]; then\n"
                     "shift words\n"
                     "(( CURRENT-- ))\n",
                     completion->command);
        print_zsh_arguments(completion->command_rows, completion->command_row_count);
        (void)printf(" \\\n  '*:FILE:_files'\nelse\n");
    }
    print_zsh_arguments(completion->rows, completion->row_count);
    if (completion->command != NULL) {
        (void)printf(" \\\n  '1:: :(%s)'\nfi", completion->command);
    }
    (void)printf("\n");
}

/* ---- fish ------------------------------------------------------------------------------------ */

/* `when` is the condition under which the row is offered, or empty. */
static void print_fish_row(const char *program, const char *when, const struct option_row *row)
{
    (void)printf("complete -c %s%s -l %s", program, when, row->name);
    if (row->letter_value != NULL) { /* a line of its own, without a value */
        (void)printf(" -r -F -d '");
        print_help(row, "\\");
        (void)printf("'\ncomplete -c %s%s -s %c -d '--%s %s'\n", program, when, row->letter,
                     row->name, row->letter_value);
        return;
    }
    if (row->letter != 0) {
        (void)printf(" -s %c", row->letter);
    }
    if (row->other_letter != 0) {
        (void)printf(" -s %c", row->other_letter);
    }
    if (takes_file(row)) {
        (void)printf(" -r -F");
    } else if (row->kind == OPTION_CHOICE) {
        (void)printf(" -x -a '");
        print_choices(row);
        (void)printf("'");
    } else if (row->kind != OPTION_FLAG) {
        (void)printf(" -x");
    }
    (void)printf(" -d '");
    print_help(row, "\\");
    (void)printf("'\n");
}

static void print_fish_rows(const char *program, const char *when, const struct option_row *rows,
                            size_t row_count)
{
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].kind != OPTION_HEADING) {
            print_fish_row(program, when, &rows[i]);
        }
    }
}

static void print_fish(const struct completion *completion)
{
    enum { WHEN_SIZE = 96 };
    const char *program = completion->program;
    const char *command = completion->command;
    char when[WHEN_SIZE] = "";
    (void)printf("# fish completion of %s\ncomplete -c %s -f\n", program, program);
    if (command != NULL) {
        (void)printf("complete -c %s -n __fish_use_subcommand -a %s\n", program, command);
        (void)snprintf(when, sizeof when, " -n '__fish_seen_subcommand_from %s'", command);
        (void)printf("complete -c %s%s -F\n", program, when);
        print_fish_rows(program, when, completion->command_rows, completion->command_row_count);
        (void)snprintf(when, sizeof when, " -n 'not __fish_seen_subcommand_from %s'", command);
    }
    print_fish_rows(program, when, completion->rows, completion->row_count);
}

void completion_print(const struct completion *completion, size_t shell)
{
    switch (shell) {
    case SHELL_BASH:
        print_bash(completion);
        break;
    case SHELL_ZSH:
        print_zsh(completion);
        break;
    default:
        print_fish(completion);
        break;
    }
}
