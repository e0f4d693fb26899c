#include "server/admin/metrics.h"

#include "server/admin/process_figures.h"
#include "shared/base/log_writer.h"
#include "shared/grpc/core_version.h"
#include "shared/page/exposition.h"

/* A metric of one sample without labels. */
static void write_one(FILE *file, const char *name, const char *type, uint64_t value,
                      const char *help)
{
    exposition_begin(file, name, type, help);
    exposition_put(file, name, NULL, value);
}

/* A sample with one label. */
static void put_with(FILE *file, const char *name, const char *label, const char *label_value,
                     uint64_t value)
{
    const struct exposition_labels labels = {{{label, label_value}}};
    exposition_put(file, name, &labels, value);
}

static void write_build(FILE *file, const struct admin_sources *sources)
{
    static const char name[] = "comms_build_info";
    const struct exposition_labels labels = {{{"version", COMMS_VERSION},
                                              {"grpc_core", core_version_number()},
                                              {"mode", sources->mode}}};
    exposition_begin(file, name, "gauge", "1, with what the server is.");
    exposition_put(file, name, &labels, 1);
}

static void write_health(FILE *file, const struct admin_sources *sources)
{
    static const char name[] = "comms_serving";
    exposition_begin(file, name, "gauge",
                     "1: health checks of this service get SERVING; 0: NOT_SERVING. The empty name "
                     "is the whole server.");
    for (int i = 0; i < HEALTH_SUBJECTS; i++) {
        const enum health_subject subject = (enum health_subject)i;
        put_with(file, name, "service", health_subject_name(subject),
                 health_is_serving(sources->health, subject));
    }
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void write_refusals(FILE *file, const struct admin_sources *sources)
{
    static const char streams[] = "comms_streams_refused_total";
    exposition_begin(file, streams, "counter",
                     "Streams that were refused before a worker had them.");
    for (int i = 0; i < REFUSAL_REASONS; i++) {
        const enum refusal_reason reason = (enum refusal_reason)i;
        put_with(file, streams, "reason", refusal_reason_name(reason),
                 refusals_count_of(sources->refusals, reason));
    }
    static const char connections[] = "comms_connections_refused_total";
    exposition_begin(file, connections, "counter",
                     "Connections that were closed as soon as they were accepted.");
    for (int i = CONNECTION_NOT_REFUSED + 1; i < CONNECTION_REFUSALS; i++) {
        const enum connection_refusal reason = (enum connection_refusal)i;
        put_with(file, connections, "reason", connection_refusal_name(reason),
                 connection_refusals_count(sources->connection_refusals, reason));
    }
}

static void write_failures(FILE *file, const struct counts *counts)
{
    static const char name[] = "comms_streams_failed_total";
    exposition_begin(file, name, "counter",
                     "Streams that a worker has ended with an error of the protocol.");
    for (int i = ERROR_NONE + 1; i < ERROR_COUNT; i++) {
        char word[EXPOSITION_WORD_SIZE];
        put_with(file, name, "error", exposition_word(error_text((enum error)i), word),
                 counts->failures[i]);
    }
}

static void write_lateness(FILE *file, const struct dialogue_counts *counts)
{
    static const char name[] = "comms_lateness_seconds";
    const struct exposition_histogram histogram = {.bound_count = LATENESS_BOUNDS,
                                                   .bounds_ns = lateness_bounds_ns,
                                                   .buckets = counts->lateness,
                                                   .sum_ns = counts->lateness_ns};
    exposition_begin(file, name, "histogram",
                     "How late paced numbers were handed to gRPC after they were due. At full "
                     "speed nothing is counted.");
    exposition_put_histogram(file, name, NULL, &histogram);
}

static void write_streams(FILE *file, const struct admin_sources *sources,
                          const struct counts *counts)
{
    write_one(file, "comms_streams", "gauge", counts->live[SERVICE_PLACES_STREAMS],
              "Streams of numbers that live now; --max-streams is their limit.");
    write_one(file, "comms_health_watches", "gauge", counts->live[SERVICE_PLACES_WATCHES],
              "Health watches that live now. A quarter of --max-streams and 8 are admitted, 1000 "
              "at most.");
    write_one(file, "comms_connections", "gauge", connections_count_open(sources->connections),
              "Connections of clients that are open now.");
    write_one(file, "comms_resumes_total", "counter", counts->dialogue.resumes,
              "CONTINUE commands that were granted.");
    write_one(file, "comms_takeovers_total", "counter", counts->dialogue.take_overs,
              "Resumes that took a session from another stream, which still had it.");
    write_refusals(file, sources);
    write_failures(file, counts);
    write_lateness(file, &counts->dialogue);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

static void put_evicted(FILE *file, const char *reason, const char *state, uint64_t value)
{
    const struct exposition_labels labels = {{{"reason", reason}, {"state", state}}};
    exposition_put(file, "comms_sessions_evicted_total", &labels, value);
}

/* In stateless mode all are 0, so that one rule fits all servers. */
static void write_sessions(FILE *file, const struct admin_sources *sources)
{
    static const char name[] = "comms_sessions";
    struct sessions_counts counts = {.owned = 0};
    if (sources->sessions != NULL) {
        counts = sessions_read_counts(sources->sessions);
    }
    exposition_begin(file, name, "gauge",
                     "Sessions by state. owned: a stream has it; idle: its stream was lost before "
                     "the end; finished: all was sent.");
    put_with(file, name, "state", "owned", counts.owned);
    put_with(file, name, "state", "idle", counts.idle);
    put_with(file, name, "state", "finished", counts.finished);
    write_one(file, "comms_sessions_started_total", "counter", counts.events.started,
              "Sessions that were started.");
    exposition_begin(
        file, "comms_sessions_evicted_total", "counter",
        "Sessions that were forgotten. timeout: idle for --session-timeout; full: made "
        "room at --max-sessions. idle: the client did not come back in time.");
    put_evicted(file, "timeout", "idle", counts.events.evicted_unfinished);
    put_evicted(file, "timeout", "finished", counts.events.evicted_finished);
    put_evicted(file, "full", "finished", counts.events.gave_way);
}

/* A store that has no status is always well, and so is none. */
static void write_store(FILE *file, const struct admin_sources *sources)
{
    static const char name[] = "comms_store_state";
    static const char *const states[] = {
        [STORE_STATE_OK] = "ok", [STORE_STATE_FULL] = "full", [STORE_STATE_FAILING] = "failing"};
    struct store_status status = {.state = STORE_STATE_OK};
    if (sources->store != NULL && sources->store->status != NULL) {
        sources->store->status(sources->store, &status);
    }
    exposition_begin(file, name, "gauge",
                     "1 for the state that the store of the sessions has. full: no session can be "
                     "started; failing: it cannot be reached, or cannot write.");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        put_with(file, name, "state", states[i], i == status.state);
    }
    const struct exposition_histogram latency = {.bound_count = STORE_LATENCY_BOUNDS,
                                                 .bounds_ns = store_latency_bounds_ns,
                                                 .buckets = status.latency.buckets,
                                                 .sum_ns = status.latency.sum_ns};
    exposition_begin(file, "comms_store_latency_seconds", "histogram",
                     "How long the store's writes took, each of one session or more. A store in "
                     "memory writes nothing.");
    exposition_put_histogram(file, "comms_store_latency_seconds", NULL, &latency);
    write_one(file, "comms_store_queue", "gauge", status.queue,
              "Sessions that wait to be written to the store.");
    write_one(file, "comms_store_writes_total", "counter", status.writes,
              "Sessions that were written to the store, or deleted from it.");
    write_one(file, "comms_store_refusals_total", "counter", status.refusals,
              "Sessions that could not be started because of the store.");
}

/* ---- The process ----------------------------------------------------------------------------- */

static void write_process(FILE *file)
{
    const struct process_figures figures = process_figures_read();
    write_one(file, "process_threads", "gauge", figures.threads, "Threads of the process.");
    write_one(file, "process_open_fds", "gauge", figures.descriptors, "Open file descriptors.");
    write_one(file, "process_max_fds", "gauge", figures.max_descriptors,
              "The most file descriptors that the process may have open.");
    write_one(file, "process_resident_memory_bytes", "gauge", figures.resident_bytes,
              "Memory of the process that is resident, in bytes.");
    exposition_begin(file, "process_cpu_seconds_total", "counter",
                     "Processor time of the process, user and system, in seconds.");
    exposition_put_real(file, "process_cpu_seconds_total", NULL, figures.cpu_s);
    exposition_begin(file, "process_start_time_seconds", "gauge",
                     "When the process started, in seconds since 1970.");
    exposition_put_real(file, "process_start_time_seconds", NULL, figures.start_s);
    write_one(file, "comms_log_lines_dropped_total", "counter", log_writer_dropped(),
              "Lines of the log that were not written, because nobody read it fast enough.");
}

void metrics_write(FILE *file, const struct admin_sources *sources)
{
    const struct counts counts = workers_count(sources->workers);
    write_build(file, sources);
    write_health(file, sources);
    metrics_write_grpc(file, sources, &counts);
    write_streams(file, sources, &counts);
    write_sessions(file, sources);
    write_store(file, sources);
    write_process(file);
}
