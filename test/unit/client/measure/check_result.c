/* client/measure/result: what is computed from it. */
#include "client/measure/result.h"
#include "shared/base/clock.h"
#include "test/suites.h"

static struct result result;

START_TEST(throughput_is_of_the_measured_time)
{
    ck_assert_double_eq(result_throughput(&result), 0);
    result.elapsed_ns = 60 * NS_PER_S;
    result.measured_ns = 50 * NS_PER_S;
    result.measured_numbers = 510020;
    ck_assert_double_eq_tol(result_throughput(&result), 10200.4, 1e-9);
}
END_TEST

Suite *result_suite(void)
{
    Suite *suite = suite_create("result");
    TCase *tcase = tcase_create("result");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, throughput_is_of_the_measured_time);
    return suite;
}
