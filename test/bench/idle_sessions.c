/*
 * A million idle sessions beside a stream at full speed, in a server made of the real one's parts:
 * what each takes, how long it takes to evict them all at once, for how long anybody holds the
 * sessions' lock meanwhile, and what the stream loses by it. One JSON object on standard output.
 *
 *     child: reads the stream, and counts its numbers in memory that both see
 *     this thread: makes the sessions, lets their time-out go by, looks at the counter
 *
 * The sessions have a clock that can be put forward. Nobody but them knows the lock, but they give
 * it to the clock to wait with; the linker puts functions of ours before pthread_mutex_lock and
 * pthread_mutex_unlock (-Wl,--wrap), which look at the time where it is that one.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "server/net/sockets.h"
#include "server/parts.h"
#include "server/sessions/sessions.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/options.h"
#include "shared/base/process.h"
#include "shared/grpc/setup.h"
#include "test/bench/http2.h"
#include "test/bench/usage.h"

#include <sodium.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
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

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "idle-sessions: %s\n", what);
    exit(EXIT_FAILURE);
}

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

static void sleep_ns(int64_t duration)
{
    const struct timespec time = {.tv_sec = duration / NS_PER_S, .tv_nsec = duration % NS_PER_S};
    (void)nanosleep(&time, NULL);
}

/* ---- The sessions' lock, and for how long it is held ----------------------------------------- */

static struct {
    _Atomic(pthread_mutex_t *) mutex; /* NULL: not known yet */
    atomic_bool measuring;

    /* the mutex */
    int64_t since;
    int64_t cpu_since;
    int64_t longest_ns;     /* that others had to wait */
    int64_t longest_cpu_ns; /* without the time that the holder did not run */
} lock;

static int64_t thread_cpu_ns(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * NS_PER_S + used.tv_nsec;
}

static void hold_begins(void)
{
    if (atomic_load_explicit(&lock.measuring, memory_order_relaxed)) {
        lock.since = now_ns();
        lock.cpu_since = thread_cpu_ns();
    }
}

static void hold_ends(void)
{
    if (lock.since != 0) {
        int64_t cpu_held = thread_cpu_ns() - lock.cpu_since;
        int64_t held = now_ns() - lock.since;
        lock.longest_cpu_ns = cpu_held > lock.longest_cpu_ns ? cpu_held : lock.longest_cpu_ns;
        lock.longest_ns = held > lock.longest_ns ? held : lock.longest_ns;
        lock.since = 0;
    }
}

/* What the linker puts in the place of the two functions, and what it calls them themselves. */
int lock_mutex(pthread_mutex_t *mutex) __asm__("__wrap_pthread_mutex_lock");
int unlock_mutex(pthread_mutex_t *mutex) __asm__("__wrap_pthread_mutex_unlock");
int real_lock(pthread_mutex_t *mutex) __asm__("__real_pthread_mutex_lock");
int real_unlock(pthread_mutex_t *mutex) __asm__("__real_pthread_mutex_unlock");

int lock_mutex(pthread_mutex_t *mutex)
{
    int error = real_lock(mutex);
    if (mutex == atomic_load_explicit(&lock.mutex, memory_order_relaxed)) {
        hold_begins();
    }
    return error;
}

int unlock_mutex(pthread_mutex_t *mutex)
{
    if (mutex == atomic_load_explicit(&lock.mutex, memory_order_relaxed)) {
        hold_ends();
    }
    return real_unlock(mutex);
}

/* ---- A clock that can be put forward --------------------------------------------------------- */

static struct {
    atomic_int_fast64_t ahead_ns;
    pthread_cond_t *condition; /* what the reaper waits on; set before lock.mutex */
} ahead;

static int64_t ahead_now(const struct clock *clock)
{
    (void)clock;
    return now_ns() + atomic_load(&ahead.ahead_ns);
}

