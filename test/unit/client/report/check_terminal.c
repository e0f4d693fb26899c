/* client/report/terminal: what standard output and the environment make of a terminal. */
#define _GNU_SOURCE /* posix_openpt */
#include "client/report/terminal.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int master = -1;
static int saved = -1;

/* Makes standard output a terminal of this width. */
static void open_terminal(unsigned short columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(master, 0);
    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(slave, 0);
    ck_assert_int_eq(ioctl(slave, TIOCSWINSZ, &size), 0);
    saved = dup(STDOUT_FILENO);
    ck_assert_int_eq(dup2(slave, STDOUT_FILENO), STDOUT_FILENO);
    close(slave);
}

static void set_up(void)
{
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLUMNS");
}

static void tear_down(void)
{
    if (saved >= 0) {
        dup2(saved, STDOUT_FILENO);
        close(saved);
        close(master);
        saved = -1;
    }
}

START_TEST(a_terminal_tells_its_width)
{
    struct terminal terminal;
    open_terminal(132);
    terminal_init(&terminal);
    ck_assert(terminal.is_terminal);
    ck_assert(terminal.redraws);
    ck_assert_uint_eq(terminal_columns(&terminal), 131);
    const struct winsize narrow = {.ws_row = 24, .ws_col = 40};
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &narrow), 0);
    ck_assert_uint_eq(terminal_columns(&terminal), 39);
}
END_TEST

/* A serial line does not. */
START_TEST(a_width_that_is_not_told_is_taken_from_elsewhere)
{
    static const struct {
        const char *columns;
        size_t wanted;
    } rows[] = {{NULL, 79}, {"60", 59}, {"0", 79},     {"", 79},
                {"x", 79},  {"-5", 79}, {"65536", 79}, {"1", 0}};
    struct terminal terminal;
    open_terminal(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].columns == NULL) {
            unsetenv("COLUMNS");
        } else {
            setenv("COLUMNS", rows[i].columns, 1);
        }
        terminal_init(&terminal);
        ck_assert_uint_eq(terminal_columns(&terminal), rows[i].wanted);
    }
}
END_TEST

START_TEST(the_environment_may_want_plain_lines)
{
    static const struct {
        const char *term, *no_color;
        bool redraws;
    } rows[] = {{"xterm", NULL, true}, {"linux", "", true},     {"dumb", NULL, false},
                {NULL, NULL, false},   {"", NULL, false},       {"xterm", "1", false},
                {"xterm", "0", false}, {"dumb-emacs", "", true}};
    struct terminal terminal;
    open_terminal(80);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsetenv("TERM");
        unsetenv("NO_COLOR");
        if (rows[i].term != NULL) {
            setenv("TERM", rows[i].term, 1);
        }
        if (rows[i].no_color != NULL) {
            setenv("NO_COLOR", rows[i].no_color, 1);
        }
        terminal_init(&terminal);
        ck_assert(terminal.is_terminal);
        ck_assert_msg(terminal.redraws == rows[i].redraws, "row %zu", i);
        ck_assert_uint_eq(terminal_columns(&terminal), 79);
    }
}
END_TEST

START_TEST(a_file_is_no_terminal)
{
    struct terminal terminal;
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(file, 0);
    saved = dup(STDOUT_FILENO);
    master = file;
    ck_assert_int_eq(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
    setenv("COLUMNS", "40", 1);
    terminal_init(&terminal);
    ck_assert(!terminal.is_terminal);
    ck_assert(!terminal.redraws);
    ck_assert_uint_eq(terminal_columns(&terminal), 80);
}
END_TEST

/* What a line of prose becomes. */
static const char *printed(const struct terminal *terminal, const char *line)
{
    static char text[CAPTURE_SIZE];
    struct capture capture;
    capture_begin(&capture, STDOUT_FILENO);
    terminal_print(terminal, line);
    capture_end(&capture, text);
    return text;
}

/* Standard output is a file while it is captured, so the width is the environment's. */
START_TEST(prose_is_broken_between_words_where_it_is_full)
{
    static const struct {
        const char *line;
        const char *printed;
    } rows[] = {{"", "\n"},
                {"twelve chars", "twelve chars\n"},
                {"thirteen char", "thirteen\n  char\n"},
                {"one two three four five six", "one two\n  three four\n  five six\n"},
                {"  in a list of things", "  in a list\n    of\n    things\n"},
                {"a wordthatislong b", "a\n  wordthatislong\n  b\n"},
                {"wordthatislong", "wordthatislong\n"},
                {"± ± ± ± ± ±", "± ± ± ± ± ±\n"},
                {"label       value is long", "label\n  value is\n  long\n"}};
    const struct terminal terminal = {.is_terminal = true, .fallback_columns = 13};
    ck_assert_str_eq(printed(&terminal, rows[_i].line), rows[_i].printed);
}
END_TEST

START_TEST(elsewhere_prose_stays_a_line)
{
    const struct terminal file = {.is_terminal = false, .fallback_columns = 13};
    ck_assert_str_eq(printed(&file, "one two three four five six"),
                     "one two three four five six\n");
}
END_TEST

Suite *terminal_suite(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tcase = tcase_create("terminal");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_terminal_tells_its_width);
    tcase_add_loop_test(tcase, prose_is_broken_between_words_where_it_is_full, 0, 9);
    tcase_add_test(tcase, elsewhere_prose_stays_a_line);
    tcase_add_test(tcase, a_width_that_is_not_told_is_taken_from_elsewhere);
    tcase_add_test(tcase, the_environment_may_want_plain_lines);
    tcase_add_test(tcase, a_file_is_no_terminal);
    return suite;
}
