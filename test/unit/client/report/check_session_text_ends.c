/* client/report/session_text: how the ends of a session are told, good and bad, to the letter. */
#include "test/kit/session_text_fixture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { N = KNOWN_N };

/* What came is printed, though it was wrong: the verdict tells so. */
START_TEST(a_wrong_number_is_told)
{
    begin_capture();
    begin_stateful();
    receive_some(1, 1);
    receive(7);
    end_violated();
    expect_violation_printed(
        "Response: 3856042040 | Count: 1\n"
        "Response: 7 | Count: 2\n",
        "comms-client: wrong number after 1 right numbers: expected 2229533162, received 7\n");
}
END_TEST

START_TEST(a_wrong_resume_is_told)
{
    static const struct {
        uint64_t position;
        uint64_t checksum;
        const char *out;
        const char *err;
    } cases[] = {{3, 0, "Count set to: 3\n",
                  "comms-client: wrong position of the resume after 2 right numbers: expected 2, "
                  "received 3\n"},
                 {2, 58595, "Count set to: 2\nChecksum set to: 58595\n",
                  "comms-client: wrong checksum of the resume after 2 right numbers: expected "
                  "58594, received 58595\n"}};
    for (size_t i = 0; i < 2; i++) {
        session_plan.quiet = true;
        begin_capture();
        begin_stateful();
        receive_some(1, 2);
        verifier_begin_stream(&session_verifier, true);
        receive(cases[i].position);
        if (cases[i].checksum != 0) {
            receive(cases[i].checksum);
        }
        end_violated();
        expect_violation_printed(cases[i].out, cases[i].err);
    }
}
END_TEST

START_TEST(a_wrong_stateless_number_is_told)
{
    begin_capture();
    begin_stateless();
    receive(5);
    receive(16);
    end_violated();
    expect_printed("Response: 5 | Count: 1\n"
                   "Response: 16 | Count: 2\n"
                   "Sum: 5\n"
                   "Test passed: false\n",
                   "comms-client: wrong number after 1 right numbers: expected 15, received 16\n");
}
END_TEST

START_TEST(a_wrong_checksum_is_told)
{
    begin_capture();
    session_plan.quiet = true;
    begin_stateful();
    receive_some(1, N);
    receive(121723);
    end_violated();
    expect_violation_printed("",
                             "comms-client: wrong checksum after 5 right numbers: expected 121722, "
                             "received 121723\n");
}
END_TEST

/* The checksum itself was right, and was printed when it came. */
START_TEST(what_comes_after_the_verdict_is_told)
{
    begin_capture();
    begin_stateful();
    session_plan.quiet = true;
    receive_some(1, N + 1);
    receive_some(N + 1, N + 1);
    end_violated();
    expect_printed("Checksum: 121722\nChecksum is valid: true\nResponse: 121722 | Count: 6\n",
                   "comms-client: the checksum came again after 5 right numbers: expected the end "
                   "of the stream, received 121722\n");
}
END_TEST

/* The last message, wrong: no other verdict follows. */
START_TEST(a_wrong_last_number_is_told_once)
{
    begin_capture();
    begin_stateless();
    session_plan.quiet = true;
    uint64_t number = 5;
    for (int k = 1; k < N; k++, number *= 3) {
        receive(number);
    }
    receive(406);
    end_violated();
    expect_printed(
        "Response: 406 | Count: 5\nSum: 200\nTest passed: false\n",
        "comms-client: wrong number after 4 right numbers: expected 405, received 406\n");
}
END_TEST

/* Stopped while the server kept the stream open, which had all its numbers. */
START_TEST(a_proven_session_prints_one_verdict)
{
    begin_capture();
    begin_stateful();
    session_plan.quiet = true;
    receive_some(1, N + 1);
    end_session(SESSION_PROVEN, "", SIGINT);
    expect_printed("Checksum: 121722\nChecksum is valid: true\n", "");
}
END_TEST

START_TEST(giving_up_is_told)
{
    begin_capture();
    begin_stateful();
    receive_some(1, 1);
    end_session(SESSION_UNREACHABLE, "UNAVAILABLE: connect failed", 0);
    expect_printed("Response: 3856042040 | Count: 1\n",
                   "comms-client: gave up after 1 of 5 numbers: UNAVAILABLE: connect failed\n");
}
END_TEST

START_TEST(a_refusal_is_told)
{
    begin_capture();
    begin_stateful();
    end_session(SESSION_REFUSED, "ALREADY_EXISTS: uuid already taken", 0);
    expect_printed("", "comms-client: the server refused: ALREADY_EXISTS: uuid already taken\n");
}
END_TEST

START_TEST(an_interrupt_is_told)
{
    begin_capture();
    begin_stateful();
    receive_some(1, 2);
    end_session(SESSION_STOPPED, "", SIGINT);
    expect_printed("Response: 3856042040 | Count: 1\nResponse: 2229533162 | Count: 2\n",
                   "comms-client: interrupted after 2 of 5 numbers, all of them right\n");
    begin_capture();
    begin_stateless();
    receive(5);
    receive(15);
    end_session(SESSION_STOPPED, "", SIGTERM);
    expect_printed("Response: 5 | Count: 1\nResponse: 15 | Count: 2\nSum: 20\n",
                   "comms-client: terminated after 2 of 5 numbers, all of them right\n");
}
END_TEST

/* On a full disk it says so once, and goes on saying that it failed. */
START_TEST(output_that_can_not_be_written_is_told_once)
{
    begin_capture();
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    ck_assert_int_eq(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    begin_stateless();
    receive(5);
    bool first = output_flush(&session_output);
    receive(15);
    bool second = output_flush(&session_output);
    end_session(SESSION_STOPPED, "", 0);
    ck_assert_int_eq(close(full), 0);
    expect_printed("", "comms-client: cannot write to standard output: No space left on device\n");
    ck_assert(!first);
    ck_assert(!second);
}
END_TEST

START_TEST(flushing_writes_what_was_printed)
{
    begin_capture();
    begin_stateless();
    receive(5);
    bool good = output_flush(&session_output);
    off_t written = lseek(STDOUT_FILENO, 0, SEEK_END);
    expect_printed("Response: 5 | Count: 1\n", "");
    ck_assert(good);
    ck_assert_int_eq(written, 23);
}
END_TEST

Suite *session_text_ends_suite(void)
{
    Suite *suite = suite_create("session-text-ends");
    TCase *tcase = tcase_create("session-text-ends");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, session_text_set_up, session_text_tear_down);
    tcase_add_test(tcase, a_wrong_number_is_told);
    tcase_add_test(tcase, a_wrong_resume_is_told);
    tcase_add_test(tcase, a_wrong_stateless_number_is_told);
    tcase_add_test(tcase, a_wrong_checksum_is_told);
    tcase_add_test(tcase, what_comes_after_the_verdict_is_told);
    tcase_add_test(tcase, a_wrong_last_number_is_told_once);
    tcase_add_test(tcase, a_proven_session_prints_one_verdict);
    tcase_add_test(tcase, giving_up_is_told);
    tcase_add_test(tcase, a_refusal_is_told);
    tcase_add_test(tcase, an_interrupt_is_told);
    tcase_add_test(tcase, output_that_can_not_be_written_is_told_once);
    tcase_add_test(tcase, flushing_writes_what_was_printed);
    return suite;
}
