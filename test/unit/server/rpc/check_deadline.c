/* server/rpc/deadline: a client's deadline on our clock. */
#include "server/rpc/deadline.h"
#include "test/suites.h"

static gpr_timespec in_seconds(int64_t seconds)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(seconds, GPR_TIMESPAN));
}

static int64_t read_deadline(gpr_timespec deadline)
{
    return deadline_read(deadline, &clock_monotonic);
}

START_TEST(no_deadline_is_never)
{
    ck_assert_int_eq(read_deadline(gpr_inf_future(GPR_CLOCK_MONOTONIC)), CLOCK_NEVER);
    ck_assert_int_eq(read_deadline(gpr_inf_future(GPR_CLOCK_REALTIME)), CLOCK_NEVER);
    ck_assert_int_eq(read_deadline(in_seconds(99999999LL * 3600)), CLOCK_NEVER);
}
END_TEST

START_TEST(a_deadline_is_a_time_on_the_clock)
{
    static const int64_t seconds[] = {-10, 0, 1, 3600, INT32_MAX - 1};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        const int64_t before = clock_monotonic.now(&clock_monotonic);
        const int64_t deadline = read_deadline(in_seconds(seconds[i]));
        const int64_t after = clock_monotonic.now(&clock_monotonic);
        /* The two clocks are read one after the other, at most as far apart as the whole test. */
        const int64_t spread = after - before + 1;
        ck_assert_int_ge(deadline, before + seconds[i] * NS_PER_S - spread);
        ck_assert_int_le(deadline, after + seconds[i] * NS_PER_S + spread);
    }
}
END_TEST

Suite *deadline_suite(void)
{
    Suite *suite = suite_create("deadline");
    TCase *tcase = tcase_create("deadline");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, no_deadline_is_never);
    tcase_add_test(tcase, a_deadline_is_a_time_on_the_clock);
    return suite;
}
