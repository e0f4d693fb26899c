/* shared/base/options: every kind of row, from the command line and the environment. */
#include "test/kit/tried_options.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>

START_TEST(without_options_the_defaults_stay)
{
    tried_must_go_on("try");
    ck_assert_uint_eq(tried.values.port, 1337);
    ck_assert_int_eq(tried.values.interval_ns, 1000000000);
    ck_assert_int_eq(tried.values.timeout_ns, 30);
    ck_assert_uint_eq(tried.values.mode, 0);
    ck_assert_str_eq(tried.values.host, "localhost");
    ck_assert_uint_eq(tried.values.listen.count, 0);
    ck_assert(!tried.values.quiet);
    ck_assert_uint_eq(tried.values.max_streams, 7);
    ck_assert_int_eq(tried.operands, 1);
}
END_TEST

START_TEST(every_kind_is_read_in_every_form)
{
    static const char *const lines[] = {
        "try --port 42 --host there --mode stateful --interval 250ms --timeout 2s --max-streams 0 "
        "--quiet",
        "try -port 42 -host there -mode stateful -interval 250ms -timeout 2s -max-streams 0 -quiet",
        "try --port=42 --host=there --mode=stateful --interval=250ms --timeout=2s --max-streams=0 "
        "--quiet",
        "try -port=42 -host=there -mode=stateful -interval=250ms -timeout=2s -max-streams=0 -quiet",
        "try -p 42 --host there -m stateful --interval 250ms --timeout 2s --max-streams 0 -q",
        "try -p42 --host there -qmstateful --interval 250ms --timeout 2s --max-streams 0",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        tried_must_go_on(lines[i]);
        ck_assert_uint_eq(tried.values.port, 42);
        ck_assert_str_eq(tried.values.host, "there");
        ck_assert_uint_eq(tried.values.mode, 1);
        ck_assert_int_eq(tried.values.interval_ns, 250000000);
        ck_assert_int_eq(tried.values.timeout_ns, 2000000000);
        ck_assert_uint_eq(tried.values.max_streams, 0);
        ck_assert(tried.values.quiet);
        ck_assert_uint_eq(tried.values.listen.count, 0);
    }
}
END_TEST

START_TEST(an_option_given_again_counts_but_for_texts)
{
    tried_must_go_on("try --port 1 --listen a -p 2 -l b --listen=c --port=65535 -listen [::1]:5");
    ck_assert_uint_eq(tried.values.port, 65535);
    ck_assert_uint_eq(tried.values.listen.count, 4);
    ck_assert_str_eq(tried.values.listen.items[0], "a");
    ck_assert_str_eq(tried.values.listen.items[1], "b");
    ck_assert_str_eq(tried.values.listen.items[2], "c");
    ck_assert_str_eq(tried.values.listen.items[3], "[::1]:5");
    texts_cleanup(&tried.values.listen);
    ck_assert_uint_eq(tried.values.listen.count, 0);
    ck_assert_ptr_null(tried.values.listen.items);
    texts_cleanup(&tried.values.listen);
}
END_TEST

START_TEST(operands_are_what_is_left)
{
    tried_must_go_on("try one -q two --port 5 three");
    ck_assert_int_eq(tried.operands, 4);
    ck_assert_str_eq(tried.words[4], "one");
    ck_assert_str_eq(tried.words[5], "two");
    ck_assert_str_eq(tried.words[6], "three");
    ck_assert_uint_eq(tried.values.port, 5);
    ck_assert(tried.values.quiet);

    tried_must_go_on("try -p 5 -- -q --port");
    ck_assert_int_eq(tried.operands, 4);
    ck_assert_str_eq(tried.words[4], "-q");
    ck_assert(!tried.values.quiet);
}
END_TEST

