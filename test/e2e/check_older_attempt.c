/*
 * A path that holds back one attempt of comms-client at its session, until the client has gone on
 * by another attempt on another connection.
 */
#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <signal.h>
#include <string.h>

/* START breaks after two numbers; the first CONTINUE is held back. */
static const struct fault plan[] = {
    {.kind = FAULT_CUT, .unit = FAULT_AFTER_MESSAGES, .amount = 2},
    {.kind = FAULT_HOLD, .on_command = true},
};

/* The client stalls on the connection that holds its command back. It chooses a random uuid. */
START_TEST(an_attempt_that_was_held_back_takes_nothing)
{
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    const struct fault_proxy_options options = {.target = loopback_address(server.port),
                                                .plan = plan,
                                                .plan_length = sizeof plan / sizeof *plan};
    struct fault_proxy *proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(proxy);
    struct program *client =
        client_start(fault_proxy_port(proxy), "-m", "stateful", "--numbers", "60", "--interval",
                     "20ms", "--stall-timeout", "1s", NULL);

    ck_assert(fault_proxy_await(proxy, PROGRAM_DEADLINE_MS));
    program_wait_line(client, PROGRAM_STDOUT, "Checksum set to: "); /* by the next attempt */
    fault_proxy_strike(proxy);
    program_wait_line(server.program, PROGRAM_STDERR,
                      "an older attempt: attempt 2 came after attempt 3; CONTINUE with a higher");

    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "status %d: %s", status, program_output_end(client, PROGRAM_STDERR));
    ck_assert(program_has_line(client, PROGRAM_STDOUT, "Checksum is valid: true"));
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    ck_assert_ptr_null(
        strstr(program_output(server.program, PROGRAM_STDERR), "session taken over"));
    program_destroy(client);
    fault_proxy_stop(proxy);
    program_destroy(server.program);
}
END_TEST

Suite *older_attempt_suite(void)
{
    Suite *suite = suite_create("older-attempt");
    TCase *tcase = tcase_create("older-attempt");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, an_attempt_that_was_held_back_takes_nothing);
    return suite;
}
