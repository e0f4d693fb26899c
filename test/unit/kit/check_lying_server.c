/*
 * The lying server of the tests against the client's verifier, without a connection: what the one
 * says must be found is what the other finds, for every lie at every place.
 */
#include "client/verify/verifier.h"
#include "test/kit/known_session.h"
#include "test/kit/lying_sessions.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

enum { N = 30, SURPLUS = 3, STREAMS_MAX = 2 };

static struct lying_sessions *sessions;
static struct verifier verifier;

/* What the verifier found. */
static unsigned wrong_count;
static enum verdict wrong_verdict; /* the last one */
static uint64_t wrong_number;

static void begin(enum mode mode, const struct lie_settings *lie)
{
    const struct lying_server_settings settings = {.mode = mode, .every = 2, .lie = *lie};
    sessions = calloc(1, sizeof *sessions);
    ck_assert_ptr_nonnull(sessions);
    lying_sessions_init(sessions, &settings);
    if (mode == MODE_STATEFUL) {
        ck_assert(verifier_init_stateful(&verifier, &test_uuid, N));
    } else {
        verifier_init_stateless(&verifier, N);
    }
    wrong_count = 0;
}

static void end(void)
{
    verifier_cleanup(&verifier);
    lying_sessions_cleanup(sessions);
    free(sessions);
}

/* As a client asks that has what the verifier has. */
static struct request next_request(bool resumes)
{
    const struct command command = {.kind = resumes ? COMMAND_CONTINUE : COMMAND_START,
                                    .uuid = test_uuid,
                                    .n = N,
                                    .last = verifier.last};
    struct request request = {.has_position = resumes, .position = verifier_position(&verifier)};
    command_format(verifier.mode, &command, request.text);
    request.length = strlen(request.text);
    return request;
}

static void take(uint64_t number)
{
    enum verdict verdict = verifier_take(&verifier, number);
    if (verdict_is_wrong(verdict)) {
        wrong_count++;
        wrong_verdict = verdict;
        wrong_number = number;
    }
}

/* One stream, to its end or a bit beyond what is wanted; returns how it ends. */
static enum status hear(bool resumes)
{
    const struct request request = next_request(resumes);
    struct lying_lines lines;
    unsigned surplus = 0;
    enum status status = STATUS_OK;
    lying_sessions_answer(sessions, &request, false, &lines);
    verifier_begin_stream(&verifier, resumes);
    for (size_t i = 0; i < lines.count && surplus < SURPLUS; i++) {
        if (lines.items[i].is_end) {
            status = lines.items[i].status;
        } else {
            take(lines.items[i].number);
        }
        surplus += verifier.mode == MODE_STATELESS && verifier_is_complete(&verifier) ? 1 : 0;
    }
    lying_lines_cleanup(&lines);
    return status;
}

static enum verdict verdict_of(enum violation_kind kind, enum lie_told lie)
{
    static const enum verdict verdicts[VIOLATION_KINDS] = {
        [VIOLATION_LOST] = VERDICT_LOST,
        [VIOLATION_REPEATED] = VERDICT_REPEATED,
        [VIOLATION_REORDERED] = VERDICT_REORDERED,
        [VIOLATION_CORRUPT] = VERDICT_CORRUPT,
        [VIOLATION_CHECKSUM] = VERDICT_WRONG_CHECKSUM,
        [VIOLATION_POSITION] = VERDICT_WRONG_POSITION};
    return lie == LIE_WRONG_CHECKSUM_ON_RESUME ? VERDICT_WRONG_CHECKSUM_SO_FAR : verdicts[kind];
}

static void expect_found(const struct lie_settings *lie)
{
    ck_assert_uint_eq(lying_sessions_finding_count(sessions), 1);
    const struct finding finding = lying_sessions_finding(sessions, 0);
    if (!finding.has_numbers) { /* not for a verifier to find */
        ck_assert_uint_eq(wrong_count, 0);
        return;
    }
    ck_assert_msg(wrong_count == (lie->lie == LIE_SWAP ? 2 : 1), "lie %d at %u: %u are wrong",
                  lie->lie, lie->at, wrong_count);
    ck_assert_int_eq(wrong_verdict, verdict_of(finding.kind, lie->lie));
    ck_assert_uint_eq(verifier.wrong_at, finding.position);
    ck_assert_uint_eq(verifier.amount, finding.amount);
    ck_assert_uint_eq(wrong_number, finding.received);
    ck_assert(verifier.has_expected);
    ck_assert_uint_eq(verifier.expected, finding.expected);
    ck_assert(verifier_is_complete(&verifier));
    ck_assert_uint_eq(verifier.lost, finding.kind == VIOLATION_LOST ? finding.amount : 0);
    ck_assert_uint_eq(verifier.count, N - verifier.lost - (finding.kind == VIOLATION_CORRUPT));
}

static void try_lie(enum mode mode, const struct lie_settings *lie)
{
    begin(mode, lie);
    enum status status = hear(false);
    for (int i = 1; status == STATUS_UNAVAILABLE; i++) {
        ck_assert_int_lt(i, STREAMS_MAX);
        status = hear(true);
    }
    bool is_taken_over = lie->lie == LIE_OLDER_ATTEMPT_TAKES_OVER;
    ck_assert_int_eq(status, is_taken_over ? STATUS_ABORTED : STATUS_OK);
    expect_found(lie);
    ck_assert_int_eq(hear(false), STATUS_OK); /* the next START hears the truth */
    ck_assert_uint_eq(lying_sessions_count(sessions), 2);
    ck_assert_uint_eq(lying_sessions_finding_count(sessions), 1);
    end();
}

START_TEST(sessions_are_lied_to)
{
    for (uint32_t at = 1; at < N; at++) {
        const struct lie_settings lie = {
            .lie = (enum lie_told)_i, .at = at, .amount = _i == LIE_DROP ? 1 + (N - at) / 2 : 0};
        try_lie(MODE_STATEFUL, &lie);
    }
}
END_TEST

/*
 * What comes first is whatever it is: a lie about it cannot be found. And where the last two are
 * swapped, nothing is due any more when the second of them comes.
 */
START_TEST(stateless_streams_are_lied_to)
{
    for (uint32_t at = 2; at < (_i == LIE_SWAP ? N - 1 : N); at++) {
        const struct lie_settings lie = {
            .lie = (enum lie_told)_i, .at = at, .amount = _i == LIE_DROP ? 1 + (N - at) / 2 : 0};
        if (_i <= LIE_CORRUPT || _i == LIE_LATE || _i >= LIE_BREAK_THEN_REPEAT) {
            try_lie(MODE_STATELESS, &lie);
        }
    }
}
END_TEST

Suite *lying_server_suite(void)
{
    Suite *suite = suite_create("lying-server");
    TCase *tcase = tcase_create("lying-server");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, sessions_are_lied_to, LIE_DROP, LIE_OLDER_ATTEMPT_TAKES_OVER + 1);
    tcase_add_loop_test(tcase, stateless_streams_are_lied_to, LIE_DROP, LIE_BREAK_THEN_SKIP + 1);
    return suite;
}
