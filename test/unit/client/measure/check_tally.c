/* client/measure/tally: what the streams of one thread add up to. */
#include "client/measure/tally.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tally *tally;
static struct result *result;

static void set_up(void)
{
    tally = tally_create();
    result = calloc(1, sizeof *result);
    ck_assert(tally != NULL && result != NULL);
}

static void tear_down(void)
{
    free(tally);
    free(result);
}

static const struct pace_times nothing = {CLOCK_NEVER, CLOCK_NEVER, CLOCK_NEVER, CLOCK_NEVER};

START_TEST(a_number_is_counted_with_what_it_took)
{
    const struct pace_times times = {.first = 1, .resume = 2, .gap = 3, .late = 4};
    tally_number(tally, &times, true);
    tally_number(tally, &nothing, true);
    ck_assert_uint_eq(tally->counts.numbers, 2);
    ck_assert_uint_eq(tally->measured_numbers, 2);
    const struct histogram *histograms[] = {&tally->first, &tally->resume, &tally->gap,
                                            &tally->late};
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_eq(histograms[i]->count, 1);
        ck_assert_int_eq(histograms[i]->max, i + 1);
    }
}
END_TEST

/* It is received, and late, but not measured. */
START_TEST(a_number_of_the_warm_up_is_not_measured)
{
    const struct pace_times times = {.first = 1, .resume = 2, .gap = 3, .late = NS_PER_S};
    tally_number(tally, &times, false);
    ck_assert_uint_eq(tally->counts.numbers, 1);
    ck_assert_uint_eq(tally->counts.late, 1);
    ck_assert_uint_eq(tally->measured_numbers, 0);
    ck_assert_uint_eq(
        tally->first.count + tally->resume.count + tally->gap.count + tally->late.count, 0);
}
END_TEST

START_TEST(late_is_more_than_a_tenth_of_a_second)
{
    struct pace_times times = nothing;
    times.late = LATE_MS * NS_PER_MS;
    tally_number(tally, &times, true);
    ck_assert_uint_eq(tally->counts.late, 0);
    times.late++;
    tally_number(tally, &times, true);
    ck_assert_uint_eq(tally->counts.late, 1);
}
END_TEST

/* A violation of stream 1. */
static void violate(enum violation_kind kind, uint64_t position, uint64_t amount)
{
    const struct violation violation = {.kind = kind,
                                        .stream = 1,
                                        .position = position,
                                        .amount = amount,
                                        .was_lost = kind == VIOLATION_REORDERED};
    tally_violation(tally, &violation);
}

START_TEST(each_kind_of_violation_is_counted)
{
    violate(VIOLATION_LOST, 1, 5);
    violate(VIOLATION_ENDED_EARLY, 10, 3);
    violate(VIOLATION_REPEATED, 2, 1);
    violate(VIOLATION_CORRUPT, 3, 1);
    violate(VIOLATION_CHECKSUM, 4, 1);
    violate(VIOLATION_POSITION, 5, 1);
    violate(VIOLATION_MALFORMED, 6, 1);
    violate(VIOLATION_LATE, 7, 900);
    violate(VIOLATION_PADDING, 8, 12);
    ck_assert_uint_eq(tally->counts.lost, 8);
    ck_assert_uint_eq(tally->counts.repeated, 1);
    ck_assert_uint_eq(tally->counts.corrupt, 5);
    ck_assert_uint_eq(tally->counts.reordered, 0);
    ck_assert_uint_eq(tally->counts.too_late, 1);
    ck_assert_uint_eq(tally->counts.violations, 9);
    ck_assert_uint_eq(tally->violation_count, 9);
    ck_assert_int_eq(tally->violations[7].kind, VIOLATION_LATE);
    ck_assert_uint_eq(tally->violations[7].amount, 900);
    ck_assert_uint_eq(tally->violations[8].amount, 12);
}
END_TEST

START_TEST(the_first_violations_are_kept_and_all_counted)
{
    for (uint64_t i = 1; i <= VIOLATIONS_KEPT + 50; i++) {
        violate(VIOLATION_LOST, i, 2);
    }
    ck_assert_uint_eq(tally->counts.violations, VIOLATIONS_KEPT + 50);
    ck_assert_uint_eq(tally->counts.lost, UINT64_C(2) * (VIOLATIONS_KEPT + 50));
    ck_assert_uint_eq(tally->violation_count, VIOLATIONS_KEPT);
    ck_assert_uint_eq(tally->violations[0].position, 1);
    ck_assert_uint_eq(tally->violations[VIOLATIONS_KEPT - 1].position, VIOLATIONS_KEPT);
}
END_TEST

