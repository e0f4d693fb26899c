#include "test/kit/session_text_fixture.h"

#include "test/kit/capture.h"

#include <check.h>

#include <string.h>
#include <unistd.h>

enum { N = SESSION_TEXT_N };

static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24,
                                  0x77, 0x13, 0xcc, 0x49, 0x08}};
const uint64_t session_text_numbers[N + 1] = {3856042040, 2229533162, 2921788346,
                                              3326752945, 1636162733, 121722};
struct verifier verifier;
struct plan plan;
struct output output;

static struct session_text text;
static char wrong[VERIFIER_ERROR_SIZE]; /* the first thing that was found wrong */
static struct capture out_capture;
static struct capture err_capture;
static char out[CAPTURE_SIZE];
static char err[CAPTURE_SIZE];

void session_text_set_up(void)
{
    session_text_init(&text, &plan, &output);
}

void session_text_tear_down(void)
{
    verifier_cleanup(&verifier);
}

void begin_capture(void)
{
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
}

static void end_capture(void)
{
    capture_end(&err_capture, err);
    capture_end(&out_capture, out);
}

void expect_printed(const char *wanted_out, const char *wanted_err)
{
    end_capture();
    ck_assert_str_eq(out, wanted_out);
    ck_assert_str_eq(err, wanted_err);
}

void expect_violation_printed(const char *wanted_out, const char *wanted_err)
{
    static const char verdict[] = "Checksum is valid: false\n";
    end_capture();
    ck_assert_msg(strncmp(out, wanted_out, strlen(wanted_out)) == 0, "%s", out);
    const char *found = strstr(out, verdict);
    ck_assert_msg(found != NULL && found[sizeof verdict - 1] == '\0', "%s", out);
    ck_assert_str_eq(err, wanted_err);
}

void print_beginning(enum client_mode mode)
{
    plan.mode = mode;
    plan.port = 1337;
    plan.n = N;
    plan.uuid = uuid;
    session_text_begin(&text);
}

void begin_stateful(void)
{
    verifier_cleanup(&verifier);
    ck_assert(verifier_init_stateful(&verifier, &uuid, N));
    verifier_begin_stream(&verifier, false);
}

void begin_stateless(void)
{
    verifier_cleanup(&verifier);
    verifier_init_stateless(&verifier, N);
    verifier_begin_stream(&verifier, false);
}

void begin_joining(uint32_t last)
{
    verifier_cleanup(&verifier);
    ck_assert(verifier_init_joining(&verifier, &uuid, N, last));
    verifier_begin_stream(&verifier, true);
}

void receive(uint64_t number)
{
    enum verdict verdict = verifier_take(&verifier, number);
    const struct session_message message = {.verdict = verdict,
                                            .number = number,
                                            .count = verifier.count,
                                            .wrong_at = verifier.wrong_at};
    if (verdict_is_wrong(verdict)) {
        verifier_describe(&verifier, verdict, number, wrong);
    }
    text.listener.message(text.listener.context, 1, &message);
}

void receive_some(size_t from, size_t to)
{
    for (size_t i = from; i <= to; i++) {
        receive(session_text_numbers[i - 1]);
    }
}

void break_stream(const char *reason, enum break_cause cause, bool resumes, int64_t delay_ns)
{
    const struct session_break event = {
        .kind = {.cause = cause}, .reason = reason, .resumes = resumes, .delay_ns = delay_ns};
    text.listener.broken(text.listener.context, 1, &event);
}

void end_session(enum session_result result, const char *reason, int signal_number)
{
    const struct session_end end = {
        .result = result,
        .reason = reason,
        .mode = verifier.mode,
        .n = verifier.n,
        .count = verifier.count,
        .sum = verifier.sum,
        .checksum = verifier.mode == MODE_STATEFUL ? verifier_checksum(&verifier) : 0};
    session_text_end(&text, &end, signal_number);
}

void end_violated(void)
{
    end_session(SESSION_VIOLATED, wrong, 0);
}
