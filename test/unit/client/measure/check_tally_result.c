/* client/measure/tally: how a thread's counts are handed over, while it runs and at its end. */
#include "client/measure/tally.h"
#include "shared/base/clock.h"
#include "test/suites.h"

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

static void violate(enum violation_kind kind, uint64_t position)
{
    const struct violation violation = {.kind = kind, .position = position, .amount = 1};
    tally_violation(tally, &violation);
}

/* Each field a number of its own, so that none can stand for another. */
static const struct counts each_different = {.numbers = 1,
                                             .resumes = 2,
                                             .breaks = 3,
                                             .failed_attempts = 12,
                                             .late = 4,
                                             .lost = 5,
                                             .repeated = 6,
                                             .reordered = 7,
                                             .corrupt = 8,
                                             .violations = 9,
                                             .started = 10,
                                             .finished = 11,
                                             .bytes = 13,
                                             .too_late = 14};

START_TEST(counts_are_added_field_by_field)
{
    struct counts counts = {.numbers = 0};
    enum { FIELDS = sizeof counts / sizeof(uint64_t) };
    uint64_t fields[FIELDS];
    uint64_t once[FIELDS];
    counts_add(&counts, &each_different);
    counts_add(&counts, &each_different);
    memcpy(fields, &counts, sizeof fields);
    memcpy(once, &each_different, sizeof once);
    for (size_t i = 0; i < FIELDS; i++) {
        ck_assert_uint_ne(once[i], 0);
        ck_assert_uint_eq(fields[i], 2 * once[i]);
    }
}
END_TEST

START_TEST(tallies_are_merged_into_the_result)
{
    const struct pace_times times = {.first = 1, .resume = 2, .gap = 3, .late = 4};
    const struct break_times broke = {.at_ns = 1};
    const struct pace_times whole = {CLOCK_NEVER, CLOCK_NEVER, 7, CLOCK_NEVER};
    tally_number(tally, &whole, true);
    memset(&tally->gap, 0, sizeof tally->gap);
    tally->measured_numbers = 0;
    tally_number(tally, &times, true);
    tally->counts = each_different;
    tally->expected = 20;
    tally->proven = 21;
    tally->held_back = 22;
    break_table_record(&tally->breaks, (struct break_kind){.cause = BREAK_RESET}, &broke);
    tally_add_to_result(tally, result);
    tally_add_to_result(tally, result);
    ck_assert_uint_eq(result->counts.numbers, 2);
    ck_assert_uint_eq(result->counts.finished, 22);
    ck_assert_uint_eq(result->expected, 40);
    ck_assert_uint_eq(result->streams_proven, 42);
    ck_assert_uint_eq(result->streams_held_back, 44);
    ck_assert_uint_eq(result->measured_numbers, 2);
    ck_assert_uint_eq(result->first.count, 2);
    ck_assert_int_eq(result->resume.max, 2);
    ck_assert_int_eq(result->gap.max, 3);
    ck_assert_uint_eq(result->whole_gaps, 2);
    ck_assert_double_eq(result->whole_gaps_ns, 14);
    ck_assert_int_eq(result->late.max, 4);
    ck_assert_uint_eq(result->breaks.count, 2);
    ck_assert_uint_eq(result->breaks.row_count, 1);
    ck_assert_uint_eq(result->breaks.rows[0].count, 2);
}
END_TEST

START_TEST(the_violations_of_several_threads_are_kept_while_there_is_room)
{
    for (uint64_t i = 1; i <= VIOLATIONS_KEPT - 1; i++) {
        violate(VIOLATION_REPEATED, i);
    }
    tally_add_to_result(tally, result);
    memset(tally, 0, sizeof *tally);
    violate(VIOLATION_CORRUPT, 1000);
    violate(VIOLATION_CORRUPT, 1001);
    tally_add_to_result(tally, result);
    ck_assert_uint_eq(result->counts.violations, VIOLATIONS_KEPT + 1);
    ck_assert_uint_eq(result->violation_count, VIOLATIONS_KEPT);
    ck_assert_uint_eq(result->violations[0].position, 1);
    ck_assert_uint_eq(result->violations[VIOLATIONS_KEPT - 1].position, 1000);
}
END_TEST

/* Between two looks, however short. */
START_TEST(the_lowest_and_highest_counts_are_kept)
{
    tally->live = 20;
    tally_note_streams(tally);
    tally_begin_look(tally);
    tally->live = 0;
    tally->waiting = 20;
    tally_note_streams(tally);
    tally->live = 19;
    tally->waiting = 1;
    tally_note_streams(tally);
    ck_assert_uint_eq(tally->live_lowest, 0);
    ck_assert_uint_eq(tally->waiting_highest, 20);
    tally_begin_look(tally);
    ck_assert_uint_eq(tally->live_lowest, 19);
    ck_assert_uint_eq(tally->waiting_highest, 1);
}
END_TEST

Suite *tally_result_suite(void)
{
    Suite *suite = suite_create("tally-result");
    TCase *tcase = tcase_create("tally-result");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, counts_are_added_field_by_field);
    tcase_add_test(tcase, tallies_are_merged_into_the_result);
    tcase_add_test(tcase, the_violations_of_several_threads_are_kept_while_there_is_room);
    tcase_add_test(tcase, the_lowest_and_highest_counts_are_kept);
    return suite;
}
