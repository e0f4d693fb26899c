/* What the client prints, to the letter. */
#include "client/report/report.h"
#include "shared/base/clock.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct uuid test_uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75,
                                       0x24, 0x77, 0x13, 0xcc, 0x49, 0x08}};
static const uint64_t messages[] = {3856042040, 2229533162, 2921788346,
                                    3326752945, 1636162733, 121722};

enum { N = 5 };

static struct subscription subscription;
static struct capture out_capture;
static struct capture err_capture;
static char out[CAPTURE_SIZE];
static char err[CAPTURE_SIZE];

/* What is printed from here on is caught. */
static void begin(void)
{
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
}

static void expect(const char *wanted_out, const char *wanted_err)
{
    capture_end(&err_capture, err);
    capture_end(&out_capture, out);
    ck_assert_str_eq(out, wanted_out);
    ck_assert_str_eq(err, wanted_err);
}

/* It must begin so; what checksum it ends with, when something was wrong, is not said here. */
static void expect_violation(const char *wanted_out, const char *wanted_err)
{
    static const char verdict[] = "Checksum is valid: false\n";
    capture_end(&err_capture, err);
    capture_end(&out_capture, out);
    ck_assert_msg(strncmp(out, wanted_out, strlen(wanted_out)) == 0, "%s", out);
    const char *found = strstr(out, verdict);
    ck_assert_msg(found != NULL && found[sizeof verdict - 1] == '\0', "%s", out);
    ck_assert_str_eq(err, wanted_err);
}

static void begin_stateful(void)
{
    verifier_cleanup(&subscription.verifier);
    subscription = (struct subscription){.result = RESULT_NONE};
    verifier_init_stateful(&subscription.verifier, &test_uuid, N);
    verifier_begin_stream(&subscription.verifier, false);
}

static void begin_stateless(void)
{
    verifier_cleanup(&subscription.verifier);
    subscription = (struct subscription){.result = RESULT_NONE};
    verifier_init_stateless(&subscription.verifier, N);
    verifier_begin_stream(&subscription.verifier, false);
}

/* A message comes, is judged and reported, as a subscription does it. */
static void receive(uint64_t message)
{
    enum verdict verdict = verifier_take(&subscription.verifier, message);
    if (verdict_is_wrong(verdict)) {
        verifier_describe(&subscription.verifier, verdict, message, subscription.reason);
        subscription.result = RESULT_VIOLATED;
    }
    report_listener.message(&subscription, verdict, message);
}

static void receive_some(size_t from, size_t to)
{
    for (size_t k = from; k <= to; k++) {
        receive(messages[k - 1]);
    }
}

static void set_reason(const char *reason)
{
    snprintf(subscription.reason, sizeof subscription.reason, "%s", reason);
}

static void break_stream(const char *reason, enum break_cause cause, int64_t delay_ns)
{
    const struct break_event event = {
        .kind = {.cause = cause}, .resumes = true, .delay_ns = delay_ns};
    set_reason(reason);
    report_listener.broken(&subscription, &event);
}

static void end(enum subscription_result result, const char *reason)
{
    subscription.result = result;
    set_reason(reason);
    report_end(&subscription, 0);
}

static void begin_with(enum client_mode mode)
{
    const struct plan plan = {.mode = mode, .port = 1337, .n = N, .uuid = test_uuid};
    report_beginning(&plan);
}