static void ahead_wait(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex,
                       int64_t deadline)
{
    (void)clock;
    if (deadline != CLOCK_NEVER) {
        deadline -= atomic_load(&ahead.ahead_ns);
    }
    ahead.condition = condition;
    atomic_store(&lock.mutex, mutex);
    hold_ends();
    clock_monotonic.wait(&clock_monotonic, condition, mutex, deadline);
    hold_begins();
}

static const struct clock ahead_clock = {.now = ahead_now, .wait = ahead_wait};

static void await_reaper(void)
{
    while (atomic_load(&lock.mutex) == NULL) {
        sleep_ns(NS_PER_MS);
    }
}

/* Wakes the reaper, too: what it waits for is nearer now. */
static void put_forward(int64_t by_ns)
{
    pthread_mutex_t *mutex = atomic_load(&lock.mutex);
    (void)pthread_mutex_lock(mutex);
    atomic_fetch_add(&ahead.ahead_ns, by_ns);
    (void)pthread_cond_signal(ahead.condition);
    (void)pthread_mutex_unlock(mutex);
}

/* ---- The reader of the live stream, a process of its own ------------------------------------- */

static struct {
    pid_t pid;
    int port_to;                   /* a pipe that the child reads the port from */
    atomic_uint_fast64_t *numbers; /* that have come; both processes see it */
} reader;

static void take_number(struct http2_stream *stream, const uint8_t *bytes, size_t length)
{
    (void)stream;
    (void)bytes;
    (void)length;
    uint64_t before = atomic_load_explicit(reader.numbers, memory_order_relaxed);
    atomic_store_explicit(reader.numbers, before + 1, memory_order_relaxed); /* the only writer */
}

static void open_session(struct http2_stream *stream)
{
    const struct command start = {
        .kind = COMMAND_START, .uuid = uuid_random(), .n = SEQUENCE_N_MAX};
    struct request request = {.has_position = false};
    uint8_t bytes[REQUEST_SIZE_MAX];
    command_format(MODE_STATEFUL, &start, request.text);
    request.length = strlen(request.text);
    http2_open(stream->connection, stream, bytes, request_encode(&request, bytes));
}

static _Noreturn void read_for_ever(int port_from)
{
    static struct http2_connection connection;
    static struct http2_stream stream;
    static const struct http2_listener listener = {.message = take_number, .ended = open_session};
    uint16_t port;
    if (read(port_from, &port, sizeof port) != (ssize_t)sizeof port) {
        _exit(EXIT_FAILURE); /* the parent gave up */
    }
    http2_connect(&connection, port, 1, &listener);
    stream.connection = &connection;
    open_session(&stream);
    for (;;) {
        (void)poll(&(struct pollfd){connection.descriptor, POLLIN, 0}, 1, -1);
        http2_read(&connection);
    }
}

/* Before C core is started: it does not bear a fork. */
static void reader_start(void)
{
    int ends[2];
    reader.numbers = mmap(NULL, sizeof *reader.numbers, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reader.numbers == MAP_FAILED || pipe(ends) != 0 || (reader.pid = fork()) < 0) {
        die("cannot start the reader");
    }
    if (reader.pid == 0) {
        (void)close(ends[1]);
        read_for_ever(ends[0]);
    }
    (void)close(ends[0]);
    reader.port_to = ends[1];
}

static void reader_connect(uint16_t port)
{
    if (write(reader.port_to, &port, sizeof port) != (ssize_t)sizeof port) {
        die("the reader is gone");
    }
    int64_t deadline = now_ns() + PATIENCE_NS;
    while (atomic_load(reader.numbers) == 0) {
        if (now_ns() > deadline) {
            die("no number comes");
        }
        sleep_ns(NS_PER_MS);
    }
}

struct moment {
    int64_t at;
    uint64_t numbers;
};

static struct moment moment_now(void)
{
    return (struct moment){now_ns(), atomic_load(reader.numbers)};
}

