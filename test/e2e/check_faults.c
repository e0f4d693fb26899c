/*
 * Connections that break, in every place: comms-client against comms-server through the fault
 * proxy. Whatever the break, the client must end with every number proven right; where it went on
 * shows in its output, `Count set to: K`.
 *
 * A trial is a client, its proxy with a plan of faults, and a session of its own. A resume waits
 * half a second, so trials run side by side.
 */
#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE_BY_SIDE = 24,
    PLAN_MAX = 4,
    RESUMES_MAX = 8,
    NUMBERS_MAX = 10,
    CHECKSUM_MODULUS = 123456
};
enum { NOWHERE = -1 };

/* All sessions of this file have this seed, and so these numbers: only the first 8 bytes matter. */
static const char uuid_seed[] = "a17417a0-aa39-40b5";
static const uint32_t numbers[NUMBERS_MAX] = {3856042040, 2229533162, 2921788346, 3326752945,
                                              1636162733, 4233458634, 561813479,  1556118240,
                                              1753287723, 3333198753};

struct trial {
    /* what is tried */
    struct fault plan[PLAN_MAX]; /* for the first connections, in order */
    const char *mode;
    unsigned n;
    const char *stall_timeout; /* or NULL */
    int expected_status;

    /* while it runs */
    struct fault_proxy *proxy;
    struct program *client;

    /* what was seen */
    int resumes[RESUMES_MAX]; /* the position of each resume */
    size_t resume_count;
    uint64_t bytes; /* of the first connection, to the client */
    unsigned faults_made;
};

static struct fault_proxy *proxy_start(const struct fault *plan, size_t length, uint16_t port)
{
    struct fault_proxy_options options = {.plan = plan, .plan_length = length};
    options.target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    options.target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct fault_proxy *proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(proxy);
    return proxy;
}

static void trial_start(struct trial *trial, const struct server *server)
{
    static unsigned sessions;
    char uuid[64];
    char n[16];
    snprintf(uuid, sizeof uuid, "%s-8675-%012x", uuid_seed, sessions++);
    snprintf(n, sizeof n, "%u", trial->n);
    trial->proxy = proxy_start(trial->plan, PLAN_MAX, server->port);
    trial->client =
        strcmp(trial->mode, "stateful") == 0
            ? client_start(fault_proxy_port(trial->proxy), "-m", "stateful", "--numbers", n,
                           "--uuid", uuid, trial->stall_timeout == NULL ? NULL : "--stall-timeout",
                           trial->stall_timeout, NULL)
            : client_start(fault_proxy_port(trial->proxy), "-m", trial->mode, n,
                           trial->stall_timeout == NULL ? NULL : "--stall-timeout",
                           trial->stall_timeout, NULL);
}

