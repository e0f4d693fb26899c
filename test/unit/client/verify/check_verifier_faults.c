/*
 * client/verify/verifier: what it calls lost, repeated, reordered and corrupt, each fault by
 * itself, and at the edges of how far it is looked for.
 */
#include "test/kit/verifier_fixture.h"
#include "test/suites.h"

START_TEST(a_loss_is_named_and_may_come_after_all)
{
    begin_stream(MODE_STATELESS, NULL, 20);
    take_all(1, 4);
    take_wrong(729, VERDICT_LOST, 5,
               "lost 2 numbers after 4 right ones: expected 81, received 729");
    ck_assert_uint_eq(verifier.amount, 2);
    ck_assert_uint_eq(verifier_position(&verifier), 7);
    ck_assert_uint_eq(verifier.last, 729);
    ck_assert_uint_eq(verifier.count, 5);
    expect_counters(2, 0, 0, 0);
    take_all(8, 8);
    take_wrong(81, VERDICT_REORDERED, 5,
               "number 5 came out of order after 6 right numbers: expected 6561, received 81");
    expect_counters(1, 0, 1, 0);
    take_wrong(81, VERDICT_REPEATED, 5,
               "number 5 came again after 7 right numbers: expected 6561, received 81");
    expect_counters(1, 1, 1, 0);
    take_all(9, 20);
    ck_assert_uint_eq(verifier.count, 19);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

START_TEST(a_session_loses_repeats_and_swaps)
{
    begin_stream(MODE_STATEFUL, &test_uuid, 5);
    take_all(1, 1);
    take_wrong(messages[1], VERDICT_REPEATED, 1,
               "number 1 came again after 1 right numbers: expected 2229533162, "
               "received 3856042040");
    take_wrong(messages[3], VERDICT_LOST, 2,
               "lost 1 number after 1 right ones: expected 2229533162, received 2921788346");
    take_wrong(messages[2], VERDICT_REORDERED, 2,
               "number 2 came out of order after 2 right numbers: expected 3326752945, "
               "received 2229533162");
    take_all(4, 6);
    expect_counters(0, 1, 1, 0);
    ck_assert_uint_eq(verifier.count, 5);
}
END_TEST

START_TEST(the_end_of_a_session_is_followed)
{
    begin_stream(MODE_STATEFUL, &test_uuid, 5);
    take_all(1, 3);
    take_wrong(messages[6], VERDICT_LOST, 4,
               "lost 2 numbers after 3 right ones: expected 3326752945, received 121722");
    ck_assert(verifier_is_complete(&verifier));
    ck_assert_uint_eq(verifier.count, 3);
    take_wrong(messages[5], VERDICT_REORDERED, 5,
               "number 5 came out of order after 3 right numbers: expected the end of the stream, "
               "received 1636162733");
    take_wrong(messages[6], VERDICT_REPEATED, 6,
               "the checksum came again after 4 right numbers: expected the end of the stream, "
               "received 121722");
    take_wrong(messages[5], VERDICT_REPEATED, 5,
               "number 5 came again after 4 right numbers: expected the end of the stream, "
               "received 1636162733");
    ck_assert_uint_eq(verifier_position(&verifier), 6);
    expect_counters(1, 2, 1, 0);
}
END_TEST

START_TEST(a_number_again_is_no_checksum)
{
    begin_stream(MODE_STATEFUL, &test_uuid, 5);
    take_all(1, 5);
    take_wrong(messages[5], VERDICT_REPEATED, 5,
               "number 5 came again after 5 right numbers: expected 121722, received 1636162733");
    take_all(6, 6);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

/* Its last number lost, a stateless stream goes on behind what was wanted. */
START_TEST(the_end_of_a_stateless_stream_is_followed)
{
    begin_stream(MODE_STATELESS, NULL, 5);
    take_all(1, 4);
    take_wrong(243, VERDICT_LOST, 5, "lost 1 number after 4 right ones: expected 81, received 243");
    ck_assert(verifier_is_complete(&verifier));
    ck_assert_uint_eq(verifier_position(&verifier), 5);
    ck_assert_uint_eq(verifier.count, 4);
    ck_assert_uint_eq(verifier.sum, 40);
    take(729, VERDICT_SURPLUS);
    take_wrong(81, VERDICT_REORDERED, 5,
               "number 5 came out of order after 4 right numbers: expected the end of the stream, "
               "received 81");
    ck_assert_uint_eq(verifier.sum, 121);
    take(81, VERDICT_SURPLUS);
    expect_counters(0, 0, 1, 0);

    begin_stream(MODE_STATELESS, NULL, 5); /* what nobody wanted is not lost */
    take_all(1, 4);
    take(2187, VERDICT_LOST);
    ck_assert_uint_eq(verifier.amount, 1);
    ck_assert_uint_eq(verifier_position(&verifier), 5);
    expect_counters(1, 0, 0, 0);
}
END_TEST

/* In both modes; _i is the mode. */
START_TEST(a_loss_is_found_as_far_as_is_said)
{
    const uint32_t reach = VERIFIER_LOOK_AHEAD;
    begin_stream((enum mode)_i, &test_uuid, STREAM_N_MAX);
    take_all(1, 10);
    take(messages[11 + reach], VERDICT_LOST);
    ck_assert_uint_eq(verifier.amount, reach);
    take_all(12 + reach, STREAM_N_MAX);
    for (uint32_t k = 11; k < 11 + reach; k++) { /* all are remembered, for how long ever */
        take(messages[k], VERDICT_REORDERED);
    }
    expect_counters(0, 0, reach, 0);
    ck_assert_uint_eq(verifier.count, STREAM_N_MAX);

    begin_stream((enum mode)_i, &test_uuid, STREAM_N_MAX);
    take_all(1, 10);
    take(messages[12 + reach], VERDICT_CORRUPT);
    take_all(12, STREAM_N_MAX);
}
END_TEST

START_TEST(a_repetition_is_found_as_far_as_is_said)
{
    const uint32_t reach = VERIFIER_LOOK_BACK;
    for (uint32_t position = 1; position <= 3 * reach; position += reach - 1) {
        uint32_t earliest = position > reach ? position - reach + 1 : 1;
        begin_stream((enum mode)_i, &test_uuid, STREAM_N_MAX);
        take_all(1, position);
        take(messages[earliest], VERDICT_REPEATED);
        ck_assert_uint_eq(verifier.wrong_at, earliest);
        take(messages[position], VERDICT_REPEATED);
        ck_assert_uint_eq(verifier.wrong_at, position);
        uint32_t due = position + 1;
        if (earliest > 1) {
            take(messages[earliest - 1], VERDICT_CORRUPT);
            due++;
        }
        take_all(due, STREAM_N_MAX);
    }
}
END_TEST

/* More than are remembered: the first of them are forgotten. */
START_TEST(absent_ones_are_remembered_in_bounds)
{
    begin_stream((enum mode)_i, &test_uuid, STREAM_N_MAX);
    take_all(1, 1);
    take(messages[1002], VERDICT_LOST);
    take(messages[2003], VERDICT_LOST);
    expect_counters(2000, 0, 0, 0);
    take(messages[2], VERDICT_CORRUPT);
    take_all(2005, 2005);
    for (uint32_t k = 1100; k < 2003; k++) {
        take(messages[k], VERDICT_REORDERED);
    }
    take_all(2006, STREAM_N_MAX);
    expect_counters(1097, 0, 903, 1);
}
END_TEST

/* What is due is right, even where the same value is missing or came before. */
START_TEST(a_value_that_comes_twice_is_right_twice)
{
    begin_stream(MODE_STATEFUL, &repeating_uuid, 6);
    ck_assert_uint_eq(messages[1], messages[5]);
    take_all(1, 7);
    begin_stream(MODE_STATEFUL, &repeating_uuid, 6);
    take(messages[2], VERDICT_LOST);
    take_all(3, 7);
    expect_counters(1, 0, 0, 0);
}
END_TEST

Suite *verifier_faults_suite(void)
{
    Suite *suite = suite_create("verifier-faults");
    TCase *tcase = tcase_create("faults");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, forget_verifier);
    tcase_add_test(tcase, a_loss_is_named_and_may_come_after_all);
    tcase_add_test(tcase, a_session_loses_repeats_and_swaps);
    tcase_add_test(tcase, the_end_of_a_session_is_followed);
    tcase_add_test(tcase, a_number_again_is_no_checksum);
    tcase_add_test(tcase, the_end_of_a_stateless_stream_is_followed);
    tcase_add_test(tcase, a_value_that_comes_twice_is_right_twice);
    tcase_add_loop_test(tcase, a_loss_is_found_as_far_as_is_said, 0, 2);
    tcase_add_loop_test(tcase, a_repetition_is_found_as_far_as_is_said, 0, 2);
    tcase_add_loop_test(tcase, absent_ones_are_remembered_in_bounds, 0, 2);
    return suite;
}
