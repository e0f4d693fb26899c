#include "shared/grpc/setup.h"

#include "shared/base/clock.h"
#include "shared/base/log_limit.h"
#include "shared/base/text.h"
#include "shared/base/thread.h"
#include "shared/grpc/core_version.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

enum {
    ERROR_LINES_MAX = 10, /* a second */
    HANDSHAKE_REASON_SIZE = 128
};

static _Atomic(void (*)(const char *reason)) refused_handshake;

/*
 * C core tells of a handshake that fails in its log only:
 * Handshake failed with fatal error SSL_ERROR_SSL: error:0A0000C7:SSL routines::peer did not … .
 */
static void report_handshake(const char *message)
{
    static const char begins[] = "Handshake failed with fatal error";
    static const char before_reason[] = "::";
    void (*report)(const char *reason) = atomic_load(&refused_handshake);
    if (report == NULL || strncmp(message, begins, sizeof begins - 1) != 0) {
        return;
    }
    const char *found = strstr(message, before_reason);
    const char *begin = found == NULL ? message : found + sizeof before_reason - 1;
    size_t length = strlen(begin);
    if (length > 0 && begin[length - 1] == '.') {
        length--; /* C core's */
    }
    char reason[HANDSHAKE_REASON_SIZE];
    text_copy_printable(begin, length, reason, sizeof reason);
    report(reason);
}

void grpc_report_handshakes(void (*refused)(const char *reason))
{
    atomic_store(&refused_handshake, refused);
}

/* Errors are limited, because a peer can cause them; the other lines only come for somebody who has
 * set GRPC_VERBOSITY. */
static void forward(gpr_log_func_args *line)
{
    static struct log_limit limit = LOG_LIMIT(ERROR_LINES_MAX);
    uint64_t skipped = 0;
    report_handshake(line->message);
    if (log_is_enabled(LOG_LEVEL_DEBUG) &&
        (line->severity != GPR_LOG_SEVERITY_ERROR ||
         log_limit_admit(&limit, clock_monotonic.now(&clock_monotonic), 0, &skipped))) {
        log_event(LOG_LEVEL_DEBUG, "grpc", log_text("message", line->message),
                  log_skipped(skipped));
    }
}

void grpc_setup(void)
{
    core_version_check(grpc_version_string());
    core_version_ignore_deadlocks();
    core_version_bound_reads();
    gpr_set_log_function(forward);
    grpc_init();
}

void grpc_teardown(void)
{
    grpc_shutdown_blocking();
}

static void *run_teardown(void *argument)
{
    sem_t *done = argument;
    grpc_teardown();
    (void)sem_post(done);
    return NULL;
}

bool grpc_teardown_within(int64_t timeout_ns)
{
    static sem_t done; /* the thread may outlive the call */
    const struct clock *clock = &clock_monotonic;
    int64_t deadline = clock_add(clock->now(clock), timeout_ns);
    bool is_done = false;
    pthread_t thread;
    (void)sem_init(&done, 0, 0);
    if (thread_start(&thread, 0, run_teardown, &done) != 0) {
        return false;
    }
    do {
        is_done = clock->wait_post(clock, &done, deadline);
    } while (!is_done && clock->now(clock) < deadline);
    if (is_done) {
        (void)pthread_join(thread, NULL);
    }
    return is_done;
}
