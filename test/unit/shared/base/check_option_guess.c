/* shared/base/option_guess: which option a wrong word was meant to be. */
#include "shared/base/option_guess.h"
#include "test/suites.h"

START_TEST(a_distance_counts_single_slips)
{
    static const struct {
        const char *one;
        const char *other;
        size_t distance;
    } rows[] = {{"", "", 0},
                {"", "port", 4},
                {"port", "", 4},
                {"port", "port", 0},
                {"prot", "port", 1},
                {"steams", "streams", 1},
                {"streamss", "streams", 1},
                {"stroams", "streams", 1},
                {"sterams", "streams", 1},
                {"kitten", "sitting", 3},
                {"abc", "cba", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_uint_eq(option_guess_distance(rows[i].one, rows[i].other), rows[i].distance);
        ck_assert_uint_eq(option_guess_distance(rows[i].other, rows[i].one), rows[i].distance);
    }
}
END_TEST

START_TEST(the_nearest_is_guessed)
{
    static const char *const names[] = {"port", "host",        "streams", "stall-timeout",
                                        "json", "json-stream", "tls",     "duration"};
    static const struct {
        const char *word;
        const char *guess; /* NULL: none is near */
    } rows[] = {{"--steams", "streams"},
                {"--Streams", "streams"},
                {"-streems=3", "streams"},
                {"--stall-timout=5s", "stall-timeout"},
                {"--st", "streams"},
                {"--jsno", "json"},
                {"--json-steam", "json-stream"},
                {"--durration", "duration"},
                {"--prot", "port"},
                {"--color", NULL},
                {"--x", NULL},
                {"--", NULL},
                {"-", NULL},
                {"--tsl", "tls"},
                {"--abc", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *best = NULL;
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            option_guess_consider(rows[i].word, names[n], &best);
        }
        if (rows[i].guess == NULL) {
            ck_assert_msg(best == NULL, "%s: %s", rows[i].word, best);
        } else {
            ck_assert_msg(best != NULL, "%s", rows[i].word);
            ck_assert_str_eq(best, rows[i].guess);
        }
    }
}
END_TEST

Suite *option_guess_suite(void)
{
    Suite *suite = suite_create("option-guess");
    TCase *tcase = tcase_create("option-guess");
    tcase_add_test(tcase, a_distance_counts_single_slips);
    tcase_add_test(tcase, the_nearest_is_guessed);
    suite_add_tcase(suite, tcase);
    return suite;
}
