/* What a user reads about the options and the log: --help, the man pages, the README files and the
 * source agree. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <check.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80, LINE_SIZE = 512, LIST_SIZE = 4096, PROGRAMS = 2 };

static const char *const man_pages[PROGRAMS] = {"server/comms-server.1", "client/comms-client.1"};

static struct program *ask_for_help(int program)
{
    const char *path = program == 0 ? programs_server_path() : programs_client_path();
    struct program *help = program_start(path, "--help", NULL);
    ck_assert_int_eq(program_wait_exit(help), 0);
    return help;
}

/* The characters of UTF-8 text, each of which a terminal shows in a column. */
static size_t count_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return columns;
}

START_TEST(help_fits_a_terminal)
{
    struct program *help = ask_for_help(_i);
    for (const char *line = program_output(help, PROGRAM_STDOUT); *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        ck_assert_msg(count_columns(line, length) <= COLUMNS, "%.*s", (int)length, line);
        line += length + 1;
    }
    program_destroy(help);
}
END_TEST

/* The headings, and under each of them its options in their order, a line each. */
struct list {
    char text[LIST_SIZE];
    size_t length;
};

static void add_line(struct list *list, const char *line, size_t length)
{
    list->length += (size_t)snprintf(list->text + list->length, sizeof list->text - list->length,
                                     "%.*s\n", (int)length, line);
    ck_assert_uint_lt(list->length, sizeof list->text);
}

/* Adds the first word that begins with two dashes. */
static void add_option(struct list *list, const char *line)
{
    const char *name = strstr(line, "--");
    if (name != NULL) {
        add_line(list, name, strspn(name, "-abcdefghijklmnopqrstuvwxyz0123456789"));
    }
}

/* The lines of --help that begin with an option, and those that end with a colon before such. */
static void list_help(struct list *list, const char *help)
{
    while (*help != '\0') {
        const size_t length = strcspn(help, "\n");
        const char *after = help + length;
        if (strncmp(help, "      --", 8) == 0 || strncmp(help, "  -", 3) == 0) {
            add_option(list, help);
        } else if (length > 0 && after[-1] == ':' && strncmp(after, "\n  ", 3) == 0) {
            add_line(list, help, length - 1);
        }
        help = *after == '\0' ? after : after + 1;
    }
}

static void remove_backslashes(char *line)
{
    char *to = line;
    for (; *line != '\0'; line++) {
        if (*line != '\\') {
            *to++ = *line;
        }
    }
    *to = '\0';
}

/* The sections of the part OPTIONS, and the words that are explained in them. */
static void list_man_page(struct list *list, const char *path)
{
    char line[LINE_SIZE];
    bool is_of_options = false;
    bool is_explained = false; /* the line before is .TP */
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        remove_backslashes(line);
        if (strncmp(line, ".SH ", 4) == 0) {
            is_of_options = strcmp(line, ".SH OPTIONS") == 0;
        } else if (is_of_options && strncmp(line, ".SS ", 4) == 0) {
            add_line(list, line + 4, strlen(line + 4));
        } else if (is_of_options && is_explained) {
            add_option(list, line);
        }
        is_explained = strcmp(line, ".TP") == 0;
    }
    fclose(file);
}

START_TEST(help_and_man_page_have_the_same_options_in_the_same_groups)
{
    static struct list in_help;
    static struct list in_man_page;
    struct program *help = ask_for_help(_i);
    list_help(&in_help, program_output(help, PROGRAM_STDOUT));
    list_man_page(&in_man_page, man_pages[_i]);
    ck_assert_ptr_nonnull(strstr(in_help.text, "--version\n")); /* the last one */
    ck_assert_str_eq(in_help.text, in_man_page.text);
    program_destroy(help);
}
END_TEST

static const char *const pages[] = {"README.md", "client/README.md", "server/README.md",
                                    "server/SECURITY.md", "proto/PROTOCOL.md"};

/* Options of make, haproxy and others stand in these pages without dashes. */
START_TEST(a_page_names_only_options_that_there_are)
{
    static struct list known;
    char line[LINE_SIZE];
    for (int i = 0; i < PROGRAMS; i++) {
        list_man_page(&known, man_pages[i]);
    }
    FILE *file = fopen(pages[_i], "r");
    ck_assert_msg(file != NULL, "%s cannot be read", pages[_i]);
    while (fgets(line, sizeof line, file) != NULL) {
        for (const char *at = line; (at = strstr(at, "--")) != NULL;) {
            char name[LINE_SIZE];
            const size_t length = strspn(at, "-abcdefghijklmnopqrstuvwxyz0123456789");
            snprintf(name, sizeof name, "\n%.*s\n", (int)length, at);
            ck_assert_msg(!islower((unsigned char)at[2]) || strstr(known.text, name) != NULL,
                          "%s: no option %.*s", pages[_i], (int)length, at);
            at += length;
        }
    }
    fclose(file);
}
END_TEST

START_TEST(the_man_page_has_the_events_and_keys_of_the_log)
{
    struct program *check = program_start(programs_python_path(), "test/e2e/log_manual", NULL);
    const int status = program_wait_exit(check);
    ck_assert_msg(status == 0, "%s%s", program_output(check, PROGRAM_STDOUT),
                  program_output(check, PROGRAM_STDERR));
    program_destroy(check);
}
END_TEST

/* What the users of iperf3, ghz, k6 and grpcurl are told to write is taken. */
START_TEST(the_tables_of_other_tools_hold)
{
    struct program *check = program_start(programs_python_path(), "test/e2e/tools_manual",
                                          programs_client_path(), NULL);
    const int status = program_wait_exit(check);
    ck_assert_msg(status == 0, "%s%s", program_output(check, PROGRAM_STDOUT),
                  program_output(check, PROGRAM_STDERR));
    program_destroy(check);
}
END_TEST

Suite *manual_suite(void)
{
    Suite *suite = suite_create("manual");
    TCase *tcase = tcase_create("manual");
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, help_fits_a_terminal, 0, PROGRAMS);
    tcase_add_loop_test(tcase, help_and_man_page_have_the_same_options_in_the_same_groups, 0,
                        PROGRAMS);
    tcase_add_loop_test(tcase, a_page_names_only_options_that_there_are, 0,
                        sizeof pages / sizeof *pages);
    tcase_add_test(tcase, the_man_page_has_the_events_and_keys_of_the_log);
    tcase_add_test(tcase, the_tables_of_other_tools_hold);
    return suite;
}
