/*
 * comms-server: reads its options, builds the parts, waits for a signal, stops them in order.
 *
 * How the threads meet:
 *
 *     listener ── connections ──▶ C core ◀── polled by ── acceptor, pollers
 *     acceptor ── streams ──▶ worker, one each ── sessions ── reaper
 *
 * Signals are blocked before any thread starts; this thread alone takes them, by sigwait. Other
 * threads wake it by SIGUSR1, when something has ended that it waits for.
 */
#include "server/net/listener.h"
#include "server/net/sockets.h"
#include "server/options.h"
#include "server/rpc/acceptor.h"
#include "server/sessions/reaper.h"
#include "server/sessions/sessions.h"
#include "server/work/capacity.h"
#include "server/work/capacity_read.h"
#include "server/work/workers.h"
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

/* How long clients may take to read what was sent at the end, before their connections close. */
#define GOODBYE_NS NS_PER_S

struct server {
    struct sockets sockets;
    struct sessions *sessions; /* NULL in stateless mode */
    struct reaper reaper;
    struct workers *workers;
    struct acceptor *acceptor;
    struct listener *listener;
};

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

static int start_sessions(struct server *server, const struct server_options *options)
{
    const struct sessions_settings settings = {.max_sessions = options->max_sessions,
                                               .timeout_ns = options->session_timeout_ns,
                                               .clock = &clock_monotonic};
    server->sessions = sessions_create(&settings);
    if (server->sessions == NULL) {
        return complain("not enough memory for that many sessions");
    }
    if (reaper_start(&server->reaper, server->sessions) != 0) {
        sessions_destroy(server->sessions);
        return complain("cannot start a thread");
    }
    return 0;
}

static void stop_sessions(struct server *server)
{
    if (server->sessions != NULL) {
        reaper_stop(&server->reaper);
        sessions_destroy(server->sessions);
    }
}

/* The streams to admit: not more than the system can hold, and the log says why. */
static uint64_t max_streams(const struct server_options *options)
{
    struct capacity capacity;
    capacity_read(&capacity, "");
    capacity_report(&capacity, options->max_streams);
    return capacity_admit(&capacity, options->max_streams);
}

static int start_threads(struct server *server, const struct server_options *options)
{
    const struct workers_settings settings = {
        .conversation = {.mode = (enum mode)options->mode,
                         .max_n = (uint32_t)options->max_numbers,
                         .interval_ns = options->interval_ns,
                         .clock = &clock_monotonic,
                         .sessions = server->sessions},
        .max_streams = max_streams(options),
        .drained = wake_main};
    server->workers = workers_create(&settings);
    if (server->workers == NULL) {
        return complain("out of memory");
    }
    server->acceptor = acceptor_start(server->workers, wake_main);
    if (server->acceptor == NULL) {
        workers_destroy(server->workers);
        return complain("cannot start its threads");
    }
    server->listener = listener_start(&server->sockets, server->acceptor);
    if (server->listener == NULL) {
        acceptor_shut_down(server->acceptor);
        acceptor_stop(server->acceptor);
        workers_destroy(server->workers);
        return complain("cannot start its threads");
    }
    return 0;
}

static int start(struct server *server, const struct server_options *options)
{
    char error[SOCKETS_ERROR_SIZE];
    if (sockets_open(&server->sockets, options->listen.items, options->listen.count,
                     (uint16_t)options->port, error) != 0) {
        return complain(error);
    }
    if (options->mode == MODE_STATEFUL && start_sessions(server, options) != 0) {
        sockets_close(&server->sockets);
        return -1;
    }
    if (start_threads(server, options) != 0) {
        stop_sessions(server);
        sockets_close(&server->sockets);
        return -1;
    }
    return 0;
}

static int announce(const struct server *server, const struct server_options *options)
{
    for (size_t i = 0; i < server->sockets.count; i++) {
        (void)printf("listening on %s (%s)\n", server->sockets.items[i].name,
                     mode_name((enum mode)options->mode));
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "comms-server: cannot write to standard output: %s\n",
                      strerror(errno)); /* NOLINT(concurrency-mt-unsafe): the others do not */
        return -1;
    }
    return 0;
}

/* The next signal, or 0 when the clock shows `deadline`. */
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
    log_event(LOG_LEVEL_INFO, "stopping",
              log_word("signal", number == SIGINT ? "SIGINT" : "SIGTERM"));
}

/*
 * Ends all streams: those that can finish have until the drain time-out or a second signal; then
 * all are told to end, and have a moment to say so; then they are broken off.
 */
static void drain(struct server *server, const sigset_t *signals, int64_t timeout_ns)
{
    const struct clock *clock = &clock_monotonic;
    enum { DRAINING, SAYING_GOODBYE, BROKEN_OFF } stage = DRAINING;
    int64_t deadline = clock_add(clock->now(clock), timeout_ns);

    workers_drain(server->workers, deadline);
    while (!acceptor_has_ended(server->acceptor)) {
        if (stage == DRAINING && workers_live(server->workers) == 0) {
            stage = SAYING_GOODBYE;
            deadline = clock->now(clock) + GOODBYE_NS;
        }
        int number = wait_signal(signals, deadline);
        if (number == SIGUSR1) {
            continue;
        }
        if (stage == DRAINING) {
            stage = SAYING_GOODBYE;
            workers_drain(server->workers, clock->now(clock));
            deadline = clock->now(clock) + GOODBYE_NS;
        } else if (stage == SAYING_GOODBYE) {
            stage = BROKEN_OFF;
            acceptor_cancel_streams(server->acceptor);
            deadline = CLOCK_NEVER;
        }
    }
}

static void stop(struct server *server, const sigset_t *signals, int64_t drain_timeout_ns)
{
    listener_stop(server->listener);
    sockets_close(&server->sockets);
    acceptor_shut_down(server->acceptor);
    drain(server, signals, drain_timeout_ns);
    acceptor_stop(server->acceptor);
    workers_destroy(server->workers);
    log_event(
        LOG_LEVEL_INFO, "stopped",
        log_number("sessions", server->sessions == NULL ? 0 : sessions_count(server->sessions)));
    stop_sessions(server);
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

    struct server server = {0};
    int status = EXIT_FAILURE;
    if (start(&server, &options) == 0) {
        log_event(LOG_LEVEL_INFO, "started", log_word("version", COMMS_VERSION),
                  log_word("mode", mode_name((enum mode)options.mode)));
        if (announce(&server, &options) == 0) {
            wait_for_stop(&signals);
            status = EXIT_SUCCESS;
        }
        stop(&server, &signals, options.drain_timeout_ns);
    }
    grpc_teardown();
    server_options_cleanup(&options);
    return status;
}
