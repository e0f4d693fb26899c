/* client/verify/verifier on stateless streams: right numbers and wrong ones. */
#include "test/kit/verifier_fixture.h"
#include "test/suites.h"

static void be_stateless(uint32_t n)
{
    verifier_cleanup(&verifier);
    verifier_init_stateless(&verifier, n);
    verifier_begin_stream(&verifier, false);
}

START_TEST(a_stateless_stream_is_right)
{
    static const uint64_t firsts[] = {1, 5, 255};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        uint64_t number = firsts[i];
        uint64_t sum = 0;
        be_stateless(100);
        for (uint32_t k = 0; k < 100; k++) { /* wraps after some forty */
            ck_assert(!verifier_is_complete(&verifier));
            if (k % 10 == 9) { /* a break, that changes nothing */
                verifier_begin_stream(&verifier, true);
            }
            take_right(number, VERDICT_NUMBER);
            sum += number;
            ck_assert_uint_eq(verifier.count, k + 1);
            ck_assert_uint_eq(verifier.last, number);
            ck_assert_uint_eq(verifier.sum, sum);
            number = number + number + number;
        }
        ck_assert(verifier_is_complete(&verifier));
        uint64_t last = verifier.last;
        take_right(number, VERDICT_SURPLUS); /* what comes until END is heard */
        take_right(12345, VERDICT_SURPLUS);
        ck_assert(verifier_is_complete(&verifier));
        ck_assert_uint_eq(verifier.count, 100);
        ck_assert_uint_eq(verifier.last, last);
        ck_assert_uint_eq(verifier.sum, sum);
    }
}
END_TEST

START_TEST(a_wrong_stateless_number_is_found)
{
    be_stateless(10);
    take_right(5, VERDICT_NUMBER);
    take_right(15, VERDICT_NUMBER);
    take_corrupt(46, VERDICT_CORRUPT,
                 "wrong number after 2 right numbers: expected 45, received 46");
    ck_assert_uint_eq(verifier.last, 45);
    take_right(135, VERDICT_NUMBER);
    ck_assert_uint_eq(verifier_position(&verifier), 4);
    ck_assert_uint_eq(verifier.count, 3);
    ck_assert_uint_eq(verifier.sum, 155);
}
END_TEST

/* What should have come is not known; what it was is followed. */
START_TEST(a_wrong_first_number_is_found)
{
    be_stateless(2);
    take_corrupt(0, VERDICT_CORRUPT,
                 "wrong number after 0 right numbers: expected a number from 1 to 255, received 0");
    be_stateless(2);
    take_corrupt(
        256, VERDICT_CORRUPT,
        "wrong number after 0 right numbers: expected a number from 1 to 255, received 256");
    ck_assert(!verifier.has_expected);
    ck_assert_uint_eq(verifier.wrong_at, 1);
    ck_assert_uint_eq(verifier.last, 256);
    take_right(768, VERDICT_NUMBER);
    ck_assert_uint_eq(verifier.count, 1);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

Suite *verifier_stateless_suite(void)
{
    Suite *suite = suite_create("verifier-stateless");
    TCase *stateless = tcase_create("stateless");
    suite_add_tcase(suite, stateless);
    tcase_add_test(stateless, a_stateless_stream_is_right);
    tcase_add_checked_fixture(stateless, NULL, forget_verifier);
    tcase_add_test(stateless, a_wrong_stateless_number_is_found);
    tcase_add_test(stateless, a_wrong_first_number_is_found);
    return suite;
}
