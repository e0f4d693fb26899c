/*
 * shared/base/options: every kind of row, from the command line and the environment, right and
 * wrong.
 */
#include "shared/base/options.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct values {
    uint64_t port;
    int64_t interval_ns;
    int64_t timeout_ns;
    size_t mode;
    const char *host;
    struct texts listen;
    bool quiet;
    uint64_t max_streams;
};

static const char *const modes[] = {"stateless", "stateful", NULL};

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Where"},
    {.kind = OPTION_NUMBER,
     .name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "the port",
     .min = 1,
     .max = 65535,
     .field = offsetof(struct values, port)},
    {.kind = OPTION_TEXT,
     .name = "host",
     .argument = "HOST",
     .help = "the host",
     .field = offsetof(struct values, host)},
    {.kind = OPTION_TEXTS,
     .name = "listen",
     .letter = 'l',
     .argument = "ADDRESS",
     .help = "an address; more than one is possible\nby more of this option",
     .field = offsetof(struct values, listen)},
    {.kind = OPTION_HEADING, .help = "How"},
    {.kind = OPTION_CHOICE,
     .name = "mode",
     .letter = 'm',
     .argument = "MODE",
     .help = "the mode",
     .choices = modes,
     .field = offsetof(struct values, mode)},
    {.kind = OPTION_DURATION,
     .name = "interval",
     .argument = "DURATION",
     .help = "the interval",
     .field = offsetof(struct values, interval_ns)},
    {.kind = OPTION_DURATION,
     .name = "timeout",
     .argument = "DURATION",
     .help = "the time-out",
     .min = 1,
     .field = offsetof(struct values, timeout_ns)},
    {.kind = OPTION_NUMBER,
     .name = "max-streams",
     .argument = "COUNT",
     .help = "how many streams",
     .max = UINT64_MAX,
     .field = offsetof(struct values, max_streams)},
    {.kind = OPTION_FLAG,
     .name = "quiet",
     .letter = 'q',
     .help = "say nothing",
     .field = offsetof(struct values, quiet)},
};

static void describe_libraries(char *text, size_t size)
{
    (void)snprintf(text, size, "a library 1.2");
}

static const struct options options = {.program = "try",
                                       .usage = "[OPTION]... [WORD]...",
                                       .description = "Tries options.",
                                       .environment = "TRY",
                                       .ending = "The end.\n",
                                       .rows = rows,
                                       .row_count = sizeof rows / sizeof *rows,
                                       .describe_libraries = describe_libraries};

static struct values values;
static int operands;
static char captured_out[CAPTURE_SIZE];
static char captured_err[CAPTURE_SIZE];

static void set_defaults(void)
{
    values = (struct values){.port = 1337,
                             .interval_ns = 1000000000,
                             .timeout_ns = 30,
                             .mode = 0,
                             .host = "localhost",
                             .max_streams = 7};
    operands = -1;
}

static void clean_up(void)
{
    texts_cleanup(&values.listen);
}

/* Parses words, split at spaces; what was written is in captured_out and captured_err. */
static enum options_result parse_captured(const struct options *table, int argc, char **argv)
{
    struct capture out;
    struct capture err;
    capture_begin(&out, STDOUT_FILENO);
    capture_begin(&err, STDERR_FILENO);
    enum options_result result = options_parse(table, argc, argv, &values, &operands);
    capture_end(&err, captured_err);
    capture_end(&out, captured_out);
    return result;
}

enum { WORDS_MAX = 16, LINE_SIZE = 256 };

/* The words outlive the call, as argv does. */
static struct {
    char line[LINE_SIZE];
    char *words[WORDS_MAX + 1];
    int count;
} command_line;

static enum options_result parse(const char *line)
{
    snprintf(command_line.line, sizeof command_line.line, "%s", line);
    command_line.count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(command_line.line, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        ck_assert_int_lt(command_line.count, WORDS_MAX);
        command_line.words[command_line.count++] = word;
    }
    command_line.words[command_line.count] = NULL;
    return parse_captured(&options, command_line.count, command_line.words);
}

static void assert_goes_on(const char *line)
{
    set_defaults();
    enum options_result result = parse(line);
    ck_assert_msg(result == OPTIONS_GO_ON, "%s: %s", line, captured_err);
    ck_assert_str_eq(captured_out, "");
    ck_assert_str_eq(captured_err, "");
}

