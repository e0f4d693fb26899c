#include "test/e2e/fault_trial.h"

#include "test/kit/loopback.h"

#include <check.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SIDE_BY_SIDE = 48, NUMBERS_MAX = 10, CHECKSUM_MODULUS = 123456 };

/* The first 8 bytes of a uuid are the seed: all sessions of the trials have these numbers. */
static const char uuid_seed[] = "a17417a0-aa39-40b5";
static const uint32_t numbers[NUMBERS_MAX] = {3856042040, 2229533162, 2921788346, 3326752945,
                                              1636162733, 4233458634, 561813479,  1556118240,
                                              1753287723, 3333198753};

void trial_start(struct trial *trial, const struct server *server)
{
    static unsigned sessions;
    char uuid[64];
    char n[16];
    snprintf(uuid, sizeof uuid, "%s-8675-%012x", uuid_seed, sessions++);
    snprintf(n, sizeof n, "%u", trial->n);
    const struct fault_proxy_options options = {.target = loopback_address(server->port),
                                                .plan = trial->plan,
                                                .plan_length = TRIAL_PLAN_MAX};
    trial->proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(trial->proxy);
    const char *stall_option = trial->stall_timeout == NULL ? NULL : "--stall-timeout";
    trial->client =
        strcmp(trial->mode, "stateful") == 0
            ? client_start(fault_proxy_port(trial->proxy), "-m", "stateful", "--numbers", n,
                           "--uuid", uuid, stall_option, trial->stall_timeout, NULL)
            : client_start(fault_proxy_port(trial->proxy), "-m", trial->mode, n, stall_option,
                           trial->stall_timeout, NULL);
}

_Noreturn void trial_fail(const struct trial *trial, const char *format, ...)
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

void trial_strike(struct trial *trial, const char *said)
{
    if (!fault_proxy_await(trial->proxy, PROGRAM_DEADLINE_MS)) {
        trial_fail(trial, "the place of the fault was never reached");
    }
    if (said != NULL) {
        program_wait_line(trial->client, PROGRAM_STDOUT, said);
    }
    fault_proxy_strike(trial->proxy);
}

/* Each number must have been printed once, in order, and be the right one. */
static void trial_check_numbers(const struct trial *trial)
{
    const char *text = program_output(trial->client, PROGRAM_STDOUT);
    uint64_t last = 0;
    for (unsigned k = 1; k <= trial->n; k++) {
        uint64_t value = 0;
        uint64_t count = 0;
        const char *at = output_next_line(&text, "Response: ");
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
    if (output_next_line(&text, "Response: ") != NULL) {
        trial_fail(trial, "there are more than %u numbers", trial->n);
    }
}

static void trial_check_resumes(struct trial *trial)
{
    const char *text = program_output(trial->client, PROGRAM_STDOUT);
    for (const char *at; (at = output_next_line(&text, "Count set to: ")) != NULL;) {
        uint64_t position = 0;
        uint64_t checksum = 0;
        uint64_t sum = 0;
        if (!output_read_number(&at, &position) || position > trial->n + 1) {
            trial_fail(trial, "it went on at an impossible position");
        }
        for (size_t k = 0; k < position && k < trial->n; k++) {
            sum += numbers[k];
        }
        at = output_next_line(&text, "Checksum set to: ");
        if (at == NULL || !output_read_number(&at, &checksum) ||
            checksum != sum % CHECKSUM_MODULUS) {
            trial_fail(trial, "the checksum up to %" PRIu64 " is missing or wrong", position);
        }
        if (trial->resume_count < TRIAL_RESUMES_MAX) {
            trial->resumes[trial->resume_count++] = (int)position;
        }
    }
}

void trial_end(struct trial *trial)
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

void trial_cleanup(struct trial *trial)
{
    program_destroy(trial->client);
    fault_proxy_stop(trial->proxy);
}

void trials_run(struct trial *trials, size_t count, const struct server *server)
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
