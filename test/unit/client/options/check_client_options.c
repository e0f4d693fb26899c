/* client/options: which plan a command line gives: defaults, targets, values. */
#include "shared/base/clock.h"
#include "test/kit/client_options_fixture.h"
#include "test/suites.h"

#include <stdlib.h>

START_TEST(without_options_it_has_defaults)
{
    must_parse("");
    ck_assert_int_eq(parsed.mode, CLIENT_STATELESS);
    ck_assert_uint_eq(parsed.port, 1337);
    ck_assert_str_eq(parsed.target, "127.0.0.1:1337");
    ck_assert_uint_eq(parsed.n, 10);
    ck_assert(!parsed.n_fits);
    ck_assert_int_eq(parsed.retry_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_eq(parsed.stall_timeout_ns, 15 * NS_PER_S);
    ck_assert(!parsed.quiet);
    ck_assert(plan_prints_numbers(&parsed));
}
END_TEST

START_TEST(without_options_nothing_is_measured_or_broken)
{
    must_parse("");
    ck_assert_uint_eq(parsed.streams, 1);
    ck_assert_uint_eq(parsed.connections, 1);
    ck_assert_int_eq(parsed.duration_ns, 0);
    ck_assert_int_eq(parsed.ramp_ns, 0);
    ck_assert_int_eq(parsed.warmup_ns, 0);
    ck_assert_int_eq(parsed.interval_ns, NS_PER_S);
    ck_assert_int_eq(parsed.max_lateness_ns, CLOCK_NEVER);
    ck_assert_int_eq(parsed.chaos.cut_ns, 0);
    ck_assert_int_eq(parsed.report_every_ns, NS_PER_S);
    ck_assert_ptr_null(parsed.json_file);
    ck_assert_ptr_null(parsed.html_file);
    ck_assert_ptr_null(parsed.json_stream_file);
    ck_assert_ptr_null(parsed.csv_file);
    ck_assert_ptr_null(parsed.prometheus_file);
    ck_assert_uint_eq(parsed.fail_on.count, 0);
}
END_TEST

static const struct {
    const char *words;
    const char *target;
    unsigned port;
    const char *uri;
} targets[] = {
    {"-p 99", "127.0.0.1:99", 99, "ipv4:127.0.0.1:99"},
    {"--port 65535", "127.0.0.1:65535", 65535, "ipv4:127.0.0.1:65535"},
    {"--host localhost", "localhost:1337", 1337, "dns:///localhost:1337"},
    {"--host example.org --port 99", "example.org:99", 99, "dns:///example.org:99"},
    {"--host 10.0.0.1 -p 99", "10.0.0.1:99", 99, "ipv4:10.0.0.1:99"},
    {"--host 10.0.0.1:98", "10.0.0.1:98", 98, "ipv4:10.0.0.1:98"},
    {"--host 10.0.0.1:98 -p 98", "10.0.0.1:98", 98, "ipv4:10.0.0.1:98"},
    {"-p 97 --host localhost:98 -p 98", "localhost:98", 98, "dns:///localhost:98"},
    {"--host ::1", "[::1]:1337", 1337, "ipv6:[::1]:1337"},
    {"--host [::1] -p 99", "[::1]:99", 99, "ipv6:[::1]:99"},
    {"--host [::1]:98", "[::1]:98", 98, "ipv6:[::1]:98"},
    {"--host fe80::1%eth0 -p 99", "[fe80::1%eth0]:99", 99, "ipv6:[fe80::1%25eth0]:99"},
    {"--host unix:/run/comms.sock", "unix:/run/comms.sock", 0, "unix:%2Frun%2Fcomms.sock"},
    {"--host unix:///run/comms.sock", "unix:/run/comms.sock", 0, "unix:%2Frun%2Fcomms.sock"},
    {"--host unix-abstract:comms", "unix-abstract:comms", 0, "unix-abstract:comms"},
    {"--host dns:///example.org:98", "example.org:98", 98, "dns:///example.org:98"},
    {"--host dns:example.org", "example.org:1337", 1337, "dns:///example.org:1337"},
    {"--host ipv4:10.0.0.1:98", "10.0.0.1:98", 98, "ipv4:10.0.0.1:98"},
    {"--host ipv6:[::1]", "[::1]:1337", 1337, "ipv6:[::1]:1337"},
    {"--host unix", "unix:1337", 1337, "dns:///unix:1337"}, /* a host of that name */
};

START_TEST(the_target_is_what_the_host_says)
{
    must_parse(targets[_i].words);
    ck_assert_str_eq(parsed.target, targets[_i].target);
    ck_assert_uint_eq(parsed.port, targets[_i].port);
    ck_assert_str_eq(parsed.target_uri, targets[_i].uri);
}
END_TEST

START_TEST(a_name_is_told_from_an_address)
{
    must_parse("--host dns:///localhost");
    ck_assert_int_eq(parsed.target_kind, TARGET_NAME);
    must_parse("--host dns:///127.0.0.1");
    ck_assert_int_eq(parsed.target_kind, TARGET_IPV4);
    must_parse("--host unix:localhost");
    ck_assert_int_eq(parsed.target_kind, TARGET_UNIX);
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
        ck_assert_int_eq(parsed.mode, CLIENT_STATEFUL);
        ck_assert_uint_eq(parsed.port, 99);
        must_have_uuid(TEST_UUID);
        ck_assert_uint_eq(parsed.n, 16777215);
        ck_assert_int_eq(parsed.retry_timeout_ns, 120 * NS_PER_S);
        ck_assert_int_eq(parsed.stall_timeout_ns, 0);
        ck_assert(parsed.quiet);
    }
}
END_TEST

