/* client/measure/break_table: what is kept of few and of many breaks, and their spreads. */
#include "client/measure/break_table.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

static const struct break_kind reset = {.cause = BREAK_RESET};
static const struct break_kind cancelled = {.cause = BREAK_RST_STREAM, .code = 8};
static const struct break_kind refused = {.cause = BREAK_RST_STREAM, .code = 7};

static struct break_table *table;
static struct break_table *other;

static void make_tables(void)
{
    table = calloc(1, sizeof *table);
    other = calloc(1, sizeof *other);
    ck_assert_ptr_nonnull(table);
    ck_assert_ptr_nonnull(other);
}

static void free_tables(void)
{
    free(table);
    free(other);
}

/* So many breaks, of ages from `first` on, a nanosecond apart. */
static void break_many(struct break_table *breaks, struct break_kind kind, int64_t first,
                       int64_t count)
{
    for (int64_t i = first; i < first + count; i++) {
        break_table_record(breaks, kind, &(struct break_times){.at_ns = 1, .age_ns = i});
    }
}

/* How many of the row's samples have an age from `first` to before `end`. */
static int64_t samples_between(const struct break_row *row, int64_t first, int64_t end)
{
    int64_t count = 0;
    for (unsigned i = 0; i < row->samples; i++) {
        count += row->times[i].age_ns >= first && row->times[i].age_ns < end ? 1 : 0;
    }
    return count;
}

static void assert_all_differ(const struct break_row *row)
{
    for (unsigned i = 0; i < row->samples; i++) {
        int64_t age = row->times[i].age_ns;
        ck_assert_int_eq(samples_between(row, age, age + 1), 1);
    }
}

START_TEST(each_kind_has_a_row)
{
    break_many(table, reset, 0, 3);
    break_many(table, cancelled, 0, 1);
    break_many(table, refused, 0, 5);
    break_many(table, reset, 3, 1);
    ck_assert_uint_eq(table->count, 10);
    ck_assert_uint_eq(table->row_count, 3);
    break_table_sort(table);
    ck_assert_uint_eq(table->rows[0].count, 5);
    ck_assert_uint_eq(table->rows[0].kind.code, 7);
    ck_assert_uint_eq(table->rows[1].count, 4);
    ck_assert_int_eq(table->rows[1].kind.cause, BREAK_RESET);
    ck_assert_int_eq(samples_between(&table->rows[1], 0, 4), 4);
    ck_assert_uint_eq(table->rows[2].count, 1);
    ck_assert_uint_eq(table->rows[2].kind.code, 8);
}
END_TEST

START_TEST(what_finds_no_row_is_counted_all_the_same)
{
    for (unsigned code = 0; code < BREAK_ROWS + 7; code++) {
        break_many(table, (struct break_kind){.cause = BREAK_HTTP, .code = code}, 0, 2);
    }
    ck_assert_uint_eq(table->row_count, BREAK_ROWS);
    ck_assert_uint_eq(table->count, UINT64_C(2) * (BREAK_ROWS + 7));
    break_many(other, reset, 0, 3);
    break_table_add(table, other);
    ck_assert_uint_eq(table->row_count, BREAK_ROWS);
    ck_assert_uint_eq(table->count, UINT64_C(2) * (BREAK_ROWS + 7) + 3);
}
END_TEST

START_TEST(all_of_a_few_are_kept)
{
    static const int64_t counts[][2] = {{BREAK_SAMPLES - 2, 2}, {3, 4}, {0, 1}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int64_t all = counts[i][0] + counts[i][1];
        memset(table, 0, sizeof *table);
        memset(other, 0, sizeof *other);
        break_many(table, reset, 0, counts[i][0]);
        break_many(other, reset, counts[i][0], counts[i][1]);
        break_table_add(table, other);
        ck_assert_uint_eq(table->rows[0].samples, (unsigned)all);
        ck_assert_int_eq(samples_between(table->rows, 0, all), all);
        assert_all_differ(table->rows);
    }
}
END_TEST

