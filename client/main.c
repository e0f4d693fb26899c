/*
 * comms-client: streams and sessions, resumed until every number is proven right.
 *
 * The way of a number through the client:
 *   grpc/call           takes the message out of the stream and decodes it,
 *   run/subscription    gets the verdict on it from verify/verifier, and resumes the session when
 *                       its stream breaks,
 *   run/runner          measures the time of the number (measure/pace), and counts it or the
 *                       violation (measure/tally),
 *   run/loop            is the thread that does all this for many runners,
 *   run/fleet           samples the loops once an interval, and adds the tallies up to a result,
 *   report              prints the result, and writes it as JSON and as a page.
 * All of them follow the plan (plan.h), which options reads from the command line.
 *
 * The main thread reports; the loops' threads run the streams; another thread takes the signals.
 */
#include "client/options/options.h"
#include "client/report/report.h"
#include "client/run/fleet.h"
#include "client/run/interrupt.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/grpc/setup.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long C core may take to end. */
#define TEARDOWN_NS (NS_PER_S / 2)

static const char no_threads[] = "comms-client: cannot start: no thread or memory left; raise the "
                                 "limit of threads (ulimit -u) or choose a smaller --streams\n";

enum {
    EXIT_NOTHING_DONE = 2, /* the client could not start */
    EXIT_OUTPUT = 74       /* EX_IOERR of sysexits.h */
};

static int run_fleet(struct fleet *fleet, struct report *report)
{
    struct interrupt interrupt;
    if (interrupt_start(&interrupt, fleet) != 0) {
        (void)fputs(no_threads, stderr);
        return EXIT_NOTHING_DONE;
    }
    struct result *result = fleet_run(fleet);
    int signal_number = interrupt_stop(&interrupt);
    if (result == NULL) {
        (void)fputs(no_threads, stderr);
        return EXIT_NOTHING_DONE;
    }
    result_conclude(result, signal_number);
    const struct session_end session = fleet_first_session(fleet);
    return report_end(report, result, &session) ? result_exit_status(result) : EXIT_OUTPUT;
}

static int run(const struct plan *plan)
{
    struct report report;
    report_init(&report, plan);
    const struct fleet_listener listener = {.context = &report,
                                            .interval = report_interval,
                                            .sessions = report_session_listener(&report)};
    struct fleet fleet;
    int status = EXIT_NOTHING_DONE;
    if (!fleet_init(&fleet, plan, &listener)) {
        (void)fprintf(
            stderr,
            "comms-client: cannot start: no memory for %u streams; choose a smaller --streams\n",
            plan->streams);
    } else if (!report_begin(&report)) {
        status = EXIT_OUTPUT;
    } else {
        status = run_fleet(&fleet, &report);
    }
    fleet_cleanup(&fleet);
    return status;
}

int main(int argc, char **argv)
{
    process_occupy_standard_descriptors();
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "comms-client: cannot start: the system gives no random numbers; is "
                              "/dev/urandom readable?\n");
        return EXIT_NOTHING_DONE;
    }
    struct plan plan;
    int status = EXIT_SUCCESS;
    switch (client_options_parse(argc, argv, &plan)) {
    case OPTIONS_DONE:
        break;
    case OPTIONS_WRONG:
        status = EXIT_USAGE;
        break;
    case OPTIONS_GO_ON:
        log_set_level(LOG_LEVEL_WARN);
        process_raise_descriptor_limit();
        interrupt_block();
        /* Has the system resolve names, not C core's own DNS client. */
        (void)setenv("GRPC_DNS_RESOLVER", "native", 0); /* NOLINT(concurrency-mt-unsafe) */
        grpc_setup();
        status = run(&plan);
        plan_cleanup(&plan);
        if (!grpc_teardown_within(TEARDOWN_NS)) {
            _exit(status); /* report_end has written everything */
        }
        break;
    }
    return status;
}