static void assert_wrong(const char *line, const char *expected)
{
    set_defaults();
    enum options_result result = parse(line);
    ck_assert_msg(result == OPTIONS_WRONG, "%s: result %d", line, result);
    ck_assert_str_eq(captured_out, "");
    ck_assert_str_eq(captured_err, expected);
    clean_up();
}

START_TEST(without_options_the_defaults_stay)
{
    assert_goes_on("try");
    ck_assert_uint_eq(values.port, 1337);
    ck_assert_int_eq(values.interval_ns, 1000000000);
    ck_assert_int_eq(values.timeout_ns, 30);
    ck_assert_uint_eq(values.mode, 0);
    ck_assert_str_eq(values.host, "localhost");
    ck_assert_uint_eq(values.listen.count, 0);
    ck_assert(!values.quiet);
    ck_assert_uint_eq(values.max_streams, 7);
    ck_assert_int_eq(operands, 1);
}
END_TEST

START_TEST(every_kind_is_read_in_every_form)
{
    static const char *const lines[] = {
        "try --port 42 --host there --mode stateful --interval 250ms --timeout 2s --max-streams 0 "
        "--quiet",
        "try -port 42 -host there -mode stateful -interval 250ms -timeout 2s -max-streams 0 -quiet",
        "try --port=42 --host=there --mode=stateful --interval=250ms --timeout=2s --max-streams=0 "
        "--quiet",
        "try -port=42 -host=there -mode=stateful -interval=250ms -timeout=2s -max-streams=0 -quiet",
        "try -p 42 --host there -m stateful --interval 250ms --timeout 2s --max-streams 0 -q",
        "try -p42 --host there -qmstateful --interval 250ms --timeout 2s --max-streams 0",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_goes_on(lines[i]);
        ck_assert_uint_eq(values.port, 42);
        ck_assert_str_eq(values.host, "there");
        ck_assert_uint_eq(values.mode, 1);
        ck_assert_int_eq(values.interval_ns, 250000000);
        ck_assert_int_eq(values.timeout_ns, 2000000000);
        ck_assert_uint_eq(values.max_streams, 0);
        ck_assert(values.quiet);
        ck_assert_uint_eq(values.listen.count, 0);
    }
}
END_TEST

START_TEST(an_option_given_again_counts_but_for_texts)
{
    assert_goes_on("try --port 1 --listen a -p 2 -l b --listen=c --port=65535 -listen [::1]:5");
    ck_assert_uint_eq(values.port, 65535);
    ck_assert_uint_eq(values.listen.count, 4);
    ck_assert_str_eq(values.listen.items[0], "a");
    ck_assert_str_eq(values.listen.items[1], "b");
    ck_assert_str_eq(values.listen.items[2], "c");
    ck_assert_str_eq(values.listen.items[3], "[::1]:5");
    texts_cleanup(&values.listen);
    ck_assert_uint_eq(values.listen.count, 0);
    ck_assert_ptr_null(values.listen.items);
    texts_cleanup(&values.listen);
}
END_TEST

START_TEST(operands_are_what_is_left)
{
    assert_goes_on("try one -q two --port 5 three");
    ck_assert_int_eq(operands, 4);
    ck_assert_str_eq(command_line.words[4], "one");
    ck_assert_str_eq(command_line.words[5], "two");
    ck_assert_str_eq(command_line.words[6], "three");
    ck_assert_uint_eq(values.port, 5);
    ck_assert(values.quiet);

    assert_goes_on("try -p 5 -- -q --port");
    ck_assert_int_eq(operands, 4);
    ck_assert_str_eq(command_line.words[4], "-q");
    ck_assert(!values.quiet);
}
END_TEST

START_TEST(the_environment_is_read)
{
    setenv("TRY_PORT", "4242", 1);
    setenv("TRY_HOST", "elsewhere", 1);
    setenv("TRY_MODE", "stateful", 1);
    setenv("TRY_INTERVAL", "0", 1);
    setenv("TRY_TIMEOUT", "1.5s", 1);
    setenv("TRY_MAX_STREAMS", "18446744073709551615", 1);
    setenv("TRY_QUIET", "1", 1);
    setenv("TRY_LISTEN", "unix:/a b", 1);
    setenv("PORT", "1", 1);
    setenv("TRY_NOTHING", "x", 1);
    assert_goes_on("try");
    ck_assert_uint_eq(values.port, 4242);
    ck_assert_str_eq(values.host, "elsewhere");
    ck_assert_uint_eq(values.mode, 1);
    ck_assert_int_eq(values.interval_ns, 0);
    ck_assert_int_eq(values.timeout_ns, 1500000000);
    ck_assert_uint_eq(values.max_streams, UINT64_MAX);
    ck_assert(values.quiet);
    ck_assert_uint_eq(values.listen.count, 1);
    ck_assert_str_eq(values.listen.items[0], "unix:/a b");
    clean_up();
}
END_TEST