START_TEST(the_environment_is_read)
{
    setenv("TRY_PORT", "4242", 1);
    setenv("TRY_HOST", "elsewhere", 1);
    setenv("TRY_MODE", "stateful", 1);
    setenv("TRY_INTERVAL", "0", 1);
    setenv("TRY_TIMEOUT", "1.5s", 1);
    setenv("TRY_MAX_STREAMS", "18446744073709551615", 1);
    setenv("TRY_QUIET", "1", 1);
    setenv("TRY_LISTEN", "unix:/a b", 1);
    setenv("PORT", "1", 1);
    setenv("TRY_NOTHING", "x", 1);
    tried_must_go_on("try");
    ck_assert_uint_eq(tried.values.port, 4242);
    ck_assert_str_eq(tried.values.host, "elsewhere");
    ck_assert_uint_eq(tried.values.mode, 1);
    ck_assert_int_eq(tried.values.interval_ns, 0);
    ck_assert_int_eq(tried.values.timeout_ns, 1500000000);
    ck_assert_uint_eq(tried.values.max_streams, UINT64_MAX);
    ck_assert(tried.values.quiet);
    ck_assert_uint_eq(tried.values.listen.count, 1);
    ck_assert_str_eq(tried.values.listen.items[0], "unix:/a b");
    tried_clean_up();
}
END_TEST

START_TEST(an_empty_variable_is_an_unset_one)
{
    static const char *const variables[] = {"TRY_PORT",    "TRY_HOST",        "TRY_MODE",
                                            "TRY_TIMEOUT", "TRY_MAX_STREAMS", "TRY_QUIET",
                                            "TRY_LISTEN"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        setenv(variables[i], "", 1);
    }
    tried_must_go_on("try");
    ck_assert_uint_eq(tried.values.port, 1337);
    ck_assert_str_eq(tried.values.host, "localhost");
    ck_assert_uint_eq(tried.values.listen.count, 0);
    ck_assert(!tried.values.quiet);
}
END_TEST

static const char *const services[] = {"tcp://10.0.0.1:1337", "udp://10.0.0.1:1337",
                                       "sctp://[fd00::1]:1337"};

START_TEST(the_port_of_an_orchestrator_is_ignored)
{
    setenv("TRY_PORT", services[_i], 1);
    setenv("TRY_MODE", "stateful", 1);
    tried_set_defaults();
    tried_must_go_on("try");
    ck_assert_str_eq(tried.values.ignored_port, services[_i]);
    ck_assert_uint_eq(tried.values.port, 1337);
    ck_assert_uint_eq(tried.values.mode, 1); /* the variables after it are read */
    tried_must_go_on("try --port 42");
    ck_assert_ptr_null(tried.values.ignored_port);
}
END_TEST

START_TEST(the_command_line_wins)
{
    setenv("TRY_PORT", "4242", 1);
    setenv("TRY_LISTEN", "a", 1);
    setenv("TRY_MODE", "nonsense", 1); /* not even looked at */
    setenv("TRY_MAX_STREAMS", "5", 1);
    tried_must_go_on("try -p 1 -l b -l c -mstateless");
    ck_assert_uint_eq(tried.values.port, 1);
    ck_assert_uint_eq(tried.values.mode, 0);
    ck_assert_uint_eq(tried.values.max_streams, 5);
    ck_assert_uint_eq(tried.values.listen.count, 2);
    ck_assert_str_eq(tried.values.listen.items[0], "b");
    tried_clean_up();
}
END_TEST

START_TEST(no_environment_where_there_is_no_prefix)
{
    struct options table = tried_options;
    table.environment = NULL;
    char *argv[] = {(char[]){"try"}, NULL};
    setenv("TRY_PORT", "4242", 1);
    setenv("_PORT", "4242", 1);
    tried_set_defaults();
    ck_assert_int_eq(tried_parse_words(&table, 1, argv), OPTIONS_GO_ON);
    ck_assert_uint_eq(tried.values.port, 1337);
}
END_TEST

Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, without_options_the_defaults_stay);
    tcase_add_test(tcase, every_kind_is_read_in_every_form);
    tcase_add_test(tcase, an_option_given_again_counts_but_for_texts);
    tcase_add_test(tcase, operands_are_what_is_left);
    tcase_add_test(tcase, the_environment_is_read);
    tcase_add_test(tcase, an_empty_variable_is_an_unset_one);
    tcase_add_loop_test(tcase, the_port_of_an_orchestrator_is_ignored, 0,
                        sizeof services / sizeof *services);
    tcase_add_test(tcase, the_command_line_wins);
    tcase_add_test(tcase, no_environment_where_there_is_no_prefix);
    return suite;
}
