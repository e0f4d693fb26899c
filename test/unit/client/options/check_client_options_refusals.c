/* client/options: what is refused and how, and what the help says. */
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/core_version.h"
#include "test/kit/client_options_fixture.h"
#include "test/suites.h"

#include <string.h>

#define TIME_WANTED        "expected a duration such as 250ms, 2s or 5m, or 0"
#define CONNECTIONS_WANTED "expected auto or a number from 1 to"
#define OUTPUT_WANTED                                                                              \
    "expected FILE, or - for standard output; a FILE whose name begins with a dash is written as " \
    "./-name"
#define CHAOS_WANTED "expected cut=TIME or cut=TIME,stall=PERCENT%, such as cut=2s,stall=1%"
#define RATE_WANTED  "expected numbers a second such as 10 or 0.5, from 0.0003 to 1000000"
#define STALLS_ALWAYS                                                                              \
    "invalid --stall-timeout: it is shorter than --interval, so every stream would stall between " \
    "two numbers; expected at least 3 times --interval, or 0 for never"
#define SIZE_WANTED  "expected bytes such as 1500, 16KiB or 1MiB, from 0 to 1MiB"
#define UUID_ALONE   "--uuid names one session: leave out --streams and --duration"
#define SEED_WANTED  "expected a number from 0 to 18446744073709551615"
#define LAST_WANTED  "expected a number from 0 to 4294967295"
#define WARMUP_WRONG "invalid --warmup: it leaves nothing to measure: "
#define WARMUP_TOO_LONG(n)                                                                         \
    WARMUP_WRONG "with N " #n " the last number comes before it is over; choose a shorter one or " \
                 "a larger N"

#define REPORTS_ALONE                                                                              \
    "--report-every has no effect on one session, which prints its numbers: add --streams, or "    \
    "add "                                                                                         \
    "a file such as --json"
#define WARMUP_ALONE                                                                               \
    "--warmup has no effect on one session, which prints no times: add --streams, --fail-on, or "  \
    "a "                                                                                           \
    "file such as --json"