/* Fails the test, with what the trial was and all that its client said. */
_Noreturn static void trial_fail(const struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn static void trial_fail(const struct trial *trial, const char *format, ...)
{
    static const char *const units[] = {"after byte", "after message", "before message"};
    const struct fault *fault = &trial->plan[0];
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    ck_abort_msg("%s %s %" PRIu64 ", %s %u (%u faults made): %s\n--- stdout\n%s--- stderr\n%s---",
                 fault_kind_name(fault->kind), units[fault->unit], fault->amount, trial->mode,
                 trial->n, trial->faults_made, what,
                 program_output_end(trial->client, PROGRAM_STDOUT),
                 program_output_end(trial->client, PROGRAM_STDERR));
}

/* What follows this beginning in the next line that has it, from *text on; *text moves behind the
 * line. Or NULL. */
static const char *next_line(const char **text, const char *beginning)
{
    while (**text != '\0') {
        const char *line = *text;
        const char *end = strchr(line, '\n');
        *text = end != NULL ? end + 1 : line + strlen(line);
        if (strncmp(line, beginning, strlen(beginning)) == 0) {
            return line + strlen(beginning);
        }
    }
    return NULL;
}

/* Each number must have been printed once, in order, and be the right one. */
static void trial_check_numbers(const struct trial *trial)
{
    const char *text = program_output(trial->client, PROGRAM_STDOUT);
    uint64_t last = 0;
    for (unsigned k = 1; k <= trial->n; k++) {
        uint64_t value = 0;
        uint64_t count = 0;
        const char *at = next_line(&text, "Response: ");
        if (at == NULL || !output_read_number(&at, &value) || !output_skip(&at, " | Count: ") ||
            !output_read_number(&at, &count) || *at != '\n') {
            trial_fail(trial, "number %u is missing", k);
        }
        bool right = strcmp(trial->mode, "stateless") == 0
                         ? (k == 1 ? value >= 1 && value <= 255 : value == last * 3)
                         : value == numbers[k - 1];
        if (count != k || !right) {
            trial_fail(trial, "number %u is wrong", k);
        }
        last = value;
    }
    if (next_line(&text, "Response: ") != NULL) {
        trial_fail(trial, "there are more than %u numbers", trial->n);
    }
}

static void trial_check_resumes(struct trial *trial)
{
    const char *text = program_output(trial->client, PROGRAM_STDOUT);
    for (const char *at; (at = next_line(&text, "Count set to: ")) != NULL;) {
        uint64_t position = 0;
        uint64_t checksum = 0;
        uint64_t sum = 0;
        if (!output_read_number(&at, &position) || position > trial->n + 1) {
            trial_fail(trial, "it went on at an impossible position");
        }
        for (size_t k = 0; k < position && k < trial->n; k++) {
            sum += numbers[k];
        }
        at = next_line(&text, "Checksum set to: ");
        if (at == NULL || !output_read_number(&at, &checksum) ||
            checksum != sum % CHECKSUM_MODULUS) {
            trial_fail(trial, "the checksum up to %" PRIu64 " is missing or wrong", position);
        }
        if (trial->resume_count < RESUMES_MAX) {
            trial->resumes[trial->resume_count++] = (int)position;
        }
    }
}

static void trial_end(struct trial *trial)
{
    const char *verdict =
        strcmp(trial->mode, "stateless") == 0 ? "Test passed: true" : "Checksum is valid: true";
    int status = program_wait_exit(trial->client);
    trial->bytes = fault_proxy_bytes(trial->proxy, 0);
    trial->faults_made = fault_proxy_faults_made(trial->proxy);
    if (status != trial->expected_status) {
        trial_fail(trial, "its status is %d instead of %d", status, trial->expected_status);
    }
    if (program_has_line(trial->client, PROGRAM_STDOUT, verdict) != (status == 0)) {
        trial_fail(trial, "its verdict does not fit its status %d", status);
    }
    if (status == 0) {
        trial_check_numbers(trial);
        trial_check_resumes(trial);
    }
}

static void trial_cleanup(struct trial *trial)
{
    program_destroy(trial->client);
    fault_proxy_stop(trial->proxy);
}

/* Runs the trials, up to SIDE_BY_SIDE at a time; what they show stays in them, their clients are
 * gone. */
static void trials_run(struct trial *trials, size_t count, const struct server *server)
{
    for (size_t i = 0; i < count + SIDE_BY_SIDE; i++) {
        if (i >= SIDE_BY_SIDE && i - SIDE_BY_SIDE < count) {
            trial_end(&trials[i - SIDE_BY_SIDE]);
            trial_cleanup(&trials[i - SIDE_BY_SIDE]);
        }
        if (i < count) {
            trial_start(&trials[i], server);
        }
    }
}

static const enum fault_kind kinds[] = {FAULT_CUT, FAULT_RESET, FAULT_STALL, FAULT_HALF_CLOSE};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

/* Waits until the trial's connection is at the place of its fault and the client has said this;
 * then strikes. */
static void trial_strike(struct trial *trial, const char *said)
{
    if (!fault_proxy_await(trial->proxy, PROGRAM_DEADLINE_MS)) {
        trial_fail(trial, "the place of the fault was never reached");
    }
    if (said != NULL) {
        program_wait_line(trial->client, PROGRAM_STDOUT, said);
    }
    fault_proxy_strike(trial->proxy);
}

/* The named places of a session of ten numbers and a checksum: what the client has said there,
 * where it goes on. */
static const struct {
    enum fault_unit unit;
    unsigned amount;
    const char *said;
    int resumes_at;
} places[] = {
    {FAULT_BEFORE_MESSAGE, 1, NULL, 0}, /* before the first number, the session being there */
    {FAULT_AFTER_MESSAGES, 1, "Count: 1", 1},
    {FAULT_BEFORE_MESSAGE, 6, "Count: 5", 5},         /* in the middle */
    {FAULT_AFTER_MESSAGES, 7, "Count: 7", 7},         /* the same, no byte further */
    {FAULT_BEFORE_MESSAGE, 11, "Count: 10", 10},      /* between the last number and the checksum */
    {FAULT_AFTER_MESSAGES, 11, "Count: 10", NOWHERE}, /* after the checksum, before the status */
};
enum { PLACE_COUNT = sizeof places / sizeof *places, PLACE_TRIALS = KIND_COUNT * PLACE_COUNT };

/* The client does not say that it has the checksum before its stream ends: it may be thrown away,
 * unless it stalls. */
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
                                           .on_command = true};
        trials[i].stall_timeout = kind == FAULT_STALL ? "2s" : NULL;
        trial_start(&trials[i], &server);
    }
    for (size_t i = 0; i < PLACE_TRIALS; i++) {
        trial_strike(&trials[i], places[i % PLACE_COUNT].said);
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
    static const struct fault plan[PLAN_MAX] = {
        {FAULT_CUT, FAULT_AFTER_MESSAGES, 3, .on_command = true},
        {FAULT_RESET, FAULT_AFTER_MESSAGES, 4, .on_command = true},
        {FAULT_HALF_CLOSE, FAULT_AFTER_MESSAGES, 1, .on_command = true},
        {FAULT_STALL, FAULT_BEFORE_MESSAGE, 5, .on_command = true},
    };
    static const char *const said[PLAN_MAX] = {"Count: 3", "Count: 5", "Count set to: 5",
                                               "Count: 7"};
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct trial trial = {.mode = "stateful", .n = 10, .stall_timeout = "2s"};
    memcpy(trial.plan, plan, sizeof plan);
    trial_start(&trial, &server);
    for (size_t i = 0; i < PLAN_MAX; i++) {
        trial_strike(&trial, said[i]);
    }
    trial_end(&trial);
    ck_assert_uint_eq(trial.faults_made, PLAN_MAX);
    /* The third connection broke within its answer, which does not count. */
    ck_assert_uint_eq(trial.resume_count, 3);
    ck_assert_int_eq(trial.resumes[0], 3);
    ck_assert_int_eq(trial.resumes[1], 5);
    ck_assert_int_eq(trial.resumes[2], 7);
    trial_cleanup(&trial);
    server_stop(&server);
}
END_TEST

