/*
 * A million idle sessions beside a stream at full speed, in a server made of the real one's parts:
 * what each session takes, how long it takes to evict them all at once, for how long anybody holds
 * the sessions' lock meanwhile, and what the stream loses by it. One JSON object on standard
 * output.
 *
 *     live_reader   another process, which reads the stream
 *     reaper_clock  lets the sessions' time-out go by, and watches their lock
 *     this thread   makes the sessions, and counts what the reader has got
 */
#include "server/net/sockets.h"
#include "server/parts.h"
#include "server/sessions/sessions.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/options.h"
#include "shared/base/process.h"
#include "shared/grpc/setup.h"
#include "test/bench/bench_program.h"
#include "test/bench/live_reader.h"
#include "test/bench/reaper_clock.h"
#include "test/bench/usage.h"

#include <sodium.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_NS  (30 * NS_PER_S)
#define PATIENCE_NS (60 * NS_PER_S)

enum {
    OTHERS = 64 /* sessions of the live stream: one, and those that it has finished */
};

struct bench_options {
    uint64_t sessions;
    size_t log_level;
    int64_t duration_ns;
};

static struct bench_options options = {.sessions = 1000000, .duration_ns = NS_PER_S};

/* ---- The server, as server/main.c starts it -----------------------------------------------------
 */

static void say_nothing(void)
{
}

/* Returns the port. */
static uint16_t start_server(struct parts *parts)
{
    static struct sockets sockets;
    static const char *const addresses[] = {"127.0.0.1"};
    char error[SOCKETS_ERROR_SIZE];
    if (sockets_open(&sockets, addresses, 1, 0, error) != 0) {
        bench_give_up("%s", error);
    }
    const struct parts_settings settings = {.sockets = &sockets,
                                            .store = {.place = "memory"},
                                            .mode = MODE_STATEFUL,
                                            .max_numbers = SEQUENCE_N_MAX,
                                            .command_timeout_ns = 30 * NS_PER_S,
                                            .send_timeout_ns = 30 * NS_PER_S,
                                            .max_streams = OTHERS,
                                            .max_connection_streams = OTHERS,
                                            .max_connections = OTHERS,
                                            .max_sessions = options.sessions + OTHERS,
                                            .session_timeout_ns = TIMEOUT_NS,
                                            .times = {.handshake_timeout_ns = 30 * NS_PER_S},
                                            .session_clock = &reaper_clock,
                                            .wake = say_nothing};
    const char *missing = parts_start(parts, &settings);
    if (missing != NULL) {
        bench_give_up("%s", missing);
    }
    return (uint16_t)strtoul(strchr(sockets.items[0].name, ':') + 1, NULL, 10);
}

/* ---- The rate of the live stream ------------------------------------------------------------- */

static void let_pass(int64_t duration_ns)
{
    const struct timespec time = {.tv_sec = duration_ns / NS_PER_S,
                                  .tv_nsec = duration_ns % NS_PER_S};
    (void)nanosleep(&time, NULL);
}

struct moment {
    int64_t at;
    uint64_t numbers;
};

static struct moment moment_now(void)
{
    return (struct moment){bench_now_ns(), live_reader_numbers()};
}

static double per_s_since(const struct moment *begin)
{
    const struct moment end = moment_now();
    return (double)(end.numbers - begin->numbers) * (double)NS_PER_S / (double)(end.at - begin->at);
}

static double per_s(void)
{
    const struct moment begin = moment_now();
    let_pass(options.duration_ns);
    return per_s_since(&begin);
}

/* ---- Measuring ------------------------------------------------------------------------------- */

static void lose(struct session_owner *owner)
{
    (void)owner;
}

static void make_idle(struct sessions *sessions)
{
    static struct session_owner owner = {.lose = lose};
    for (uint64_t i = 0; i < options.sessions; i++) {
        const struct uuid uuid = uuid_random();
        struct session_hold hold = {0};
        if (sessions_start(sessions, &uuid, SEQUENCE_N_DEFAULT_MAX, 0, &owner, &hold) !=
            ERROR_NONE) {
            bench_give_up("a session cannot be started");
        }
        sessions_leave(sessions, &hold);
    }
}