static const struct {
    const char *words;
    const char *line;
} refusals[] = {
    {"--port 0", "invalid --port '0': expected a number from 1 to 65535"},
    {"--port 65536", "invalid --port '65536': expected a number from 1 to 65535"},
    {"--port", "option --port needs a value: expected a number from 1 to 65535"},
    {"--host=", "invalid --host '': expected HOST"},
    {"--host 127.0.0.1:66873", "invalid --host '127.0.0.1:66873': expected a port from 1 to 65535 "
                               "after the colon"},
    {"--host http://localhost",
     "invalid --host 'http://localhost': expected HOST or HOST:PORT, not a URL"},
    {"--host localhost:98 -p 99",
     "the port is given twice, as 98 in --host and as --port 99: leave one out"},
    {"-p 1337 --host [::1]:98",
     "the port is given twice, as 98 in --host and as --port 1337: leave one out"},
    {"--host unix:/run/comms.sock -p 1337", "a unix socket has no port: leave out --port 1337"},
    {"--host unix-abstract:comms -p 1", "a unix socket has no port: leave out --port 1"},
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
    {"-n 5 5", "N is given twice, as --numbers and as '5': leave one out"},
    {"5 6", "unexpected word '6' (try --help)"},
    {"-m stateful-test 5", "unexpected word '5' (try --help)"},
    {"-m stateful-test-reconnect", "stateful-test-reconnect needs LAST: the last number (or "
                                   "checksum) that was received"},
    {"-m stateful-test-reconnect x", "invalid LAST 'x': " LAST_WANTED},
    {"-m stateful-test-reconnect 4294967296", "invalid LAST '4294967296': " LAST_WANTED},
    {"-m stateful-test-reconnect 1 2", "unexpected word '2' (try --help)"},
    {"-m stateful --uuid a17417a0",
     "invalid --uuid 'a17417a0': expected a uuid such as " TEST_UUID},
    {"--size 1048577", "invalid --size '1048577': " SIZE_WANTED},
    {"--size 2MiB", "invalid --size '2MiB': " SIZE_WANTED},
    {"--size 16KB", "invalid --size '16KB': " SIZE_WANTED},
    {"--size 16kib", "invalid --size '16kib': " SIZE_WANTED},
    {"--size 1.5KiB", "invalid --size '1.5KiB': " SIZE_WANTED},
    {"--size -1", "invalid --size '-1': " SIZE_WANTED},
    {"--size=", "invalid --size '': " SIZE_WANTED},
    {"--uuid " TEST_UUID, "--uuid needs a stateful mode: -m stateful"},
    {"--retry-timeout 5",
     "invalid --retry-timeout '5': expected a duration such as 250ms, 2s or 5m, or 0"},
    {"--quiet=1", "option --quiet takes no value"},
    {"--streams 0", "invalid --streams '0': expected a number from 1 to 1000000"},
    {"-s 1000001", "invalid --streams '1000001': expected a number from 1 to 1000000"},
    {"-s many", "invalid --streams 'many': expected a number from 1 to 1000000"},
    {"-s 5 -c 0", "invalid --connections '0': " CONNECTIONS_WANTED " 5 (--streams)"},
    {"-s 5 -c 6", "invalid --connections '6': " CONNECTIONS_WANTED " 5 (--streams)"},
    {"-c 2", "invalid --connections '2': " CONNECTIONS_WANTED " 1 (--streams)"},
    {"-s 5 -c Auto", "invalid --connections 'Auto': " CONNECTIONS_WANTED " 5 (--streams)"},
    {"-d x", "invalid --duration 'x': " TIME_WANTED ", or seconds"},
    {"-t 10.", "invalid --duration '10.': " TIME_WANTED ", or seconds"},
    {"-t -1", "invalid --duration '-1': " TIME_WANTED ", or seconds"},
    {"-t 0000000000000000000000000000001",
     "invalid --duration '0000000000000000000000000000001': " TIME_WANTED ", or seconds"},
    {"--report-every=", "invalid --report-every '': " TIME_WANTED ", or seconds"},
    {"--ramp -1s", "invalid --ramp '-1s': " TIME_WANTED},
    {"--warmup soon", "invalid --warmup 'soon': " TIME_WANTED},
    {"--interval 1", "invalid --interval '1': " TIME_WANTED},
    {"--rate 0", "invalid --rate '0': " RATE_WANTED},
    {"--rate -1", "invalid --rate '-1': " RATE_WANTED},
    {"--rate 1e3", "invalid --rate '1e3': " RATE_WANTED},
    {"--rate 10k", "invalid --rate '10k': " RATE_WANTED},
    {"--rate .5", "invalid --rate '.5': " RATE_WANTED},
    {"--rate 5.", "invalid --rate '5.': " RATE_WANTED},
    {"--rate nan", "invalid --rate 'nan': " RATE_WANTED},
    {"--rate 0x10", "invalid --rate '0x10': " RATE_WANTED},
    {"--rate 0.0002", "invalid --rate '0.0002': " RATE_WANTED},
    {"--rate 1000000.1", "invalid --rate '1000000.1': " RATE_WANTED},
    {"--rate 99999999999999999999", "invalid --rate '99999999999999999999': " RATE_WANTED},
    {"--max-lateness=", "invalid --max-lateness '': " TIME_WANTED},
    {"--report-every x", "invalid --report-every 'x': " TIME_WANTED ", or seconds"},
    {"--report-every 0", "invalid --report-every: expected more than 0"},
    {"--json=", "invalid --json '': expected FILE"},
    {"--html", "option --html needs a value: expected FILE"},
    {"--json-stream", "option --json-stream needs a value: expected FILE"},
    {"--json-stream --csv a", "invalid --json-stream '--csv': " OUTPUT_WANTED},
    {"--html -x", "invalid --html '-x': " OUTPUT_WANTED},
    {"--prometheus --", "invalid --prometheus '--': " OUTPUT_WANTED},
    {"--json - --json-stream -",
     "--json and --json-stream both write to standard output: give one of them a file"},
    {"-J --html -", "--json and --html both write to standard output: give one of them a file"},
    {"--prometheus - --json a --csv -",
     "--csv and --prometheus both write to standard output: give one of them a file"},
    {"compare a b", "compare comes before all options: comms-client compare A.json B.json"},
    {"--seed x", "invalid --seed 'x': " SEED_WANTED},
    {"--seed 18446744073709551616", "invalid --seed '18446744073709551616': " SEED_WANTED},
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
    {"-m stateful-test -s 2", "stateful-test is one session: leave out --streams and --duration"},
    {"-m stateful-test -d 1s", "stateful-test is one session: leave out --streams and --duration"},
    {"-m stateful-test-reconnect 5 -s 2",
     "stateful-test-reconnect is one session: leave out --streams and --duration"},
    {"--chaos cut=1s,stall=5% --stall-timeout 0",
     "invalid --chaos 'cut=1s,stall=5%': stall needs a --stall-timeout above 0, which resumes "
     "silent streams"},
    {"--interval 10s --stall-timeout 9999ms", STALLS_ALWAYS},
    {"--stall-timeout 1ms --interval 2ms", STALLS_ALWAYS},
    {"--seed 1", "--seed has no effect without --chaos"},
    {"--interval 0 --max-lateness 1s",
     "--max-lateness has no effect with --interval 0: at full speed no number is late"},
    {"-i 2s", REPORTS_ALONE},
    {"-m stateful -i 2s -q 5", REPORTS_ALONE},
    {"-i 2s --prometheus x", REPORTS_ALONE},
    {"-s 2 -i 2s -q",
     "--report-every has no effect with --quiet: leave one out, or add a file such "
     "as --json"},
    {"-n 5 --warmup 2s", WARMUP_ALONE},
    {"-m stateful --warmup 2h --csv x", WARMUP_ALONE},
    {"--ramp 1s", "--ramp has no effect on one stream: add --streams"},
    {"--retry-connect --retry-timeout 0", "--retry-connect has no effect with --retry-timeout 0"},
    {"--steams 3", "unknown option '--steams': did you mean --streams?"},
    {"-d 10s --ramp 10s", "invalid --ramp: expected less than --duration"},
    {"-d 10s --warmup 10s", WARMUP_WRONG "expected less than --duration"},
    {"-d 4s --interval 1s --warmup 4s", WARMUP_WRONG "expected less than --duration"},
    {"-d 3900ms --interval 1s --warmup 3100ms",
     WARMUP_WRONG "expected at most the time of the last number before --duration"},
    {"-d 10s --interval 0 --warmup 1m", WARMUP_WRONG "expected less than --duration"},
    {"--warmup 10s -n 5 --interval 1s", WARMUP_TOO_LONG(5)},
    {"--warmup 10s", WARMUP_TOO_LONG(10)},
    {"-m stateful -s 2 --warmup 9001ms", WARMUP_TOO_LONG(10)},
    {"-m stateful-test --warmup 5s", WARMUP_TOO_LONG(5)},
    {"--fast", "unknown option '--fast' (try --help)"},
};

