#include "server/admin/metrics.h"
#include "shared/page/exposition.h"

#include <string.h>

enum { NAME_SIZE = 128 };

/* The labels of a service, and the texts that they point to. */
struct rpc_labels {
    char service[NAME_SIZE];
    const char *method;
    const char *kind;
};

/* As grpc-go's codes are written. */
static const char *const codes[STATUS_COUNT] = {
    [STATUS_OK] = "OK",
    [STATUS_CANCELLED] = "Canceled",
    [STATUS_UNKNOWN] = "Unknown",
    [STATUS_INVALID_ARGUMENT] = "InvalidArgument",
    [STATUS_DEADLINE_EXCEEDED] = "DeadlineExceeded",
    [STATUS_NOT_FOUND] = "NotFound",
    [STATUS_ALREADY_EXISTS] = "AlreadyExists",
    [STATUS_PERMISSION_DENIED] = "PermissionDenied",
    [STATUS_RESOURCE_EXHAUSTED] = "ResourceExhausted",
    [STATUS_FAILED_PRECONDITION] = "FailedPrecondition",
    [STATUS_ABORTED] = "Aborted",
    [STATUS_OUT_OF_RANGE] = "OutOfRange",
    [STATUS_UNIMPLEMENTED] = "Unimplemented",
    [STATUS_INTERNAL] = "Internal",
    [STATUS_UNAVAILABLE] = "Unavailable",
    [STATUS_DATA_LOSS] = "DataLoss",
    [STATUS_UNAUTHENTICATED] = "Unauthenticated",
};

/* Splits "/package.Service/Method". */
static struct rpc_labels labels_of(const struct service *service)
{
    static const char *const kinds[] = {[SERVICE_BIDI_STREAM] = "bidi_stream",
                                        [SERVICE_UNARY] = "unary",
                                        [SERVICE_SERVER_STREAM] = "server_stream"};
    struct rpc_labels labels = {.kind = kinds[service->kind]};
    const char *name = service->method + 1;
    labels.method = strchr(name, '/') + 1;
    (void)snprintf(labels.service, sizeof labels.service, "%.*s", (int)(labels.method - name - 1),
                   name);
    return labels;
}

/* `code` NULL: no such label. */
static struct exposition_labels as_labels(const struct rpc_labels *labels, const char *code)
{
    struct exposition_labels result = {{{"grpc_type", labels->kind},
                                        {"grpc_service", labels->service},
                                        {"grpc_method", labels->method},
                                        {"grpc_code", code}}};
    if (code == NULL) {
        result.items[EXPOSITION_LABELS_MAX - 1].name = NULL;
    }
    return result;
}

static void write_counter(FILE *file, const struct admin_sources *sources,
                          const struct counts *counts, const char *name, const char *help,
                          size_t offset)
{
    exposition_begin(file, name, "counter", help);
    for (size_t i = 0; i < sources->service_count; i++) {
        const struct rpc_labels rpc = labels_of(&sources->services[i]);
        const struct exposition_labels labels = as_labels(&rpc, NULL);
        uint64_t value;
        memcpy(&value, (const char *)&counts->services[i] + offset, sizeof value);
        exposition_put(file, name, &labels, value);
    }
}

static void write_handled(FILE *file, const struct admin_sources *sources,
                          const struct counts *counts)
{
    static const char name[] = "grpc_server_handled_total";
    exposition_begin(file, name, "counter",
                     "RPCs that have ended on the server, by their status. Canceled: the client "
                     "has cancelled the RPC, or its connection was lost.");
    for (size_t i = 0; i < sources->service_count; i++) {
        const struct rpc_labels rpc = labels_of(&sources->services[i]);
        for (size_t code = 0; code < STATUS_COUNT; code++) {
            const struct exposition_labels labels = as_labels(&rpc, codes[code]);
            exposition_put(file, name, &labels, counts->services[i].handled[code]);
        }
    }
}

static void write_handling(FILE *file, const struct admin_sources *sources,
                           const struct counts *counts)
{
    static const char name[] = "grpc_server_handling_seconds";
    exposition_begin(file, name, "histogram",
                     "How long the RPCs lived that have ended on the server.");
    for (size_t i = 0; i < sources->service_count; i++) {
        const struct rpc_labels rpc = labels_of(&sources->services[i]);
        const struct exposition_labels labels = as_labels(&rpc, NULL);
        const struct exposition_histogram histogram = {.bound_count = STREAM_TIME_BOUNDS,
                                                       .bounds_ns = stream_time_bounds_ns,
                                                       .buckets = counts->services[i].lifetimes,
                                                       .sum_ns = counts->services[i].lifetime_ns};
        exposition_put_histogram(file, name, &labels, &histogram);
    }
}

void metrics_write_grpc(FILE *file, const struct admin_sources *sources,
                        const struct counts *counts)
{
    write_counter(file, sources, counts, "grpc_server_started_total",
                  "RPCs that have started on the server. Streams that are refused before a worker "
                  "has them are in comms_streams_refused_total.",
                  offsetof(struct service_counts, started));
    write_handled(file, sources, counts);
    write_counter(file, sources, counts, "grpc_server_msg_received_total",
                  "Messages that came from clients.", offsetof(struct service_counts, received));
    write_counter(file, sources, counts, "grpc_server_msg_sent_total",
                  "Messages that were sent to clients.", offsetof(struct service_counts, sent));
    write_handling(file, sources, counts);
}
