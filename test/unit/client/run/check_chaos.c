/* client/run/chaos: what the option takes, and that the breaks are random, at their pace, and come
 * again with the seed. */
#include "client/run/chaos.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <string.h>

enum { CONNECTIONS = 10, DRAWS = 20000 };

static const struct chaos_plan plan = {.cut_ns = 2 * NS_PER_S, .stall_fraction = 0.25, .seed = 42};
static const double mean_ns = 2.0 * CONNECTIONS * NS_PER_S;

static struct chaos chaos;

/* Within this many percent. */
static void assert_near(double value, double wanted, double percent)
{
    ck_assert_double_ge(value, wanted * (1 - percent / 100));
    ck_assert_double_le(value, wanted * (1 + percent / 100));
}

START_TEST(the_option_is_read)
{
    static const struct {
        const char *text;
        int64_t cut_ns;
        double stall_fraction;
    } cases[] = {{"cut=2s", 2 * NS_PER_S, 0},
                 {"cut=250ms,stall=1%", 250 * NS_PER_MS, 0.01},
                 {"stall=100%,cut=1m", 60 * NS_PER_S, 1},
                 {"cut=1.5s,stall=0%", 1500 * NS_PER_MS, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chaos_plan parsed = {.cut_ns = 1, .stall_fraction = 0.5, .seed = 7};
        ck_assert_ptr_null(chaos_parse(cases[i].text, &parsed));
        ck_assert_int_eq(parsed.cut_ns, cases[i].cut_ns);
        ck_assert_double_eq(parsed.stall_fraction, cases[i].stall_fraction);
        ck_assert_uint_eq(parsed.seed, 7);
    }
}
END_TEST

START_TEST(what_is_no_option_is_refused)
{
    static const char *const cases[] = {"",
                                        "2s",
                                        "cut",
                                        "cut=",
                                        "cut=0",
                                        "cut=0s",
                                        "cut=2",
                                        "cut=-1s",
                                        "cut=999d",
                                        " cut=2s",
                                        "CUT=2s",
                                        "cut=2s ",
                                        "stall=5%",
                                        "cut=2s,",
                                        ",cut=2s",
                                        "cut=2s,,stall=1%",
                                        "cut=,",
                                        "cut=2s,stall",
                                        "cut=2s,stall=",
                                        "cut=2s,stall=%",
                                        "cut=2s,5%",
                                        "cut=2s,drop=1%",
                                        "cut=2s,stall=1",
                                        "cut=2s,stall=101%",
                                        "stall=%,cut=2s",
                                        "cut=2s stall=1%",
                                        "cut=2s,stall=1.5%",
                                        "cut=2s,stall=-1%",
                                        "cut=2s;stall=1%"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chaos_plan parsed = {.cut_ns = 1, .stall_fraction = 0.5, .seed = 7};
        const char *error = chaos_parse(cases[i], &parsed);
        ck_assert_msg(error != NULL, "'%s' was taken", cases[i]);
        ck_assert_ptr_nonnull(strstr(error, "expected cut=TIME"));
        ck_assert_int_eq(parsed.cut_ns, 1);
        ck_assert_double_eq(parsed.stall_fraction, 0.5);
    }
}
END_TEST

/* A connection's share: with ten of them, each breaks ten times as seldom. */
START_TEST(waits_have_the_mean_of_a_connection)
{
    double sum = 0;
    chaos_init(&chaos, &plan, 3, CONNECTIONS);
    for (int i = 0; i < DRAWS; i++) {
        int64_t wait = chaos_next_ns(&chaos);
        ck_assert_int_ge(wait, 0);
        sum += (double)wait;
    }
    assert_near(sum / DRAWS, mean_ns, 3);
}
END_TEST

START_TEST(all_connections_together_break_at_the_pace)
{
    const int64_t run_ns = 10000 * plan.cut_ns;
    int breaks = 0;
    for (unsigned connection = 1; connection <= CONNECTIONS; connection++) {
        chaos_init(&chaos, &plan, connection, CONNECTIONS);
        for (int64_t at = chaos_next_ns(&chaos); at < run_ns; at += chaos_next_ns(&chaos)) {
            breaks++;
        }
    }
    assert_near(breaks, 10000, 5);
}
END_TEST

/* Exponentially: half of the waits are below 0.693 of the mean, and a twentieth above three. */
START_TEST(waits_are_those_of_accidents)
{
    int below = 0;
    int above = 0;
    chaos_init(&chaos, &plan, 3, CONNECTIONS);
    for (int i = 0; i < DRAWS; i++) {
        double wait = (double)chaos_next_ns(&chaos);
        below += wait < 0.693147 * mean_ns ? 1 : 0;
        above += wait > 3 * mean_ns ? 1 : 0;
    }
    assert_near(below, 0.5 * DRAWS, 4);
    assert_near(above, 0.049787 * DRAWS, 15);
}
END_TEST

/* Also the first waits of all connections are spread: they do not break together. */
START_TEST(connections_differ)
{
    double sum = 0;
    int64_t last = -1;
    for (unsigned connection = 1; connection <= DRAWS; connection++) {
        chaos_init(&chaos, &plan, connection, CONNECTIONS);
        int64_t wait = chaos_next_ns(&chaos);
        ck_assert_int_ne(wait, last);
        last = wait;
        sum += (double)wait;
    }
    assert_near(sum / DRAWS, mean_ns, 3);
}
END_TEST

START_TEST(the_seed_gives_the_same_again)
{
    struct chaos_plan other_options = plan;
    struct chaos same;
    struct chaos other;
    int differences = 0;
    other_options.seed++;
    chaos_init(&chaos, &plan, 5, CONNECTIONS);
    chaos_init(&same, &plan, 5, CONNECTIONS);
    chaos_init(&other, &other_options, 5, CONNECTIONS);
    for (int i = 0; i < 1000; i++) {
        int64_t wait = chaos_next_ns(&chaos);
        ck_assert_int_eq(chaos_next_ns(&same), wait);
        differences += chaos_next_ns(&other) != wait ? 1 : 0;
        ck_assert_int_eq(chaos_next_is_stall(&same), chaos_next_is_stall(&chaos));
        (void)chaos_next_is_stall(&other);
    }
    ck_assert_int_gt(differences, 990);
}
END_TEST

START_TEST(some_breaks_are_stalls)
{
    static const double fractions[] = {0, 0.01, 0.25, 1};
    for (size_t k = 0; k < sizeof fractions / sizeof *fractions; k++) {
        struct chaos_plan some = plan;
        int stalls = 0;
        some.stall_fraction = fractions[k];
        chaos_init(&chaos, &some, 1, CONNECTIONS);
        for (int i = 0; i < DRAWS; i++) {
            stalls += chaos_next_is_stall(&chaos) ? 1 : 0;
        }
        assert_near(stalls, fractions[k] * DRAWS, k == 1 ? 35 : k == 2 ? 6 : 0);
    }
}
END_TEST

/* The longest that the options allow, on more connections than there are: no wait is too long to
 * be added to a time. */
START_TEST(long_waits_do_not_wrap)
{
    const struct chaos_plan rare = {.cut_ns = INT64_C(24) * 86400 * NS_PER_S};
    chaos_init(&chaos, &rare, 1, UINT32_MAX);
    for (int i = 0; i < DRAWS; i++) {
        int64_t wait = chaos_next_ns(&chaos);
        ck_assert_int_ge(wait, 0);
        ck_assert_int_le(wait, INT64_MAX / 2 + 1);
    }
}
END_TEST

Suite *chaos_suite(void)
{
    Suite *suite = suite_create("chaos");
    TCase *tcase = tcase_create("chaos");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_option_is_read);
    tcase_add_test(tcase, what_is_no_option_is_refused);
    tcase_add_test(tcase, waits_have_the_mean_of_a_connection);
    tcase_add_test(tcase, all_connections_together_break_at_the_pace);
    tcase_add_test(tcase, waits_are_those_of_accidents);
    tcase_add_test(tcase, connections_differ);
    tcase_add_test(tcase, the_seed_gives_the_same_again);
    tcase_add_test(tcase, some_breaks_are_stalls);
    tcase_add_test(tcase, long_waits_do_not_wrap);
    return suite;
}
