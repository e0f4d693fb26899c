/* server/services/command_wait: the time for a first command, and what is said at its end. */
#include "server/services/command_wait.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

static const struct {
    int64_t timeout_ns;
    const char *text;
} rows[] = {{1, "no command: none came in 0.000000001 s; send START or CONTINUE"},
            {1000, "no command: none came in 0.000001 s; send START or CONTINUE"},
            {1500 * NS_PER_MS, "no command: none came in 1.5 s; send START or CONTINUE"},
            {1234567 * NS_PER_MS, "no command: none came in 1234.567 s; send START or CONTINUE"},
            {10 * NS_PER_S, "no command: none came in 10 s; send START or CONTINUE"},
            {1000000 * NS_PER_S, "no command: none came in 1000000 s; send START or CONTINUE"}};

START_TEST(it_says_how_long_it_has_waited)
{
    struct fake_clock fake;
    fake_clock_init(&fake, NS_PER_S);
    struct command_wait wait;
    struct failure failure;
    int64_t due;
    command_wait_init(&wait, &fake.clock, rows[_i].timeout_ns);
    ck_assert(!command_wait_is_over(&wait, "START or CONTINUE", &failure, &due));
    ck_assert_int_eq(due, NS_PER_S + rows[_i].timeout_ns);
    fake_clock_advance(&fake, rows[_i].timeout_ns);
    ck_assert(command_wait_is_over(&wait, "START or CONTINUE", &failure, &due));
    ck_assert_str_eq(failure.text, rows[_i].text);
    fake_clock_cleanup(&fake);
}
END_TEST

Suite *command_wait_suite(void)
{
    Suite *suite = suite_create("command-wait");
    TCase *tcase = tcase_create("command-wait");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, it_says_how_long_it_has_waited, 0, sizeof rows / sizeof *rows);
    return suite;
}
