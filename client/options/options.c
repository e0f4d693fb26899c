#include "client/options/options.h"

#include "client/options/channel_option.h"
#include "client/options/fail_on_option.h"
#include "client/options/option_rows.h"
#include "client/options/output_option.h"
#include "client/options/pace_option.h"
#include "client/run/chaos.h"
#include "shared/base/clock.h"
#include "shared/base/number.h"
#include "shared/grpc/core_version.h"
#include "shared/protocol/sequence.h"

#include <sodium.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { TEST_N = 5, STATELESS_N_DEFAULT = 10, RANDOM_N_MAX = 4095, MANY_N_DEFAULT = 10 };

static const struct options *const table = &client_option_table;

static const char test_uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";

static uint32_t n_max(enum client_mode mode)
{
    return mode == CLIENT_STATELESS ? SEQUENCE_N_DEFAULT_MAX : SEQUENCE_N_MAX;
}

static bool is_test(enum client_mode mode)
{
    return mode == CLIENT_STATEFUL_TEST || mode == CLIENT_STATEFUL_TEST_RECONNECT;
}

static uint32_t n_default(const struct plan *plan)
{
    if (is_test(plan->mode)) {
        return TEST_N;
    }
    if (plan->duration_ns > 0) {
        return plan_n_within(plan->interval_ns, plan->duration_ns);
    }
    if (plan->streams > 1) {
        return MANY_N_DEFAULT;
    }
    return plan->mode == CLIENT_STATELESS ? STATELESS_N_DEFAULT
                                          : 1 + randombytes_uniform(RANDOM_N_MAX);
}

/* The word after the options: N, or LAST. */
static enum options_result read_operand(struct client_options *options)
{
    struct plan *plan = &options->plan;
    const char *word = options->operand;
    uint64_t number = 0;
    if (plan->mode == CLIENT_STATEFUL_TEST_RECONNECT) {
        if (word == NULL) {
            return options_complain(table, "stateful-test-reconnect needs LAST: the last number "
                                           "(or checksum) that was received");
        }
        if (number_parse(word, strlen(word), UINT32_MAX, &number) != NUMBER_OK) {
            return options_complain(
                table, "invalid LAST '%s': expected a number from 0 to 4294967295", word);
        }
        plan->last = (uint32_t)number;
        return OPTIONS_GO_ON;
    }
    if (word == NULL) {
        return OPTIONS_GO_ON;
    }
    if (options->numbers != 0) {
        return options_complain(table, "N is given twice, as --numbers and as '%s': leave one out",
                                word);
    }
    if (number_parse(word, strlen(word), n_max(plan->mode), &number) != NUMBER_OK || number < 1) {
        return options_complain(table, "invalid N '%s': expected a number from 1 to %u", word,
                                n_max(plan->mode));
    }
    options->numbers = number;
    return OPTIONS_GO_ON;
}

static enum options_result read_connections(struct client_options *options)
{
    struct plan *plan = &options->plan;
    const char *word = options->connections;
    if (strcmp(word, "auto") == 0) {
        plan->connections = (plan->streams + STREAMS_A_CONNECTION - 1) / STREAMS_A_CONNECTION;
        return OPTIONS_GO_ON;
    }
    uint64_t number = 0;
    if (number_parse(word, strlen(word), plan->streams, &number) != NUMBER_OK || number < 1) {
        return options_complain(table,
                                "invalid --connections '%s': expected auto or a number from 1 to "
                                "%u (--streams)",
                                word, plan->streams);
    }
    plan->connections = (unsigned)number;
    return OPTIONS_GO_ON;
}

static enum options_result read_chaos(struct client_options *options)
{
    struct plan *plan = &options->plan;
    uint64_t seed;
    randombytes_buf(&seed, sizeof seed);
    seed %= UINT64_C(1) << 32; /* a short seed is easier to type again */
    if (options->seed != NULL &&
        number_parse(options->seed, strlen(options->seed), UINT64_MAX, &seed) != NUMBER_OK) {
        return options_complain(table, "invalid --seed '%s': expected a number from 0 to %" PRIu64,
                                options->seed, UINT64_MAX);
    }
    plan->chaos.seed = seed;
    const char *wrong = options->chaos == NULL ? NULL : chaos_parse(options->chaos, &plan->chaos);
    if (wrong == NULL && plan->chaos.stall_fraction > 0 && plan->stall_timeout_ns == 0) {
        wrong = "stall needs a --stall-timeout above 0, which resumes silent streams";
    }
    if (wrong == NULL && plan->chaos.cut_ns > 0 && !core_version_is_known()) {
        wrong =
            "connections can be cut only with gRPC C core " CORE_VERSION_KNOWN " (see --version)";
    }
    return wrong == NULL
               ? OPTIONS_GO_ON
               : options_complain(table, "invalid --chaos '%s': %s", options->chaos, wrong);
}

