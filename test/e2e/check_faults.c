/*
 * Connections that break, in every place: comms-client against comms-server through the fault
 * proxy.
 */
#include "test/e2e/fault_trial.h"
#include "test/suites.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NOWHERE = -1 };

/* Where breaks are counted: longer than a busy machine is silent. */
static const char stall_timeout[] = "4s";

static const enum fault_kind kinds[] = {FAULT_CUT, FAULT_RESET, FAULT_STALL, FAULT_HALF_CLOSE};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

/* Places in a session of ten numbers and a checksum: what the client has said when the fault
 * happens, and the position at which it goes on. */
static const struct {
    enum fault_unit unit;
    unsigned amount;
    const char *said;
    int resumes_at;
} places[] = {
    {FAULT_BEFORE_MESSAGE, 1, NULL, 0}, /* before the first number; there is a session */
    {FAULT_AFTER_MESSAGES, 1, "Count: 1", 1},
    {FAULT_BEFORE_MESSAGE, 6, "Count: 5", 5},         /* in the middle */
    {FAULT_AFTER_MESSAGES, 7, "Count: 7", 7},         /* the same, no byte further */
    {FAULT_BEFORE_MESSAGE, 11, "Count: 10", 10},      /* between the last number and the checksum */
    {FAULT_AFTER_MESSAGES, 11, "Count: 10", NOWHERE}, /* after the checksum, before the status */
};
enum { PLACE_COUNT = sizeof places / sizeof *places, PLACE_TRIALS = KIND_COUNT * PLACE_COUNT };

/* The client prints the checksum when its stream has ended. A checksum whose stream breaks may be
 * thrown away, unless the stream stalls. */
static bool is_where_it_broke(int position, size_t place, enum fault_kind kind)
{
    return position == places[place].resumes_at ||
           (places[place].resumes_at == NOWHERE && kind != FAULT_STALL && position == 10);
}

START_TEST(stateful_goes_on_exactly_where_it_broke)
{
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct trial trials[PLACE_TRIALS] = {0};
    for (size_t i = 0; i < PLACE_TRIALS; i++) {
        enum fault_kind kind = kinds[i / PLACE_COUNT];
        trials[i] = (struct trial){.mode = "stateful", .n = 10};
        trials[i].plan[0] = (struct fault){.kind = kind,
                                           .unit = places[i % PLACE_COUNT].unit,
                                           .amount = places[i % PLACE_COUNT].amount,
                                           .on_command = kind != FAULT_STALL};
        trials[i].stall_timeout = kind == FAULT_STALL ? stall_timeout : NULL;
        trial_start(&trials[i], &server);
    }
    for (size_t i = 0; i < PLACE_TRIALS; i++) {
        if (trials[i].plan[0].on_command) { /* a stalled client reads what has come all the same */
            trial_strike(&trials[i], places[i % PLACE_COUNT].said);
        }
    }
    for (size_t i = 0; i < PLACE_TRIALS; i++) {
        trial_end(&trials[i]);
        int got = trials[i].resume_count > 0 ? trials[i].resumes[0] : NOWHERE;
        if (trials[i].faults_made != 1 || trials[i].resume_count > 1 ||
            !is_where_it_broke(got, i % PLACE_COUNT, kinds[i / PLACE_COUNT])) {
            trial_fail(&trials[i], "it went on at %d", got);
        }
        trial_cleanup(&trials[i]);
    }
    server_stop(&server);
}
END_TEST

START_TEST(several_breaks_in_one_session)
{
    /* The answer to CONTINUE is two messages. */
    static const struct fault plan[TRIAL_PLAN_MAX] = {
        {FAULT_CUT, FAULT_AFTER_MESSAGES, 3, .on_command = true},
        {FAULT_RESET, FAULT_AFTER_MESSAGES, 4, .on_command = true},
        {FAULT_HALF_CLOSE, FAULT_AFTER_MESSAGES, 1, .on_command = true},
        {FAULT_STALL, FAULT_BEFORE_MESSAGE, 5, .on_command = false},
    };
    static const char *const said[] = {"Count: 3", "Count: 5", "Count set to: 5"};
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct trial trial = {.mode = "stateful", .n = 10, .stall_timeout = stall_timeout};
    memcpy(trial.plan, plan, sizeof plan);
    trial_start(&trial, &server);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        trial_strike(&trial, said[i]);
    }
    trial_end(&trial);
    ck_assert_uint_eq(trial.faults_made, TRIAL_PLAN_MAX);
    /* The third connection broke within the answer to CONTINUE: that is no resume. */
    ck_assert_uint_eq(trial.resume_count, 3);
    ck_assert_int_eq(trial.resumes[0], 3);
    ck_assert_int_eq(trial.resumes[1], 5);
    ck_assert_int_eq(trial.resumes[2], 7);
    trial_cleanup(&trial);
    server_stop(&server);
}
END_TEST

/* The bytes that a server sends for a session of n numbers at full speed, unbroken. */
static uint64_t measure_session(const struct server *server, unsigned n)
{
    struct trial trial = {.mode = "stateful", .n = n};
    trials_run(&trial, 1, server);
    ck_assert_uint_eq(trial.resume_count, 0);
    ck_assert_uint_gt(trial.bytes, (uint64_t)n * 5);
    return trial.bytes;
}

enum { SWEEP_N = 5, BYTES_MAX = 2048 };