START_TEST(the_command_line_wins)
{
    setenv("TRY_PORT", "4242", 1);
    setenv("TRY_LISTEN", "a", 1);
    setenv("TRY_MODE", "nonsense", 1); /* not even looked at */
    setenv("TRY_MAX_STREAMS", "5", 1);
    assert_goes_on("try -p 1 -l b -l c -mstateless");
    ck_assert_uint_eq(values.port, 1);
    ck_assert_uint_eq(values.mode, 0);
    ck_assert_uint_eq(values.max_streams, 5);
    ck_assert_uint_eq(values.listen.count, 2);
    ck_assert_str_eq(values.listen.items[0], "b");
    clean_up();
}
END_TEST

START_TEST(no_environment_where_there_is_no_prefix)
{
    struct options table = options;
    table.environment = NULL;
    char *argv[] = {(char[]){"try"}, NULL};
    setenv("TRY_PORT", "4242", 1);
    setenv("_PORT", "4242", 1);
    set_defaults();
    ck_assert_int_eq(parse_captured(&table, 1, argv), OPTIONS_GO_ON);
    ck_assert_uint_eq(values.port, 1337);
}
END_TEST

START_TEST(a_wrong_environment_is_said)
{
    static const struct {
        const char *name;
        const char *value;
        const char *message;
    } wrong[] = {
        {"TRY_PORT", "http", "try: invalid TRY_PORT 'http': expected a number from 1 to 65535\n"},
        {"TRY_PORT", "", "try: invalid TRY_PORT '': expected a number from 1 to 65535\n"},
        {"TRY_MODE", "x", "try: invalid TRY_MODE 'x': expected one of stateless, stateful\n"},
        {"TRY_INTERVAL", "5",
         "try: invalid TRY_INTERVAL '5': expected a duration such as 250ms, 2s or 5m, or 0\n"},
        {"TRY_QUIET", "yes", "try: invalid TRY_QUIET 'yes': expected 1\n"},
        {"TRY_QUIET", "", "try: invalid TRY_QUIET '': expected 1\n"},
        {"TRY_HOST", "", "try: invalid TRY_HOST '': expected HOST\n"},
        {"TRY_LISTEN", "", "try: invalid TRY_LISTEN '': expected ADDRESS\n"},
        {"TRY_MAX_STREAMS", "-1",
         "try: invalid TRY_MAX_STREAMS '-1': expected a number from 0 to 18446744073709551615\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv(wrong[i].name, wrong[i].value, 1);
        assert_wrong("try", wrong[i].message);
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
        {"try --listen=", "try: invalid --listen '': expected ADDRESS\n"},
        {"try --max-streams 18446744073709551616",
         "try: invalid --max-streams '18446744073709551616': expected a number from 0 to "
         "18446744073709551615\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_wrong(wrong[i].line, wrong[i].message);
    }
}
END_TEST

START_TEST(a_wrong_option_is_said)
{
    static const struct {
        const char *line;
        const char *message;
    } wrong[] = {
        {"try --prot 5", "try: unknown option '--prot' (try --help)\n"},
        {"try one --prot=5 two", "try: unknown option '--prot=5' (try --help)\n"},
        {"try -z", "try: unknown option '-z' (try --help)\n"},
        {"try -zq", "try: unknown option '-zq' (try --help)\n"},
        {"try -q -z -q", "try: unknown option '-z' (try --help)\n"},
        {"try -qz", "try: unknown option '-z' (try --help)\n"},
        {"try -q -qzq word", "try: unknown option '-z' (try --help)\n"},
        {"try --Port 5", "try: unknown option '--Port' (try --help)\n"},
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
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_wrong(wrong[i].line, wrong[i].message);
    }
}
END_TEST

START_TEST(a_complaint_is_one_printable_line)
{
    char *argv[] = {(char[]){"try"}, (char[]){"--port"}, (char[]){"5\n\x1b[31m\xc3\xa4"}, NULL};
    set_defaults();
    ck_assert_int_eq(parse_captured(&options, 3, argv), OPTIONS_WRONG);
    ck_assert_str_eq(captured_err,
                     "try: invalid --port '5??[31m\?\?': expected a number from 1 to 65535\n");

    static char longest[4000];
    memset(longest, 'x', sizeof longest - 1);
    argv[2] = longest;
    ck_assert_int_eq(parse_captured(&options, 3, argv), OPTIONS_WRONG);
    ck_assert_uint_lt(strlen(captured_err), 600);
    ck_assert_ptr_eq(strchr(captured_err, '\n'), captured_err + strlen(captured_err) - 1);

    argv[1] = longest;
    longest[0] = '-';
    longest[1] = '-';
    ck_assert_int_eq(parse_captured(&options, 2, argv), OPTIONS_WRONG);
    ck_assert_ptr_eq(strchr(captured_err, '\n'), captured_err + strlen(captured_err) - 1);
}
END_TEST

START_TEST(a_program_complains_by_itself)
{
    struct capture err;
    capture_begin(&err, STDERR_FILENO);
    enum options_result result =
        options_complain(&options, "unexpected word '%s', %d of them", "x\ny", 3);
    capture_end(&err, captured_err);
    ck_assert_int_eq(result, OPTIONS_WRONG);
    ck_assert_str_eq(captured_err, "try: unexpected word 'x?y', 3 of them\n");
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
                               "  -h, --help                print this help and exit\n"
                               "  -V, --version             print the version and exit\n"
                               "\n"
                               "The end.\n";
    static const char *const lines[] = {"try --help", "try -help", "try -h", "try -p 5 --help -z"};
    setenv("TRY_PORT", "nonsense", 1);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        set_defaults();
        ck_assert_int_eq(parse(lines[i]), OPTIONS_DONE);
        ck_assert_str_eq(captured_out, help);
        ck_assert_str_eq(captured_err, "");
    }
}
END_TEST

START_TEST(the_version_is_answered_on_stdout)
{
    static const char *const lines[] = {"try --version", "try -version", "try -V", "try -qV"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        set_defaults();
        ck_assert_int_eq(parse(lines[i]), OPTIONS_DONE);
        ck_assert_str_eq(captured_out, "try " COMMS_VERSION " (a library 1.2)\n");
        ck_assert_str_eq(captured_err, "");
    }
    struct options table = options;
    table.describe_libraries = NULL;
    char *argv[] = {(char[]){"try"}, (char[]){"--version"}, NULL};
    ck_assert_int_eq(parse_captured(&table, 2, argv), OPTIONS_DONE);
    ck_assert_str_eq(captured_out, "try " COMMS_VERSION "\n");
}
END_TEST

START_TEST(help_that_cannot_be_written_is_no_success)
{
    struct capture err;
    char *argv[] = {(char[]){"try"}, (char[]){"--help"}, NULL};
    set_defaults();
    fflush(NULL);
    int saved = dup(STDOUT_FILENO);
    int full = open("/dev/full", O_WRONLY);
    ck_assert_int_ge(full, 0);
    ck_assert_int_eq(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    capture_begin(&err, STDERR_FILENO);
    enum options_result result = options_parse(&options, 2, argv, &values, &operands);
    capture_end(&err, captured_err);
    ck_assert_int_eq(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    close(full);
    close(saved);
    ck_assert_int_eq(result, OPTIONS_WRONG);
    ck_assert_str_eq(captured_err, "try: cannot write the output: No space left on device\n");
}
END_TEST

Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, without_options_the_defaults_stay);
    tcase_add_test(tcase, every_kind_is_read_in_every_form);
    tcase_add_test(tcase, an_option_given_again_counts_but_for_texts);
    tcase_add_test(tcase, operands_are_what_is_left);
    tcase_add_test(tcase, the_environment_is_read);
    tcase_add_test(tcase, the_command_line_wins);
    tcase_add_test(tcase, no_environment_where_there_is_no_prefix);
    tcase_add_test(tcase, a_wrong_environment_is_said);
    tcase_add_test(tcase, a_wrong_value_is_said);
    tcase_add_test(tcase, a_wrong_option_is_said);
    tcase_add_test(tcase, a_complaint_is_one_printable_line);
    tcase_add_test(tcase, a_program_complains_by_itself);
    tcase_add_test(tcase, help_is_answered_on_stdout);
    tcase_add_test(tcase, the_version_is_answered_on_stdout);
    tcase_add_test(tcase, help_that_cannot_be_written_is_no_success);
    return suite;
}