static enum options_result read_fail_on(struct client_options *options)
{
    struct plan *plan = &options->plan;
    for (size_t i = 0; i < options->fail_on.count; i++) {
        char wrong[FAIL_ON_ERROR_SIZE];
        if (!fail_on_option_add(&plan->fail_on, options->fail_on.items[i], wrong)) {
            return options_complain(table, "invalid --fail-on '%s': %s", options->fail_on.items[i],
                                    wrong);
        }
    }
    return OPTIONS_GO_ON;
}

static enum options_result read_uuid(struct client_options *options)
{
    struct plan *plan = &options->plan;
    plan->uuid = uuid_random();
    const char *uuid = options->uuid;
    if (uuid != NULL && plan->mode == CLIENT_STATELESS) {
        return options_complain(table, "--uuid needs a stateful mode: -m stateful");
    }
    if (uuid != NULL && !plan_has_one_session(plan)) {
        return options_complain(table,
                                "--uuid names one session: leave out --streams and --duration");
    }
    if (uuid == NULL && is_test(plan->mode)) {
        uuid = test_uuid;
    }
    plan->uuid_is_shared = uuid != NULL;
    if (uuid != NULL && !uuid_parse(uuid, strlen(uuid), &plan->uuid)) {
        return options_complain(table, "invalid --uuid '%s': expected a uuid such as %s", uuid,
                                test_uuid);
    }
    return OPTIONS_GO_ON;
}

static enum options_result read_n(struct client_options *options)
{
    struct plan *plan = &options->plan;
    enum options_result result = read_operand(options);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (options->numbers > n_max(plan->mode)) {
        return options_complain(table, "invalid --numbers: expected a number from 1 to %u",
                                n_max(plan->mode));
    }
    plan->n = options->numbers == 0 ? n_default(plan) : (uint32_t)options->numbers;
    plan->n_fits = options->numbers == 0 && plan->duration_ns > 0;
    return OPTIONS_GO_ON;
}

static enum options_result read_pace(struct client_options *options)
{
    const char *problem = pace_option_complete(&options->plan);
    return problem == NULL ? OPTIONS_GO_ON : options_complain(table, "%s", problem);
}

static enum options_result check_times(struct client_options *options)
{
    const struct plan *plan = &options->plan;
    if (is_test(plan->mode) && !plan_has_one_session(plan)) {
        return options_complain(table, "%s is one session: leave out --streams and --duration",
                                client_mode_name(plan->mode));
    }
    if (plan->duration_ns > 0 && plan->ramp_ns >= plan->duration_ns) {
        return options_complain(table, "invalid --ramp: expected less than --duration");
    }
    return OPTIONS_GO_ON;
}

/* A random n is not known to the user: then the end of the run says that nothing was measured. */
static enum options_result check_warmup(struct client_options *options)
{
    const struct plan *plan = &options->plan;
    bool is_random_n = options->numbers == 0 && plan->mode == CLIENT_STATEFUL &&
                       plan->duration_ns == 0 && plan->streams == 1;
    if (is_random_n || !plan_warms_up_only(plan)) {
        return OPTIONS_GO_ON;
    }
    if (plan->duration_ns > 0) {
        return options_complain(table,
                                "invalid --warmup: it leaves nothing to measure: expected %s",
                                plan->warmup_ns >= plan->duration_ns
                                    ? "less than --duration"
                                    : "at most the time of the last number before --duration");
    }
    return options_complain(table,
                            "invalid --warmup: it leaves nothing to measure: with N %u the last "
                            "number comes before it is over; choose a shorter one or a larger N",
                            plan->n);
}

/* A single session prints its numbers, and neither intervals nor times: only the files have them.
 */