static void evict(struct sessions *sessions)
{
    int64_t deadline = bench_now_ns() + PATIENCE_NS;
    reaper_clock_measure_holds(true);
    reaper_clock_put_forward(TIMEOUT_NS);
    /* The count is looked at each millisecond: nothing tells when the last session is gone. */
    while (sessions_count(sessions) > OTHERS) {
        if (bench_now_ns() > deadline) {
            bench_give_up("the sessions stay");
        }
        let_pass(NS_PER_MS);
    }
    reaper_clock_measure_holds(false);
}

static void measure(struct sessions *sessions)
{
    const uint64_t rss_before = usage_of(getpid()).rss_bytes;
    make_idle(sessions);
    const uint64_t rss_idle = usage_of(getpid()).rss_bytes;
    const double before = per_s();

    const struct moment begin = moment_now();
    evict(sessions);
    const double during = per_s_since(&begin);
    const int64_t evict_ns = bench_now_ns() - begin.at;
    const double after = per_s();
    let_pass(2 * NS_PER_S); /* memory is given back a second after the eviction */
    const struct lock_holds holds = reaper_clock_longest_holds();
    const uint64_t rss_after = usage_of(getpid()).rss_bytes;

    (void)printf("{\"sessions\": %" PRIu64 ", \"bytes_each\": %.1f, \"bytes_kept_each\": %.1f, ",
                 options.sessions, (double)(rss_idle - rss_before) / (double)options.sessions,
                 ((double)rss_after - (double)rss_before) / (double)options.sessions);
    (void)printf("\"evict_ns\": %" PRId64 ", \"longest_hold_ns\": %" PRId64
                 ", \"longest_hold_cpu_ns\": %" PRId64 ", ",
                 evict_ns, holds.longest_ns, holds.longest_cpu_ns);
    (void)printf("\"live_before_per_s\": %.0f, \"live_during_per_s\": %.0f, "
                 "\"live_after_per_s\": %.0f}\n",
                 before, during, after);
}

/* ---- The command line ------------------------------------------------------------------------ */

static const char *const log_levels[] = {[LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_WARN] = "warn",
                                         [LOG_LEVEL_NOTICE] = "notice",
                                         [LOG_LEVEL_INFO] = "info",
                                         NULL};

static const struct option_row rows[] = {
    {.kind = OPTION_NUMBER,
     .name = "sessions",
     .letter = 's',
     .argument = "N",
     .help = "idle ones (1000000)",
     .min = 1000,
     .max = 100000000,
     .field = offsetof(struct bench_options, sessions)},
    {.kind = OPTION_DURATION,
     .name = "duration",
     .letter = 'd',
     .argument = "TIME",
     .help = "of the live stream's rate before (1s)",
     .field = offsetof(struct bench_options, duration_ns)},
    {.kind = OPTION_CHOICE,
     .name = "log-level",
     .argument = "LEVEL",
     .help = "error, warn, notice or info: a line an eviction (error)",
     .choices = log_levels,
     .field = offsetof(struct bench_options, log_level)},
};

int main(int argc, char **argv)
{
    const struct options table = {.program = "idle-sessions",
                                  .usage = "[OPTION…]",
                                  .description = "Measures what idle sessions cost the server.",
                                  .ending = "",
                                  .rows = rows,
                                  .row_count = sizeof rows / sizeof rows[0]};
    int operands = argc;
    if (options_parse(&table, argc, argv, &options, &operands) != OPTIONS_GO_ON ||
        operands != argc || sodium_init() < 0) {
        return EXIT_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    log_set_level((enum log_level)options.log_level);
    live_reader_start();

    process_raise_descriptor_limit();
    process_widen_futex_hash();
    grpc_setup();
    reaper_clock_init();
    static struct parts parts;
    uint16_t port = start_server(&parts);
    reaper_clock_await_reaper();
    live_reader_connect(port, PATIENCE_NS);
    let_pass(options.duration_ns / 2);

    measure(parts.sessions);
    (void)fflush(stdout);
    live_reader_stop();
    _exit(EXIT_SUCCESS); /* with all its threads: how a server stops is not measured here */
}
