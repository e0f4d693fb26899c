/* client/options/channel_option: which addresses are connected to, and what each call tells. */
#include "client/options/channel_option.h"
#include "client/options/header_option.h"
#include "test/kit/client_options_fixture.h"
#include "test/suites.h"

#include <string.h>

static const struct {
    const char *words;
    const char *target;
    enum address_family family;
    bool is_round_robin;
} rows[] = {
    {"", "127.0.0.1:1337", ADDRESS_ANY, false},
    {"-4", "127.0.0.1:1337", ADDRESS_IPV4, false},
    {"--ipv4 --host example.org", "example.org:1337", ADDRESS_IPV4, false},
    {"-4 --host 10.0.0.1", "10.0.0.1:1337", ADDRESS_IPV4, false},
    {"-4 --host ::ffff:10.0.0.1", "[::ffff:10.0.0.1]:1337", ADDRESS_IPV4, false},
    {"-6", "[::1]:1337", ADDRESS_IPV6, false},
    {"-6 -p 99", "[::1]:99", ADDRESS_IPV6, false},
    {"--ipv6 --host example.org:99", "example.org:99", ADDRESS_IPV6, false},
    {"-6 --host [::1]:99", "[::1]:99", ADDRESS_IPV6, false},
    {"--load-balancing pick_first", "127.0.0.1:1337", ADDRESS_ANY, false},
    {"--load-balancing pick_first --host unix:/x", "unix:/x", ADDRESS_ANY, false},
    {"--load-balancing round_robin --host example.org", "example.org:1337", ADDRESS_ANY, true},
    {"--load-balancing=round_robin -6 --host dns:///a:5", "a:5", ADDRESS_IPV6, true},
};

START_TEST(addresses_are_chosen)
{
    must_parse(rows[_i].words);
    ck_assert_str_eq(parsed.target, rows[_i].target);
    ck_assert_int_eq(parsed.channel.family, rows[_i].family);
    ck_assert(parsed.channel.is_round_robin == rows[_i].is_round_robin);
}
END_TEST

START_TEST(what_calls_tell_is_kept)
{
    must_parse("");
    ck_assert_ptr_null(parsed.channel.authority);
    ck_assert_ptr_null(parsed.channel.user_agent);
    ck_assert_uint_eq(parsed.channel.headers.count, 0);
    must_parse("--authority a.example:443 --user-agent probe/1 --header a:1 --header b:2");
    ck_assert_str_eq(parsed.channel.authority, "a.example:443");
    ck_assert_str_eq(parsed.channel.user_agent, "probe/1");
    ck_assert_uint_eq(parsed.channel.headers.count, 2);
    must_parse("--authority [::1]:443 --tls-server-name b.example");
    ck_assert_str_eq(parsed.channel.authority, "[::1]:443");
    ck_assert_str_eq(parsed.tls.name, "b.example");
}
END_TEST

/* What a server would refuse as too much is refused before it is sent. */
START_TEST(headers_may_have_what_a_server_takes)
{
    static char words[HEADER_OPTION_SIZE_MAX + 64];
    const size_t most = HEADER_OPTION_SIZE_MAX - 32 - 1; /* beside the name, x */
    static const char begin[] = "--header x:";
    memcpy(words, begin, sizeof begin);
    memset(words + sizeof begin - 1, 'v', most);
    must_parse(words);
    ck_assert_uint_eq(parsed.channel.headers.items[0].length, most);
    words[sizeof begin - 1 + most] = 'v';
    must_refuse(words, "the headers of a call would have 15873 bytes; a server takes 15872 beside "
                       "gRPC's own: shorten --header, --authority or --user-agent");
}
END_TEST

#define ONE_ADDRESS                                                                                \
    "--load-balancing round_robin has no effect on one address: give a name as --host"
#define AUTHORITY "expected HOST or HOST:PORT, without blanks, slashes, '@', '?' or '#'"

static const struct {
    const char *words;
    const char *line;
} refusals[] = {
    {"-4 -6", "-4 and -6 exclude each other: leave one out"},
    {"-6 --ipv4 --host a", "-4 and -6 exclude each other: leave one out"},
    {"-4 --host [::1]:5", "--host is an IPv6 address: leave out -4"},
    {"-6 --host 127.0.0.1", "--host is an IPv4 address: leave out -6"},
    {"-6 --host ipv4:127.0.0.1:5", "--host is an IPv4 address: leave out -6"},
    {"-6 --host ::ffff:127.0.0.1", "--host stands for an IPv4 address: leave out -6"},
    {"-4 --host unix:/x", "a unix socket has no IPv4 address: leave out -4"},
    {"-6 --host unix-abstract:x", "a unix socket has no IPv6 address: leave out -6"},
    {"-6 5.5.5.5", "invalid N '5.5.5.5': expected a number from 1 to 65535"},
    {"--load-balancing round_robin", ONE_ADDRESS},
    {"--load-balancing round_robin --host ::1", ONE_ADDRESS},
    {"--load-balancing round_robin --host unix:/x", ONE_ADDRESS},
    {"--load-balancing random",
     "invalid --load-balancing 'random': expected one of pick_first, round_robin"},
    {"--authority=", "invalid --authority '': expected NAME"},
    {"--authority http://a",
     "invalid --authority 'http://a': expected HOST or HOST:PORT, not a URL"},
    {"--authority a/b", "invalid --authority 'a/b': " AUTHORITY},
    {"--authority me@a", "invalid --authority 'me@a': " AUTHORITY},
    {"--authority a\nb", "invalid --authority 'a?b': it has a control character"},
    {"--user-agent a\nb", "invalid --user-agent 'a?b': it has a control character"},
    {"--user-agent \xe4", "invalid --user-agent '?': expected printable ASCII in one line"},
    {"--user-agent=", "invalid --user-agent '': expected TEXT"},
    {"--header a", "invalid --header 'a': expected 'name: value'"},
};

START_TEST(contradictions_are_refused)
{
    must_refuse(refusals[_i].words, refusals[_i].line);
}
END_TEST

START_TEST(a_user_agent_may_have_blanks_within)
{
    ck_assert_ptr_null(channel_option_check_user_agent("a probe (of mine)/1.0"));
    ck_assert_str_eq(channel_option_check_user_agent(" a"),
                     "expected no blank at its beginning or end");
    ck_assert_str_eq(channel_option_check_user_agent("a "),
                     "expected no blank at its beginning or end");
}
END_TEST

/* As iperf3 has them. */
START_TEST(short_forms_mean_the_same)
{
    must_parse("-P 7 -t 20s -i 2s");
    ck_assert_uint_eq(parsed.streams, 7);
    ck_assert_int_eq(parsed.duration_ns, INT64_C(20000000000));
    ck_assert_int_eq(parsed.report_every_ns, INT64_C(2000000000));
    must_parse("-P7 -t20s -qs8");
    ck_assert_uint_eq(parsed.streams, 8);
    ck_assert(parsed.quiet);
}
END_TEST

Suite *channel_option_suite(void)
{
    Suite *suite = suite_create("channel-option");
    TCase *tcase = tcase_create("channel-option");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, client_options_set_up, client_options_tear_down);
    tcase_add_loop_test(tcase, addresses_are_chosen, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, what_calls_tell_is_kept);
    tcase_add_test(tcase, headers_may_have_what_a_server_takes);
    tcase_add_loop_test(tcase, contradictions_are_refused, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tcase, a_user_agent_may_have_blanks_within);
    tcase_add_test(tcase, short_forms_mean_the_same);
    return suite;
}
