/* The client's command line: modes, targets, operands, what is refused and how. */
#include "client/options.h"
#include "shared/clock.h"
#include "test/capture.h"
#include "test/suites.h"
#include "test/words.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_UUID "a17417a0-aa39-40b5-8675-247713cc4908"

static struct client_options options;
static char out[CAPTURE_SIZE];
static char err[CAPTURE_SIZE];

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
}

static enum options_result parse(const char *text)
{
    struct words words;
    words_split(&words, "comms-client", text);
    struct capture out_capture;
    struct capture err_capture;
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
    enum options_result result = client_options_parse(&options, words.argc, words.argv);
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

static void must_have_uuid(const char *wanted)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(&options.uuid, text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(without_options_it_has_defaults)
{
    must_parse("");
    ck_assert_int_eq(options.mode, CLIENT_STATELESS);
    ck_assert_uint_eq(options.port, 1337);
    ck_assert_str_eq(options.target, "127.0.0.1:1337");
    ck_assert_uint_ge(options.n, 1);
    ck_assert_uint_le(options.n, 65535);
    ck_assert_int_eq(options.retry_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_gt(options.stall_timeout_ns, NS_PER_S); /* the server's interval */
    ck_assert(!options.quiet);
}
END_TEST

static const struct {
    const char *words;
    const char *target;
} targets[] = {
    {"-p 99", "127.0.0.1:99"},
    {"--port 65535", "127.0.0.1:65535"},
    {"--host localhost", "localhost:1337"},
    {"--host example.org --port 99", "example.org:99"},
    {"--host 10.0.0.1 -p 99", "10.0.0.1:99"},
    {"--host 10.0.0.1:98 -p 99", "10.0.0.1:98"},
    {"--host localhost:98", "localhost:98"},
    {"--host ::1", "[::1]:1337"},
    {"--host ::1 -p 99", "[::1]:99"},
    {"--host fe80::1%eth0 -p 99", "[fe80::1%eth0]:99"},
    {"--host 2001:db8:0:0:0:0:0:1", "[2001:db8:0:0:0:0:0:1]:1337"},
    {"--host [::1] -p 99", "[::1]:99"},
    {"--host [::1]:98 -p 99", "[::1]:98"},
    {"--host unix:/run/comms.sock", "unix:/run/comms.sock"},
    {"--host unix:///run/comms.sock", "unix:///run/comms.sock"},
    {"--host unix:relative.sock", "unix:relative.sock"},
    {"--host unix-abstract:comms", "unix-abstract:comms"},
    {"--host dns:///example.org:98", "dns:///example.org:98"},
    {"--host dns:example.org", "dns:example.org"},
    {"--host ipv4:10.0.0.1:98", "ipv4:10.0.0.1:98"},
    {"--host ipv6:[::1]:98", "ipv6:[::1]:98"},
};

START_TEST(the_target_is_what_the_host_says)
{
    must_parse(targets[_i].words);
    ck_assert_str_eq(options.target, targets[_i].target);
}
END_TEST

START_TEST(every_option_sets_its_value)
{
    static const char *const forms[] = {
        "-p 99 -m stateful --uuid " TEST_UUID " --numbers 16777215 --retry-timeout 2m "
        "--stall-timeout 0 --quiet",
        "--port=99 --mode=stateful --uuid=" TEST_UUID " -n 16777215 -retry-timeout=120s "
        "-stall-timeout=0 -q",
        "-port 99 -mode stateful -uuid {" TEST_UUID "} -retry-timeout 120000ms -stall-timeout 0s "
        "-q 16777215"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        must_parse(forms[i]);
        ck_assert_int_eq(options.mode, CLIENT_STATEFUL);
        ck_assert_uint_eq(options.port, 99);
        must_have_uuid(TEST_UUID);
        ck_assert_uint_eq(options.n, 16777215);
        ck_assert_int_eq(options.retry_timeout_ns, 120 * NS_PER_S);
        ck_assert_int_eq(options.stall_timeout_ns, 0);
        ck_assert(options.quiet);
    }
}
END_TEST

START_TEST(stateless_takes_n)
{
    must_parse("5");
    ck_assert_int_eq(options.mode, CLIENT_STATELESS);
    ck_assert_uint_eq(options.n, 5);
    must_parse("-m stateless 65535 -p 99"); /* the order does not matter */
    ck_assert_uint_eq(options.n, 65535);
    ck_assert_uint_eq(options.port, 99);
    must_parse("--numbers 7");
    ck_assert_uint_eq(options.n, 7);
}
END_TEST

/* Two of 4095 values and two uuids that are the same every time would be no accident. */
START_TEST(stateful_chooses_what_is_not_given)
{
    struct uuid uuids[2];
    unsigned different = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < 40; i++) {
        must_parse("-m stateful");
        ck_assert_int_eq(options.mode, CLIENT_STATEFUL);
        ck_assert_uint_ge(options.n, 1);
        ck_assert_uint_le(options.n, 4095);
        different += options.n != last;
        last = options.n;
        uuids[i % 2] = options.uuid;
        ck_assert(i == 0 || !uuid_equal(&uuids[0], &uuids[1]));
    }
    ck_assert_uint_gt(different, 20);
    must_parse("-m stateful --uuid " TEST_UUID);
    must_have_uuid(TEST_UUID);
    must_parse("-m stateful 12");
    ck_assert_uint_eq(options.n, 12);
}
END_TEST

START_TEST(the_tests_of_the_original_are_fixed)
{
    must_parse("-m stateful-test");
    ck_assert_int_eq(options.mode, CLIENT_STATEFUL_TEST);
    must_have_uuid(TEST_UUID);
    ck_assert_uint_eq(options.n, 5);

    must_parse("-m stateful-test-reconnect 2229533162");
    ck_assert_int_eq(options.mode, CLIENT_STATEFUL_TEST_RECONNECT);
    must_have_uuid(TEST_UUID);
    ck_assert_uint_eq(options.n, 5);
    ck_assert_uint_eq(options.last, 2229533162);
    must_parse("4294967295 -m stateful-test-reconnect");
    ck_assert_uint_eq(options.last, 4294967295);
    must_parse("-m stateful-test-reconnect 0");
    ck_assert_uint_eq(options.last, 0);
}
END_TEST

START_TEST(modes_have_their_names)
{
    ck_assert_str_eq(client_mode_name(CLIENT_STATELESS), "stateless");
    ck_assert_str_eq(client_mode_name(CLIENT_STATEFUL), "stateful");
    ck_assert_str_eq(client_mode_name(CLIENT_STATEFUL_TEST), "stateful-test");
    ck_assert_str_eq(client_mode_name(CLIENT_STATEFUL_TEST_RECONNECT), "stateful-test-reconnect");
}
END_TEST

#define LAST_WANTED "expected a number up to 4294967295"

static const struct {
    const char *words;
    const char *line;
} refusals[] = {
    {"--port 0", "invalid --port '0': expected a number from 1 to 65535"},
    {"--port 65536", "invalid --port '65536': expected a number from 1 to 65535"},
    {"--port", "option --port needs a value: expected a number from 1 to 65535"},
    {"--host=", "invalid --host '': expected HOST"},
    {"-m fast", "invalid --mode 'fast': expected one of stateless, stateful, stateful-test, "
                "stateful-test-reconnect"},
    {"--numbers 0", "invalid --numbers '0': expected a number from 1 to 16777215"},
    {"-m stateful -n 16777216",
     "invalid --numbers '16777216': expected a number from 1 to 16777215"},
    {"--numbers 65536", "invalid --numbers: expected a number from 1 to 65535"},
    {"0", "invalid N '0': expected a number from 1 to 65535"},
    {"65536", "invalid N '65536': expected a number from 1 to 65535"},
    {"five", "invalid N 'five': expected a number from 1 to 65535"},
    {"-m stateful 16777216", "invalid N '16777216': expected a number from 1 to 16777215"},
    {"-n 5 5", "N was given twice: as --numbers and as '5'"},
    {"5 6", "unexpected word '6' (try --help)"},
    {"-m stateful-test 5", "unexpected word '5' (try --help)"},
    {"-m stateful-test-reconnect", "stateful-test-reconnect needs LAST: the last number (or "
                                   "checksum) that was received"},
    {"-m stateful-test-reconnect x", "invalid LAST 'x': " LAST_WANTED},
    {"-m stateful-test-reconnect 4294967296", "invalid LAST '4294967296': " LAST_WANTED},
    {"-m stateful-test-reconnect 1 2", "unexpected word '2' (try --help)"},
    {"-m stateful --uuid a17417a0", "invalid --uuid 'a17417a0': expected as " TEST_UUID},
    {"--uuid " TEST_UUID, "--uuid needs a stateful mode: -m stateful"},
    {"--retry-timeout 5",
     "invalid --retry-timeout '5': expected a duration such as 250ms, 2s or 5m, or 0"},
    {"--quiet=1", "option --quiet takes no value"},
    {"--fast", "unknown option '--fast' (try --help)"},
};

START_TEST(what_is_wrong_is_said_in_a_line)
{
    char wanted[512];
    ck_assert_int_eq(parse(refusals[_i].words), OPTIONS_WRONG);
    snprintf(wanted, sizeof wanted, "comms-client: %s\n", refusals[_i].line);
    ck_assert_str_eq(err, wanted);
    ck_assert_str_eq(out, "");
}
END_TEST

/* One that is cut would be another host. */
START_TEST(a_target_has_a_longest_length)
{
    static const char port[] = ":1337";
    char text[TARGET_SIZE + 32] = "--host ";
    char *host = text + strlen(text);
    memset(host, 'a', TARGET_SIZE - sizeof port);
    must_parse(text);
    ck_assert_uint_eq(strlen(options.target), TARGET_SIZE - 1);
    ck_assert_str_eq(options.target + TARGET_SIZE - sizeof port, port);

    memset(host, 'a', TARGET_SIZE - sizeof port + 1);
    ck_assert_int_eq(parse(text), OPTIONS_WRONG);
    ck_assert_str_eq(err, "comms-client: invalid --host: expected at most 299 characters\n");
    memset(host, 'a', TARGET_SIZE);
    memcpy(host, "unix:", strlen("unix:"));
    ck_assert_int_eq(parse(text), OPTIONS_WRONG);
    ck_assert_str_eq(err, "comms-client: invalid --host: expected at most 299 characters\n");
}
END_TEST

START_TEST(the_environment_is_not_asked)
{
    setenv("COMMS_PORT", "99", 1);
    setenv("COMMS_MODE", "stateful", 1);
    must_parse("");
    ck_assert_int_eq(options.mode, CLIENT_STATELESS);
    ck_assert_str_eq(options.target, "127.0.0.1:1337");
}
END_TEST

START_TEST(help_names_modes_options_and_exit_status)
{
    static const char *const wanted[] = {"Usage: comms-client ",
                                         "stateless [N]",
                                         "stateful [N]",
                                         "stateful-test ",
                                         "stateful-test-reconnect LAST",
                                         "--port PORT",
                                         "(1337)",
                                         "--host HOST",
                                         "--mode MODE",
                                         "--uuid UUID",
                                         "--numbers N",
                                         "--retry-timeout TIME",
                                         "(30s)",
                                         "--quiet",
                                         "--help",
                                         "--version",
                                         "Exit status: 0 "};
    ck_assert_int_eq(parse("--help"), OPTIONS_DONE);
    ck_assert_str_eq(err, "");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        ck_assert_msg(strstr(out, wanted[i]) != NULL, "no '%s' in the help", wanted[i]);
    }
    ck_assert_int_eq(parse("--version"), OPTIONS_DONE);
    ck_assert_ptr_eq(strstr(out, "comms-client " COMMS_VERSION), out);
}
END_TEST

Suite *client_options_suite(void)
{
    Suite *suite = suite_create("client-options");
    TCase *parsing = tcase_create("parsing");
    suite_add_tcase(suite, parsing);
    tcase_add_checked_fixture(parsing, set_up, NULL);
    tcase_add_test(parsing, without_options_it_has_defaults);
    tcase_add_loop_test(parsing, the_target_is_what_the_host_says, 0,
                        sizeof targets / sizeof *targets);
    tcase_add_test(parsing, every_option_sets_its_value);
    tcase_add_test(parsing, stateless_takes_n);
    tcase_add_test(parsing, stateful_chooses_what_is_not_given);
    tcase_add_test(parsing, the_tests_of_the_original_are_fixed);
    tcase_add_test(parsing, modes_have_their_names);
    tcase_add_loop_test(parsing, what_is_wrong_is_said_in_a_line, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(parsing, a_target_has_a_longest_length);
    tcase_add_test(parsing, the_environment_is_not_asked);
    tcase_add_test(parsing, help_names_modes_options_and_exit_status);
    return suite;
}
