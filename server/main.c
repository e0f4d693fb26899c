/*
 * comms-server: reads its options, starts the server's parts, waits for a stop signal, and has
 * the parts stopped in order. server/README.md describes the threads.
 */
#include "server/doors.h"
#include "server/notify.h"
#include "server/options.h"
#include "server/parts.h"
#include "server/signals.h"
#include "server/stop.h"
#include "server/work/capacity.h"
#include "server/work/capacity_read.h"
#include "shared/base/clock.h"
#include "shared/base/journal.h"
#include "shared/base/log.h"
#include "shared/base/log_writer.h"
#include "shared/base/process.h"
#include "shared/base/thread.h"
#include "shared/grpc/executor.h"
#include "shared/grpc/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long C core may take to end. */
#define TEARDOWN_NS (NS_PER_S / 2)

/* After the drain the rest of the stop takes 3 s at most (server/README.md), and systemd is to be
 * patient. */
#define REST_OF_STOP_NS (10 * NS_PER_S)

/* Bytes of the stack of C core's threads. They do the work of a worker, in 256 KiB; the thread
 * sanitizer needs more for its own data. */
enum { STACK_SIZE = 1024 * 1024 };

/* Bytes of a line about a listening socket, without its name. */
enum { LINE_SIZE = 64 };

/* What went wrong, for the user; empty: nothing. It is written at the end, behind the log. */
static char problem[SOCKETS_ERROR_SIZE];

/* False: C core's threads still run. */
static bool grpc_has_ended = true;

static struct notify notify;

static int complain(const char *what)
{
    (void)snprintf(problem, sizeof problem, "%s", what);
    return EXIT_FAILURE;
}

/* Finds out what the system can hold; logs why if it is less than the options want. */
static struct capacity read_capacity(const struct server_options *options)
{
    struct capacity capacity;
    capacity_read(&capacity, "");
    capacity_report(&capacity, options->max_streams, options->max_connections);
    return capacity;
}

static struct connection_times connection_times(const struct server_options *options)
{
    return (struct connection_times){.keepalive_ns = options->keepalive_ns,
                                     .handshake_timeout_ns = options->handshake_timeout_ns,
                                     .age_ns = options->connection_age_ns};
}

static int start(struct parts *parts, const struct doors *doors, struct tls_port *tls,
                 const struct server_options *options)
{
    const struct capacity capacity = read_capacity(options);
    const uint64_t max_streams = capacity_admit(&capacity, options->max_streams);
    const struct parts_settings settings = {
        .sockets = &doors->clients,
        .tls = tls,
        .admin = &doors->admin,
        .admin_hosts = {.listened = doors->admin_address.host,
                        .names = options->admin_hosts.items,
                        .name_count = options->admin_hosts.count},
        .mode = (enum mode)options->mode,
        .max_numbers = (uint32_t)options->max_numbers,
        .max_size = (uint32_t)options->max_size,
        .interval_ns = options->interval_ns,
        .command_timeout_ns = options->command_timeout_ns,
        .send_timeout_ns = options->send_timeout_ns,
        .fails_with_ok = options->error_status == ERROR_STATUS_OK,
        .max_streams = max_streams,
        .max_connection_streams =
            capacity_connection_streams(max_streams, options->max_connection_streams),
        .store = options->store,
        .max_sessions = options->max_sessions,
        .max_client_sessions = options->max_client_sessions,
        .max_tls_connections = options->max_tls_connections,
        .max_connections = capacity_admit_connections(&capacity, options->max_connections),
        .max_connections_per_address = options->max_connections_per_address,
        .connection_idle_ns = options->connection_idle_ns,
        .session_timeout_ns = options->session_timeout_ns,
        .times = connection_times(options),
        .session_clock = &clock_monotonic,
        .wake = signals_wake};
    const char *missing = parts_start(parts, &settings);
    return missing == NULL ? 0 : complain(missing);
}

static int announce(const struct listening_socket *socket, enum mode mode)
{
    char line[sizeof socket->name + LINE_SIZE];
    int length =
        snprintf(line, sizeof line, "listening on %s (%s)\n", socket->name, mode_name(mode));
    if (write(STDOUT_FILENO, line, (size_t)length) != length) {
        (void)snprintf(problem, sizeof problem, "cannot write to standard output: %s",
                       strerror(errno)); /* NOLINT(concurrency-mt-unsafe): the others do not */
        return EXIT_OUTPUT;
    }
    return EXIT_SUCCESS;
}

/* It takes the locks of the workers and of the sessions: whoever does not get them beats no more.
 */
static struct notify_load read_load(const struct parts *parts)
{
    return (struct notify_load){.streams = workers_live_in(parts->workers, SERVICE_PLACES_STREAMS),
                                .sessions =
                                    parts->sessions == NULL ? 0 : sessions_count(parts->sessions)};
}

/* Serves until a stop signal comes; returns the exit status. If nobody reads standard output, it
 * serves all the same. */
