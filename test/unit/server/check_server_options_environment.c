/* The server's options in the environment, where orchestrators put their own variables, too. */
#include "shared/base/clock.h"
#include "shared/protocol/command.h"
#include "test/kit/server_options_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(the_environment_is_read)
{
    setenv("COMMS_PORT", "99", 1);
    setenv("COMMS_MODE", "stateful", 1);
    setenv("COMMS_INTERVAL", "250ms", 1);
    setenv("COMMS_SESSION_TIMEOUT", "90s", 1);
    setenv("COMMS_LISTEN", "::1", 1);
    server_must_parse("");
    server_must_be_set();
    ck_assert_uint_eq(parsed_options.listen.count, 1);
    ck_assert_str_eq(parsed_options.listen.items[0], "::1");
    server_options_cleanup(&parsed_options);
}
END_TEST

START_TEST(the_command_line_wins)
{
    setenv("COMMS_PORT", "1", 1);
    setenv("COMMS_LISTEN", "::1", 1);
    setenv("COMMS_INTERVAL", "nonsense", 1); /* not read: the command line has it */
    server_must_parse(
        "--port 99 --listen 127.0.0.1 --listen localhost --interval 250ms -m stateful "
        "--session-timeout 90s");
    server_must_be_set();
    ck_assert_uint_eq(parsed_options.listen.count, 2);
    ck_assert_str_eq(parsed_options.listen.items[0], "127.0.0.1");
    server_options_cleanup(&parsed_options);
}
END_TEST

START_TEST(a_wrong_environment_is_refused)
{
    setenv("COMMS_MAX_SESSIONS", "many", 1);
    server_must_refuse("",
                       "invalid COMMS_MAX_SESSIONS 'many': expected a number from 1 to 1000000000");
    server_must_refuse("--listen ::1",
                       "invalid COMMS_MAX_SESSIONS 'many': expected a number from 1 to 1000000000");
}
END_TEST

START_TEST(an_address_of_the_environment_is_checked)
{
    setenv("COMMS_LISTEN", "127.0.0.1:1337", 1);
    server_must_refuse(
        "", "invalid COMMS_LISTEN '127.0.0.1:1337': expected an address without a port: the "
            "port is given by --port");
}
END_TEST

/* What is logged of the options, from its level on. */
static const char *log_what_was_set(void)
{
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    server_options_set_log(&parsed_options);
    capture_end(&capture, options_err);
    const char *level = strstr(options_err, "level=");
    return level == NULL ? options_err : level;
}

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
    static const char said[] = "level=warn event=\"variable ignored\" variable=COMMS_PORT "
                               "value=\"tcp://10.0.0.1:1337\" "
                               "reason=\"an orchestrator sets it for a service of this name\" "
                               "hint=\"--port sets the port\"\n";
    for (size_t i = 0; i < sizeof injected / sizeof *injected; i++) {
        setenv(injected[i][0], injected[i][1], 1);
    }
    server_must_parse("");
    server_options_cleanup(&parsed_options);

    setenv("COMMS_PORT", "tcp://10.0.0.1:1337", 1);
    server_must_parse("");
    ck_assert_uint_eq(parsed_options.port, 1337);
    ck_assert_str_eq(log_what_was_set(), said);
    server_options_cleanup(&parsed_options);
    server_must_parse("--port 99"); /* COMMS_PORT is not read */
    ck_assert_str_eq(log_what_was_set(), "");
    server_options_cleanup(&parsed_options);
    ck_assert_int_eq(parse_server_options("--version"), OPTIONS_DONE);
    ck_assert_str_eq(options_err, "");
}
END_TEST

Suite *server_options_environment_suite(void)
{
    Suite *suite = suite_create("server-options-environment");
    TCase *parsing = tcase_create("environment");
    suite_add_tcase(suite, parsing);
    tcase_add_checked_fixture(parsing, server_options_set_up, NULL);
    tcase_add_test(parsing, the_environment_is_read);
    tcase_add_test(parsing, the_command_line_wins);
    tcase_add_test(parsing, a_wrong_environment_is_refused);
    tcase_add_test(parsing, an_address_of_the_environment_is_checked);
    tcase_add_test(parsing, variables_of_an_orchestrator_do_not_stop_it);
    return suite;
}
