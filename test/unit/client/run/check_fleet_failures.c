/* client/run/fleet: what its result says of what was wrong, refused, out of reach or stopped. */
#include "shared/base/clock.h"
#include "test/kit/fleet_fixture.h"
#include "test/kit/script_words.h"
#include "test/suites.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- What is violated ------------------------------------------------------------------------ */

static const struct finding *find(const struct finding *findings, size_t count,
                                  const struct uuid *uuid)
{
    for (size_t i = 0; i < count; i++) {
        if (uuid_equal(&findings[i].uuid, uuid)) {
            return &findings[i];
        }
    }
    ck_abort_msg("a violation where nobody lied");
}

static void expect_findings(unsigned count, bool after_resume)
{
    struct finding findings[FLEET_STREAMS];
    ck_assert_uint_eq(lying_server_finding_count(lying_server), count);
    for (size_t i = 0; i < count; i++) {
        findings[i] = lying_server_finding(lying_server, i);
    }
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_VIOLATED);
    ck_assert_uint_eq(fleet_result->counts.violations, count);
    ck_assert_uint_eq(fleet_result->violation_count, count);
    ck_assert_uint_eq(fleet_result->streams_proven, FLEET_STREAMS - count);
    for (size_t i = 0; i < count; i++) {
        const struct violation *violation = &fleet_result->violations[i];
        const struct finding *finding = find(findings, count, &violation->uuid);
        ck_assert_int_eq(violation->kind, finding->kind);
        ck_assert_uint_eq(violation->position, finding->position);
        ck_assert_uint_eq(violation->amount, finding->amount);
        ck_assert(violation->has_received == finding->has_numbers);
        ck_assert(!finding->has_numbers || violation->received == finding->received);
        ck_assert(!finding->has_numbers || violation->expected == finding->expected);
        ck_assert(violation->after_resume == after_resume);
        ck_assert_int_ge(violation->at_ns, 0);
        ck_assert_int_le(violation->at_ns, fleet_result->elapsed_ns);
    }
}

/* Of all kinds that are no matter of time; each tenth session is lied to. */
static const struct {
    struct lie_settings lie;
    uint64_t missing; /* numbers that did not come right, of each */
    uint64_t lost;
    bool resumes;
} lies[] = {
    {{.lie = LIE_DROP, .at = 5, .amount = 2}, 2, 2, false},
    {{.lie = LIE_REPEAT, .at = 5}, 0, 0, false},
    {{.lie = LIE_SWAP, .at = 5}, 0, 0, false},
    {{.lie = LIE_CORRUPT, .at = 5}, 1, 0, false},
    {{.lie = LIE_WRONG_CHECKSUM, .at = 5}, 0, 0, false},
    {{.lie = LIE_EARLY_OK, .at = 5}, FLEET_N - 5, FLEET_N - 5, false},
    {{.lie = LIE_WRONG_POSITION_ON_RESUME, .at = 5}, 0, 0, true},
    {{.lie = LIE_WRONG_CHECKSUM_ON_RESUME, .at = 5}, 0, 0, true},
    {{.lie = LIE_BREAK_THEN_REPEAT, .at = 5}, 0, 0, true},
    {{.lie = LIE_BREAK_THEN_SKIP, .at = 5}, 1, 1, true},
};

START_TEST(each_lie_is_found_and_no_other)
{
    enum { EVERY = 10, LIED_TO = FLEET_STREAMS / EVERY };
    fleet_serve(0, EVERY, &lies[_i].lie);
    run_fleet();
    expect_findings(LIED_TO, lies[_i].resumes);
    ck_assert_uint_eq(fleet_result->expected, FLEET_NUMBERS);
    ck_assert_uint_eq(fleet_result->counts.numbers,
                      fleet_result->expected - LIED_TO * lies[_i].missing);
    ck_assert_uint_eq(fleet_result->counts.lost, LIED_TO * lies[_i].lost);
    ck_assert_uint_eq(fleet_result->counts.breaks, lies[_i].resumes ? LIED_TO : 0);
    ck_assert_uint_eq(fleet_result->counts.resumes, lies[_i].resumes ? LIED_TO : 0);
    ck_assert_uint_eq(fleet_result->resume.count, lies[_i].resumes ? LIED_TO : 0);
    ck_assert_uint_eq(fleet_result->breaks.count, lies[_i].resumes ? LIED_TO : 0);
}
END_TEST

