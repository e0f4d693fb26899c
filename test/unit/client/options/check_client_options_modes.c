/* client/options: which sessions a mode and its operands give. */
#include "test/kit/client_options_fixture.h"
#include "test/suites.h"

/* Either more streams, or more time, or JSON: then there is no line a number. */
START_TEST(it_is_plain_with_one_session)
{
    static const struct {
        const char *words;
        bool plain;
    } cases[] = {{"-m stateful-test", true},
                 {"-m stateful --json a --html b --interval 0", true},
                 {"-s 1 -c 1", true},
                 {"-s 2", false},
                 {"-d 1s", false},
                 {"--json-stream a", false},
                 {"--json - -J --csv a", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must_parse(cases[i].words);
        ck_assert(plan_prints_numbers(&parsed) == cases[i].plain);
    }
}
END_TEST

START_TEST(stateless_takes_n)
{
    must_parse("5");
    ck_assert_int_eq(parsed.mode, CLIENT_STATELESS);
    ck_assert_uint_eq(parsed.n, 5);
    must_parse("-m stateless 65535 -p 99"); /* the order does not matter */
    ck_assert_uint_eq(parsed.n, 65535);
    ck_assert_uint_eq(parsed.port, 99);
    must_parse("--numbers 7");
    ck_assert_uint_eq(parsed.n, 7);
}
END_TEST

/* Two of 4095 values and two uuids that are the same every time would be no accident. */
START_TEST(stateful_chooses_what_is_not_given)
{
    struct uuid uuids[2];
    unsigned different = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < 40; i++) {
        must_parse("-m stateful");
        ck_assert_int_eq(parsed.mode, CLIENT_STATEFUL);
        ck_assert_uint_ge(parsed.n, 1);
        ck_assert_uint_le(parsed.n, 4095);
        different += parsed.n != last;
        last = parsed.n;
        uuids[i % 2] = parsed.uuid;
        ck_assert(i == 0 || !uuid_equal(&uuids[0], &uuids[1]));
        ck_assert(!parsed.uuid_is_shared);
    }
    ck_assert_uint_gt(different, 20);
    must_parse("-m stateful --uuid " TEST_UUID);
    must_have_uuid(TEST_UUID);
    ck_assert(parsed.uuid_is_shared);
    must_parse("-m stateful 12");
    ck_assert_uint_eq(parsed.n, 12);
}
END_TEST

START_TEST(the_tests_of_the_original_are_fixed)
{
    must_parse("-m stateful-test");
    ck_assert_int_eq(parsed.mode, CLIENT_STATEFUL_TEST);
    must_have_uuid(TEST_UUID);
    ck_assert(parsed.uuid_is_shared);
    ck_assert_uint_eq(parsed.n, 5);

    must_parse("-m stateful-test-reconnect 2229533162");
    ck_assert_int_eq(parsed.mode, CLIENT_STATEFUL_TEST_RECONNECT);
    must_have_uuid(TEST_UUID);
    ck_assert(parsed.uuid_is_shared);
    ck_assert_uint_eq(parsed.n, 5);
    ck_assert_uint_eq(parsed.last, 2229533162);
    must_parse("4294967295 -m stateful-test-reconnect");
    ck_assert_uint_eq(parsed.last, 4294967295);
    must_parse("-m stateful-test-reconnect 0");
    ck_assert_uint_eq(parsed.last, 0);
}
END_TEST

Suite *client_options_modes_suite(void)
{
    Suite *suite = suite_create("client-options-modes");
    TCase *tcase = tcase_create("client-options");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, client_options_set_up, client_options_tear_down);
    tcase_add_test(tcase, it_is_plain_with_one_session);
    tcase_add_test(tcase, stateless_takes_n);
    tcase_add_test(tcase, stateful_chooses_what_is_not_given);
    tcase_add_test(tcase, the_tests_of_the_original_are_fixed);
    return suite;
}