START_TEST(stateful_prints_what_the_original_prints)
{
    begin();
    begin_with(CLIENT_STATEFUL_TEST);
    begin_stateful();
    receive_some(1, N + 1);
    end(RESULT_PROVEN, "");
    expect("Mode: stateful-test\n"
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

START_TEST(reconnect_prints_what_the_original_prints)
{
    begin();
    begin_with(CLIENT_STATEFUL_TEST_RECONNECT);
    verifier_cleanup(&subscription.verifier);
    subscription = (struct subscription){.joining = true};
    verifier_init_joining(&subscription.verifier, &test_uuid, N, (uint32_t)messages[1]);
    verifier_begin_stream(&subscription.verifier, true);
    receive(2);
    receive(58594);
    receive_some(3, N + 1);
    end(RESULT_PROVEN, "");
    expect("Mode: stateful-test-reconnect\n"
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
    begin();
    begin_with(CLIENT_STATELESS);
    begin_stateless();
    uint64_t number = 5;
    for (int k = 0; k < N; k++, number *= 3) {
        receive(number);
    }
    end(RESULT_PROVEN, "");
    expect("Mode: stateless\n"
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
    begin();
    report_set_quiet(true);
    begin_with(CLIENT_STATEFUL);
    begin_stateful();
    receive_some(1, 2);
    verifier_begin_stream(&subscription.verifier, true);
    receive(2);
    receive(58594);
    receive_some(3, N + 1);
    end(RESULT_PROVEN, "");
    expect("Mode: stateful\n"
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

START_TEST(a_break_is_told_on_stderr)
{
    begin();
    begin_stateful();
    receive_some(1, 1);
    break_stream("UNAVAILABLE: Connection reset by peer", BREAK_RESET, 812345678);
    break_stream("UNAVAILABLE: connect failed", BREAK_REFUSED, 10 * NS_PER_S);
    break_stream("UNAVAILABLE: no route", BREAK_UNREACHABLE, 999 * NS_PER_MS);
    report_flush();
    expect("Response: 3856042040 | Count: 1\n",
           "connection lost (UNAVAILABLE: Connection reset by peer), retrying in 0.8 s\n"
           "cannot connect (UNAVAILABLE: connect failed), retrying in 10.0 s\n"
           "cannot connect (UNAVAILABLE: no route), retrying in 1.0 s\n");
}
END_TEST

/* That it gives up is told at the end, and once. */
START_TEST(the_last_break_is_not_told_twice)
{
    const struct break_event event = {.kind = {.cause = BREAK_REFUSED}, .resumes = false};
    begin();
    begin_stateful();
    set_reason("UNAVAILABLE: connect failed");
    report_listener.broken(&subscription, &event);
    report_flush();
    expect("", "");
}
END_TEST

/* What came is printed, though it was wrong: the verdict tells so. */
START_TEST(a_wrong_number_is_told)
{
    begin();
    begin_stateful();
    receive_some(1, 1);
    receive(7);
    report_end(&subscription, 0);
    expect_violation(
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
        report_set_quiet(true);
        begin();
        begin_stateful();
        receive_some(1, 2);
        verifier_begin_stream(&subscription.verifier, true);
        receive(cases[i].position);
        if (cases[i].checksum != 0) {
            receive(cases[i].checksum);
        }
        report_end(&subscription, 0);
        expect_violation(cases[i].out, cases[i].err);
    }
}
END_TEST

START_TEST(a_wrong_stateless_number_is_told)
{
    begin();
    begin_stateless();
    receive(5);
    receive(16);
    report_end(&subscription, 0);
    expect("Response: 5 | Count: 1\n"
           "Response: 16 | Count: 2\n"
           "Sum: 5\n"
           "Test passed: false\n",
           "comms-client: wrong number after 1 right numbers: expected 15, received 16\n");
}
END_TEST

START_TEST(a_wrong_checksum_is_told)
{
    begin();
    report_set_quiet(true);
    begin_stateful();
    receive_some(1, N);
    receive(121723);
    report_end(&subscription, 0);
    expect_violation("", "comms-client: wrong checksum after 5 right numbers: expected 121722, "
                         "received 121723\n");
}
END_TEST

START_TEST(giving_up_is_told)
{
    begin();
    begin_stateful();
    receive_some(1, 1);
    end(RESULT_UNREACHABLE, "UNAVAILABLE: connect failed");
    expect("Response: 3856042040 | Count: 1\n",
           "comms-client: gave up after 1 of 5 numbers: UNAVAILABLE: connect failed\n");
}
END_TEST

START_TEST(a_refusal_is_told)
{
    begin();
    begin_stateful();
    end(RESULT_REFUSED, "ALREADY_EXISTS: uuid already taken");
    expect("", "comms-client: the server refused: ALREADY_EXISTS: uuid already taken\n");
}
END_TEST

START_TEST(an_interrupt_is_told)
{
    begin();
    begin_stateful();
    receive_some(1, 2);
    subscription.result = RESULT_STOPPED;
    report_end(&subscription, SIGINT);
    expect("Response: 3856042040 | Count: 1\nResponse: 2229533162 | Count: 2\n",
           "comms-client: interrupted after 2 of 5 numbers, all of them right\n");
    begin();
    begin_stateless();
    receive(5);
    receive(15);
    subscription.result = RESULT_STOPPED;
    report_end(&subscription, SIGTERM);
    expect("Response: 5 | Count: 1\nResponse: 15 | Count: 2\nSum: 20\n",
           "comms-client: terminated after 2 of 5 numbers, all of them right\n");
}
END_TEST

/* On a full disk it says so once, and goes on saying that it failed. */
START_TEST(output_that_can_not_be_written_is_told_once)
{
    begin();
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    ck_assert_int_eq(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    begin_stateless();
    receive(5);
    bool first = report_flush();
    receive(15);
    bool second = report_flush();
    end(RESULT_STOPPED, "");
    ck_assert_int_eq(close(full), 0);
    expect("", "comms-client: cannot write to standard output: No space left on device\n");
    ck_assert(!first);
    ck_assert(!second);
}
END_TEST

START_TEST(flushing_writes_what_was_printed)
{
    begin();
    begin_stateless();
    receive(5);
    bool good = report_flush();
    off_t written = lseek(STDOUT_FILENO, 0, SEEK_END);
    expect("Response: 5 | Count: 1\n", "");
    ck_assert(good);
    ck_assert_int_eq(written, 23);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *report = tcase_create("report");
    suite_add_tcase(suite, report);
    tcase_add_test(report, stateful_prints_what_the_original_prints);
    tcase_add_test(report, reconnect_prints_what_the_original_prints);
    tcase_add_test(report, stateless_prints_what_the_original_prints);
    tcase_add_test(report, quiet_prints_resumes_and_the_verdict);
    tcase_add_test(report, a_break_is_told_on_stderr);
    tcase_add_test(report, the_last_break_is_not_told_twice);
    tcase_add_test(report, a_wrong_number_is_told);
    tcase_add_test(report, a_wrong_resume_is_told);
    tcase_add_test(report, a_wrong_stateless_number_is_told);
    tcase_add_test(report, a_wrong_checksum_is_told);
    tcase_add_test(report, giving_up_is_told);
    tcase_add_test(report, a_refusal_is_told);
    tcase_add_test(report, an_interrupt_is_told);
    tcase_add_test(report, output_that_can_not_be_written_is_told_once);
    tcase_add_test(report, flushing_writes_what_was_printed);
    return suite;
}