/* Breaks a session after each stride-th byte; marks the positions at which clients went on. */
static void sweep(const struct server *server, enum fault_kind kind, size_t stride,
                  bool seen[SWEEP_N + 2])
{
    uint64_t bytes = measure_session(server, SWEEP_N);
    size_t count = (size_t)bytes / stride + 1;
    ck_assert_uint_le(bytes, BYTES_MAX);
    struct trial *trials = calloc(count, sizeof *trials);
    ck_assert_ptr_nonnull(trials);
    for (size_t i = 0; i < count; i++) {
        trials[i] = (struct trial){.mode = "stateful", .n = SWEEP_N};
        trials[i].plan[0] =
            (struct fault){.kind = kind, .unit = FAULT_AFTER_BYTES, .amount = i * stride};
        trials[i].stall_timeout = kind == FAULT_STALL ? "2s" : NULL;
    }
    trials_run(trials, count, server);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < trials[i].resume_count; k++) {
            seen[trials[i].resumes[k]] = true;
        }
    }
    free(trials);
}

/*
 * All numbers of a session come in one segment. A stalled client reads all that came before the
 * stall, so stalls with a stride shorter than a message lead to every position. A client whose
 * connection ends mostly goes on at an earlier one.
 */
START_TEST(a_break_after_any_byte)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static const size_t strides[KIND_COUNT] = {5, 13, 5, 13}; /* a client takes a second */
#else
    static const size_t strides[KIND_COUNT] = {1, 7, 5, 7};
#endif
    bool seen[SWEEP_N + 2] = {false};
    struct server server = server_start("stateful", "--interval", "0", NULL);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        sweep(&server, kinds[i], strides[i], seen);
    }
    for (size_t k = 0; k <= SWEEP_N; k++) {
        ck_assert_msg(seen[k], "no client went on at position %zu", k);
    }
    server_stop(&server);
}
END_TEST

START_TEST(stateless_goes_on_after_every_fault)
{
    static const struct fault faults[] = {{.unit = FAULT_BEFORE_MESSAGE, .amount = 1},
                                          {.unit = FAULT_AFTER_MESSAGES, .amount = 4},
                                          {.unit = FAULT_BEFORE_MESSAGE, .amount = 10}};
    enum { FAULT_COUNT = sizeof faults / sizeof *faults, TRIALS = KIND_COUNT * FAULT_COUNT };
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    struct trial trials[TRIALS] = {0};
    for (size_t i = 0; i < TRIALS; i++) {
        trials[i] =
            (struct trial){.mode = "stateless", .n = 10, .plan[0] = faults[i % FAULT_COUNT]};
        trials[i].plan[0].kind = kinds[i / FAULT_COUNT];
        trials[i].stall_timeout = trials[i].plan[0].kind == FAULT_STALL ? stall_timeout : NULL;
    }
    trials_run(trials, TRIALS, &server);
    for (size_t i = 0; i < TRIALS; i++) {
        ck_assert_uint_eq(trials[i].faults_made, 1);
    }
    server_stop(&server);
}
END_TEST

START_TEST(stateless_survives_a_server_killed_and_started_again)
{
    struct server server = server_start_held("stateless", "--interval", "20ms", NULL);
    struct trial trial = {.mode = "stateless", .n = 1000};
    uint16_t port = server.port;
    trial_start(&trial, &server);
    program_wait_line(trial.client, PROGRAM_STDOUT, "Count: 7");
    server_kill(&server);
    program_wait_line(trial.client, PROGRAM_STDERR, "connection lost (UNAVAILABLE");
    server = server_start_port("stateless", port, "--interval", "0", NULL);
    trial_end(&trial);
    trial_cleanup(&trial);
    server_stop(&server);
}
END_TEST

/* A changed number, checksum, or answer to CONTINUE must never pass for right. */
START_TEST(a_corrupted_byte_is_found)
{
    enum { MESSAGES = 6, ANSWERS = 2 };
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct trial trials[MESSAGES + ANSWERS] = {0};
    for (size_t i = 0; i < MESSAGES + ANSWERS; i++) {
        struct fault corrupt = {.kind = FAULT_CORRUPT, .unit = FAULT_AFTER_MESSAGES};
        trials[i] = (struct trial){.mode = "stateful", .n = MESSAGES - 1, .expected_status = 1};
        if (i >= MESSAGES) {
            trials[i].plan[0] =
                (struct fault){.kind = FAULT_CUT, .unit = FAULT_AFTER_MESSAGES, .amount = 3};
        }
        corrupt.amount = i < MESSAGES ? i + 1 : i - MESSAGES + 1;
        trials[i].plan[i < MESSAGES ? 0 : 1] = corrupt;
    }
    trials_run(trials, MESSAGES + ANSWERS, &server);
    server_stop(&server);
}
END_TEST

Suite *faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *faults = tcase_create("faults");
    suite_add_tcase(suite, faults);
    tcase_set_timeout(faults, 300); /* a thousand clients */
    tcase_add_test(faults, stateful_goes_on_exactly_where_it_broke);
    tcase_add_test(faults, several_breaks_in_one_session);
    tcase_add_test(faults, a_break_after_any_byte);
    tcase_add_test(faults, stateless_goes_on_after_every_fault);
    tcase_add_test(faults, stateless_survives_a_server_killed_and_started_again);
    tcase_add_test(faults, a_corrupted_byte_is_found);
    return suite;
}
