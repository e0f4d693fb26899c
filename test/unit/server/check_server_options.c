/* The server's command line and environment: defaults, every option, every error. */
#include "server/options.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/protocol/command.h"
#include "test/kit/capture.h"
#include "test/kit/words.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const variables[] = {
    "COMMS_PORT",         "COMMS_LISTEN",          "COMMS_MODE",
    "COMMS_INTERVAL",     "COMMS_MAX_NUMBERS",     "COMMS_MAX_STREAMS",
    "COMMS_MAX_SESSIONS", "COMMS_SESSION_TIMEOUT", "COMMS_DRAIN_TIMEOUT",
    "COMMS_LOG_LEVEL",    "COMMS_COMMAND_TIMEOUT", "COMMS_ERROR_STATUS"};

static struct server_options options;
static char out[CAPTURE_SIZE];
static char err[CAPTURE_SIZE];

/* Removes all options from the environment. */
static void set_up(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        unsetenv(variables[i]);
    }
}

static enum options_result parse(const char *text)
{
    struct words words;
    words_split(&words, "comms-server", text);
    struct capture out_capture;
    struct capture err_capture;
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
    enum options_result result = server_options_parse(&options, words.argc, words.argv);
    capture_end(&err_capture, err);
    capture_end(&out_capture, out);
    return result;
}

static void must_parse(const char *words)
{
    enum options_result result = parse(words);
    ck_assert_msg(result == OPTIONS_GO_ON, "'%s': %s", words, err);
    ck_assert_str_eq(out, "");
    ck_assert_str_eq(err, "");
}

/* The command line must be refused with exactly this line. */
static void must_refuse(const char *words, const char *line)
{
    ck_assert_int_eq(parse(words), OPTIONS_WRONG);
    ck_assert_str_eq(out, "");
    char wanted[512];
    snprintf(wanted, sizeof wanted, "comms-server: %s\n", line);
    ck_assert_str_eq(err, wanted);
    ck_assert_uint_eq(options.listen.count, 0); /* nothing to clean up */
}

