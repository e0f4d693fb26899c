/* The client's command line: modes, targets, operands, what is refused and how. */
#include "client/options/options.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/core_version.h"
#include "test/kit/capture.h"
#include "test/kit/words.h"
#include "test/suites.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_UUID "a17417a0-aa39-40b5-8675-247713cc4908"

static struct plan plan;
static char out[CAPTURE_SIZE];
static char err[CAPTURE_SIZE];

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
}

static void tear_down(void)
{
    plan_cleanup(&plan);
}

static enum options_result parse(const char *text)
{
    static struct words words; /* the plan points into it */
    plan_cleanup(&plan);
    words_split(&words, "comms-client", text);
    struct capture out_capture;
    struct capture err_capture;
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
    enum options_result result = client_options_parse(words.argc, words.argv, &plan);
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
    uuid_format(&plan.uuid, text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(without_options_it_has_defaults)
{
    must_parse("");
    ck_assert_int_eq(plan.mode, CLIENT_STATELESS);
    ck_assert_uint_eq(plan.port, 1337);
    ck_assert_str_eq(plan.target, "127.0.0.1:1337");
    ck_assert_uint_eq(plan.n, 10);
    ck_assert(!plan.n_fits);
    ck_assert_int_eq(plan.retry_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_gt(plan.stall_timeout_ns, NS_PER_S); /* the server's interval */
    ck_assert(!plan.quiet);
    ck_assert(plan_prints_numbers(&plan));
}
END_TEST

START_TEST(without_options_nothing_is_measured_or_broken)
{
    must_parse("");
    ck_assert_uint_eq(plan.streams, 1);
    ck_assert_uint_eq(plan.connections, 1);
    ck_assert_int_eq(plan.duration_ns, 0);
    ck_assert_int_eq(plan.ramp_ns, 0);
    ck_assert_int_eq(plan.warmup_ns, 0);
    ck_assert_int_eq(plan.interval_ns, NS_PER_S);
    ck_assert_int_eq(plan.max_lateness_ns, CLOCK_NEVER);
    ck_assert_int_eq(plan.chaos.cut_ns, 0);
    ck_assert_int_eq(plan.report_every_ns, NS_PER_S);
    ck_assert_ptr_null(plan.json_file);
    ck_assert_ptr_null(plan.html_file);
    ck_assert(!plan.json_stream);
    ck_assert_uint_eq(plan.fail_on.count, 0);
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
    ck_assert_str_eq(plan.target, targets[_i].target);
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
        ck_assert_int_eq(plan.mode, CLIENT_STATEFUL);
        ck_assert_uint_eq(plan.port, 99);
        must_have_uuid(TEST_UUID);
        ck_assert_uint_eq(plan.n, 16777215);
        ck_assert_int_eq(plan.retry_timeout_ns, 120 * NS_PER_S);
        ck_assert_int_eq(plan.stall_timeout_ns, 0);
        ck_assert(plan.quiet);
    }
}
END_TEST

START_TEST(every_option_of_many_streams_sets_its_value)
{
    static const char *const forms[] = {
        "--streams 500 --connections 7 --duration 1m --ramp 2s --warmup 3s --interval 250ms "
        "--max-lateness 4s --report-every 100ms --json a.json --html b.html --json-stream",
        "-s 500 -c 7 -d 60s --ramp=2000ms --warmup=3s --interval=250ms --max-lateness=4s "
        "--report-every=100ms --json=a.json --html=b.html --json-stream"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        must_parse(forms[i]);
        ck_assert_uint_eq(plan.streams, 500);
        ck_assert_uint_eq(plan.connections, 7);
        ck_assert_int_eq(plan.duration_ns, 60 * NS_PER_S);
        ck_assert_int_eq(plan.ramp_ns, 2 * NS_PER_S);
        ck_assert_int_eq(plan.warmup_ns, 3 * NS_PER_S);
        ck_assert_int_eq(plan.interval_ns, 250 * NS_PER_MS);
        ck_assert_int_eq(plan.max_lateness_ns, 4 * NS_PER_S);
        ck_assert_int_eq(plan.report_every_ns, 100 * NS_PER_MS);
        ck_assert_str_eq(plan.json_file, "a.json");
        ck_assert_str_eq(plan.html_file, "b.html");
        ck_assert(plan.json_stream);
        ck_assert(!plan_prints_numbers(&plan));
    }
}
END_TEST

START_TEST(zero_is_a_value)
{
    must_parse("--interval 0 --max-lateness 0 --ramp 0 --warmup 0 --duration 0");
    ck_assert_int_eq(plan.interval_ns, 0);
    ck_assert_int_eq(plan.max_lateness_ns, 0);
    ck_assert(plan_prints_numbers(&plan));
}
END_TEST

/* Either more streams, or more time, or JSON: then there is no line a number. */
START_TEST(it_is_plain_with_one_session)
{
    static const struct {
        const char *words;
        bool plain;
    } cases[] = {{"-m stateful-test", true}, {"-m stateful --json a --html b --interval 0", true},
                 {"-s 1 -c 1", true},        {"-s 2", false},
                 {"-d 1s", false},           {"--json-stream", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must_parse(cases[i].words);
        ck_assert(plan_prints_numbers(&plan) == cases[i].plain);
    }
}
END_TEST

static const struct {
    const char *words;
    unsigned connections;
} shared[] = {
    {"", 1},
    {"-s 100", 1},
    {"-s 101", 2},
    {"-s 200", 2},
    {"-s 201 -c auto", 3},
    {"-s 10000", 100},
    {"-s 1000000", 10000},
    {"-s 1000 -c 1", 1},
    {"-s 50 --connections 50", 50},
    {"-c 3 -s 4", 3}, /* the order does not matter */
};

START_TEST(connections_hold_what_proxies_let_through)
{
    must_parse(shared[_i].words);
    ck_assert_uint_eq(plan.connections, shared[_i].connections);
}
END_TEST

/* With a duration a session has what comes in it; the first number comes at once. */
static const struct {
    const char *words;
    uint32_t n;
    bool fits;
} lengths[] = {
    {"-s 2", 10, false},
    {"-s 2 -m stateful", 10, false},
    {"-s 2 -n 7", 7, false},
    {"-s 2 7", 7, false},
    {"-d 10s", 11, true},
    {"-d 10s -m stateful", 11, true},
    {"-d 10500ms -s 5", 11, true},
    {"-d 10s --interval 250ms", 41, true},
    {"-d 1s --interval 10s", 1, true},
    {"-d 1h --interval 1ms", 65535, true},
    {"-d 1s --interval 0", 65535, true},
    {"-d 10s -n 3", 3, false},
    {"-d 10s 3", 3, false},
    {"-m stateful -d 10s 16777215", 16777215, false},
};

START_TEST(a_session_is_as_long_as_fits)
{
    must_parse(lengths[_i].words);
    ck_assert_uint_eq(plan.n, lengths[_i].n);
    ck_assert(plan.n_fits == lengths[_i].fits);
}
END_TEST

START_TEST(what_is_left_of_the_time_has_its_numbers)
{
    must_parse("-d 10s --interval 250ms");
    ck_assert_uint_eq(plan_n_within(&plan, NS_PER_S), 5);
    ck_assert_uint_eq(plan_n_within(&plan, NS_PER_S - 1), 4);
    ck_assert_uint_eq(plan_n_within(&plan, 0), 1);
    ck_assert_uint_eq(plan_n_within(&plan, -60 * NS_PER_S), 1);
    ck_assert_uint_eq(plan_n_within(&plan, CLOCK_NEVER), 65535);
}
END_TEST

START_TEST(chaos_cuts_and_stalls)
{
    must_parse("--chaos cut=2s");
    ck_assert_int_eq(plan.chaos.cut_ns, 2 * NS_PER_S);
    ck_assert_double_eq(plan.chaos.stall_fraction, 0);
    must_parse("--chaos cut=500ms,stall=25% --seed 42");
    ck_assert_int_eq(plan.chaos.cut_ns, 500 * NS_PER_MS);
    ck_assert_double_eq(plan.chaos.stall_fraction, 0.25);
    ck_assert_uint_eq(plan.chaos.seed, 42);
    must_parse("--seed 18446744073709551615 --chaos stall=100%,cut=1m");
    ck_assert_int_eq(plan.chaos.cut_ns, 60 * NS_PER_S);
    ck_assert_double_eq(plan.chaos.stall_fraction, 1);
    ck_assert_uint_eq(plan.chaos.seed, UINT64_MAX);
}
END_TEST

/* It would do nothing: better said than found out. */
START_TEST(chaos_needs_a_core_whose_sockets_are_known)
{
    log_set_level(LOG_LEVEL_ERROR);
    core_version_check("30.0.0");
    ck_assert_int_eq(parse("--chaos cut=2s"), OPTIONS_WRONG);
    ck_assert_str_eq(err,
                     "comms-client: invalid --chaos 'cut=2s': connections can only be cut with "
                     "gRPC C core 29.0.0 (see --version)\n");
    must_parse("--seed 1");
    core_version_check(CORE_VERSION_KNOWN);
    must_parse("--chaos cut=2s");
}
END_TEST

/* So that two runs are not the same by accident; short enough to be typed again. */
START_TEST(a_seed_that_is_not_given_is_random)
{
    must_parse("--chaos cut=2s");
    uint64_t seed = plan.chaos.seed;
    ck_assert_uint_le(seed, UINT32_MAX);
    must_parse("--chaos cut=2s");
    uint64_t other = plan.chaos.seed;
    must_parse("--chaos cut=2s");
    ck_assert(seed != other || seed != plan.chaos.seed);
}
END_TEST

START_TEST(several_conditions_may_fail_it)
{
    must_parse("--fail-on resume_p99>2s -s 3 --fail-on=breaks>=10 --fail-on throughput<1000");
    ck_assert_uint_eq(plan.fail_on.count, 3);
    ck_assert_str_eq(plan.fail_on.items[0].text, "resume_p99>2s");
    ck_assert_int_eq(plan.fail_on.items[0].relation, FAIL_ON_ABOVE);
    ck_assert_double_eq(plan.fail_on.items[0].limit, 2e9);
    ck_assert_str_eq(plan.fail_on.items[1].text, "breaks>=10");
    ck_assert_int_eq(plan.fail_on.items[2].relation, FAIL_ON_BELOW);
}
END_TEST

/* What was made before it was found wrong is freed all the same. */
START_TEST(what_is_wrong_leaves_nothing_behind)
{
    ck_assert_int_eq(parse("--fail-on breaks>1 --fail-on nothing"), OPTIONS_WRONG);
    plan_cleanup(&plan);
    ck_assert_uint_eq(plan.fail_on.count, 0);
    ck_assert_int_eq(parse("--fail-on breaks>1 --fast"), OPTIONS_WRONG);
}
END_TEST

START_TEST(stateless_takes_n)
{
    must_parse("5");
    ck_assert_int_eq(plan.mode, CLIENT_STATELESS);
    ck_assert_uint_eq(plan.n, 5);
    must_parse("-m stateless 65535 -p 99"); /* the order does not matter */
    ck_assert_uint_eq(plan.n, 65535);
    ck_assert_uint_eq(plan.port, 99);
    must_parse("--numbers 7");
    ck_assert_uint_eq(plan.n, 7);
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
        ck_assert_int_eq(plan.mode, CLIENT_STATEFUL);
        ck_assert_uint_ge(plan.n, 1);
        ck_assert_uint_le(plan.n, 4095);
        different += plan.n != last;
        last = plan.n;
        uuids[i % 2] = plan.uuid;
        ck_assert(i == 0 || !uuid_equal(&uuids[0], &uuids[1]));
    }
    ck_assert_uint_gt(different, 20);
    must_parse("-m stateful --uuid " TEST_UUID);
    must_have_uuid(TEST_UUID);
    must_parse("-m stateful 12");
    ck_assert_uint_eq(plan.n, 12);
}
END_TEST

START_TEST(the_tests_of_the_original_are_fixed)
{
    must_parse("-m stateful-test");
    ck_assert_int_eq(plan.mode, CLIENT_STATEFUL_TEST);
    must_have_uuid(TEST_UUID);
    ck_assert_uint_eq(plan.n, 5);

    must_parse("-m stateful-test-reconnect 2229533162");
    ck_assert_int_eq(plan.mode, CLIENT_STATEFUL_TEST_RECONNECT);
    must_have_uuid(TEST_UUID);
    ck_assert_uint_eq(plan.n, 5);
    ck_assert_uint_eq(plan.last, 2229533162);
    must_parse("4294967295 -m stateful-test-reconnect");
    ck_assert_uint_eq(plan.last, 4294967295);
    must_parse("-m stateful-test-reconnect 0");
    ck_assert_uint_eq(plan.last, 0);
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

#define TIME_WANTED        "expected a duration such as 250ms, 2s or 5m, or 0"
#define CONNECTIONS_WANTED "expected auto, or a number from 1 to"
#define CHAOS_WANTED       "expected cut=TIME, and perhaps ,stall=PERCENT%, such as cut=2s,stall=1%"
#define UUID_ALONE         "--uuid names one session: no --streams, no --duration"
#define LAST_WANTED        "expected a number up to 4294967295"

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
    {"--streams 0", "invalid --streams '0': expected a number from 1 to 1000000"},
    {"-s 1000001", "invalid --streams '1000001': expected a number from 1 to 1000000"},
    {"-s many", "invalid --streams 'many': expected a number from 1 to 1000000"},
    {"-s 5 -c 0", "invalid --connections '0': " CONNECTIONS_WANTED " 5, that of the streams"},
    {"-s 5 -c 6", "invalid --connections '6': " CONNECTIONS_WANTED " 5, that of the streams"},
    {"-c 2", "invalid --connections '2': " CONNECTIONS_WANTED " 1, that of the streams"},
    {"-s 5 -c Auto", "invalid --connections 'Auto': " CONNECTIONS_WANTED " 5, that of the streams"},
    {"-d 10", "invalid --duration '10': " TIME_WANTED},
    {"--ramp -1s", "invalid --ramp '-1s': " TIME_WANTED},
    {"--warmup soon", "invalid --warmup 'soon': " TIME_WANTED},
    {"--interval 1", "invalid --interval '1': " TIME_WANTED},
    {"--max-lateness=", "invalid --max-lateness '': " TIME_WANTED},
    {"--report-every x", "invalid --report-every 'x': " TIME_WANTED},
    {"--report-every 0", "invalid --report-every: expected more than 0"},
    {"--json=", "invalid --json '': expected FILE"},
    {"--html", "option --html needs a value: expected FILE"},
    {"--json-stream=yes", "option --json-stream takes no value"},
    {"--seed x", "invalid --seed 'x': expected a number"},
    {"--seed 18446744073709551616", "invalid --seed '18446744073709551616': expected a number"},
    {"--chaos 2s", "invalid --chaos '2s': " CHAOS_WANTED},
    {"--chaos cut=2", "invalid --chaos 'cut=2': " CHAOS_WANTED},
    {"--chaos cut=0", "invalid --chaos 'cut=0': " CHAOS_WANTED},
    {"--chaos stall=1%", "invalid --chaos 'stall=1%': " CHAOS_WANTED},
    {"--chaos cut=2s,stall=1", "invalid --chaos 'cut=2s,stall=1': " CHAOS_WANTED},
    {"--chaos cut=2s,stall=101%", "invalid --chaos 'cut=2s,stall=101%': " CHAOS_WANTED},
    {"--chaos cut=2s,burn=1%", "invalid --chaos 'cut=2s,burn=1%': " CHAOS_WANTED},
    {"--fail-on resume_p99>2", "invalid --fail-on 'resume_p99>2': invalid value '2': expected a "
                               "time with a unit, such as 250ms"},
    {"--fail-on breaks>2s", "invalid --fail-on 'breaks>2s': invalid value '2s': expected a whole "
                            "number"},
    {"-m stateful --uuid " TEST_UUID " -s 2", UUID_ALONE},
    {"-m stateful --uuid " TEST_UUID " -d 1s", UUID_ALONE},
    {"-m stateful-test -s 2", "stateful-test is one session: no --streams, no --duration"},
    {"-m stateful-test -d 1s", "stateful-test is one session: no --streams, no --duration"},
    {"-m stateful-test-reconnect 5 -s 2",
     "stateful-test-reconnect is one session: no --streams, no --duration"},
    {"--chaos cut=1s,stall=5% --stall-timeout 0",
     "invalid --chaos 'cut=1s,stall=5%': nothing resumes a silent stream without --stall-timeout"},
    {"-d 10s --ramp 10s", "invalid --ramp: expected less than --duration"},
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
    ck_assert_uint_eq(strlen(plan.target), TARGET_SIZE - 1);
    ck_assert_str_eq(plan.target + TARGET_SIZE - sizeof port, port);

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
    ck_assert_int_eq(plan.mode, CLIENT_STATELESS);
    ck_assert_str_eq(plan.target, "127.0.0.1:1337");
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
                                         "--streams N",
                                         "--connections N",
                                         "--duration TIME",
                                         "--ramp TIME",
                                         "--interval TIME",
                                         "--max-lateness TIME",
                                         "--warmup TIME",
                                         "--seed N",
                                         "--chaos WHAT",
                                         "--report-every TIME",
                                         "--json FILE",
                                         "--json-stream",
                                         "--html FILE",
                                         "--fail-on WHEN",
                                         "resume_",
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
    tcase_add_checked_fixture(parsing, set_up, tear_down);
    tcase_add_test(parsing, without_options_it_has_defaults);
    tcase_add_loop_test(parsing, the_target_is_what_the_host_says, 0,
                        sizeof targets / sizeof *targets);
    tcase_add_test(parsing, every_option_sets_its_value);
    tcase_add_test(parsing, without_options_nothing_is_measured_or_broken);
    tcase_add_test(parsing, every_option_of_many_streams_sets_its_value);
    tcase_add_test(parsing, zero_is_a_value);
    tcase_add_test(parsing, it_is_plain_with_one_session);
    tcase_add_loop_test(parsing, connections_hold_what_proxies_let_through, 0,
                        sizeof shared / sizeof *shared);
    tcase_add_loop_test(parsing, a_session_is_as_long_as_fits, 0, sizeof lengths / sizeof *lengths);
    tcase_add_test(parsing, what_is_left_of_the_time_has_its_numbers);
    tcase_add_test(parsing, chaos_cuts_and_stalls);
    tcase_add_test(parsing, chaos_needs_a_core_whose_sockets_are_known);
    tcase_add_test(parsing, a_seed_that_is_not_given_is_random);
    tcase_add_test(parsing, several_conditions_may_fail_it);
    tcase_add_test(parsing, what_is_wrong_leaves_nothing_behind);
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