/* Two that were exchanged: the second was missing when the first came. */
START_TEST(a_number_that_comes_after_all_is_not_lost)
{
    violate(VIOLATION_REPEATED, 1, 1);
    violate(VIOLATION_LOST, 2, 1);
    violate(VIOLATION_CORRUPT, 4, 1);
    violate(VIOLATION_REORDERED, 2, 1);
    ck_assert_uint_eq(tally->counts.lost, 0);
    ck_assert_uint_eq(tally->counts.reordered, 1);
    ck_assert_uint_eq(tally->counts.violations, 3);
    ck_assert_uint_eq(tally->violation_count, 3);
    ck_assert_int_eq(tally->violations[0].kind, VIOLATION_REPEATED);
    ck_assert_int_eq(tally->violations[1].kind, VIOLATION_CORRUPT);
    ck_assert_int_eq(tally->violations[2].kind, VIOLATION_REORDERED);
}
END_TEST

/* Of three that were missing the middle one comes; later the others. */
START_TEST(what_is_lost_is_taken_back_one_by_one)
{
    violate(VIOLATION_LOST, 5, 3);
    violate(VIOLATION_REORDERED, 6, 1);
    ck_assert_uint_eq(tally->counts.lost, 2);
    ck_assert_uint_eq(tally->counts.violations, 2);
    ck_assert_uint_eq(tally->violation_count, 2);
    ck_assert_int_eq(tally->violations[0].kind, VIOLATION_LOST);
    ck_assert_uint_eq(tally->violations[0].amount, 2);
    violate(VIOLATION_REORDERED, 7, 1);
    violate(VIOLATION_REORDERED, 5, 1);
    ck_assert_uint_eq(tally->counts.lost, 0);
    ck_assert_uint_eq(tally->counts.violations, 3);
    ck_assert_uint_eq(tally->violation_count, 3);
    ck_assert_int_eq(tally->violations[0].kind, VIOLATION_REORDERED);
}
END_TEST

/* The loss that a late number belongs to is its own: not a later one, nor another session's. */
START_TEST(only_its_own_loss_is_taken_back)
{
    const struct violation others[] = {
        {.kind = VIOLATION_LOST, .stream = 2, .position = 5, .amount = 1},
        {.kind = VIOLATION_LOST, .stream = 1, .uuid = {{1}}, .position = 5, .amount = 1}};
    violate(VIOLATION_LOST, 5, 1);
    tally_violation(tally, &others[0]);
    tally_violation(tally, &others[1]);
    violate(VIOLATION_LOST, 9, 1);
    violate(VIOLATION_REORDERED, 5, 1);
    ck_assert_uint_eq(tally->counts.lost, 3);
    ck_assert_uint_eq(tally->violation_count, 4);
    ck_assert_uint_eq(tally->violations[0].stream, 2);
    ck_assert_uint_eq(tally->violations[1].uuid.bytes[0], 1);
    ck_assert_uint_eq(tally->violations[2].position, 9);
    ck_assert_int_eq(tally->violations[3].kind, VIOLATION_REORDERED);
}
END_TEST

/* It is no longer known which it was, but it is known how many. */
START_TEST(a_loss_that_was_not_kept_is_taken_back_too)
{
    for (uint64_t i = 1; i <= VIOLATIONS_KEPT; i++) {
        violate(VIOLATION_REPEATED, i, 1);
    }
    violate(VIOLATION_LOST, VIOLATIONS_KEPT + 1, 2);
    violate(VIOLATION_REORDERED, VIOLATIONS_KEPT + 2, 1);
    ck_assert_uint_eq(tally->counts.lost, 1);
    ck_assert_uint_eq(tally->counts.reordered, 1);
    ck_assert_uint_eq(tally->violation_count, VIOLATIONS_KEPT);
    ck_assert_uint_eq(tally->violations[0].position, 1);
}
END_TEST

static void expect_row(size_t i, enum outcome outcome, unsigned count, unsigned first,
                       const char *reason)
{
    ck_assert_uint_lt(i, result->unfinished_count);
    const struct unfinished *row = &result->unfinished[i];
    ck_assert_int_eq(row->outcome, outcome);
    ck_assert_uint_eq(row->streams, count);
    ck_assert_uint_eq(row->first, first);
    ck_assert_str_eq(row->reason, reason);
}

