/* client/measure/address_table: each stream and each connection counts once at its address. */
#include "client/measure/address_table.h"
#include "test/suites.h"

#include <stdio.h>

static struct address_table table;

static void expect_row(size_t i, const char *address, unsigned connections, unsigned streams)
{
    ck_assert_uint_lt(i, table.count);
    ck_assert_str_eq(table.rows[i].address, address);
    ck_assert_uint_eq(table.rows[i].connections, connections);
    ck_assert_uint_eq(table.rows[i].streams, streams);
}

START_TEST(a_stream_counts_once_at_each_address)
{
    uint64_t one = 0;
    uint64_t other = 0;
    table = (struct address_table){.count = 0};
    address_table_note(&table, "b:1", true, &one);
    address_table_note(&table, "b:1", true, &one); /* resumed there over another connection */
    address_table_note(&table, "a:1", true, &one);
    address_table_note(&table, "b:1", false, &one);
    address_table_note(&table, "b:1", false, &other);
    expect_row(0, "b:1", 2, 2);
    expect_row(1, "a:1", 1, 1);
    address_table_sort(&table);
    expect_row(0, "a:1", 1, 1);
    expect_row(1, "b:1", 2, 2);
}
END_TEST

/* An address at which nobody was found has a row, too. */
START_TEST(an_expected_address_has_a_row)
{
    uint64_t seen = 0;
    table = (struct address_table){.count = 0};
    address_table_note(&table, "a:1", true, &seen);
    address_table_expect(&table, "a:1");
    address_table_expect(&table, "b:1");
    ck_assert_uint_eq(table.count, 2);
    expect_row(0, "a:1", 1, 1);
    expect_row(1, "b:1", 0, 0);
    ck_assert(address_row_knows_connections(&table.rows[0]));
    ck_assert(address_row_knows_connections(&table.rows[1]));
    address_table_note(&table, "b:1", false, &seen);
    ck_assert(!address_row_knows_connections(&table.rows[1]));
}
END_TEST

START_TEST(tables_are_added_by_address)
{
    struct address_table more = {.count = 0};
    uint64_t one = 0;
    uint64_t other = 0;
    table = (struct address_table){.count = 0};
    address_table_note(&table, "a:1", true, &one);
    address_table_note(&more, "c:1", true, &other);
    address_table_note(&more, "a:1", true, &other);
    address_table_add(&table, &more);
    ck_assert_uint_eq(table.count, 2);
    expect_row(0, "a:1", 2, 2);
    expect_row(1, "c:1", 1, 1);
}
END_TEST

START_TEST(addresses_without_a_row_share_the_last_one)
{
    uint64_t seen = 0;
    char address[ADDRESS_ROW_SIZE];
    table = (struct address_table){.count = 0};
    for (unsigned i = 0; i < ADDRESS_ROWS + 5; i++) {
        snprintf(address, sizeof address, "10.0.0.%u:1", i);
        address_table_note(&table, address, true, &seen);
    }
    ck_assert_uint_eq(table.count, ADDRESS_ROWS);
    expect_row(ADDRESS_ROWS - 2, "10.0.0.62:1", 1, 1);
    expect_row(ADDRESS_ROWS - 1, "other addresses", 6, 1);
}
END_TEST

START_TEST(a_long_address_is_cut_and_still_found)
{
    char address[3 * ADDRESS_ROW_SIZE];
    uint64_t seen = 0;
    table = (struct address_table){.count = 0};
    snprintf(address, sizeof address, "unix:%*s", 2 * ADDRESS_ROW_SIZE, "x");
    address_table_note(&table, address, true, &seen);
    address_table_note(&table, address, false, &seen);
    ck_assert_uint_eq(table.count, 1);
    ck_assert_uint_eq(table.rows[0].streams, 1);
}
END_TEST

Suite *address_table_suite(void)
{
    Suite *suite = suite_create("address-table");
    TCase *tcase = tcase_create("address-table");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_stream_counts_once_at_each_address);
    tcase_add_test(tcase, an_expected_address_has_a_row);
    tcase_add_test(tcase, tables_are_added_by_address);
    tcase_add_test(tcase, addresses_without_a_row_share_the_last_one);
    tcase_add_test(tcase, a_long_address_is_cut_and_still_found);
    return suite;
}