START_TEST(without_options_it_has_defaults)
{
    must_parse("");
    ck_assert_uint_eq(options.port, 1337);
    ck_assert_uint_eq(options.mode, MODE_STATELESS);
    ck_assert_uint_eq(options.listen.count, 0);
    ck_assert_int_eq(options.interval_ns, NS_PER_S);
    ck_assert_int_eq(options.session_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_eq(options.drain_timeout_ns, 5 * NS_PER_S);
    ck_assert_int_eq(options.command_timeout_ns, 30 * NS_PER_S);
    ck_assert_uint_eq(options.error_status, ERROR_STATUS_GRPC);
    ck_assert_uint_eq(options.max_numbers, 65535);
    ck_assert_uint_ge(options.max_streams, 1000);
    ck_assert_uint_ge(options.max_sessions, 1000);
    ck_assert_uint_eq(options.log_level, LOG_LEVEL_INFO);
    server_options_cleanup(&options);
}
END_TEST

static void must_be_set(void)
{
    ck_assert_uint_eq(options.port, 99);
    ck_assert_uint_eq(options.mode, MODE_STATEFUL);
    ck_assert_int_eq(options.interval_ns, 250 * NS_PER_MS);
    ck_assert_int_eq(options.session_timeout_ns, 90 * NS_PER_S);
}

START_TEST(an_option_has_several_forms)
{
    static const char *const forms[] = {
        "--port 99 --mode stateful --interval 250ms --session-timeout 1.5m",
        "-port 99 -mode stateful -interval 250ms -session-timeout 90s",
        "-p 99 -m stateful --interval=250ms -session-timeout=90000ms",
        "-p99 -mstateful --interval=0.25s --session-timeout=90s",
        "--port=1 -p99 -m stateless -m stateful --interval 250000us --session-timeout 90s"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        must_parse(forms[i]);
        must_be_set();
        server_options_cleanup(&options);
    }
}
END_TEST

START_TEST(every_option_sets_its_value)
{
    must_parse("--port 0 --interval 0 --session-timeout 0 --drain-timeout 2m");
    ck_assert_uint_eq(options.port, 0);
    ck_assert_int_eq(options.interval_ns, 0);
    ck_assert_int_eq(options.session_timeout_ns, 0);
    ck_assert_int_eq(options.drain_timeout_ns, 120 * NS_PER_S);
    server_options_cleanup(&options);

    must_parse("--max-numbers 16777215 --max-streams 1 --max-sessions 2 --port 65535");
    ck_assert_uint_eq(options.max_numbers, 16777215);
    ck_assert_uint_eq(options.max_streams, 1);
    ck_assert_uint_eq(options.max_sessions, 2);
    ck_assert_uint_eq(options.port, 65535);
    server_options_cleanup(&options);

    must_parse("--command-timeout 300ms --error-status ok");
    ck_assert_int_eq(options.command_timeout_ns, 300 * NS_PER_MS);
    ck_assert_uint_eq(options.error_status, ERROR_STATUS_OK);
    server_options_cleanup(&options);
    must_parse("--error-status grpc");
    ck_assert_uint_eq(options.error_status, ERROR_STATUS_GRPC);
    server_options_cleanup(&options);

    static const char *const levels[] = {"--log-level error", "--log-level warn",
                                         "--log-level notice", "--log-level info",
                                         "--log-level debug"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        must_parse(levels[i]);
        ck_assert_uint_eq(options.log_level, LOG_LEVEL_ERROR + i);
        server_options_cleanup(&options);
    }
}
END_TEST

START_TEST(listen_may_be_given_again)
{
    static const char *const wanted[] = {"127.0.0.1", "::1", "unix:/run/comms.sock", "localhost"};
    must_parse("--listen 127.0.0.1 -l ::1 -listen unix:/run/comms.sock --listen=localhost");
    ck_assert_uint_eq(options.listen.count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(options.listen.items[i], wanted[i]);
    }
    server_options_cleanup(&options);
    ck_assert_uint_eq(options.listen.count, 0);
}
END_TEST

static const struct {
    const char *words;
    const char *line;
} refusals[] = {
    {"--port 65536", "invalid --port '65536': expected a number from 0 to 65535"},
    {"--port x", "invalid --port 'x': expected a number from 0 to 65535"},
    {"-p -1", "invalid --port '-1': expected a number from 0 to 65535"},
    {"--port=", "invalid --port '': expected a number from 0 to 65535"},
    {"--port 13371337133713371337", "invalid --port '13371337133713371337': expected a number from "
                                    "0 to 65535"},
    {"--port", "option --port needs a value: expected a number from 0 to 65535"},
    {"--mode fast", "invalid --mode 'fast': expected one of stateless, stateful"},
    {"--mode", "option --mode needs a value: expected one of stateless, stateful"},
    {"--interval 5", "invalid --interval '5': expected a duration such as 250ms, 2s or 5m, or 0"},
    {"--interval -1s",
     "invalid --interval '-1s': expected a duration such as 250ms, 2s or 5m, or 0"},
    {"--drain-timeout soon",
     "invalid --drain-timeout 'soon': expected a duration such as 250ms, 2s or 5m, or 0"},
    {"--command-timeout 0",
     "invalid --command-timeout '0': expected a duration such as 250ms, 2s or 5m"},
    {"--command-timeout never",
     "invalid --command-timeout 'never': expected a duration such as 250ms, 2s or 5m"},
    {"--error-status OK", "invalid --error-status 'OK': expected one of grpc, ok"},
    {"--max-numbers 0", "invalid --max-numbers '0': expected a number from 1 to 16777215"},
    {"--max-numbers 16777216",
     "invalid --max-numbers '16777216': expected a number from 1 to 16777215"},
    {"--max-streams 0", "invalid --max-streams '0': expected a number from 1 to 1000000"},
    {"--max-sessions 0", "invalid --max-sessions '0': expected a number from 1 to 1000000000"},
    {"--log-level loud",
     "invalid --log-level 'loud': expected one of error, warn, notice, info, debug"},
    {"--listen=", "invalid --listen '': expected ADDRESS"},
    {"--listen 127.0.0.1 --listen localhost:1337",
     "invalid --listen 'localhost:1337': expected an address without a port: the port is given by "
     "--port"},
    {"--listen unix:", "invalid --listen 'unix:': expected a path after unix:"},
    {"--listen http://localhost",
     "invalid --listen 'http://localhost': expected an address or a host, not a URL"},
    {"--listen", "option --listen needs a value: expected ADDRESS"},
    {"--listen 127.0.0.1 --listen ::1 --port x",
     "invalid --port 'x': expected a number from 0 to 65535"},
    {"--fast", "unknown option '--fast' (try --help)"},
    {"-x", "unknown option '-x' (try --help)"},
    {"--port 5 stateful", "unexpected word 'stateful' (options begin with --)"},
    {"--listen ::1 1337", "unexpected word '1337' (options begin with --)"},
};

START_TEST(what_is_wrong_is_said_in_a_line)
{
    must_refuse(refusals[_i].words, refusals[_i].line);
}
END_TEST

START_TEST(bytes_that_are_not_printable_are_not_printed)
{
    must_refuse("--mode a\x1b[31mb\n", "invalid --mode 'a?[31mb?': expected one of stateless, "
                                       "stateful");
}
END_TEST

START_TEST(the_environment_is_read)
{
    setenv("COMMS_PORT", "99", 1);
    setenv("COMMS_MODE", "stateful", 1);
    setenv("COMMS_INTERVAL", "250ms", 1);
    setenv("COMMS_SESSION_TIMEOUT", "90s", 1);
    setenv("COMMS_LISTEN", "::1", 1);
    must_parse("");
    must_be_set();
    ck_assert_uint_eq(options.listen.count, 1);
    ck_assert_str_eq(options.listen.items[0], "::1");
    server_options_cleanup(&options);
}
END_TEST

START_TEST(the_command_line_wins)
{
    setenv("COMMS_PORT", "1", 1);
    setenv("COMMS_LISTEN", "::1", 1);
    setenv("COMMS_INTERVAL", "nonsense", 1); /* not read: the command line has it */
    must_parse("--port 99 --listen 127.0.0.1 --listen localhost --interval 250ms -m stateful "
               "--session-timeout 90s");
    must_be_set();
    ck_assert_uint_eq(options.listen.count, 2);
    ck_assert_str_eq(options.listen.items[0], "127.0.0.1");
    server_options_cleanup(&options);
}
END_TEST

START_TEST(a_wrong_environment_is_refused)
{
    setenv("COMMS_MAX_SESSIONS", "many", 1);
    must_refuse("", "invalid COMMS_MAX_SESSIONS 'many': expected a number from 1 to 1000000000");
    must_refuse("--listen ::1",
                "invalid COMMS_MAX_SESSIONS 'many': expected a number from 1 to 1000000000");
}
END_TEST

START_TEST(an_address_of_the_environment_is_checked)
{
    setenv("COMMS_LISTEN", "127.0.0.1:1337", 1);
    must_refuse("",
                "invalid COMMS_LISTEN '127.0.0.1:1337': expected an address without a port: the "
                "port is given by --port");
}
END_TEST

/* What Kubernetes sets for a service called comms, and docker for a container linked by that name.
 */
START_TEST(variables_of_an_orchestrator_do_not_stop_it)
{
    static const char *const injected[][2] = {
        {"COMMS_SERVICE_HOST", "10.0.0.1"},
        {"COMMS_SERVICE_PORT", "1337"},
        {"COMMS_SERVICE_PORT_GRPC", "1337"},
        {"COMMS_PORT_1337_TCP", "tcp://10.0.0.1:1337"},
        {"COMMS_PORT_1337_TCP_PROTO", "tcp"},
        {"COMMS_PORT_1337_TCP_PORT", "1337"},
        {"COMMS_PORT_1337_TCP_ADDR", "10.0.0.1"},
        {"COMMS_NAME", "/server/comms"},
        {"COMMS_ENV_MODE", "x"},
    };
    static const char said[] = "comms-server: ignored COMMS_PORT=tcp://10.0.0.1:1337, which an "
                               "orchestrator sets for a service of this name; --port sets the "
                               "port\n";
    for (size_t i = 0; i < sizeof injected / sizeof *injected; i++) {
        setenv(injected[i][0], injected[i][1], 1);
    }
    must_parse("");
    server_options_cleanup(&options);

    setenv("COMMS_PORT", "tcp://10.0.0.1:1337", 1);
    ck_assert_int_eq(parse(""), OPTIONS_GO_ON);
    ck_assert_str_eq(out, "");
    ck_assert_str_eq(err, said);
    ck_assert_uint_eq(options.port, 1337);
    server_options_cleanup(&options);
    must_parse("--port 99"); /* COMMS_PORT is not read, and nothing is said */
    server_options_cleanup(&options);
    ck_assert_int_eq(parse("--version"), OPTIONS_DONE);
    ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(help_names_every_option_and_its_default)
{
    static const char *const wanted[] = {"Usage: comms-server ",
                                         "--port PORT",
                                         "(1337)",
                                         "--listen ADDRESS",
                                         "--mode MODE",
                                         "--interval TIME",
                                         "(1s)",
                                         "--max-numbers N",
                                         "(65535)",
                                         "--max-streams N",
                                         "--max-sessions N",
                                         "--error-status KIND",
                                         "(grpc)",
                                         "--command-timeout TIME",
                                         "--session-timeout TIME",
                                         "(30s)",
                                         "--drain-timeout TIME",
                                         "(5s)",
                                         "--log-level LEVEL",
                                         "--help",
                                         "--version",
                                         "COMMS_MAX_STREAMS"};
    static const char *const asked[] = {"--help", "-h", "-help", "--listen ::1 --help"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        ck_assert_int_eq(parse(asked[i]), OPTIONS_DONE);
        ck_assert_str_eq(err, "");
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
            ck_assert_msg(strstr(out, wanted[k]) != NULL, "no '%s' in the help", wanted[k]);
        }
    }
}
END_TEST

START_TEST(version_is_a_line)
{
    static const char *const asked[] = {"--version", "-V"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        ck_assert_int_eq(parse(asked[i]), OPTIONS_DONE);
        ck_assert_str_eq(err, "");
        static const char wanted[] = "comms-server " COMMS_VERSION " (gRPC C core ";
        ck_assert_msg(strncmp(out, wanted, sizeof wanted - 1) == 0, "%s", out);
        ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
    }
}
END_TEST

Suite *server_options_suite(void)
{
    Suite *suite = suite_create("server-options");
    TCase *parsing = tcase_create("parsing");
    suite_add_tcase(suite, parsing);
    tcase_add_checked_fixture(parsing, set_up, NULL);
    tcase_add_test(parsing, without_options_it_has_defaults);
    tcase_add_test(parsing, an_option_has_several_forms);
    tcase_add_test(parsing, every_option_sets_its_value);
    tcase_add_test(parsing, listen_may_be_given_again);
    tcase_add_loop_test(parsing, what_is_wrong_is_said_in_a_line, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(parsing, bytes_that_are_not_printable_are_not_printed);
    tcase_add_test(parsing, the_environment_is_read);
    tcase_add_test(parsing, the_command_line_wins);
    tcase_add_test(parsing, a_wrong_environment_is_refused);
    tcase_add_test(parsing, an_address_of_the_environment_is_checked);
    tcase_add_test(parsing, variables_of_an_orchestrator_do_not_stop_it);
    tcase_add_test(parsing, help_names_every_option_and_its_default);
    tcase_add_test(parsing, version_is_a_line);
    return suite;
}