/* Wrong is wrong, whatever else happened. */
START_TEST(a_violation_outweighs_a_refusal)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(16), AWAIT, OK}},
                                            {{STATUS(PERMISSION_DENIED, "no")}}};
    fleet_plan.mode = CLIENT_STATELESS;
    fleet_plan.n = 2;
    fleet_plan.streams = 3;
    fleet_plan.connections = 1;
    fleet_serve_scripts(scripts, 2);
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_VIOLATED);
    ck_assert_uint_eq(fleet_result->streams_refused, 2);
    ck_assert_uint_eq(fleet_result->streams_proven, 0);
    ck_assert_uint_eq(fleet_result->streams_unfinished, 2);
}
END_TEST

/* ---- What is not finished -------------------------------------------------------------------- */

static const struct script one_good_then[][2] = {
    {{{NUMBER(5), NUMBER(15), AWAIT, OK}}, {{STATUS(PERMISSION_DENIED, "no")}}},
    {{{NUMBER(5), NUMBER(15), AWAIT, OK}}, {{BREAK}}}};

/* One of three streams is served: the others are refused, or tried in vain. */
START_TEST(what_was_not_served_is_told)
{
    bool refuses = _i == 0;
    fleet_plan.mode = CLIENT_STATELESS;
    fleet_plan.n = 2;
    fleet_plan.streams = 3;
    fleet_plan.connections = 2;
    fleet_plan.retry_timeout_ns = 0;
    fleet_serve_scripts(one_good_then[_i], 2);
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, refuses ? OUTCOME_REFUSED : OUTCOME_INCOMPLETE);
    ck_assert_uint_eq(fleet_result->streams_proven, 1);
    ck_assert_uint_eq(fleet_result->streams_unfinished, 2);
    ck_assert_uint_eq(fleet_result->streams_refused, refuses ? 2 : 0);
    ck_assert_uint_eq(fleet_result->streams_unreachable, refuses ? 0 : 2);
    ck_assert_uint_eq(fleet_result->unfinished_count, 1);
    ck_assert_int_eq(fleet_result->unfinished[0].outcome,
                     refuses ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE);
    ck_assert_uint_eq(fleet_result->unfinished[0].streams, 2);
    ck_assert_str_eq(fleet_result->unfinished[0].reason,
                     refuses ? "PERMISSION_DENIED: no" : "UNAVAILABLE: cut");
    ck_assert_uint_eq(fleet_result->expected, 6);
    ck_assert_uint_eq(fleet_result->counts.numbers, 2);
    ck_assert_uint_eq(fleet_result->counts.violations, 0);
}
END_TEST

/* A port that is bound, so that it is nobody else's, and does not listen. The caller closes it. */
static int aim_at_nobody(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(holder, (const struct sockaddr *)(const void *)&address, length), 0);
    ck_assert_int_eq(getsockname(holder, (struct sockaddr *)(void *)&address, &length), 0);
    snprintf(fleet_plan.target_uri, sizeof fleet_plan.target_uri, "127.0.0.1:%d",
             ntohs(address.sin_port));
    return holder;
}

