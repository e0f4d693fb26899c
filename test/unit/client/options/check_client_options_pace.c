/* client/options: the times that follow from --interval, --rate and --stall-timeout. */
#include "shared/base/clock.h"
#include "test/kit/client_options_fixture.h"
#include "test/suites.h"

/* One that is not given follows the pace; a pace that is not given is not known. */
START_TEST(silence_is_judged_by_the_pace)
{
    static const struct {
        const char *words;
        int64_t stall_timeout_ns;
    } rows[] = {{"", 15 * NS_PER_S},
                {"--interval 0", 15 * NS_PER_S},
                {"--interval 5s", 15 * NS_PER_S},
                {"--interval 5001ms", 15003 * NS_PER_MS},
                {"--interval 24h", INT64_C(259200) * NS_PER_S},
                {"--interval 10s --stall-timeout 10s", 10 * NS_PER_S},
                {"--interval 10s --stall-timeout 0", 0},
                {"--interval 0 --stall-timeout 1ms", NS_PER_MS},
                {"--stall-timeout 200ms", 200 * NS_PER_MS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        must_parse(rows[i].words);
        ck_assert_int_eq(parsed.stall_timeout_ns, rows[i].stall_timeout_ns);
    }
}
END_TEST

/* What is given stays; what is not follows the server when it has announced its pace. */
START_TEST(a_plan_knows_what_was_given)
{
    must_parse("");
    ck_assert(!parsed.interval_is_given);
    ck_assert(parsed.stall_follows_interval);
    ck_assert_int_eq(parsed.interval_ns, NS_PER_S);
    must_parse("--interval 1s --stall-timeout 15s");
    ck_assert(parsed.interval_is_given);
    ck_assert(!parsed.stall_follows_interval);
}
END_TEST

static const struct {
    const char *words;
    int64_t wish_ns;
    int64_t interval_ns; /* until the server announces its own */
    int64_t stall_timeout_ns;
} rates[] = {
    {"--rate 1", NS_PER_S, NS_PER_S, 15 * NS_PER_S},
    {"--rate 10", 100 * NS_PER_MS, 100 * NS_PER_MS, 15 * NS_PER_S},
    {"--rate 3", 333333333, 333333333, 15 * NS_PER_S},
    {"--rate 0.5", 2 * NS_PER_S, 2 * NS_PER_S, 15 * NS_PER_S},
    {"--rate 0.10", 10 * NS_PER_S, 10 * NS_PER_S, 30 * NS_PER_S},
    {"--rate 1000000", 1000, 1000, 15 * NS_PER_S},
    {"--rate 0.0003", 3333333333333, 3333333333333, 9999999999999},
    {"--rate 10 --interval 2s", 100 * NS_PER_MS, 2 * NS_PER_S, 15 * NS_PER_S},
    {"--rate 10 --interval 0", 100 * NS_PER_MS, 0, 15 * NS_PER_S},
    {"--rate 0.1 --stall-timeout 3s", 10 * NS_PER_S, 10 * NS_PER_S, 3 * NS_PER_S},
};

START_TEST(a_rate_is_an_interval)
{
    must_parse(rates[_i].words);
    ck_assert_int_eq(parsed.wish_ns, rates[_i].wish_ns);
    ck_assert_int_eq(parsed.interval_ns, rates[_i].interval_ns);
    ck_assert_int_eq(parsed.stall_timeout_ns, rates[_i].stall_timeout_ns);
}
END_TEST

START_TEST(a_connection_is_awaited_as_long_as_a_message)
{
    static const struct {
        const char *words;
        int64_t connect_timeout_ns;
    } rows[] = {{"", 5 * NS_PER_S},
                {"--stall-timeout 0", 5 * NS_PER_S},
                {"--stall-timeout 1h", 5 * NS_PER_S},
                {"--stall-timeout 3s", 3 * NS_PER_S},
                {"--stall-timeout 1ms", NS_PER_S},
                {"--retry-timeout 0", 5 * NS_PER_S},
                {"--retry-timeout 9s", 3 * NS_PER_S},
                {"--retry-timeout 9s --stall-timeout 2s", 2 * NS_PER_S},
                {"--retry-timeout 1s", NS_PER_S}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        must_parse(rows[i].words);
        ck_assert_int_eq(parsed.connect_timeout_ns, rows[i].connect_timeout_ns);
    }
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
    {"-d 10s --rate 4", 41, true},
    {"-d 10s -n 3", 3, false},
    {"-d 10s 3", 3, false},
    {"-m stateful -d 10s 16777215", 16777215, false},
};

START_TEST(a_session_is_as_long_as_fits)
{
    must_parse(lengths[_i].words);
    ck_assert_uint_eq(parsed.n, lengths[_i].n);
    ck_assert(parsed.n_fits == lengths[_i].fits);
}
END_TEST

START_TEST(a_connect_timeout_may_be_given)
{
    must_parse("--connect-timeout 250ms");
    ck_assert_int_eq(parsed.connect_timeout_ns, 250 * NS_PER_MS);
    must_parse("--connect-timeout 10s --stall-timeout 2s"); /* given, it is not shortened */
    ck_assert_int_eq(parsed.connect_timeout_ns, 10 * NS_PER_S);
    ck_assert_int_eq(parse_words("--connect-timeout 99ms"), OPTIONS_WRONG);
    ck_assert_int_eq(parse_words("--connect-timeout 0"), OPTIONS_WRONG);
    ck_assert_int_eq(parse_words("--connect-timeout 61m"), OPTIONS_WRONG);
}
END_TEST

Suite *client_options_pace_suite(void)
{
    Suite *suite = suite_create("client-options-pace");
    TCase *tcase = tcase_create("pace");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, client_options_set_up, client_options_tear_down);
    tcase_add_test(tcase, silence_is_judged_by_the_pace);
    tcase_add_test(tcase, a_plan_knows_what_was_given);
    tcase_add_loop_test(tcase, a_rate_is_an_interval, 0, sizeof rates / sizeof *rates);
    tcase_add_test(tcase, a_connection_is_awaited_as_long_as_a_message);
    tcase_add_loop_test(tcase, a_session_is_as_long_as_fits, 0, sizeof lengths / sizeof *lengths);
    tcase_add_test(tcase, a_connect_timeout_may_be_given);
    return suite;
}
