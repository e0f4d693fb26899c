#define _GNU_SOURCE /* SO_DOMAIN */

#include "server/rpc/acceptor.h"

#include "server/rpc/call_budget.h"
#include "server/rpc/call_headers.h"
#include "server/rpc/call_pool.h"
#include "server/rpc/deadline.h"
#include "server/rpc/identity.h"
#include "server/rpc/wakeup.h"
#include "shared/base/log.h"
#include "shared/base/thread.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    /* Requests for a call that wait in C core. Calls without one queue up there without bound. */
    REQUESTS_READY = 64,
    /* Milliseconds until memory that was missing for a request is asked for again. */
    RETRY_MS = 1000,
    /* With one, all clients wait while much is done for some, such as to end those that do not
     * read; each wakes the next one before it does what it has polled, which costs as much as the
     * poll. */
    POLLERS = 4,
    /* Bytes that C core needs for a call that waits, and returns when it is over. */
    WAITING_BYTES = 13 * 1024,
    /* Bytes of a method's path. A longer path is no service's. */
    METHOD_SIZE = 128
};

struct acceptor {
    struct acceptor_settings settings;
    enum identity_demand demand; /* on the calls that come by the TLS port */
    atomic_bool has_ended;
    grpc_server *server;
    grpc_completion_queue *polling; /* never has an event */

    /* Tags: incoming calls; `shut_down`: to shut down; the acceptor: the server is shut down. */
    grpc_completion_queue *notifications;
    struct wakeup shut_down;
    struct call_pool pool;
    struct call_headers headers[SERVICES_MAX]; /* of each service, by its number */

    /* the acceptor's thread, or the one that starts it */
    size_t requests;     /* for a call, that wait in C core */
    int64_t waiting_max; /* calls that waited at a time, since none did */
    bool is_shutting_down;

    pthread_t thread;
    pthread_t pollers[POLLERS];
    size_t poller_count;
};

/*
 * Asks for calls until REQUESTS_READY requests wait in C core. What memory is missing for now is
 * asked for again later: else each shortage would leave fewer requests, and the last of these none.
 */
static void request_calls(struct acceptor *acceptor)
{
    while (acceptor->requests < REQUESTS_READY && !acceptor->is_shutting_down) {
        struct call *call = call_pool_take(&acceptor->pool);
        if (call == NULL) {
            log_event(LOG_LEVEL_ERROR, "out of memory",
                      log_text("effect", "fewer streams can be accepted at a time"));
            return;
        }
        if (call_request(call, acceptor->server, acceptor->notifications)) {
            acceptor->requests++;
        } else {
            acceptor->is_shutting_down = true;
            call_release(call);
        }
    }
}

/* All calls that have come are taken: a flood of them may be over. */
static void give_memory_back(struct acceptor *acceptor)
{
    struct memory *memory = acceptor->settings.refusals->memory;
    const uint64_t bytes = (uint64_t)acceptor->waiting_max * WAITING_BYTES;
    memory_use(memory, bytes);
    memory_release(memory, bytes);
    acceptor->waiting_max = 0;
}

/* Waits without end, or until it is time to ask for calls that are missing. */
static grpc_event await_long(struct acceptor *acceptor)
{
    const bool is_complete = acceptor->requests == REQUESTS_READY || acceptor->is_shutting_down;
    const gpr_timespec retry =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(RETRY_MS, GPR_TIMESPAN));
    give_memory_back(acceptor);
    traffic_watch_set_idle(acceptor->requests > 0);
    const grpc_event event = grpc_completion_queue_next(
        acceptor->notifications, is_complete ? gpr_inf_future(GPR_CLOCK_MONOTONIC) : retry, NULL);
    traffic_watch_set_idle(false);
    return event;
}

static grpc_event await_event(struct acceptor *acceptor)
{
    const grpc_event event = grpc_completion_queue_next(acceptor->notifications,
                                                        gpr_inf_past(GPR_CLOCK_MONOTONIC), NULL);
    return event.type == GRPC_QUEUE_TIMEOUT ? await_long(acceptor) : event;
}

