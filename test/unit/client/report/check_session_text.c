/* client/report/session_text: what is printed while a session runs, to the letter. */
#include "shared/base/clock.h"
#include "test/kit/session_text_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <unistd.h>

enum { N = KNOWN_N };

START_TEST(stateful_prints_what_the_original_prints)
{
    begin_capture();
    print_beginning(CLIENT_STATEFUL_TEST);
    begin_stateful();
    receive_some(1, N + 1);
    end_session(SESSION_PROVEN, "", 0);
    expect_printed("Mode: stateful-test\n"
                   "Port: 1337\n"
                   "N: 5\n"
                   "UUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
                   "Response: 3856042040 | Count: 1\n"
                   "Response: 2229533162 | Count: 2\n"
                   "Response: 2921788346 | Count: 3\n"
                   "Response: 3326752945 | Count: 4\n"
                   "Response: 1636162733 | Count: 5\n"
                   "Checksum: 121722\n"
                   "Checksum is valid: true\n",
                   "");
}
END_TEST

START_TEST(a_size_is_told_behind_what_the_original_prints)
{
    begin_capture();
    session_plan.size = 16384;
    print_beginning(CLIENT_STATEFUL_TEST);
    session_plan.size = 1500;
    print_beginning(CLIENT_STATELESS);
    expect_printed("Mode: stateful-test\n"
                   "Port: 1337\n"
                   "N: 5\n"
                   "UUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
                   "Size: 16KiB\n"
                   "Mode: stateless\n"
                   "Port: 1337\n"
                   "N: 5\n"
                   "Size: 1500B\n",
                   "");
}
END_TEST

START_TEST(reconnect_prints_what_the_original_prints)
{
    begin_capture();
    print_beginning(CLIENT_STATEFUL_TEST_RECONNECT);
    begin_joining((uint32_t)known_messages[1]);
    receive(2);
    receive(58594);
    receive_some(3, N + 1);
    end_session(SESSION_PROVEN, "", 0);
    expect_printed("Mode: stateful-test-reconnect\n"
                   "Port: 1337\n"
                   "N: 5\n"
                   "UUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
                   "Count set to: 2\n"
                   "Checksum set to: 58594\n"
                   "Response: 2921788346 | Count: 3\n"
                   "Response: 3326752945 | Count: 4\n"
                   "Response: 1636162733 | Count: 5\n"
                   "Checksum: 121722\n"
                   "Checksum is valid: true\n",
                   "");
}
END_TEST

START_TEST(stateless_prints_what_the_original_prints)
{
    begin_capture();
    print_beginning(CLIENT_STATELESS);
    begin_stateless();
    uint64_t number = 5;
    for (int k = 0; k < N; k++, number *= 3) {
        receive(number);
    }
    end_session(SESSION_PROVEN, "", 0);
    expect_printed("Mode: stateless\n"
                   "Port: 1337\n"
                   "N: 5\n"
                   "Response: 5 | Count: 1\n"
                   "Response: 15 | Count: 2\n"
                   "Response: 45 | Count: 3\n"
                   "Response: 135 | Count: 4\n"
                   "Response: 405 | Count: 5\n"
                   "Sum: 605\n"
                   "Test passed: true\n",
                   "");
}
END_TEST

START_TEST(quiet_prints_resumes_and_the_verdict)
{
    begin_capture();
    session_plan.quiet = true;
    print_beginning(CLIENT_STATEFUL);
    begin_stateful();
    receive_some(1, 2);
    verifier_begin_stream(&session_verifier, true);
    receive(2);
    receive(58594);
    receive_some(3, N + 1);
    end_session(SESSION_PROVEN, "", 0);
    expect_printed("Mode: stateful\n"
                   "Port: 1337\n"
                   "N: 5\n"
                   "UUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
                   "Count set to: 2\n"
                   "Checksum set to: 58594\n"
                   "Checksum: 121722\n"
                   "Checksum is valid: true\n",
                   "");
}
END_TEST

/* The server may keep the stream open: nothing has ended. */
START_TEST(the_verdict_comes_with_the_last_message)
{
    begin_capture();
    begin_stateful();
    session_plan.quiet = true;
    receive_some(1, N);
    ck_assert_int_eq(lseek(STDOUT_FILENO, 0, SEEK_END), 0);
    receive_some(N + 1, N + 1);
    off_t flushed = lseek(STDOUT_FILENO, 0, SEEK_END);
    expect_printed("Checksum: 121722\nChecksum is valid: true\n", "");
    ck_assert_int_eq(flushed, 41);

    begin_capture();
    begin_stateless();
    uint64_t number = 5;
    for (int k = 0; k < N; k++, number *= 3) {
        receive(number);
    }
    flushed = lseek(STDOUT_FILENO, 0, SEEK_END);
    receive(number); /* surplus */
    receive(number * 3);
    expect_printed("Sum: 605\nTest passed: true\n", "");
    ck_assert_int_eq(flushed, 27);
}
END_TEST

