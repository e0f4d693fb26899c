/* A stateless stream: its first number, and the numbers after it. */
#include "server/services/comms/stateless.h"
#include "shared/protocol/sequence.h"
#include "test/suites.h"

#include <sodium.h>

static struct stateless begin(enum command_kind kind, uint64_t last)
{
    const struct command command = {.kind = kind, .last = last};
    struct stateless stateless;
    stateless_begin(&stateless, &command);
    return stateless;
}

/* With 20,000 streams the chance that one of the 255 values never comes is below 1e-31. */
START_TEST(start_begins_with_each_of_1_to_255_and_nothing_else)
{
    enum { STREAMS = 20000 };
    unsigned seen[STATELESS_FIRST_MAX + 1] = {0};
    ck_assert_int_ge(sodium_init(), 0);
    for (int i = 0; i < STREAMS; i++) {
        struct stateless stateless = begin(COMMAND_START, 0);
        uint64_t first = stateless_take(&stateless);
        ck_assert_uint_ge(first, 1);
        ck_assert_uint_le(first, STATELESS_FIRST_MAX);
        seen[first]++;
    }
    for (size_t first = 1; first <= STATELESS_FIRST_MAX; first++) {
        ck_assert_msg(seen[first] > 0, "no stream began with %zu", first);
    }
}
END_TEST

START_TEST(each_number_is_three_times_the_last)
{
    struct stateless stateless = begin(COMMAND_START, 0);
    uint64_t last = stateless_take(&stateless);
    for (int i = 0; i < 1000; i++) { /* wraps after some forty numbers */
        uint64_t number = stateless_take(&stateless);
        ck_assert_uint_eq(number, last + last + last);
        last = number;
    }
}
END_TEST

static const struct {
    uint64_t last;
    uint64_t numbers[3];
} continuations[] = {
    {1, {3, 9, 27}},
    {81, {243, 729, 2187}},
    {UINT64_C(6148914691236517205), {UINT64_MAX, UINT64_MAX - 2, UINT64_MAX - 8}},
    {UINT64_C(6148914691236517206), {2, 6, 18}}, /* a third of 2^64, rounded up */
    {UINT64_C(1) << 63, {UINT64_C(1) << 63, UINT64_C(1) << 63, UINT64_C(1) << 63}},
    {UINT64_MAX, {UINT64_MAX - 2, UINT64_MAX - 8, UINT64_MAX - 26}},
};

START_TEST(continue_goes_on_after_the_last_number)
{
    struct stateless stateless = begin(COMMAND_CONTINUE, continuations[_i].last);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(stateless_take(&stateless), continuations[_i].numbers[i]);
    }
}
END_TEST

Suite *stateless_suite(void)
{
    Suite *suite = suite_create("stateless");
    TCase *stateless = tcase_create("stateless");
    suite_add_tcase(suite, stateless);
    tcase_add_test(stateless, start_begins_with_each_of_1_to_255_and_nothing_else);
    tcase_add_test(stateless, each_number_is_three_times_the_last);
    tcase_add_loop_test(stateless, continue_goes_on_after_the_last_number, 0,
                        sizeof continuations / sizeof *continuations);
    return suite;
}