static int serve(const struct parts *parts, const struct sockets *sockets, enum mode mode)
{
    size_t announced = 0;
    int status = EXIT_SUCCESS;
    enum signals_event event;
    struct notify_load load = read_load(parts);
    notify_ready(&notify, &load);
    do {
        event = signals_wait(notify_next(&notify), announced < sockets->count);
        load = read_load(parts);
        notify_beat(&notify, &load);
        if (event == SIGNALS_OUTPUT) {
            status = announce(&sockets->items[announced++], mode);
        }
        if (status != EXIT_SUCCESS) {
            return status;
        }
    } while (event != SIGNALS_STOP);
    log_event(LOG_LEVEL_NOTICE, "stopping", log_word("signal", signals_stop_name()));
    return status;
}

static void tell_of_stop(const struct parts *parts, const struct server_options *options)
{
    const struct notify_load load = read_load(parts);
    const int64_t drain_ns = clock_add(options->drain_delay_ns, options->drain_timeout_ns);
    notify_stopping(&notify, &load, clock_add(drain_ns, REST_OF_STOP_NS));
}

/* Serves with parts that have started, and stops them; returns the exit status. */
static int run(struct parts *parts, struct doors *doors, const struct server_options *options)
{
    sockets_warn_of_plain(&doors->clients, options->tls.certificate != NULL);
    admin_announce(&doors->admin);
    log_event(LOG_LEVEL_NOTICE, "started", log_word("version", COMMS_VERSION),
              log_word("mode", mode_name((enum mode)options->mode)),
              log_word("store",
                       options->mode == MODE_STATEFUL ? store_name(options->store.place) : NULL));
    int status = serve(parts, &doors->clients, (enum mode)options->mode);
    tell_of_stop(parts, options);
    grpc_has_ended =
        stop_in_order(parts, doors, options->drain_delay_ns, options->drain_timeout_ns);
    return status;
}

/*
 * Starts, serves, stops, and ends C core; returns the exit status. The sockets are open; this
 * closes them. The parts and the TLS port are freed when C core has ended: until then its threads
 * may look at them.
 */
static int start_and_run(struct doors *doors, const struct server_options *options)
{
    static struct parts parts;
    static struct tls_port tls;
    const bool has_tls = options->tls.certificate != NULL;
    if (has_tls && !tls_port_init(&tls, &options->tls, &clock_monotonic, problem)) {
        doors_close(doors);
        grpc_has_ended = grpc_teardown_within(TEARDOWN_NS);
        return EXIT_FAILURE;
    }
    const bool has_started = start(&parts, doors, has_tls ? &tls : NULL, options) == 0;
    int status = EXIT_FAILURE;
    if (has_started) {
        status = run(&parts, doors, options);
    } else {
        doors_close(doors);
    }
    grpc_has_ended = grpc_has_ended && grpc_teardown_within(TEARDOWN_NS);
    if (grpc_has_ended && has_started) {
        parts_stop(&parts);
    }
    if (grpc_has_ended && has_tls) {
        tls_port_cleanup(&tls);
    }
    return status;
}

/* Until the signals are taken, a stop signal ends the process: to resolve a name may take long. */
static int open_and_run(const struct server_options *options)
{
    struct doors doors;
    if (doors_open(&doors, options, problem) != 0) {
        return EXIT_FAILURE;
    }
    if (signals_take() != 0) {
        doors_close(&doors);
        return complain("cannot start: no descriptor left; see ulimit -n");
    }
    /* C core's own resolver leaks. */
    (void)setenv("GRPC_DNS_RESOLVER", "native", 0); /* NOLINT(concurrency-mt-unsafe) */
    grpc_setup();
    if (!executor_start_threads()) {
        doors_close(&doors);
        grpc_has_ended = false;
        return complain("cannot start: no thread or memory left; see ulimit -u and -v");
    }
    return start_and_run(&doors, options);
}

int main(int argc, char **argv)
{
    if (!process_open_standard_descriptors()) {
        (void)fputs("comms-server: cannot start: a standard descriptor is closed, and there is no "
                    "/dev/null\n",
                    stderr);
        return EXIT_FAILURE;
    }
    process_widen_futex_hash();
    thread_set_default_stack(STACK_SIZE);
    log_set_priorities(journal_is_at(STDERR_FILENO)); /* the options may need to say something */
    const bool has_writer = log_writer_start() == 0;
    struct server_options options;
    enum options_result result = server_options_parse(&options, argc, argv);
    if (result != OPTIONS_GO_ON) {
        log_writer_stop();
        return options_exit_status(result);
    }
    server_options_set_log(&options);
    signals_prepare();
    process_raise_descriptor_limit();
    process_set_timer_slack(options.interval_ns);
    if (options.interval_ns == 0) {
        process_prefer_throughput();
    }
    notify_init(&notify, &clock_monotonic);
    int status = has_writer ? open_and_run(&options)
                            : complain("cannot start: no thread left; see ulimit -u");
    if (problem[0] != '\0') {
        log_complain("comms-server", problem);
    }
    log_writer_stop();
    notify_cleanup(&notify);
    server_options_cleanup(&options);
    if (!grpc_has_ended) {
        _exit(status);
    }
    return status;
}
