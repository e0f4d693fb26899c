/*
 * comms-server: reads its options, starts the server's parts, waits for a signal, and stops the
 * parts in order. server/README.md describes the threads.
 *
 * The main thread blocks the signals before any other thread starts, so it alone takes them, with
 * sigwaitinfo. Other threads send SIGUSR1 when the last worker or the last connection has ended.
 */
#include "server/net/sockets.h"
#include "server/options.h"
#include "server/parts.h"
#include "server/work/capacity.h"
#include "server/work/capacity_read.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/grpc/setup.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long clients may take to read the last messages, before their connections are closed. */
#define GOODBYE_NS NS_PER_S

static void wake_main(void)
{
    (void)kill(getpid(), SIGUSR1);
}

static void block_signals(sigset_t *ret_signals)
{
    (void)sigemptyset(ret_signals);
    (void)sigaddset(ret_signals, SIGINT);
    (void)sigaddset(ret_signals, SIGTERM);
    (void)sigaddset(ret_signals, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static int complain(const char *what)
{
    (void)fprintf(stderr, "comms-server: %s\n", what);
    return -1;
}

/* The streams to admit: --max-streams, or fewer if the system cannot hold as many; logs why. */
static uint64_t max_streams(const struct server_options *options)
{
    struct capacity capacity;
    capacity_read(&capacity, "");
    capacity_report(&capacity, options->max_streams);
    return capacity_admit(&capacity, options->max_streams);
}

static int start(struct parts *parts, const struct sockets *sockets,
                 const struct server_options *options)
{
    const struct parts_settings settings = {.sockets = sockets,
                                            .mode = (enum mode)options->mode,
                                            .max_numbers = (uint32_t)options->max_numbers,
                                            .interval_ns = options->interval_ns,
                                            .command_timeout_ns = options->command_timeout_ns,
                                            .fails_with_ok =
                                                options->error_status == ERROR_STATUS_OK,
                                            .max_streams = max_streams(options),
                                            .max_sessions = options->max_sessions,
                                            .session_timeout_ns = options->session_timeout_ns,
                                            .session_clock = &clock_monotonic,
                                            .wake = wake_main};
    const char *missing = parts_start(parts, &settings);
    return missing == NULL ? 0 : complain(missing);
}

static int announce(const struct sockets *sockets, const struct server_options *options)
{
    for (size_t i = 0; i < sockets->count; i++) {
        (void)printf("listening on %s (%s)\n", sockets->items[i].name,
                     mode_name((enum mode)options->mode));
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "comms-server: cannot write to standard output: %s\n",
                      strerror(errno)); /* NOLINT(concurrency-mt-unsafe): the others do not */
        return -1;
    }
    return 0;
}

/* Waits for the next signal and returns it; 0: the deadline has passed. */
static int wait_signal(const sigset_t *signals, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_monotonic.now(&clock_monotonic);
        if (left < 0) {
            left = 0;
        }
        const struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
        int number = deadline == CLOCK_NEVER ? sigwaitinfo(signals, NULL)
                                             : sigtimedwait(signals, NULL, &timeout);
        if (number > 0) {
            return number;
        }
        if (errno == EAGAIN) {
            return 0;
        }
    }
}

static void wait_for_stop(const sigset_t *signals)
{
    int number;
    do {
        number = wait_signal(signals, CLOCK_NEVER);
    } while (number == SIGUSR1);
    log_event(LOG_LEVEL_NOTICE, "stopping",
              log_word("signal", number == SIGINT ? "SIGINT" : "SIGTERM"));
}

/*
 * Ends all streams, in three stages. DRAINING: streams that can finish go on, until the drain
 * time-out or a second signal. SAYING_GOODBYE: all streams are told to end, and have GOODBYE_NS for
 * it. BROKEN_OFF: the calls and connections that are left are cancelled.
 */
static void drain(struct parts *parts, const sigset_t *signals, int64_t timeout_ns)
{
    const struct clock *clock = &clock_monotonic;
    enum { DRAINING, SAYING_GOODBYE, BROKEN_OFF } stage = DRAINING;
    int64_t deadline = clock_add(clock->now(clock), timeout_ns);

    workers_drain(parts->workers, deadline);
    while (!acceptor_has_ended(parts->acceptor)) {
        if (stage == DRAINING && workers_live(parts->workers) == 0) {
            stage = SAYING_GOODBYE;
            deadline = clock->now(clock) + GOODBYE_NS;
        }
        int number = wait_signal(signals, deadline);
        if (number == SIGUSR1) {
            continue;
        }
        if (stage == DRAINING) {
            stage = SAYING_GOODBYE;
            workers_drain(parts->workers, clock->now(clock));
            deadline = clock->now(clock) + GOODBYE_NS;
        } else if (stage == SAYING_GOODBYE) {
            stage = BROKEN_OFF;
            acceptor_cancel_calls(parts->acceptor);
            deadline = CLOCK_NEVER;
        }
    }
}

static void stop(struct parts *parts, struct sockets *sockets, const sigset_t *signals,
                 int64_t drain_timeout_ns)
{
    parts_stop_listening(parts);
    sockets_close(sockets);
    parts_stop_accepting(parts);
    drain(parts, signals, drain_timeout_ns);
    parts_await_end(parts); /* from now on no worker logs or counts */
    const struct counts counts = workers_count(parts->workers);
    log_event(LOG_LEVEL_NOTICE, "stopped",
              log_number("sessions", parts->sessions == NULL ? 0 : sessions_count(parts->sessions)),
              log_number("streams", counts.streams), log_number("received", counts.received),
              log_number("sent", counts.sent));
    parts_stop(parts);
}

static int run(const struct server_options *options, const sigset_t *signals)
{
    int status = EXIT_FAILURE;
    char error[SOCKETS_ERROR_SIZE];
    struct sockets sockets;
    struct parts parts;
    if (sockets_open(&sockets, options->listen.items, options->listen.count,
                     (uint16_t)options->port, error) != 0) {
        (void)complain(error);
        return status;
    }
    if (start(&parts, &sockets, options) != 0) {
        sockets_close(&sockets);
        return status;
    }
    log_event(LOG_LEVEL_NOTICE, "started", log_word("version", COMMS_VERSION),
              log_word("mode", mode_name((enum mode)options->mode)));
    if (announce(&sockets, options) == 0) {
        wait_for_stop(signals);
        status = EXIT_SUCCESS;
    }
    stop(&parts, &sockets, signals, options->drain_timeout_ns);
    return status;
}

int main(int argc, char **argv)
{
    struct server_options options;
    switch (server_options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    case OPTIONS_GO_ON:
        break;
    }
    log_set_level((enum log_level)options.log_level);

    sigset_t signals;
    block_signals(&signals);
    process_raise_descriptor_limit();
    process_widen_futex_hash();
    process_set_timer_slack(options.interval_ns);
    grpc_setup();

    int status = run(&options, &signals);
    grpc_teardown();
    server_options_cleanup(&options);
    return status;
}
