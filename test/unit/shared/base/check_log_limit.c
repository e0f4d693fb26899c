/* shared/base/log_limit: a flood of events is some lines and a count. */
#include "shared/base/clock.h"
#include "shared/base/log_limit.h"
#include "test/suites.h"

START_TEST(some_lines_a_second_are_written)
{
    struct log_limit limit = LOG_LIMIT(3);
    uint64_t skipped = 1;
    for (int i = 0; i < 3; i++) {
        ck_assert(log_limit_admit(&limit, 5 * NS_PER_S, 0, &skipped));
        ck_assert_uint_eq(skipped, 0);
    }
    for (int i = 0; i < 100; i++) {
        ck_assert(!log_limit_admit(&limit, 6 * NS_PER_S - 1, 0, &skipped));
    }
    ck_assert(log_limit_admit(&limit, 6 * NS_PER_S, 0, &skipped));
    ck_assert_uint_eq(skipped, 100);
    ck_assert(log_limit_admit(&limit, 6 * NS_PER_S, 0, &skipped));
    ck_assert_uint_eq(skipped, 0); /* they are told of once */
}
END_TEST

static unsigned count_admitted(struct log_limit *limit, int64_t now)
{
    unsigned count = 0;
    uint64_t skipped;
    while (log_limit_admit(limit, now, 0, &skipped)) {
        count++;
    }
    return count;
}

START_TEST(more_may_come_at_once)
{
    struct log_limit limit = LOG_LIMIT_AT_ONCE(10, 25);
    ck_assert_uint_eq(count_admitted(&limit, 0), 25);
    ck_assert_uint_eq(count_admitted(&limit, NS_PER_S - 1), 0);
    ck_assert_uint_eq(count_admitted(&limit, NS_PER_S), 10);
    ck_assert_uint_eq(count_admitted(&limit, 3 * NS_PER_S), 20);
    ck_assert_uint_eq(count_admitted(&limit, 1000000 * NS_PER_S), 25); /* no more is saved */
}
END_TEST

/* What another limit has skipped is counted, too. */
START_TEST(limits_can_be_joined)
{
    struct log_limit limit = LOG_LIMIT(1);
    uint64_t skipped;
    ck_assert(log_limit_admit(&limit, 0, 5, &skipped));
    ck_assert_uint_eq(skipped, 5);
    ck_assert(!log_limit_admit(&limit, 0, 7, &skipped));
    ck_assert(log_limit_admit(&limit, NS_PER_S, 2, &skipped));
    ck_assert_uint_eq(skipped, 10);
}
END_TEST

START_TEST(a_count_is_a_field_only_if_lines_are_missing)
{
    const struct log_field field = log_skipped(7);
    ck_assert_int_eq(field.kind, LOG_NUMBER);
    ck_assert_str_eq(field.key, "skipped");
    ck_assert_uint_eq(field.value.number, 7);
    ck_assert_int_eq(log_skipped(0).kind, LOG_END);
}
END_TEST

Suite *log_limit_suite(void)
{
    Suite *suite = suite_create("log-limit");
    TCase *tcase = tcase_create("log-limit");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, some_lines_a_second_are_written);
    tcase_add_test(tcase, more_may_come_at_once);
    tcase_add_test(tcase, limits_can_be_joined);
    tcase_add_test(tcase, a_count_is_a_field_only_if_lines_are_missing);
    return suite;
}
