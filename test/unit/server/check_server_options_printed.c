/* The server's command line: what is printed of its options. */
#include "test/kit/server_options_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

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
                                         "--max-size BYTES",
                                         "--max-streams N",
                                         "--max-connection-streams N",
                                         "--max-sessions N",
                                         "--max-client-sessions N",
                                         "--error-status KIND",
                                         "(grpc)",
                                         "--command-timeout TIME",
                                         "--send-timeout TIME",
                                         "--session-timeout TIME",
                                         "(30s)",
                                         "--drain-delay TIME",
                                         "--drain-timeout TIME",
                                         "(5s)",
                                         "--handshake-timeout TIME",
                                         "--keepalive TIME",
                                         "--connection-idle TIME",
                                         "--connection-age TIME",
                                         "--tls-cert FILE",
                                         "--tls-key FILE",
                                         "--tls-client-ca FILE",
                                         "--log-level LEVEL",
                                         "--log-format FORMAT",
                                         "--print-config",
                                         "--help",
                                         "--version",
                                         "COMMS_MAX_STREAMS"};
    static const char *const asked[] = {"--help", "-h", "-help", "--listen ::1 --help"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        ck_assert_int_eq(parse_server_options(asked[i]), OPTIONS_DONE);
        ck_assert_str_eq(options_err, "");
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
            ck_assert_msg(strstr(options_out, wanted[k]) != NULL, "no '%s' in the help", wanted[k]);
        }
    }
}
END_TEST

START_TEST(version_is_a_line)
{
    static const char *const asked[] = {"--version", "-V"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        ck_assert_int_eq(parse_server_options(asked[i]), OPTIONS_DONE);
        ck_assert_str_eq(options_err, "");
        static const char wanted[] = "comms-server " COMMS_VERSION " (gRPC C core ";
        ck_assert_msg(strncmp(options_out, wanted, sizeof wanted - 1) == 0, "%s", options_out);
        ck_assert_ptr_eq(strchr(options_out, '\n'), options_out + strlen(options_out) - 1);
    }
}
END_TEST

/* What is printed, given as the command line, comes to the same. */
START_TEST(the_printed_options_hold)
{
    static const char given[] = "--port 99 --listen ::1 --listen localhost -m stateful "
                                "--interval 250ms --session-timeout 90s --drain-timeout 0 "
                                "--log-level debug --max-streams 10 --print-config";
    static const char *const lines[] = {
        "--port 99\n--listen ::1\n--listen localhost\n",
        "--mode stateful\n--interval 250ms\n",
        "\n--session-timeout 90s\n--drain-delay 0\n--drain-timeout 0\n",
        "\n--command-timeout 30s\n",
        "\n--max-connection-streams 5\n", /* the default */
        "\n--store memory\n",
        "\n--log-level debug\n--log-format auto\n"};
    char printed[CAPTURE_SIZE];
    ck_assert_int_eq(parse_server_options(given), OPTIONS_DONE);
    ck_assert_str_eq(options_err, "");
    ck_assert_ptr_null(strstr(options_out, "tls-cert")); /* it is not set */
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        ck_assert_msg(strstr(options_out, lines[i]) != NULL, "no '%s' in %s", lines[i],
                      options_out);
    }
    (void)snprintf(printed, sizeof printed, "%s", options_out);
    char again[CAPTURE_SIZE + sizeof "--print-config"];
    (void)snprintf(again, sizeof again, "%s--print-config", printed);
    for (char *c = again; *c != '\0'; c++) {
        *c = (char)(*c == '\n' ? ' ' : *c);
    }
    ck_assert_int_eq(parse_server_options(again), OPTIONS_DONE);
    ck_assert_str_eq(options_out, printed);
}
END_TEST

START_TEST(wrong_options_are_not_printed)
{
    server_must_refuse("--print-config --tls-key x", "--tls-key requires --tls-cert");
    server_must_refuse("--print-config --port x",
                       "invalid --port 'x': expected a number from 0 to 65535");
    server_must_refuse("--tls-cert a\nb", "invalid --tls-cert 'a?b': it has a control character");
    server_must_refuse("--listen \x7f", "invalid --listen '?': it has a control character");
}
END_TEST

Suite *server_options_printed_suite(void)
{
    Suite *suite = suite_create("server-options-printed");
    TCase *parsing = tcase_create("parsing");
    suite_add_tcase(suite, parsing);
    tcase_add_checked_fixture(parsing, server_options_set_up, NULL);
    tcase_add_test(parsing, help_names_every_option_and_its_default);
    tcase_add_test(parsing, version_is_a_line);
    tcase_add_test(parsing, the_printed_options_hold);
    tcase_add_test(parsing, wrong_options_are_not_printed);
    return suite;
}