START_TEST(what_is_wrong_is_said_in_a_line)
{
    must_refuse(refusals[_i].words, refusals[_i].line);
}
END_TEST

/* A random N may be too small for it, which the user could not know. */
START_TEST(a_warm_up_is_taken_where_it_may_leave_something)
{
    must_parse("--warmup 9s -d 10s");
    must_parse("--warmup 4s -n 5 --interval 1s --html x");
    must_parse("--warmup 10m -n 5 --interval 0 --fail-on throughput<5");
    must_parse("--warmup 1m -s 100 --interval 0");
    must_parse("--warmup 2h -m stateful --json x");
    ck_assert_int_eq(parsed.warmup_ns, 7200 * NS_PER_S);
}
END_TEST

/* What was made before it was found wrong is freed all the same. */
START_TEST(what_is_wrong_leaves_nothing_behind)
{
    ck_assert_int_eq(parse_words("--fail-on breaks>1 --fail-on nothing"), OPTIONS_WRONG);
    plan_cleanup(&parsed);
    ck_assert_uint_eq(parsed.fail_on.count, 0);
    ck_assert_int_eq(parse_words("--fail-on breaks>1 --fast"), OPTIONS_WRONG);
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
                                         "--size BYTES",
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
                                         "-J, --json FILE",
                                         "--json-stream FILE",
                                         "--csv FILE",
                                         "--prometheus FILE",
                                         "--html FILE",
                                         "--fail-on WHEN",
                                         "resume_",
                                         "--help",
                                         "--version",
                                         "Exit status: 0 "};
    ck_assert_int_eq(parse_words("--help"), OPTIONS_DONE);
    ck_assert_str_eq(parse_err, "");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        ck_assert_msg(strstr(parse_out, wanted[i]) != NULL, "no '%s' in the help", wanted[i]);
    }
    ck_assert_int_eq(parse_words("--version"), OPTIONS_DONE);
    ck_assert_ptr_eq(strstr(parse_out, "comms-client " COMMS_VERSION), parse_out);
}
END_TEST

/* It would do nothing: better said than found out. */
START_TEST(chaos_needs_a_core_whose_sockets_are_known)
{
    log_set_level(LOG_LEVEL_ERROR);
    core_version_check("30.0.0");
    ck_assert_int_eq(parse_words("--chaos cut=2s"), OPTIONS_WRONG);
    ck_assert_str_eq(parse_err,
                     "comms-client: invalid --chaos 'cut=2s': connections can be cut only with "
                     "gRPC C core 29.0.0 (see --version)\n");
    must_parse("--streams 2");
    core_version_check(CORE_VERSION_KNOWN);
    must_parse("--chaos cut=2s");
}
END_TEST

/* Whether intervals are shown, on the terminal or in a file. */
START_TEST(intervals_are_taken_where_something_shows_them)
{
    static const char *const words[] = {
        "-i 2s -s 2",    "-i 2s -d 5s",     "-i 2s --json x",        "-i 2s --html x",
        "-i 2s --csv x", "-qi 2s --json x", "-i 2s -q -s 2 --csv x", "-i 2s --json-stream x"};
    must_parse(words[_i]);
    ck_assert_int_eq(parsed.report_every_ns, 2 * NS_PER_S);
    must_parse("");
    ck_assert_int_eq(parsed.report_every_ns, NS_PER_S);
}
END_TEST

Suite *client_options_refusals_suite(void)
{
    Suite *suite = suite_create("client-options-refusals");
    TCase *tcase = tcase_create("client-options-refusals");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, client_options_set_up, client_options_tear_down);
    tcase_add_test(tcase, chaos_needs_a_core_whose_sockets_are_known);
    tcase_add_loop_test(tcase, what_is_wrong_is_said_in_a_line, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(tcase, a_warm_up_is_taken_where_it_may_leave_something);
    tcase_add_loop_test(tcase, intervals_are_taken_where_something_shows_them, 0, 8);
    tcase_add_test(tcase, what_is_wrong_leaves_nothing_behind);
    tcase_add_test(tcase, help_names_modes_options_and_exit_status);
    return suite;
}
