/* client/report/address_text: the addresses of the server, long ones included. */
#include "client/report/address_text.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <unistd.h>

static struct result result;
static struct plan plan;
static char text[CAPTURE_SIZE];

/* What is printed where a line has this many columns. */
static const char *print(size_t columns)
{
    struct capture capture;
    const struct terminal terminal = {.is_terminal = true, .fallback_columns = columns + 1};
    capture_begin(&capture, STDOUT_FILENO);
    address_text_print(&terminal, &result);
    capture_end(&capture, text);
    return text;
}

static void set_up(void)
{
    plan = (struct plan){.target_kind = TARGET_NAME};
    result = (struct result){.plan = &plan};
}

static void add(const char *address)
{
    uint64_t seen = 0;
    address_table_note(&result.addresses, address, true, &seen);
}

START_TEST(a_long_address_widens_its_column)
{
    add("10.0.0.1:443");
    add("[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
    ck_assert_str_eq(print(79),
                     "\nserver                                        connected  streams\n"
                     "10.0.0.1:443                                          1        1\n"
                     "[2001:db8:1111:2222:3333:4444:5555:6666]:65535        1        1\n");
    ck_assert_str_eq(print(59), "\nserver                                          streams\n"
                                "10.0.0.1:443                                          1\n"
                                "[2001:db8:1111:2222:3333:4444:5555:6666]:65535        1\n");
    ck_assert_str_eq(print(39), "\nserver                                 \n"
                                "10.0.0.1:443                           \n"
                                "[2001:db8:1111:2222:3333:4444:5555:6666\n");
}
END_TEST

START_TEST(the_only_address_of_a_name_has_a_line)
{
    ck_assert_str_eq(print(79), "");
    add("10.0.0.1:443");
    ck_assert_str_eq(print(79), "\nserver                connected  streams\n"
                                "10.0.0.1:443                  1        1\n");
    plan.target_kind = TARGET_IPV4; /* the head of the run has told it */
    ck_assert_str_eq(print(79), "");
}
END_TEST

Suite *address_text_suite(void)
{
    Suite *suite = suite_create("address-text");
    TCase *tcase = tcase_create("address-text");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_long_address_widens_its_column);
    tcase_add_test(tcase, the_only_address_of_a_name_has_a_line);
    suite_add_tcase(suite, tcase);
    return suite;
}