/*
 * In the thread that requests calls: C core never ends a request that comes between the two steps
 * of its shutdown, and the server would wait for it for ever.
 */
static void shut_down_server(struct acceptor *acceptor)
{
    acceptor->is_shutting_down = true;
    grpc_server_shutdown_and_notify(acceptor->server, acceptor->notifications, acceptor);
}

/* Hands the call to a worker, or says why not. */
static bool admit(struct acceptor *acceptor, struct call *call, enum refusal_reason *ret_reason,
                  struct failure *ret_failure)
{
    const struct acceptor_settings *settings = &acceptor->settings;
    char method[METHOD_SIZE];
    if (identity_read(call, acceptor->demand, ret_failure) != ERROR_NONE) {
        *ret_reason = REFUSAL_NOT_IDENTIFIED;
        return false;
    }
    if (!call_count(call, settings->max_connection_streams)) {
        *ret_reason = REFUSAL_CONNECTION_FULL;
        (void)failure_set(ret_failure, ERROR_TOO_MANY_STREAMS,
                          "this connection has %" PRIu64 " (--max-connection-streams)",
                          settings->max_connection_streams);
        return false;
    }
    call->stream.deadline = deadline_read(call->details.deadline, &clock_monotonic);
    call_take_method(call, method, sizeof method);
    const enum error error = dispatch(&settings->dispatch, &call->stream, method, ret_failure);
    *ret_reason = refusal_reason_of(error);
    return error == ERROR_NONE;
}

static void accept_call(struct acceptor *acceptor, struct call *call)
{
    const int64_t waiting = traffic_watch_waiting();
    enum refusal_reason reason;
    struct failure failure;
    acceptor->waiting_max = waiting > acceptor->waiting_max ? waiting : acceptor->waiting_max;
    call_identify(call, acceptor->settings.connections);
    if (call->connection != NULL) {
        traffic_take_call(&call->connection->watch->traffic);
    }
    if (call_is_cut(call)) {
        refusal_give_up(call);
    } else if (!admit(acceptor, call, &reason, &failure)) {
        refuse(acceptor->settings.refusals, call, reason, &failure);
    }
}

/* Runs until the server is shut down: no call comes after that. */
static void *run_acceptor(void *argument)
{
    struct acceptor *acceptor = argument;
    thread_set_name("acceptor");
    grpc_event event;
    while ((event = await_event(acceptor)).type != GRPC_QUEUE_SHUTDOWN) {
        if (event.type == GRPC_QUEUE_TIMEOUT) {
            request_calls(acceptor);
        } else if (event.tag == &acceptor->shut_down) {
            shut_down_server(acceptor);
        } else if (event.tag == acceptor) {
            grpc_completion_queue_shutdown(acceptor->notifications);
        } else if (event.success) {
            acceptor->requests--;
            request_calls(acceptor);
            accept_call(acceptor, event.tag);
        } else {
            call_release(event.tag); /* the shutdown has ended this request for a call */
        }
    }
    atomic_store(&acceptor->has_ended, true);
    acceptor->settings.ended();
    return NULL;
}

static void *run_poller(void *argument)
{
    struct acceptor *acceptor = argument;
    thread_set_name("poller");
    grpc_event event;
    do {
        event = grpc_completion_queue_next(acceptor->polling, gpr_inf_future(GPR_CLOCK_MONOTONIC),
                                           NULL);
    } while (event.type != GRPC_QUEUE_SHUTDOWN);
    return NULL;
}

/*
 * A queue that does not poll the network. If the acceptor polled, it would parse what one client
 * sends while the calls of all clients pile up behind it.
 */
static grpc_completion_queue *create_notifications(void)
{
    const grpc_completion_queue_attributes attributes = {
        .version = GRPC_CQ_CURRENT_VERSION,
        .cq_completion_type = GRPC_CQ_NEXT,
        .cq_polling_type = GRPC_CQ_NON_POLLING,
    };
    return grpc_completion_queue_create(grpc_completion_queue_factory_lookup(&attributes),
                                        &attributes, NULL);
}

static void stop_pollers(struct acceptor *acceptor)
{
    grpc_completion_queue_shutdown(acceptor->polling);
    for (size_t i = 0; i < acceptor->poller_count; i++) {
        (void)pthread_join(acceptor->pollers[i], NULL);
    }
}