START_TEST(a_server_that_is_not_there_ends_the_run_at_once)
{
    int holder = aim_at_nobody();
    fleet_plan.retry_timeout_ns = 30 * NS_PER_S;
    fleet_plan.ramp_ns = 60 * NS_PER_S; /* most streams have not begun */
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_UNREACHABLE);
    ck_assert_uint_eq(fleet_result->streams_unreachable, FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->unfinished_count, 1);
    ck_assert_ptr_nonnull(strstr(fleet_result->unfinished[0].reason, "connection refused (127."));
    ck_assert_int_lt(fleet_result->elapsed_ns, 15 * NS_PER_S);
    close(holder);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_waited_for)
{
    int holder = aim_at_nobody();
    fleet_plan.retries_connect = true;
    fleet_plan.retry_timeout_ns = 350 * NS_PER_MS;
    run_fleet();
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_UNREACHABLE);
    ck_assert_uint_eq(fleet_result->streams_unreachable, FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->streams_unfinished, FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->counts.numbers, 0);
    ck_assert_uint_ge(fleet_result->counts.failed_attempts, FLEET_STREAMS);
    ck_assert_uint_le(fleet_result->counts.failed_attempts,
                      UINT64_C(2) * FLEET_STREAMS); /* and one last try each */
    /* The most frequent cause: a busy machine may give up a try before it is refused. */
    ck_assert_uint_ge(fleet_result->failed_attempts.row_count, 1);
    ck_assert_int_eq(fleet_result->failed_attempts.rows[0].kind.cause, BREAK_REFUSED);
    close(holder);
}
END_TEST

static void expect_stopped(void)
{
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_INCOMPLETE);
    ck_assert_uint_eq(fleet_result->streams_proven, 0);
    ck_assert_uint_eq(fleet_result->streams_unfinished, fleet_result->counts.started);
    ck_assert_uint_eq(fleet_result->counts.finished, 0);
    ck_assert_str_eq(fleet_result->unfinished[0].reason, "stopped");
}

/* Each stream has its first number, however many intervals that takes. */
START_TEST(it_stops_when_nobody_can_hear_it)
{
    fleet_serve_truth(HOUR_NS);
    fleet_heard.stop_at_numbers = FLEET_STREAMS;
    run_fleet();
    expect_stopped();
    ck_assert_uint_eq(fleet_result->counts.started, FLEET_STREAMS);
    ck_assert_uint_ge(fleet_heard.intervals, 2); /* the last one, too */
}
END_TEST

static void *stop_it(void *argument)
{
    bool is_time = false;
    while (!is_time) {
        pthread_mutex_lock(&fleet_heard.lock);
        is_time = fleet_heard.numbers == FLEET_STREAMS;
        pthread_mutex_unlock(&fleet_heard.lock);
    }
    fleet_request_stop(argument);
    return NULL;
}

/* Each stream has its first number, and waits for the next. */
START_TEST(it_stops_when_another_thread_asks)
{
    pthread_t stopper;
    fleet_serve_truth(HOUR_NS);
    prepare_fleet();
    ck_assert_int_eq(pthread_create(&stopper, NULL, stop_it, &fleet), 0);
    run_fleet();
    ck_assert_int_eq(pthread_join(stopper, NULL), 0);
    expect_stopped();
    ck_assert_uint_eq(fleet_result->counts.started, FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->counts.numbers, FLEET_STREAMS);
}
END_TEST

Suite *fleet_failures_suite(void)
{
    Suite *suite = suite_create("fleet-failures");
    TCase *violated = add_fleet_case(suite, "violated");
    tcase_add_loop_test(violated, each_lie_is_found_and_no_other, 0, sizeof lies / sizeof *lies);
    tcase_add_test(violated, a_violation_outweighs_a_refusal);

    TCase *unfinished = add_fleet_case(suite, "unfinished");
    tcase_add_loop_test(unfinished, what_was_not_served_is_told, 0, 2);
    tcase_add_test(unfinished, a_server_that_is_not_there_ends_the_run_at_once);
    tcase_add_test(unfinished, a_server_that_is_not_there_is_waited_for);
    tcase_add_test(unfinished, it_stops_when_nobody_can_hear_it);
    tcase_add_test(unfinished, it_stops_when_another_thread_asks);
    return suite;
}
