#include "test/kit/session_text_fixture.h"

#include "client/verify/verifier_text.h"
#include "test/kit/capture.h"

#include <check.h>

#include <string.h>
#include <unistd.h>

enum { N = KNOWN_N };

struct verifier session_verifier;
struct plan session_plan;
struct output session_output;

static struct session_text text;
static char wrong[VERIFIER_ERROR_SIZE]; /* the first thing that was found wrong */
static struct capture out_capture;
static struct capture err_capture;
static char out[CAPTURE_SIZE];
static char err[CAPTURE_SIZE];

void session_text_set_up(void)
{
    session_text_init(&text, &session_plan, &session_output);
}

void session_text_tear_down(void)
{
    verifier_cleanup(&session_verifier);
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

void print_beginning_at(uint64_t port)
{
    session_plan.port = port;
    session_text_begin(&text);
}

void print_beginning(enum client_mode mode)
{
    session_plan.mode = mode;
    session_plan.n = N;
    session_plan.uuid = test_uuid;
    print_beginning_at(1337);
}

/* A text of its own for each session: a text prints one verdict. */
static void begin_text(enum client_mode mode)
{
    if ((session_plan.mode == CLIENT_STATELESS) != (mode == CLIENT_STATELESS)) {
        session_plan.mode = mode;
    }
    session_text_init(&text, &session_plan, &session_output);
}

void begin_stateful(void)
{
    begin_text(CLIENT_STATEFUL);
    verifier_cleanup(&session_verifier);
    ck_assert(verifier_init_stateful(&session_verifier, &test_uuid, N));
    verifier_begin_stream(&session_verifier, false);
}

void begin_stateless(void)
{
    begin_text(CLIENT_STATELESS);
    verifier_cleanup(&session_verifier);
    verifier_init_stateless(&session_verifier, N);
    verifier_begin_stream(&session_verifier, false);
}

void begin_joining(uint32_t last)
{
    begin_text(CLIENT_STATEFUL_TEST_RECONNECT);
    verifier_cleanup(&session_verifier);
    ck_assert(verifier_init_joining(&session_verifier, &test_uuid, N, last));
    verifier_begin_stream(&session_verifier, true);
}

static uint32_t checksum(void)
{
    return verifier_checksum(&session_verifier);
}

void receive(uint64_t number)
{
    enum verdict verdict = verifier_take(&session_verifier, number);
    const struct session_message message = {.verdict = verdict,
                                            .number = number,
                                            .count = session_verifier.count,
                                            .wrong_at = session_verifier.wrong_at,
                                            .is_last = verifier_is_complete(&session_verifier),
                                            .is_good = !verdict_is_wrong(verdict),
                                            .sum = session_verifier.sum,
                                            .checksum = checksum()};
    if (verdict_is_wrong(verdict)) {
        verifier_describe(&session_verifier, verdict, number, wrong);
    }
    text.listener.message(text.listener.context, 1, &message);
}

void receive_some(size_t from, size_t to)
{
    for (size_t i = from; i <= to; i++) {
        receive(known_messages[i - 1]);
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
    const struct session_end end = {.result = result,
                                    .reason = reason,
                                    .mode = session_verifier.mode,
                                    .n = session_verifier.n,
                                    .count = session_verifier.count,
                                    .sum = session_verifier.sum,
                                    .checksum = checksum()};
    session_text_end(&text, &end, signal_number);
}

void end_violated(void)
{
    end_session(SESSION_VIOLATED, wrong, 0);
}
