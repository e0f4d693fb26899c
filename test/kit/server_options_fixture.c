#include "test/kit/server_options_fixture.h"

#include "shared/base/clock.h"
#include "shared/protocol/command.h"
#include "test/kit/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const variables[] = {"COMMS_PORT",
                                        "COMMS_LISTEN",
                                        "COMMS_MODE",
                                        "COMMS_INTERVAL",
                                        "COMMS_MAX_NUMBERS",
                                        "COMMS_MAX_STREAMS",
                                        "COMMS_MAX_SESSIONS",
                                        "COMMS_SESSION_TIMEOUT",
                                        "COMMS_DRAIN_TIMEOUT",
                                        "COMMS_LOG_LEVEL",
                                        "COMMS_LOG_FORMAT",
                                        "COMMS_COMMAND_TIMEOUT",
                                        "COMMS_ERROR_STATUS",
                                        "COMMS_MAX_CONNECTION_STREAMS",
                                        "COMMS_HANDSHAKE_TIMEOUT",
                                        "COMMS_KEEPALIVE",
                                        "COMMS_CONNECTION_IDLE",
                                        "COMMS_CONNECTION_AGE",
                                        "COMMS_MAX_TLS_CONNECTIONS",
                                        "COMMS_TLS_CERT",
                                        "COMMS_TLS_KEY",
                                        "COMMS_TLS_CLIENT_CA"};

struct server_options parsed_options;
char options_out[CAPTURE_SIZE];
char options_err[CAPTURE_SIZE];

void server_options_set_up(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        unsetenv(variables[i]);
    }
}

enum options_result parse_server_options(const char *text)
{
    struct words words;
    words_split(&words, "comms-server", text);
    struct capture out_capture;
    struct capture err_capture;
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
    enum options_result result = server_options_parse(&parsed_options, words.argc, words.argv);
    capture_end(&err_capture, options_err);
    capture_end(&out_capture, options_out);
    return result;
}

void server_must_parse(const char *words)
{
    enum options_result result = parse_server_options(words);
    ck_assert_msg(result == OPTIONS_GO_ON, "'%s': %s", words, options_err);
    ck_assert_str_eq(options_out, "");
    ck_assert_str_eq(options_err, "");
}

void server_must_refuse(const char *words, const char *line)
{
    ck_assert_int_eq(parse_server_options(words), OPTIONS_WRONG);
    ck_assert_str_eq(options_out, "");
    char wanted[512];
    snprintf(wanted, sizeof wanted, "comms-server: %s\n", line);
    ck_assert_str_eq(options_err, wanted);
    ck_assert_uint_eq(parsed_options.listen.count, 0); /* nothing to clean up */
}

void server_must_be_set(void)
{
    ck_assert_uint_eq(parsed_options.port, 99);
    ck_assert_uint_eq(parsed_options.mode, MODE_STATEFUL);
    ck_assert_int_eq(parsed_options.interval_ns, 250 * NS_PER_MS);
    ck_assert_int_eq(parsed_options.session_timeout_ns, 90 * NS_PER_S);
}
