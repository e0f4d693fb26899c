/* client/grpc/name_addresses: what was found is told, used or not. */
#include "client/grpc/name_addresses.h"
#include "test/suites.h"

#include <netdb.h>
#include <sys/socket.h>

/* Twice, as where each channel looks the name up. */
START_TEST(what_was_found_has_a_row)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    static struct address_table table;
    struct addrinfo *found = NULL;
    uint64_t seen = 0;
    name_addresses_add(&table);
    ck_assert_uint_eq(table.count, 0);
    ck_assert_int_eq(getaddrinfo("127.0.0.9", "80", &hints, &found), 0);
    name_addresses_note(found);
    name_addresses_note(found);
    freeaddrinfo(found);
    address_table_note(&table, "127.0.0.8:80", true, &seen);
    name_addresses_add(&table);
    ck_assert_uint_eq(table.count, 2);
    ck_assert_str_eq(table.rows[1].address, "127.0.0.9:80");
    ck_assert_uint_eq(table.rows[1].connections, 0);
}
END_TEST

Suite *name_addresses_suite(void)
{
    Suite *suite = suite_create("name-addresses");
    TCase *tcase = tcase_create("name-addresses");
    tcase_add_test(tcase, what_was_found_has_a_row);
    suite_add_tcase(suite, tcase);
    return suite;
}