static enum options_result check_reports(struct client_options *options)
{
    struct plan *plan = &options->plan;
    bool prints_intervals = !plan_prints_numbers(plan) && !plan->quiet;
    bool writes_times =
        plan->json_file != NULL || plan->json_stream_file != NULL || plan->html_file != NULL;
    bool is_given = plan->report_every_ns != PACE_NOT_GIVEN;
    if (!is_given) {
        plan->report_every_ns = NS_PER_S;
    } else if (plan->report_every_ns == 0) {
        return options_complain(table, "invalid --report-every: expected more than 0");
    } else if (!prints_intervals && !writes_times && plan->csv_file == NULL) {
        return options_complain(
            table, "--report-every has no effect %s, or add a file such as --json",
            plan_prints_numbers(plan) ? "on one session, which prints its numbers: add --streams"
                                      : "with --quiet: leave one out");
    }
    if (plan->warmup_ns > 0 && plan_prints_numbers(plan) && !writes_times &&
        plan->prometheus_file == NULL && options->fail_on.count == 0) {
        return options_complain(table, "--warmup has no effect on one session, which prints no "
                                       "times: add --streams, --fail-on, or a file such as --json");
    }
    return OPTIONS_GO_ON;
}

/* Refuses options that would change nothing: whoever gives them expects that they do. */
static enum options_result check_effects(struct client_options *options)
{
    const struct plan *plan = &options->plan;
    if (options->seed != NULL && options->chaos == NULL) {
        return options_complain(table, "--seed has no effect without --chaos");
    }
    if (plan->max_lateness_ns != CLOCK_NEVER && plan->interval_ns == 0) {
        return options_complain(table, "--max-lateness has no effect with --interval 0: at full "
                                       "speed no number is late");
    }
    if (plan->ramp_ns > 0 && plan->streams == 1) {
        return options_complain(table, "--ramp has no effect on one stream: add --streams");
    }
    if (plan->retries_connect && plan->retry_timeout_ns == 0) {
        return options_complain(table, "--retry-connect has no effect with --retry-timeout 0");
    }
    char problem[OUTPUT_OPTION_PROBLEM_SIZE];
    return output_option_find_contradiction(plan, problem) ? options_complain(table, "%s", problem)
                                                           : OPTIONS_GO_ON;
}

/* Completes the plan once all options are known; stops at the first wrong one. */
static enum options_result complete_plan(struct client_options *options)
{
    static enum options_result (*const steps[])(struct client_options *) = {
        channel_option_read, read_pace,     check_times, read_n,
        check_warmup,        check_reports, read_uuid,   read_connections,
        read_chaos,          check_effects, read_fail_on};
    enum options_result result = OPTIONS_GO_ON;
    options->plan.mode = (enum client_mode)options->mode;
    options->plan.streams = (unsigned)options->streams;
    options->plan.size = (uint32_t)options->size;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == OPTIONS_GO_ON; i++) {
        result = steps[i](options);
    }
    return result;
}

static enum options_result parse(struct client_options *options, int argc, char **argv)
{
    int operands = argc;
    enum options_result result = options_parse(table, argc, argv, options, &operands);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (operands < argc && strcmp(argv[operands], "compare") == 0) {
        return options_complain(table, "compare comes before all options: comms-client compare "
                                       "A.json B.json");
    }
    int words_max = options->mode == CLIENT_STATEFUL_TEST ? 0 : 1;
    if (argc - operands > words_max) {
        return options_complain(table, "unexpected word '%s' (try --help)",
                                argv[operands + words_max]);
    }
    options->operand = operands < argc ? argv[operands] : NULL;
    return complete_plan(options);
}

enum options_result client_options_parse(int argc, char **argv, struct plan *ret_plan)
{
    struct client_options options = {.plan = {.retry_timeout_ns = 30 * NS_PER_S,
                                              .stall_timeout_ns = PACE_NOT_GIVEN,
                                              .interval_ns = PACE_NOT_GIVEN,
                                              .connect_timeout_ns = PACE_NOT_GIVEN,
                                              .max_lateness_ns = CLOCK_NEVER,
                                              .report_every_ns = PACE_NOT_GIVEN},
                                     .mode = CLIENT_STATELESS,
                                     .streams = 1,
                                     .connections = "auto"};
    enum options_result result = parse(&options, argc, argv);
    if (result == OPTIONS_GO_ON) {
        *ret_plan = options.plan;
    } else {
        plan_cleanup(&options.plan);
    }
    texts_cleanup(&options.headers);
    texts_cleanup(&options.fail_on);
    return result;
}