START_TEST(the_verdict_comes_with_the_answers_to_a_late_continue)
{
    begin_capture();
    begin_joining(KNOWN_CHECKSUM);
    receive(N + 1);
    receive(KNOWN_CHECKSUM);
    expect_printed("Count set to: 6\n"
                   "Checksum set to: 121722\n"
                   "Checksum: 121722\n"
                   "Checksum is valid: true\n",
                   "");
}
END_TEST

START_TEST(a_target_without_a_port_is_named)
{
    begin_capture();
    session_plan.n = 5;
    (void)snprintf(session_plan.target, sizeof session_plan.target, "unix:/run/\x1b[m\xff.sock");
    print_beginning_at(0);
    expect_printed("Mode: stateless\nTarget: unix:/run/\xef\xbf\xbd[m\xef\xbf\xbd.sock\nN: 5\n",
                   "");
}
END_TEST

START_TEST(tls_has_a_line_of_its_own)
{
    begin_capture();
    session_plan.tls.is_on = true;
    print_beginning(CLIENT_STATEFUL_TEST);
    session_plan.tls.skips_verification = true;
    print_beginning(CLIENT_STATELESS);
    session_plan.tls = (struct tls_plan){.is_on = false};
    expect_printed("Mode: stateful-test\nPort: 1337\nTLS: with verification\nN: 5\n"
                   "UUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
                   "Mode: stateless\nPort: 1337\nTLS: without verification\nN: 5\n",
                   "");
}
END_TEST

START_TEST(a_break_is_told_on_stderr)
{
    begin_capture();
    begin_stateful();
    receive_some(1, 1);
    break_stream("UNAVAILABLE: Connection reset by peer", BREAK_RESET, true, 812345678);
    break_stream("UNAVAILABLE: connect failed", BREAK_REFUSED, true, 10 * NS_PER_S);
    break_stream("UNAVAILABLE: no route", BREAK_UNREACHABLE, true, 999 * NS_PER_MS);
    break_stream("RESOURCE_EXHAUSTED: x", BREAK_TOO_LARGE, true, NS_PER_S);
    output_flush(&session_output);
    expect_printed("Response: 3856042040 | Count: 1\n",
                   "connection lost (UNAVAILABLE: Connection reset by peer), retrying in 0.8 s\n"
                   "cannot connect (UNAVAILABLE: connect failed), retrying in 10.0 s\n"
                   "cannot connect (UNAVAILABLE: no route), retrying in 1.0 s\n"
                   "message too large (RESOURCE_EXHAUSTED: x), retrying in 1.0 s\n");
}
END_TEST

/* That it gives up is told at the end, and once. */
START_TEST(the_last_break_is_not_told_twice)
{
    begin_capture();
    begin_stateful();
    break_stream("UNAVAILABLE: connect failed", BREAK_REFUSED, false, 0);
    output_flush(&session_output);
    expect_printed("", "");
}
END_TEST

Suite *session_text_suite(void)
{
    Suite *suite = suite_create("session-text");
    TCase *tcase = tcase_create("session-text");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, session_text_set_up, session_text_tear_down);
    tcase_add_test(tcase, stateful_prints_what_the_original_prints);
    tcase_add_test(tcase, a_size_is_told_behind_what_the_original_prints);
    tcase_add_test(tcase, reconnect_prints_what_the_original_prints);
    tcase_add_test(tcase, stateless_prints_what_the_original_prints);
    tcase_add_test(tcase, quiet_prints_resumes_and_the_verdict);
    tcase_add_test(tcase, the_verdict_comes_with_the_last_message);
    tcase_add_test(tcase, the_verdict_comes_with_the_answers_to_a_late_continue);
    tcase_add_test(tcase, a_target_without_a_port_is_named);
    tcase_add_test(tcase, tls_has_a_line_of_its_own);
    tcase_add_test(tcase, a_break_is_told_on_stderr);
    tcase_add_test(tcase, the_last_break_is_not_told_twice);
    return suite;
}