START_TEST(a_size_has_a_unit_or_none)
{
    static const struct {
        const char *line;
        uint32_t size;
    } sizes[] = {{"", 0},
                 {"--size 0", 0},
                 {"--size 1", 1},
                 {"--size 4095B", 4095},
                 {"--size=16KiB", 16384},
                 {"--size 1MiB", 1048576},
                 {"--size 1048576", 1048576}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        must_parse(sizes[i].line);
        ck_assert_uint_eq(parsed.size, sizes[i].size);
    }
}
END_TEST

/* As iperf3 has them. */
START_TEST(a_duration_and_a_report_may_be_in_seconds)
{
    static const struct {
        const char *line;
        int64_t duration_ns;
        int64_t report_every_ns;
    } times[] = {{"-s 2 -t 10 -i 1", 10000000000, 1000000000},
                 {"-s 2 -t10 -i0.5", 10000000000, 500000000},
                 {"-s 2 --duration=1.5 --report-every 60", 1500000000, 60000000000},
                 {"-s 2 -d 250ms -i 2s", 250000000, 2000000000},
                 {"-s 2 -t 0 -i 000000000000000000000000000007", 0, 7000000000}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        must_parse(times[i].line);
        ck_assert_int_eq(parsed.duration_ns, times[i].duration_ns);
        ck_assert_int_eq(parsed.report_every_ns, times[i].report_every_ns);
    }
}
END_TEST

START_TEST(every_option_of_many_streams_sets_its_value)
{
    static const char *const forms[] = {
        "--streams 500 --connections 7 --duration 1m --ramp 2s --warmup 3s --interval 250ms "
        "--max-lateness 4s --report-every 100ms --json a.json --html b.html --json-stream - "
        "--csv c.csv --prometheus d.prom",
        "-s 500 -c 7 -d 60s --ramp=2000ms --warmup=3s --interval=250ms --max-lateness=4s "
        "--report-every=100ms --json=a.json --html=b.html --json-stream=- "
        "--csv=c.csv --prometheus=d.prom"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        must_parse(forms[i]);
        ck_assert_uint_eq(parsed.streams, 500);
        ck_assert_uint_eq(parsed.connections, 7);
        ck_assert_int_eq(parsed.duration_ns, 60 * NS_PER_S);
        ck_assert_int_eq(parsed.ramp_ns, 2 * NS_PER_S);
        ck_assert_int_eq(parsed.warmup_ns, 3 * NS_PER_S);
        ck_assert_int_eq(parsed.interval_ns, 250 * NS_PER_MS);
        ck_assert_int_eq(parsed.max_lateness_ns, 4 * NS_PER_S);
        ck_assert_int_eq(parsed.report_every_ns, 100 * NS_PER_MS);
        ck_assert_str_eq(parsed.json_file, "a.json");
        ck_assert_str_eq(parsed.html_file, "b.html");
        ck_assert_str_eq(parsed.json_stream_file, "-");
        ck_assert_str_eq(parsed.csv_file, "c.csv");
        ck_assert_str_eq(parsed.prometheus_file, "d.prom");
        ck_assert(!plan_prints_numbers(&parsed));
    }
}
END_TEST