static double per_s_since(const struct moment *begin)
{
    const struct moment end = moment_now();
    return (double)(end.numbers - begin->numbers) * (double)NS_PER_S / (double)(end.at - begin->at);
}

static double per_s(void)
{
    const struct moment begin = moment_now();
    sleep_ns(options.duration_ns);
    return per_s_since(&begin);
}

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
        die(error);
    }
    const struct parts_settings settings = {.sockets = &sockets,
                                            .mode = MODE_STATEFUL,
                                            .max_numbers = SEQUENCE_N_MAX,
                                            .max_streams = OTHERS,
                                            .max_sessions = options.sessions + OTHERS,
                                            .session_timeout_ns = TIMEOUT_NS,
                                            .session_clock = &ahead_clock,
                                            .wake = say_nothing};
    const char *missing = parts_start(parts, &settings);
    if (missing != NULL) {
        die(missing);
    }
    return (uint16_t)strtoul(strchr(sockets.items[0].name, ':') + 1, NULL, 10);
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
        if (sessions_start(sessions, &uuid, SEQUENCE_N_DEFAULT_MAX, &owner, &hold) != ERROR_NONE) {
            die("a session cannot be started");
        }
        sessions_leave(sessions, &hold);
    }
}

static void evict(struct sessions *sessions)
{
    int64_t deadline = now_ns() + PATIENCE_NS;
    atomic_store(&lock.measuring, true);
    put_forward(TIMEOUT_NS);
    while (sessions_count(sessions) > OTHERS) {
        if (now_ns() > deadline) {
            die("the sessions stay");
        }
        sleep_ns(NS_PER_MS);
    }
    atomic_store(&lock.measuring, false);
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
    const int64_t evict_ns = now_ns() - begin.at;
    const double after = per_s();
    sleep_ns(2 * NS_PER_S); /* memory is given back a second after the eviction */
    const uint64_t rss_after = usage_of(getpid()).rss_bytes;

    (void)printf("{\"sessions\": %" PRIu64 ", \"bytes_each\": %.1f, \"bytes_kept_each\": %.1f, ",
                 options.sessions, (double)(rss_idle - rss_before) / (double)options.sessions,
                 ((double)rss_after - (double)rss_before) / (double)options.sessions);
    (void)printf("\"evict_ns\": %" PRId64 ", \"longest_hold_ns\": %" PRId64
                 ", \"longest_hold_cpu_ns\": %" PRId64 ", ",
                 evict_ns, lock.longest_ns, lock.longest_cpu_ns);
    (void)printf("\"live_before_per_s\": %.0f, \"live_during_per_s\": %.0f, "
                 "\"live_after_per_s\": %.0f}\n",
                 before, during, after);
}

/* ---- The command line ------------------------------------------------------------------------ */

static const char *const log_levels[] = {
    [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn", [LOG_LEVEL_INFO] = "info", NULL};

static const struct option_row rows[] = {
    {OPTION_NUMBER, "sessions", 's', "N", "idle ones (1000000)", 1000, 100000000, NULL,
     offsetof(struct bench_options, sessions)},
    {OPTION_DURATION, "duration", 'd', "TIME", "of the live stream's rate before (1s)", 0, 0, NULL,
     offsetof(struct bench_options, duration_ns)},
    {OPTION_CHOICE, "log-level", 0, "LEVEL", "error, warn or info: a line an eviction (error)", 0,
     0, log_levels, offsetof(struct bench_options, log_level)},
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
    reader_start();

    process_raise_descriptor_limit();
    process_widen_futex_hash();
    grpc_setup();
    static struct parts parts;
    uint16_t port = start_server(&parts);
    await_reaper();
    reader_connect(port);
    sleep_ns(options.duration_ns / 2);

    measure(parts.sessions);
    (void)fflush(stdout);
    (void)kill(reader.pid, SIGKILL);
    (void)waitpid(reader.pid, NULL, 0);
    _exit(EXIT_SUCCESS); /* with all its threads: how a server stops is not measured here */
}