/* With 512 of 51,200 samples, each eighth of the breaks has 64 of them, give or take 7.5. */
START_TEST(of_many_each_has_the_same_chance)
{
    enum { MANY = 100 * BREAK_SAMPLES, EIGHTH = MANY / 8 };
    break_many(table, reset, 0, MANY);
    ck_assert_uint_eq(table->rows[0].count, MANY);
    ck_assert_uint_eq(table->rows[0].samples, BREAK_SAMPLES);
    for (int64_t first = 0; first < MANY; first += EIGHTH) {
        int64_t count = samples_between(table->rows, first, first + EIGHTH);
        ck_assert_int_gt(count, 64 - 30);
        ck_assert_int_lt(count, 64 + 30);
    }
    assert_all_differ(table->rows);
}
END_TEST

/* The samples of both together: those of one row are as many as its share of the breaks. */
START_TEST(added_rows_have_their_share_of_the_samples)
{
    static const struct {
        int64_t count, added, share;
    } cases[] = {{5000, 5000, 256},   {100, 50000, 511}, {50000, 100, 1},
                 {20000, 60000, 384}, {0, 5000, 512},    {300, 300, 256}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t count = cases[i].count;
        int64_t all = count + cases[i].added;
        memset(table, 0, sizeof *table);
        memset(other, 0, sizeof *other);
        break_many(table, reset, 0, count);
        break_many(other, reset, count, cases[i].added);
        break_table_add(table, other);
        ck_assert_uint_eq(table->count, (uint64_t)all);
        ck_assert_uint_eq(table->rows[0].count, (uint64_t)all);
        ck_assert_uint_eq(table->rows[0].samples, BREAK_SAMPLES);
        int64_t share = samples_between(table->rows, count, all);
        ck_assert_msg(llabs(share - cases[i].share) <= 45, "case %zu: %lld", i, (long long)share);
        assert_all_differ(table->rows);
    }
}
END_TEST

START_TEST(a_spread_is_the_middle_and_half_of_the_middle_half)
{
    for (int64_t i = 100; i >= 0; i--) {
        break_table_record(table, reset, &(struct break_times){.age_ns = i, .silence_ns = 7 * i});
    }
    struct spread ages = break_row_ages(table->rows);
    struct spread silences = break_row_silences(table->rows);
    ck_assert_int_eq(ages.median_ns, 50);
    ck_assert_int_eq(ages.half_width_ns, 25);
    ck_assert_int_eq(silences.median_ns, 350);
    ck_assert_int_eq(silences.half_width_ns, 175);
    static const struct break_row empty;
    ck_assert_int_eq(break_row_ages(&empty).median_ns, 0);
    ck_assert_int_eq(break_row_ages(&empty).half_width_ns, 0);
}
END_TEST

/* The first words of a kind are kept, also when tables are added. */
START_TEST(a_server_is_quoted_once_for_each_kind)
{
    static struct break_table sum;
    static struct break_table more;
    const struct break_kind kind = {.cause = BREAK_STATUS, .code = 14};
    const struct break_times times = {.at_ns = 1};
    break_table_record(&sum, kind, &times);
    break_table_quote(&sum, kind, "");
    break_table_record(&more, kind, &times);
    break_table_quote(&more, kind, "go on elsewhere");
    break_table_quote(&more, kind, "later");
    break_table_add(&sum, &more);
    ck_assert_uint_eq(sum.row_count, 1);
    ck_assert_uint_eq(sum.rows[0].count, 2);
    ck_assert_str_eq(sum.rows[0].words, "go on elsewhere");
}
END_TEST

Suite *break_table_suite(void)
{
    Suite *suite = suite_create("break-table");
    TCase *tcase = tcase_create("break-table");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, make_tables, free_tables);
    tcase_add_test(tcase, each_kind_has_a_row);
    tcase_add_test(tcase, what_finds_no_row_is_counted_all_the_same);
    tcase_add_test(tcase, all_of_a_few_are_kept);
    tcase_add_test(tcase, of_many_each_has_the_same_chance);
    tcase_add_test(tcase, added_rows_have_their_share_of_the_samples);
    tcase_add_test(tcase, a_spread_is_the_middle_and_half_of_the_middle_half);
    tcase_add_test(tcase, a_server_is_quoted_once_for_each_kind);
    return suite;
}
