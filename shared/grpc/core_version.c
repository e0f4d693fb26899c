#include "shared/grpc/core_version.h"

#include "shared/base/log.h"

#include <grpc/grpc.h>
#include <grpc/support/sync.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPERIMENTS_SIZE = 1024 };

static const char *checked; /* the version of core_version_check; NULL: not called yet */

const char *core_version_number(void)
{
    return grpc_version_string();
}

void core_version_describe(char *text, size_t size)
{
    (void)snprintf(text, size, "gRPC C core %s", grpc_version_string());
}

bool core_version_is_known(void)
{
    return strcmp(checked == NULL ? grpc_version_string() : checked, CORE_VERSION_KNOWN) == 0;
}

void core_version_check(const char *version)
{
    checked = version;
    if (!core_version_is_known()) {
        log_event(LOG_LEVEL_WARN, "unknown gRPC C core", log_word("version", version),
                  log_word("known", CORE_VERSION_KNOWN),
                  log_text("effect",
                           "slower locks; no addresses and no cuts of connections; breaks "
                           "are named only by their status"));
    }
}

const struct core_texts *core_version_texts(void)
{
    static const struct core_texts texts = {
        .connect_failed_begins = "failed to connect to all addresses",
        .backends_failed_begins = "connections to all backends failing",
        .resolve_failed_begins = "DNS resolution failed for ",
        .no_such_name = "Name or service not known",
        .no_data_for_name = "No address associated with hostname",
        .no_family_for_name = "Address family for hostname not supported",
        .no_name_server = "Temporary failure in name resolution",
        .connection_refused = "Connection refused",
        .last_error = "last error: ",
        .handshake_failed = "Tls handshake failed: ",
        .verification_failed = "Custom verification check failed with error: UNAUTHENTICATED: ",
        .handshake_read_failed = "Handshake read failed",
        .connect_timed_out = "tcp handshaker shutdown",
        .no_settings = "connection attempt timed out before receiving SETTINGS frame",
        .no_such_file = "No such file or directory",
        .endpoint_failed = "Endpoint read failed",
        .not_http2 = "Failed parsing HTTP/2",
        .http1 = "Trying to connect an http1.x server",
        .no_http2 = "Cannot check peer: missing selected ALPN property",
        .read_failed_begins = "recvmsg:",
        .reset = "Connection reset by peer",
        .broken_pipe = "Broken pipe",
        .closed = "Socket closed",
        .goaway_begins = "GOAWAY received",
        .rst_stream_begins = "Received RST_STREAM with error code ",
        .http_status_begins = "Received http2 header with status: ",
        .too_large_begins = "Received message larger than max",
        .bad_frame_begins = "Bad GRPC frame type ",
        .no_status = "No status received",
        .stream_removed = "Stream removed"};
    return core_version_is_known() ? &texts : NULL;
}

bool core_texts_tell_no_connection(const struct core_texts *texts, const char *details)
{
    const char *const beginnings[] = {texts->connect_failed_begins, texts->backends_failed_begins};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (strncmp(details, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

_Static_assert(sizeof(gpr_refcount) == sizeof(intptr_t), "references is a gpr_refcount");

static gpr_refcount *references(struct core_socket_mutator *mutator)
{
    void *count = &mutator->references;
    return count;
}

void core_socket_mutator_init(struct core_socket_mutator *mutator,
                              const struct core_socket_mutator_functions *functions)
{
    mutator->functions = functions;
    gpr_ref_init(references(mutator), 1);
}

void core_socket_mutator_ref(struct core_socket_mutator *mutator)
{
    gpr_ref(references(mutator));
}

bool core_socket_mutator_unref(struct core_socket_mutator *mutator)
{
    return gpr_unref(references(mutator)) != 0;
}

/* absl::SetMutexDeadlockDetectionMode, by its mangled name in Debian 12: Abseil has no C API. */
extern void set_deadlock_detection(int mode) __asm__(
    "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE") __attribute__((weak));

enum { DEADLOCKS_IGNORED = 0 }; /* absl::OnDeadlockCycle::kIgnore */

void core_version_ignore_deadlocks(void)
{
    if (core_version_is_known() && set_deadlock_detection != NULL) {
        set_deadlock_detection(DEADLOCKS_IGNORED);
    }
}

/* Another version calls an experiment that it does not know an error, in its log. */
void core_version_bound_reads(void)
{
    static const char variable[] = "GRPC_EXPERIMENTS";
    const char *set = getenv(variable); /* NOLINT(concurrency-mt-unsafe): only the main thread */
    char text[EXPERIMENTS_SIZE];
    if (!core_version_is_known() || (set != NULL && strstr(set, "tcp_read_chunks") != NULL)) {
        return;
    }
    const bool is_empty = set == NULL || *set == '\0';
    const int length = snprintf(text, sizeof text, "%s%s-tcp_read_chunks", is_empty ? "" : set,
                                is_empty ? "" : ",");
    if (length < EXPERIMENTS_SIZE) {
        (void)setenv(variable, text, 1); /* NOLINT(concurrency-mt-unsafe) */
    }
}
