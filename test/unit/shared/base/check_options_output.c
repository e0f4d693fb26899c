/* shared/base/options: what is said of wrong ones, and in answer to --help and --version. */
#include "test/kit/tried_options.h"
#include "test/suites.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(a_wrong_environment_is_said)
{
    static const struct {
        const char *name;
        const char *value;
        const char *message;
    } wrong[] = {
        {"TRY_PORT", "http", "try: invalid TRY_PORT 'http': expected a number from 1 to 65535\n"},
        {"TRY_MODE", "x", "try: invalid TRY_MODE 'x': expected one of stateless, stateful\n"},
        {"TRY_INTERVAL", "5",
         "try: invalid TRY_INTERVAL '5': expected a duration such as 250ms, 2s or 5m, or 0\n"},
        {"TRY_QUIET", "yes", "try: invalid TRY_QUIET 'yes': expected 1\n"},
        {"TRY_HOST", "nowhere", "try: invalid TRY_HOST 'nowhere': expected another place\n"},
        {"TRY_LISTEN", "nowhere", "try: invalid TRY_LISTEN 'nowhere': expected another place\n"},
        {"TRY_PORT", "http://10.0.0.1:80",
         "try: invalid TRY_PORT 'http://10.0.0.1:80': expected a number from 1 to 65535\n"},
        {"TRY_PORT", "tcp:", "try: invalid TRY_PORT 'tcp:': expected a number from 1 to 65535\n"},
        {"TRY_MAX_STREAMS", "tcp://10.0.0.1:80",
         "try: invalid TRY_MAX_STREAMS 'tcp://10.0.0.1:80': expected a number from 0 to "
         "18446744073709551615\n"},
        {"TRY_MAX_STREAMS", "-1",
         "try: invalid TRY_MAX_STREAMS '-1': expected a number from 0 to 18446744073709551615\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv(wrong[i].name, wrong[i].value, 1);
        tried_must_be_wrong("try", wrong[i].message);
        unsetenv(wrong[i].name);
    }
}
END_TEST

START_TEST(a_wrong_value_is_said)
{
    static const struct {
        const char *line;
        const char *message;
    } wrong[] = {
        {"try --port 0", "try: invalid --port '0': expected a number from 1 to 65535\n"},
        {"try --port 65536", "try: invalid --port '65536': expected a number from 1 to 65535\n"},
        {"try -p x", "try: invalid --port 'x': expected a number from 1 to 65535\n"},
        {"try -prot 5", "try: invalid --port 'rot': expected a number from 1 to 65535\n"},
        {"try -p5x", "try: invalid --port '5x': expected a number from 1 to 65535\n"},
        {"try -port=-5", "try: invalid --port '-5': expected a number from 1 to 65535\n"},
        {"try --port -5", "try: invalid --port '-5': expected a number from 1 to 65535\n"},
        {"try --port=", "try: invalid --port '': expected a number from 1 to 65535\n"},
        {"try -p 5 -p +5 -p 6", "try: invalid --port '+5': expected a number from 1 to 65535\n"},
        {"try --mode Stateful",
         "try: invalid --mode 'Stateful': expected one of stateless, stateful\n"},
        {"try --mode state", "try: invalid --mode 'state': expected one of stateless, stateful\n"},
        {"try --mode=", "try: invalid --mode '': expected one of stateless, stateful\n"},
        {"try --interval 5",
         "try: invalid --interval '5': expected a duration such as 250ms, 2s or 5m, or 0\n"},
        {"try --interval -1s",
         "try: invalid --interval '-1s': expected a duration such as 250ms, 2s or 5m, or 0\n"},
        {"try --interval 25d",
         "try: invalid --interval '25d': expected a duration such as 250ms, 2s or 5m, or 0\n"},
        {"try --timeout 0",
         "try: invalid --timeout '0': expected a duration such as 250ms, 2s or 5m\n"},
        {"try --host=", "try: invalid --host '': expected HOST\n"},
        {"try --host nowhere", "try: invalid --host 'nowhere': expected another place\n"},
        {"try -l here -l nowhere", "try: invalid --listen 'nowhere': expected another place\n"},
        {"try --listen=", "try: invalid --listen '': expected ADDRESS\n"},
        {"try --max-streams 18446744073709551616",
         "try: invalid --max-streams '18446744073709551616': expected a number from 0 to "
         "18446744073709551615\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tried_must_be_wrong(wrong[i].line, wrong[i].message);
    }
}
END_TEST

START_TEST(a_wrong_option_is_said)
{
    static const struct {
        const char *line;
        const char *message;
    } wrong[] = {
        {"try --prot 5", "try: unknown option '--prot': did you mean --port?\n"},
        {"try one --prot=5 two", "try: unknown option '--prot=5': did you mean --port?\n"},
        {"try -z", "try: unknown option '-z' (try --help)\n"},
        {"try -zq", "try: unknown option '-zq' (try --help)\n"},
        {"try -q -z -q", "try: unknown option '-z' (try --help)\n"},
        {"try -qz", "try: unknown option '-z' (try --help)\n"},
        {"try -q -qzq word", "try: unknown option '-z' (try --help)\n"},
        {"try --Port 5", "try: unknown option '--Port': did you mean --port?\n"},
        {"try --how", "try: unknown option '--how' (try --help)\n"},
        {"try --quiet=1", "try: option --quiet takes no value\n"},
        {"try -quiet=yes", "try: option --quiet takes no value\n"},
        {"try --port", "try: option --port needs a value: expected a number from 1 to 65535\n"},
        {"try -port", "try: option --port needs a value: expected a number from 1 to 65535\n"},
        {"try -p", "try: option --port needs a value: expected a number from 1 to 65535\n"},
        {"try -qp", "try: option --port needs a value: expected a number from 1 to 65535\n"},
        {"try --mode", "try: option --mode needs a value: expected one of stateless, stateful\n"},
        {"try --host", "try: option --host needs a value: expected HOST\n"},
        {"try -l", "try: option --listen needs a value: expected ADDRESS\n"},
        {"try --completion",
         "try: option --completion needs a value: expected one of bash, zsh, fish\n"},
        {"try --completion=csh",
         "try: invalid --completion 'csh': expected one of bash, zsh, fish\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tried_must_be_wrong(wrong[i].line, wrong[i].message);
    }
}
END_TEST

START_TEST(a_complaint_is_one_printable_line)
{
    char *argv[] = {(char[]){"try"}, (char[]){"--port"}, (char[]){"5\n\x1b[31m\xc3\xa4"}, NULL};
    tried_set_defaults();
    ck_assert_int_eq(tried_parse_words(&tried_options, 3, argv), OPTIONS_WRONG);
    ck_assert_str_eq(tried.err,
                     "try: invalid --port '5??[31m\?\?': expected a number from 1 to 65535\n");

    static char longest[4000];
    memset(longest, 'x', sizeof longest - 1);
    argv[2] = longest;
    ck_assert_int_eq(tried_parse_words(&tried_options, 3, argv), OPTIONS_WRONG);
    ck_assert_uint_lt(strlen(tried.err), 600);
    ck_assert_ptr_eq(strstr(tried.err, "xxx...': expected a number from 1 to 65535\n"),
                     tried.err + strlen(tried.err) -
                         strlen("xxx...': expected a number from 1 to 65535\n"));
    ck_assert_ptr_eq(strchr(tried.err, '\n'), tried.err + strlen(tried.err) - 1);

    argv[1] = longest;
    longest[0] = '-';
    longest[1] = '-';
    ck_assert_int_eq(tried_parse_words(&tried_options, 2, argv), OPTIONS_WRONG);
    ck_assert_ptr_eq(strchr(tried.err, '\n'), tried.err + strlen(tried.err) - 1);
}
END_TEST

START_TEST(a_program_complains_by_itself)
{
    struct capture err;
    capture_begin(&err, STDERR_FILENO);
    enum options_result result =
        options_complain(&tried_options, "unexpected word '%s', %d of them", "x\ny", 3);
    capture_end(&err, tried.err);
    ck_assert_int_eq(result, OPTIONS_WRONG);
    ck_assert_str_eq(tried.err, "try: unexpected word 'x?y', 3 of them\n");
}
END_TEST

START_TEST(help_is_answered_on_stdout)
{
    static const char help[] = "Usage: try [OPTION]... [WORD]...\n"
                               "\n"
                               "Tries options.\n"
                               "\n"
                               "Where:\n"
                               "  -p, --port PORT           the port\n"
                               "      --host HOST           the host\n"
                               "  -l, --listen ADDRESS      an address; more than one is possible\n"
                               "                            by more of this option\n"
                               "\n"
                               "How:\n"
                               "  -m, --mode MODE           the mode\n"
                               "      --interval DURATION   the interval\n"
                               "      --timeout DURATION    the time-out\n"
                               "      --max-streams COUNT   how many streams\n"
                               "  -q, --quiet               say nothing\n"
                               "\n"
                               "Others:\n"
                               "      --completion SHELL    print the script by which bash, zsh or "
                               "fish complete\n"
                               "                            these options, and exit\n"
                               "  -h, --help                print this help and exit\n"
                               "  -V, --version             print the version and exit\n"
                               "\n"
                               "The end.\n";
    static const char *const lines[] = {"try --help", "try -help", "try -h", "try -p 5 --help -z"};
    setenv("TRY_PORT", "nonsense", 1);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        tried_set_defaults();
        ck_assert_int_eq(tried_parse(lines[i]), OPTIONS_DONE);
        ck_assert_str_eq(tried.out, help);
        ck_assert_str_eq(tried.err, "");
    }
}
END_TEST

START_TEST(the_version_is_answered_on_stdout)
{
    static const char *const lines[] = {"try --version", "try -version", "try -V", "try -qV"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        tried_set_defaults();
        ck_assert_int_eq(tried_parse(lines[i]), OPTIONS_DONE);
        ck_assert_str_eq(tried.out, "try " COMMS_VERSION " (a library 1.2)\n");
        ck_assert_str_eq(tried.err, "");
    }
    struct options table = tried_options;
    table.describe_libraries = NULL;
    char *argv[] = {(char[]){"try"}, (char[]){"--version"}, NULL};
    ck_assert_int_eq(tried_parse_words(&table, 2, argv), OPTIONS_DONE);
    ck_assert_str_eq(tried.out, "try " COMMS_VERSION "\n");
}
END_TEST

static const char *const answers[] = {"--help", "--version", "--completion=fish"};

START_TEST(an_answer_that_cannot_be_written_is_no_success)
{
    struct capture err;
    char word[24];
    char *argv[] = {(char[]){"try"}, word, NULL};
    snprintf(word, sizeof word, "%s", answers[_i]);
    tried_set_defaults();
    fflush(NULL);
    int saved = dup(STDOUT_FILENO);
    int full = open("/dev/full", O_WRONLY);
    ck_assert_int_ge(full, 0);
    ck_assert_int_eq(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    capture_begin(&err, STDERR_FILENO);
    enum options_result result =
        options_parse(&tried_options, 2, argv, &tried.values, &tried.operands);
    capture_end(&err, tried.err);
    ck_assert_int_eq(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    close(full);
    close(saved);
    ck_assert_int_eq(result, OPTIONS_NOT_PRINTED);
    ck_assert_str_eq(tried.err, "try: cannot write to standard output: No space left on device\n");
}
END_TEST

START_TEST(a_result_has_an_exit_status)
{
    ck_assert_int_eq(options_exit_status(OPTIONS_DONE), 0);
    ck_assert_int_eq(options_exit_status(OPTIONS_WRONG), 64);
    ck_assert_int_eq(options_exit_status(OPTIONS_NOT_PRINTED), 74);
}
END_TEST

Suite *options_output_suite(void)
{
    Suite *suite = suite_create("options-output");
    TCase *tcase = tcase_create("options-output");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_wrong_environment_is_said);
    tcase_add_test(tcase, a_wrong_value_is_said);
    tcase_add_test(tcase, a_wrong_option_is_said);
    tcase_add_test(tcase, a_complaint_is_one_printable_line);
    tcase_add_test(tcase, a_program_complains_by_itself);
    tcase_add_test(tcase, help_is_answered_on_stdout);
    tcase_add_test(tcase, the_version_is_answered_on_stdout);
    tcase_add_loop_test(tcase, an_answer_that_cannot_be_written_is_no_success, 0,
                        sizeof answers / sizeof *answers);
    tcase_add_test(tcase, a_result_has_an_exit_status);
    return suite;
}
