/* The server's command line: defaults, every option, every error. What is printed of them is in
 * check_server_options_printed.c. */
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/protocol/command.h"
#include "test/kit/server_options_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

START_TEST(without_options_it_has_defaults)
{
    server_must_parse("");
    ck_assert_uint_eq(parsed_options.port, 1337);
    ck_assert_uint_eq(parsed_options.mode, MODE_STATELESS);
    ck_assert_uint_eq(parsed_options.listen.count, 0);
    ck_assert_int_eq(parsed_options.interval_ns, NS_PER_S);
    ck_assert_int_eq(parsed_options.session_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_eq(parsed_options.drain_delay_ns, 0);
    ck_assert_int_eq(parsed_options.drain_timeout_ns, 5 * NS_PER_S);
    ck_assert_int_eq(parsed_options.command_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_eq(parsed_options.send_timeout_ns, 30 * NS_PER_S);
    ck_assert_uint_eq(parsed_options.error_status, ERROR_STATUS_GRPC);
    ck_assert_uint_eq(parsed_options.max_numbers, 65535);
    ck_assert_uint_eq(parsed_options.max_size, 1048576);
    ck_assert_uint_ge(parsed_options.max_streams, 1000);
    ck_assert_uint_eq(parsed_options.max_connection_streams, 0); /* not given */
    ck_assert_uint_ge(parsed_options.max_sessions, 1000);
    ck_assert_uint_eq(parsed_options.max_connections, 10000);
    ck_assert_uint_eq(parsed_options.max_tls_connections, 2000);
    ck_assert_uint_eq(parsed_options.max_connections_per_address, 0);
    ck_assert_int_eq(parsed_options.handshake_timeout_ns, 10 * NS_PER_S);
    ck_assert_int_eq(parsed_options.keepalive_ns, 60 * NS_PER_S);
    ck_assert_int_eq(parsed_options.connection_idle_ns, 300 * NS_PER_S);
    ck_assert_int_eq(parsed_options.connection_age_ns, 0);
    ck_assert_uint_eq(parsed_options.log_level, LOG_LEVEL_INFO);
    ck_assert_uint_eq(parsed_options.log_format, LOG_FORMAT_AUTO);
    server_options_cleanup(&parsed_options);
}
END_TEST

START_TEST(an_option_has_several_forms)
{
    static const char *const forms[] = {
        "--port 99 --mode stateful --interval 250ms --session-timeout 1.5m",
        "-port 99 -mode stateful -interval 250ms -session-timeout 90s",
        "-p 99 -m stateful --interval=250ms -session-timeout=90000ms",
        "-p99 -mstateful --interval=0.25s --session-timeout=90s",
        "--port=1 -p99 -m stateless -m stateful --interval 250000us --session-timeout 90s"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        server_must_parse(forms[i]);
        server_must_be_set();
        server_options_cleanup(&parsed_options);
    }
}
END_TEST

START_TEST(every_option_sets_its_value)
{
    server_must_parse("--port 0 --interval 0 --session-timeout 0 --drain-timeout 2m");
    ck_assert_uint_eq(parsed_options.port, 0);
    ck_assert_int_eq(parsed_options.interval_ns, 0);
    ck_assert_int_eq(parsed_options.session_timeout_ns, 0);
    ck_assert_int_eq(parsed_options.drain_timeout_ns, 120 * NS_PER_S);
    server_options_cleanup(&parsed_options);

    ck_assert_uint_eq(parsed_options.max_client_sessions, 0);
    server_must_parse("--max-numbers 16777215 --max-streams 1 --max-sessions 2 --port 65535 "
                      "--max-client-sessions 3 --max-connection-streams 4");
    ck_assert_uint_eq(parsed_options.max_client_sessions, 3);
    ck_assert_uint_eq(parsed_options.max_connection_streams, 4);
    ck_assert_uint_eq(parsed_options.max_numbers, 16777215);
    ck_assert_uint_eq(parsed_options.max_streams, 1);
    ck_assert_uint_eq(parsed_options.max_sessions, 2);
    ck_assert_uint_eq(parsed_options.port, 65535);
    server_options_cleanup(&parsed_options);

    static const struct {
        const char *line;
        uint64_t size;
    } sizes[] = {{"--max-size 0", 0},
                 {"--max-size 1", 1},
                 {"--max-size 16KiB", 16384},
                 {"--max-size 1MiB", 1048576},
                 {"--max-size 1024KiB", 1048576}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        server_must_parse(sizes[i].line);
        ck_assert_uint_eq(parsed_options.max_size, sizes[i].size);
        server_options_cleanup(&parsed_options);
    }

    server_must_parse(
        "--max-connections 3 --max-connections-per-address 4 --max-tls-connections 5");
    ck_assert_uint_eq(parsed_options.max_connections, 3);
    ck_assert_uint_eq(parsed_options.max_connections_per_address, 4);
    ck_assert_uint_eq(parsed_options.max_tls_connections, 5);
    server_options_cleanup(&parsed_options);

    server_must_parse("--drain-delay 7s");
    ck_assert_int_eq(parsed_options.drain_delay_ns, 7 * NS_PER_S);
    server_options_cleanup(&parsed_options);
    server_must_parse("--command-timeout 300ms --send-timeout 10s --error-status ok");
    ck_assert_int_eq(parsed_options.send_timeout_ns, 10 * NS_PER_S);
    ck_assert_int_eq(parsed_options.command_timeout_ns, 300 * NS_PER_MS);
    ck_assert_uint_eq(parsed_options.error_status, ERROR_STATUS_OK);
    server_options_cleanup(&parsed_options);
    server_must_parse("--error-status grpc");
    ck_assert_uint_eq(parsed_options.error_status, ERROR_STATUS_GRPC);
    server_options_cleanup(&parsed_options);

    server_must_parse(
        "--handshake-timeout 3s --keepalive 0 --connection-idle 0 --connection-age 1h");
    ck_assert_int_eq(parsed_options.handshake_timeout_ns, 3 * NS_PER_S);
    ck_assert_int_eq(parsed_options.keepalive_ns, 0);
    ck_assert_int_eq(parsed_options.connection_idle_ns, 0);
    ck_assert_int_eq(parsed_options.connection_age_ns, 3600 * NS_PER_S);
    server_options_cleanup(&parsed_options);

    static const char *const levels[] = {"--log-level error", "--log-level warn",
                                         "--log-level notice", "--log-level info",
                                         "--log-level debug"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        server_must_parse(levels[i]);
        ck_assert_uint_eq(parsed_options.log_level, LOG_LEVEL_ERROR + i);
        server_options_cleanup(&parsed_options);
    }
    static const char *const formats[] = {"--log-format text", "--log-format logfmt",
                                          "--log-format json", "--log-format auto"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        server_must_parse(formats[i]);
        ck_assert_uint_eq(parsed_options.log_format, LOG_FORMAT_TEXT + i);
        server_options_cleanup(&parsed_options);
    }
}
END_TEST

START_TEST(the_options_of_tls_belong_together)
{
    server_must_parse("");
    ck_assert_ptr_null(parsed_options.tls.certificate);
    ck_assert_ptr_null(parsed_options.tls.key);
    ck_assert_ptr_null(parsed_options.tls.authorities);
    server_options_cleanup(&parsed_options);
    server_must_parse("--tls-cert a.pem --tls-key a.key --tls-client-ca ca.pem");
    ck_assert_str_eq(parsed_options.tls.certificate, "a.pem");
    ck_assert_str_eq(parsed_options.tls.key, "a.key");
    ck_assert_str_eq(parsed_options.tls.authorities, "ca.pem");
    server_options_cleanup(&parsed_options);
    server_must_parse("--tls-key a.key --tls-cert a.pem");
    ck_assert_ptr_null(parsed_options.tls.authorities);
    server_options_cleanup(&parsed_options);
}
END_TEST

START_TEST(listen_may_be_given_again)
{
    static const char *const wanted[] = {"127.0.0.1", "::1", "unix:/run/comms.sock", "localhost"};
    server_must_parse("--listen 127.0.0.1 -l ::1 -listen unix:/run/comms.sock --listen=localhost");
    ck_assert_uint_eq(parsed_options.listen.count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(parsed_options.listen.items[i], wanted[i]);
    }
    server_options_cleanup(&parsed_options);
    ck_assert_uint_eq(parsed_options.listen.count, 0);
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
    {"--send-timeout 0", "invalid --send-timeout '0': expected a duration such as 250ms, 2s or 5m"},
    {"--command-timeout never",
     "invalid --command-timeout 'never': expected a duration such as 250ms, 2s or 5m"},
    {"--handshake-timeout 0",
     "invalid --handshake-timeout '0': expected a duration such as 250ms, 2s or 5m"},
    {"--error-status OK", "invalid --error-status 'OK': expected one of grpc, ok"},
    {"--max-size 1048577", "invalid --max-size '1048577': expected bytes such as 1500, 16KiB or "
                           "1MiB, from 0 to 1MiB"},
    {"--max-size 1.5KiB", "invalid --max-size '1.5KiB': expected bytes such as 1500, 16KiB or "
                          "1MiB, from 0 to 1MiB"},
    {"--max-numbers 0", "invalid --max-numbers '0': expected a number from 1 to 16777215"},
    {"--max-numbers 16777216",
     "invalid --max-numbers '16777216': expected a number from 1 to 16777215"},
    {"--max-streams 0", "invalid --max-streams '0': expected a number from 1 to 1000000"},
    {"--max-connection-streams 0",
     "invalid --max-connection-streams '0': expected a number from 1 to 1000000"},
    {"--max-sessions 0", "invalid --max-sessions '0': expected a number from 1 to 1000000000"},
    {"--log-level loud",
     "invalid --log-level 'loud': expected one of error, warn, notice, info, debug"},
    {"--log-format JSON", "invalid --log-format 'JSON': expected one of text, logfmt, json, auto"},
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
    {"--tls-cert a.pem", "--tls-cert requires --tls-key"},
    {"--tls-key a.key", "--tls-key requires --tls-cert"},
    {"--tls-key a.key --tls-client-ca ca.pem --listen ::1", "--tls-key requires --tls-cert"},
    {"--tls-client-ca ca.pem", "--tls-client-ca requires --tls-cert and --tls-key"},
    {"--tls-cert=", "invalid --tls-cert '': expected FILE"},
    {"--fast", "unknown option '--fast' (try --help)"},
    {"-x", "unknown option '-x' (try --help)"},
    {"--port 5 stateful", "unexpected word 'stateful' (options begin with --)"},
    {"--listen ::1 1337", "unexpected word '1337' (options begin with --)"},
};

START_TEST(what_is_wrong_is_said_in_a_line)
{
    server_must_refuse(refusals[_i].words, refusals[_i].line);
}
END_TEST

START_TEST(bytes_that_are_not_printable_are_not_printed)
{
    server_must_refuse("--mode a\x1b[31mb\n",
                       "invalid --mode 'a?[31mb?': expected one of stateless, "
                       "stateful");
}
END_TEST

Suite *server_options_suite(void)
{
    Suite *suite = suite_create("server-options");
    TCase *parsing = tcase_create("parsing");
    suite_add_tcase(suite, parsing);
    tcase_add_checked_fixture(parsing, server_options_set_up, NULL);
    tcase_add_test(parsing, without_options_it_has_defaults);
    tcase_add_test(parsing, an_option_has_several_forms);
    tcase_add_test(parsing, every_option_sets_its_value);
    tcase_add_test(parsing, the_options_of_tls_belong_together);
    tcase_add_test(parsing, listen_may_be_given_again);
    tcase_add_loop_test(parsing, what_is_wrong_is_said_in_a_line, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(parsing, bytes_that_are_not_printable_are_not_printed);
    return suite;
}