/* A session of n numbers at full speed, unbroken: how many bytes it is to the client. */
static uint64_t measure_session(const struct server *server, unsigned n)
{
    struct trial trial = {.mode = "stateful", .n = n};
    trials_run(&trial, 1, server);
    ck_assert_uint_eq(trial.resume_count, 0);
    ck_assert_uint_gt(trial.bytes, (uint64_t)n * 5);
    return trial.bytes;
}

enum { SWEEP_N = 5, BYTES_MAX = 2048 };

/* Breaks a session after every stride-th byte; marks where the clients went on. */
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
 * All numbers of such a session come in one segment. A stalled client gets at them all, so the
 * stalls, with a stride shorter than a message, end up at every position; one whose connection ends
 * goes on earlier, mostly.
 */
START_TEST(a_break_after_any_byte)
{
    static const size_t strides[KIND_COUNT] = {1, 7, 5, 7};
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
        trials[i].stall_timeout = trials[i].plan[0].kind == FAULT_STALL ? "2s" : NULL;
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
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    struct trial trial = {.mode = "stateless", .n = 20};
    uint16_t port = server.port;
    trial_start(&trial, &server);
    program_wait_line(trial.client, PROGRAM_STDOUT, "Count: 7");
    server_kill(&server);
    program_wait_line(trial.client, PROGRAM_STDERR, "connection lost (UNAVAILABLE");
    server = server_start_port("stateless", port, "--interval", "20ms", NULL);
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
    tcase_set_timeout(faults, 120);
    tcase_add_test(faults, stateful_goes_on_exactly_where_it_broke);
    tcase_add_test(faults, several_breaks_in_one_session);
    tcase_add_test(faults, a_break_after_any_byte);
    tcase_add_test(faults, stateless_goes_on_after_every_fault);
    tcase_add_test(faults, stateless_survives_a_server_killed_and_started_again);
    tcase_add_test(faults, a_corrupted_byte_is_found);
    return suite;
}