static void destroy(struct acceptor *acceptor)
{
    grpc_server_destroy(acceptor->server);
    wakeup_cleanup(&acceptor->shut_down);
    call_pool_close(&acceptor->pool);
    call_pool_cleanup(&acceptor->pool);
    grpc_completion_queue_destroy(acceptor->notifications);
    grpc_completion_queue_destroy(acceptor->polling);
    free(acceptor);
}

static bool start_threads(struct acceptor *acceptor)
{
    for (; acceptor->poller_count < POLLERS; acceptor->poller_count++) {
        if (thread_start(&acceptor->pollers[acceptor->poller_count], 0, run_poller, acceptor) !=
            0) {
            return false;
        }
    }
    return thread_start(&acceptor->thread, 0, run_acceptor, acceptor) == 0;
}

static enum identity_demand demand_of(const struct tls_port *tls)
{
    return tls == NULL                        ? IDENTITY_NO_PORT
           : tls_port_identifies_clients(tls) ? IDENTITY_KNOWN
                                              : IDENTITY_SECURE;
}

static void make_headers(struct acceptor *acceptor, const struct dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->service_count; i++) {
        const struct service *service = &dispatch->services[i];
        call_headers_init(&acceptor->headers[service->number], &service->headers);
    }
}

struct acceptor *acceptor_start(const struct acceptor_settings *settings)
{
    struct acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (acceptor == NULL) {
        return NULL;
    }
    if (call_pool_init(&acceptor->pool, settings->create_call, acceptor->headers) != 0) {
        free(acceptor);
        return NULL;
    }
    make_headers(acceptor, &settings->dispatch);
    acceptor->settings = *settings;
    const struct core_server_settings core = {.times = settings->times,
                                              .max_streams = settings->max_connection_streams,
                                              .tls = settings->tls,
                                              .has_channelz = settings->has_channelz};
    acceptor->server = core_server_create(&core);
    acceptor->demand = demand_of(settings->tls);
    acceptor->notifications = create_notifications();
    acceptor->polling = grpc_completion_queue_create_for_next(NULL);
    wakeup_init(&acceptor->shut_down, acceptor->notifications);
    grpc_server_register_completion_queue(acceptor->server, acceptor->notifications, NULL);
    grpc_server_register_completion_queue(acceptor->server, acceptor->polling, NULL);
    const bool can_serve = settings->tls == NULL || tls_port_open(settings->tls, acceptor->server);
    grpc_server_start(acceptor->server);
    request_calls(acceptor);
    if (!can_serve || !start_threads(acceptor)) {
        /* Something is missing: shut down as after a run, with this thread as the acceptor. */
        acceptor_shut_down(acceptor);
        (void)run_acceptor(acceptor);
        stop_pollers(acceptor);
        destroy(acceptor);
        return NULL;
    }
    return acceptor;
}

/* Unix sockets are for this machine, and stay plain. */
static bool is_unix(int descriptor)
{
    int domain = AF_UNSPEC;
    socklen_t length = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
           domain == AF_UNIX;
}

void acceptor_add_connection(struct acceptor *acceptor, int descriptor)
{
    if (acceptor->settings.tls != NULL && !is_unix(descriptor)) {
        tls_port_give(acceptor->settings.tls, descriptor);
        return;
    }
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    grpc_server_add_channel_from_fd(acceptor->server, descriptor, credentials);
    grpc_server_credentials_release(credentials);
}

void acceptor_shut_down(struct acceptor *acceptor)
{
    wakeup_post(&acceptor->shut_down, &acceptor->shut_down);
}

void acceptor_cancel_calls(struct acceptor *acceptor)
{
    grpc_server_cancel_all_calls(acceptor->server);
}

bool acceptor_has_ended(const struct acceptor *acceptor)
{
    return atomic_load(&acceptor->has_ended);
}

void acceptor_stop(struct acceptor *acceptor)
{
    (void)pthread_join(acceptor->thread, NULL);
    stop_pollers(acceptor);
    destroy(acceptor);
}
