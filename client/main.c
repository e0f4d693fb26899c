/*
 * comms-client: streams and sessions, resumed until they are proven right.
 *
 * The fleet's threads run the streams; this thread reports; another takes the signals.
 */
#include "client/measure/fail_on.h"
#include "client/options/options.h"
#include "client/report/report.h"
#include "client/report/summary.h"
#include "client/run/fleet.h"
#include "client/run/interrupt.h"
#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/grpc/setup.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    EXIT_NOTHING_DONE = 2, /* as if the server could not be reached */
    EXIT_OUTPUT = 74       /* EX_IOERR of sysexits.h */
};

static bool ignore_interval(const struct sample *sample, const struct sample *previous)
{
    (void)sample;
    (void)previous;
    return true;
}

/* One session prints a line a number. */
static const struct fleet_listener plain_listener = {
    .interval = ignore_interval, .printer = &report_listener, .before_wait = report_flush};

static const struct fleet_listener summary_listener = {.interval = summary_interval};

/* What the streams found, and what the caller knows of it. */
static void settle_outcome(struct result *result, int signal_number)
{
    result->signal_number = signal_number;
    if (signal_number != 0 && result->outcome != OUTCOME_VIOLATED &&
        result->outcome != OUTCOME_PROVEN) {
        result->outcome = OUTCOME_INTERRUPTED;
    }
    for (size_t i = 0; i < result->plan->fail_on.count; i++) {
        if (result->outcome == OUTCOME_PROVEN &&
            fail_on_holds(&result->plan->fail_on.items[i], result)) {
            result->outcome = OUTCOME_FAIL_ON;
        }
    }
}

static int report(struct fleet *fleet, struct result *result, bool plain)
{
    bool good = true;
    if (plain) {
        report_end(fleet_first(fleet), result->signal_number);
        good = report_flush();
    }
    good = summary_end(result) && good;
    return good ? result_exit_status(result) : EXIT_OUTPUT;
}

static int run_fleet(struct fleet *fleet, bool plain)
{
    struct interrupt interrupt;
    if (interrupt_start(&interrupt, fleet) != 0) {
        (void)fprintf(stderr, "comms-client: cannot start a thread\n");
        return EXIT_NOTHING_DONE;
    }
    struct result *result = fleet_run(fleet);
    int signal_number = interrupt_stop(&interrupt);
    if (result == NULL) {
        (void)fprintf(stderr, "comms-client: cannot start a thread\n");
        return EXIT_NOTHING_DONE;
    }
    settle_outcome(result, signal_number);
    return report(fleet, result, plain);
}

static int run(const struct plan *plan)
{
    bool plain = plan_prints_numbers(plan);
    struct fleet fleet;
    int status = EXIT_NOTHING_DONE;
    if (!fleet_init(&fleet, plan, plain ? &plain_listener : &summary_listener)) {
        (void)fprintf(stderr, "comms-client: out of memory\n");
    } else if (!summary_begin(plan)) {
        status = EXIT_OUTPUT;
    } else {
        if (plain) {
            report_beginning(plan);
        }
        status = run_fleet(&fleet, plain);
    }
    fleet_cleanup(&fleet);
    return status;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "comms-client: no source of random numbers\n");
        return EXIT_NOTHING_DONE;
    }
    struct plan plan = {.streams = 0};
    int status = EXIT_SUCCESS;
    switch (client_options_parse(argc, argv, &plan)) {
    case OPTIONS_DONE:
        break;
    case OPTIONS_WRONG:
        status = EXIT_USAGE;
        break;
    case OPTIONS_GO_ON:
        report_set_quiet(plan.quiet);
        log_set_level(LOG_LEVEL_WARN);
        process_raise_descriptor_limit();
        interrupt_block();
        /* Names are resolved as everywhere else on the system, not by C core's own DNS client. */
        (void)setenv("GRPC_DNS_RESOLVER", "native", 0); /* NOLINT(concurrency-mt-unsafe) */
        grpc_setup();
        status = run(&plan);
        grpc_teardown();
        break;
    }
    plan_cleanup(&plan);
    return status;
}
