#include "server/rpc/refusal.h"

#include "server/rpc/call_budget.h"
#include "shared/base/clock.h"

enum {
    LOG_LINES_MAX = 10,  /* a second */
    REFUSAL_BYTES = 8192 /* of a refusal under way: C core's call and stream, and ours */
};

void refusals_init(struct refusals *refusals, struct memory *memory)
{
    *refusals = (struct refusals){.memory = memory, .log = LOG_LIMIT(LOG_LINES_MAX)};
}

const char *refusal_reason_name(enum refusal_reason reason)
{
    static const char *const names[REFUSAL_REASONS] = {
        [REFUSAL_UNKNOWN_METHOD] = "unknown_method",   [REFUSAL_NOT_IDENTIFIED] = "not_identified",
        [REFUSAL_CONNECTION_FULL] = "connection_full", [REFUSAL_SERVER_FULL] = "server_full",
        [REFUSAL_SHUTTING_DOWN] = "shutting_down",
    };
    return names[reason];
}

uint64_t refusals_count_of(const struct refusals *refusals, enum refusal_reason reason)
{
    return atomic_load_explicit(&refusals->counts[reason], memory_order_relaxed);
}

uint64_t refusals_count(const struct refusals *refusals)
{
    uint64_t sum = 0;
    for (int i = 0; i < REFUSAL_REASONS; i++) {
        sum += refusals_count_of(refusals, (enum refusal_reason)i);
    }
    return sum;
}

/* ---- The bounds ------------------------------------------------------------------------------ */

/* False: there are too many under way, and this one is not begun. */
static bool begin(struct refusals *refusals, struct call *call)
{
    struct connection *connection = call->connection;
    if (atomic_fetch_add(&refusals->under_way, 1) >= REFUSALS_MAX) {
        (void)atomic_fetch_sub(&refusals->under_way, 1);
        return false;
    }
    if (connection != NULL &&
        atomic_fetch_add(&connection->budget.refusals, 1) >= REFUSALS_CONNECTION_MAX) {
        (void)atomic_fetch_sub(&connection->budget.refusals, 1);
        (void)atomic_fetch_sub(&refusals->under_way, 1);
        return false;
    }
    memory_use(refusals->memory, REFUSAL_BYTES);
    return true;
}

static void end(struct call *call)
{
    struct refusals *refusals = call->refusals;
    if (call->connection != NULL) {
        (void)atomic_fetch_sub(&call->connection->budget.refusals, 1);
    }
    call_release(call);
    (void)atomic_fetch_sub(&refusals->under_way, 1);
    memory_release(refusals->memory, REFUSAL_BYTES);
}

/* In a thread of C core: the status was sent, or cannot be. */
static void run_finished(grpc_completion_queue_functor *functor, int success)
{
    struct call *call = CALL_OF(functor, finished);
    call_see_what_was_written(call);
    call_waste(call, success ? BUDGET_ANSWERED : BUDGET_RESET);
    end(call);
}

void refusal_give_up(struct call *call)
{
    call->stream.operations->cancel(&call->stream, STATUS_CANCELLED);
    call_release(call);
}

/* ---- The log --------------------------------------------------------------------------------- */

/* Of each connection a line a second, and of all together some. */
static void log_refusal(struct refusals *refusals, struct call *call, const char *reason,
                        int64_t now)
{
    struct connection *connection = call->connection;
    uint64_t skipped = 0;
    if (connection == NULL || log_limit_admit(&connection->refusal_log, now, 0, &skipped)) {
        if (log_limit_admit(&refusals->log, now, skipped, &skipped)) {
            log_event(LOG_LEVEL_NOTICE, "stream refused", log_address("peer", call->stream.peer),
                      log_text("reason", reason), log_skipped(skipped));
        }
    }
}

enum refusal_reason refusal_reason_of(enum error error)
{
    return error == ERROR_UNKNOWN_METHOD  ? REFUSAL_UNKNOWN_METHOD
           : error == ERROR_SHUTTING_DOWN ? REFUSAL_SHUTTING_DOWN
                                          : REFUSAL_SERVER_FULL;
}

/* ---- The door -------------------------------------------------------------------------------- */

/* The call needs no watch for its end: to release it ends it, whatever has become of the client. */
static void send_status(struct call *call, const struct failure *outcome)
{
    call->finished.functor_run = run_finished;
    call->status_details = grpc_slice_from_copied_string(outcome->text);
    grpc_op operations[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                            {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
    operations[1].data.send_status_from_server.status =
        (grpc_status_code)error_status(outcome->error);
    operations[1].data.send_status_from_server.status_details = &call->status_details;
    grpc_call *grpc = call->grpc; /* from now on the call may be released at any time */
    call_publish_what_was_written(call);
    if (grpc_call_start_batch(grpc, operations, 2, &call->finished, NULL) != GRPC_CALL_OK) {
        end(call);
    }
}

void refuse(struct refusals *refusals, struct call *call, enum refusal_reason reason,
            const struct failure *outcome)
{
    const int64_t now = clock_monotonic.now(&clock_monotonic);
    (void)atomic_fetch_add_explicit(&refusals->counts[reason], 1, memory_order_relaxed);
    log_refusal(refusals, call, outcome->text, now);
    call_uncount(call);
    call->refusals = refusals;
    if (begin(refusals, call)) {
        send_status(call, outcome);
    } else {
        call_waste(call, BUDGET_RESET);
        refusal_give_up(call);
    }
}