START_TEST(zero_is_a_value)
{
    must_parse("--max-lateness 0");
    ck_assert_int_eq(parsed.max_lateness_ns, 0);
    must_parse("--interval 0 --ramp 0 --warmup 0 --duration 0");
    ck_assert_int_eq(parsed.interval_ns, 0);
    ck_assert(plan_prints_numbers(&parsed));
}
END_TEST

START_TEST(chaos_cuts_and_stalls)
{
    must_parse("--chaos cut=2s");
    ck_assert_int_eq(parsed.chaos.cut_ns, 2 * NS_PER_S);
    ck_assert_double_eq(parsed.chaos.stall_fraction, 0);
    must_parse("--chaos cut=500ms,stall=25% --seed 42");
    ck_assert_int_eq(parsed.chaos.cut_ns, 500 * NS_PER_MS);
    ck_assert_double_eq(parsed.chaos.stall_fraction, 0.25);
    ck_assert_uint_eq(parsed.chaos.seed, 42);
    must_parse("--seed 18446744073709551615 --chaos stall=100%,cut=1m");
    ck_assert_int_eq(parsed.chaos.cut_ns, 60 * NS_PER_S);
    ck_assert_double_eq(parsed.chaos.stall_fraction, 1);
    ck_assert_uint_eq(parsed.chaos.seed, UINT64_MAX);
}
END_TEST

/* So that two runs are not the same by accident; short enough to be typed again. */
START_TEST(a_seed_that_is_not_given_is_random)
{
    must_parse("--chaos cut=2s");
    uint64_t seed = parsed.chaos.seed;
    ck_assert_uint_le(seed, UINT32_MAX);
    must_parse("--chaos cut=2s");
    uint64_t other = parsed.chaos.seed;
    must_parse("--chaos cut=2s");
    ck_assert(seed != other || seed != parsed.chaos.seed);
}
END_TEST

START_TEST(several_conditions_may_fail_it)
{
    must_parse("--fail-on resume_p99>2s -s 3 --fail-on=breaks>=10 --fail-on throughput<1000");
    ck_assert_uint_eq(parsed.fail_on.count, 3);
    ck_assert_str_eq(parsed.fail_on.items[0].text, "resume_p99>2s");
    ck_assert_int_eq(parsed.fail_on.items[0].relation, FAIL_ON_ABOVE);
    ck_assert_double_eq(parsed.fail_on.items[0].limit, 2e9);
    ck_assert_str_eq(parsed.fail_on.items[1].text, "breaks>=10");
    ck_assert_int_eq(parsed.fail_on.items[2].relation, FAIL_ON_BELOW);
}
END_TEST

START_TEST(the_environment_is_not_asked)
{
    setenv("COMMS_PORT", "99", 1);
    setenv("COMMS_MODE", "stateful", 1);
    must_parse("");
    ck_assert_int_eq(parsed.mode, CLIENT_STATELESS);
    ck_assert_str_eq(parsed.target, "127.0.0.1:1337");
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
    ck_assert_uint_eq(parsed.connections, shared[_i].connections);
}
END_TEST

Suite *client_options_suite(void)
{
    Suite *suite = suite_create("client-options");
    TCase *tcase = tcase_create("client-options");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, client_options_set_up, client_options_tear_down);
    tcase_add_test(tcase, without_options_it_has_defaults);
    tcase_add_test(tcase, without_options_nothing_is_measured_or_broken);
    tcase_add_loop_test(tcase, the_target_is_what_the_host_says, 0,
                        sizeof targets / sizeof *targets);
    tcase_add_test(tcase, a_name_is_told_from_an_address);
    tcase_add_test(tcase, every_option_sets_its_value);
    tcase_add_test(tcase, a_size_has_a_unit_or_none);
    tcase_add_test(tcase, a_duration_and_a_report_may_be_in_seconds);
    tcase_add_test(tcase, every_option_of_many_streams_sets_its_value);
    tcase_add_test(tcase, zero_is_a_value);
    tcase_add_test(tcase, chaos_cuts_and_stalls);
    tcase_add_test(tcase, a_seed_that_is_not_given_is_random);
    tcase_add_test(tcase, several_conditions_may_fail_it);
    tcase_add_test(tcase, the_environment_is_not_asked);
    tcase_add_loop_test(tcase, connections_hold_what_proxies_let_through, 0,
                        sizeof shared / sizeof *shared);
    return suite;
}