/* A row for each outcome and reason. */
START_TEST(unfinished_streams_are_told_by_their_reason)
{
    tally_unfinished(tally, 4, OUTCOME_UNREACHABLE, "cut");
    tally_unfinished(tally, 5, OUTCOME_INCOMPLETE, "cut");
    tally_unfinished(tally, 6, OUTCOME_UNREACHABLE, "cut");
    tally_unfinished(tally, 7, OUTCOME_UNREACHABLE, "no route");
    tally_unfinished(tally, 8, OUTCOME_REFUSED, "no");
    tally_add_to_result(tally, result);
    ck_assert_uint_eq(result->streams_unfinished, 5);
    ck_assert_uint_eq(result->streams_unreachable, 3);
    ck_assert_uint_eq(result->streams_refused, 1);
    ck_assert_uint_eq(result->unfinished_count, 4);
    expect_row(0, OUTCOME_UNREACHABLE, 2, 4, "cut");
    expect_row(1, OUTCOME_INCOMPLETE, 1, 5, "cut");
    expect_row(2, OUTCOME_UNREACHABLE, 1, 7, "no route");
    expect_row(3, OUTCOME_REFUSED, 1, 8, "no");
}
END_TEST

START_TEST(reasons_beyond_the_kept_ones_are_counted)
{
    char reason[16];
    for (unsigned i = 1; i <= UNFINISHED_ROWS + 3; i++) {
        snprintf(reason, sizeof reason, "reason %u", i);
        tally_unfinished(tally, i, OUTCOME_REFUSED, reason);
    }
    tally_unfinished(tally, 99, OUTCOME_REFUSED, "reason 1");
    tally_add_to_result(tally, result);
    ck_assert_uint_eq(result->streams_unfinished, UNFINISHED_ROWS + 4);
    ck_assert_uint_eq(result->streams_refused, UNFINISHED_ROWS + 4);
    ck_assert_uint_eq(result->unfinished_count, UNFINISHED_ROWS);
    expect_row(0, OUTCOME_REFUSED, 2, 1, "reason 1");
    snprintf(reason, sizeof reason, "reason %d", UNFINISHED_ROWS);
    expect_row(UNFINISHED_ROWS - 1, OUTCOME_REFUSED, 1, UNFINISHED_ROWS, reason);
}
END_TEST

START_TEST(the_reasons_of_several_threads_are_one)
{
    tally_unfinished(tally, 1, OUTCOME_REFUSED, "no");
    tally_add_to_result(tally, result);
    memset(tally, 0, sizeof *tally);
    tally_unfinished(tally, 2, OUTCOME_UNREACHABLE, "cut");
    tally_unfinished(tally, 4, OUTCOME_REFUSED, "no");
    tally_add_to_result(tally, result);
    ck_assert_uint_eq(result->streams_unfinished, 3);
    ck_assert_uint_eq(result->unfinished_count, 2);
    expect_row(0, OUTCOME_REFUSED, 2, 1, "no");
    expect_row(1, OUTCOME_UNREACHABLE, 1, 2, "cut");
}
END_TEST

Suite *tally_suite(void)
{
    Suite *suite = suite_create("tally");
    TCase *tcase = tcase_create("tally");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_number_is_counted_with_what_it_took);
    tcase_add_test(tcase, a_number_of_the_warm_up_is_not_measured);
    tcase_add_test(tcase, late_is_more_than_a_tenth_of_a_second);
    tcase_add_test(tcase, each_kind_of_violation_is_counted);
    tcase_add_test(tcase, the_first_violations_are_kept_and_all_counted);
    tcase_add_test(tcase, a_number_that_comes_after_all_is_not_lost);
    tcase_add_test(tcase, what_is_lost_is_taken_back_one_by_one);
    tcase_add_test(tcase, only_its_own_loss_is_taken_back);
    tcase_add_test(tcase, a_loss_that_was_not_kept_is_taken_back_too);
    tcase_add_test(tcase, unfinished_streams_are_told_by_their_reason);
    tcase_add_test(tcase, reasons_beyond_the_kept_ones_are_counted);
    tcase_add_test(tcase, the_reasons_of_several_threads_are_one);
    return suite;
}
