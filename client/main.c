/*
 * comms-client: streams and sessions, resumed until every number is proven right.
 *
 * The way of a number through the client:
 *   grpc/call           takes the message out of the stream and decodes it,
 *   run/subscription    gets the verdict on it from verify/verifier, and resumes the session when
 *                       its stream breaks,
 *   run/runner_listener measures the time of the number (measure/pace), and counts it or the
 *                       violation (measure/tally),
 *   run/runner          begins the next session when this one has ended,
 *   run/loop            is the thread that does all this for many runners,
 *   run/fleet           samples the loops once an interval, and adds the tallies up to a result,
 *   report              prints the result, and writes it to the files.
 * All of them follow the plan (plan.h), which options reads from the command line.
 * `comms-client compare` (compare) is a program of its own: it runs nothing.
 *
 * The main thread reports; the loops' threads run the streams; another thread takes the signals.
 */
#include "client/compare/compare.h"
#include "client/options/options.h"
#include "client/options/tls_option.h"
#include "client/report/report.h"
#include "client/run/fleet.h"
#include "client/run/interrupt.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/base/thread.h"
#include "shared/grpc/setup.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long C core may take to end: it waits for a name server that does not answer, for instance.
 */
#define TEARDOWN_NS (NS_PER_S / 2)

static const char no_threads[] = "comms-client: cannot start: no thread or memory left; raise the "
                                 "limit of threads (ulimit -u) or choose a smaller --streams\n";

/* Of ours and of C core, which loses a call for ever if it cannot start one of its threads. */
enum { THREADS_NEEDED = 20 };

enum {
    EXIT_NOTHING_DONE = 2 /* the client could not start */
};

/*
 * Ends the process at once: without a thread nobody takes the signals, and C core's end would wait
 * for threads that it could not start either.
 */
static _Noreturn void give_up(struct report *report)
{
    (void)fputs(no_threads, stderr);
    report_discard(report);
    _exit(EXIT_NOTHING_DONE);
}

static bool is_blocked(const void *report)
{
    return report_is_blocked(report);
}

static int run_fleet(struct fleet *fleet, struct report *report, const struct interrupt *interrupt)
{
    if (!report_begin(report)) {
        return report_failure_status(report);
    }
    struct result *result = fleet_run(fleet);
    if (result == NULL) {
        give_up(report);
    }
    result_conclude(result, interrupt_number(interrupt));
    const struct session_end session = fleet_first_session(fleet);
    return report_end(report, result, &session) ? result_exit_status(result)
                                                : report_failure_status(report);
}

static int run(const struct plan *plan, struct report *report)
{
    const struct fleet_listener listener = {.context = report,
                                            .started = report_started,
                                            .interval = report_interval,
                                            .announced = report_announced,
                                            .noticed = report_noticed,
                                            .broken = report_broken,
                                            .sessions = report_session_listener(report)};
    struct fleet fleet;
    struct interrupt interrupt;
    int status = EXIT_NOTHING_DONE;
    if (!fleet_init(&fleet, plan, &listener)) {
        (void)fprintf(
            stderr,
            "comms-client: cannot start: no memory for %u streams; choose a smaller --streams\n",
            plan->streams);
    } else if (interrupt_start(&interrupt, &fleet, is_blocked, report) != 0) {
        give_up(report);
    } else {
        status = run_fleet(&fleet, report, &interrupt);
        interrupt_stop(&interrupt);
    }
    fleet_cleanup(&fleet);
    return status;
}

/*
 * The files are opened while the signals still end the process: opening a FIFO waits for its
 * reader. From then on the interrupt's thread takes the signals.
 */
static int open_and_run(const struct plan *plan)
{
    struct report report;
    report_init(&report, plan);
    int status = report_open(&report);
    if (status != EXIT_SUCCESS) {
        return status;
    }
    if (!thread_is_room_for(THREADS_NEEDED)) {
        give_up(&report);
    }
    log_set_level(LOG_LEVEL_WARN);
    process_raise_descriptor_limit();
    interrupt_block();
    /* Has the system resolve names, not C core's own DNS client. */
    bool is_ours = plan->channel.family != ADDRESS_ANY;   /* that client knows no -4 and -6 */
    (void)setenv("GRPC_DNS_RESOLVER", "native", is_ours); /* NOLINT(concurrency-mt-unsafe) */
    /* At full speed a loop's queue always has an event, and C core reads no socket before it is
     * empty: a connection that is still being made would wait for C core's look each 5 s. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "200", 0);
    grpc_setup();
    status = run(plan, &report);
    report_discard(&report); /* what report_end has not written: no run has begun */
    if (!grpc_teardown_within(TEARDOWN_NS)) {
        _exit(status); /* report_end has written everything */
    }
    return status;
}

int main(int argc, char **argv)
{
    if (!process_open_standard_descriptors()) {
        (void)fputs("comms-client: cannot start: a standard descriptor is closed, and there is no "
                    "/dev/null\n",
                    stderr);
        return EXIT_NOTHING_DONE;
    }
    if (compare_is_meant(argc, argv)) {
        return compare_run(argc, argv);
    }
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "comms-client: cannot start: the system gives no random numbers; is "
                              "/dev/urandom readable?\n");
        return EXIT_NOTHING_DONE;
    }
    struct plan plan;
    enum options_result result = client_options_parse(argc, argv, &plan);
    if (result != OPTIONS_GO_ON) {
        return options_exit_status(result);
    }
    tls_option_warn(&plan.tls);
    int status = open_and_run(&plan);
    plan_cleanup(&plan);
    return status;
}
