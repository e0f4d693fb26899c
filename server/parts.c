#include "server/parts.h"

#include "server/net/call_memory.h"
#include "server/sessions/eviction_log.h"
#include "shared/base/process.h"

static const char no_memory[] = "cannot start: out of memory";
static const char no_threads[] =
    "cannot start: no thread, memory or descriptor left; see ulimit -u, -v and -n";

bool parts_close_store(struct parts *parts)
{
    struct store *store = parts->store;
    parts->store = NULL;
    return store == NULL || store->close == NULL || store->close(store);
}

/* A store that is left behind keeps the sessions: the process ends soon. */
static void end_sessions(struct parts *parts)
{
    if (parts_close_store(parts)) {
        sessions_destroy(parts->sessions);
    }
    parts->sessions = NULL;
}

static const char *start_sessions(struct parts *parts, const struct parts_settings *settings)
{
    const struct sessions_settings sessions = {.max_sessions = settings->max_sessions,
                                               .max_client_sessions = settings->max_client_sessions,
                                               .timeout_ns = settings->session_timeout_ns,
                                               .clock = settings->session_clock,
                                               .starts_pending =
                                                   store_is_durable(settings->store.place),
                                               .memory = parts->memory,
                                               .gave_way = eviction_log_gave_way};
    parts->sessions = sessions_create(&sessions);
    if (parts->sessions == NULL) {
        return "cannot start: no memory for the table of sessions; choose a smaller --max-sessions";
    }
    parts->store = store_open(&settings->store, parts->sessions, parts->store_problem);
    if (parts->store == NULL) {
        sessions_destroy(parts->sessions);
        parts->sessions = NULL;
        return parts->store_problem;
    }
    if (reaper_start(&parts->reaper, parts->sessions) != 0) {
        end_sessions(parts);
        return no_threads;
    }
    return NULL;
}

static void stop_reaper(struct parts *parts)
{
    if (parts->sessions != NULL) {
        reaper_stop(&parts->reaper);
    }
}

static bool store_works(void *context)
{
    struct store *store = context;
    struct store_status status;
    store->status(store, &status);
    return status.state == STORE_STATE_OK;
}

static void set_services(struct parts *parts, const struct parts_settings *settings)
{
    const struct announced_server announced = {.mode = settings->mode,
                                               .interval_ns = settings->interval_ns,
                                               .max_size = settings->max_size,
                                               .max_numbers = settings->max_numbers,
                                               .session_timeout_ns = settings->session_timeout_ns};
    parts->conversation =
        (struct conversation_settings){.mode = settings->mode,
                                       .max_n = settings->max_numbers,
                                       .max_size = settings->max_size,
                                       .interval_ns = settings->interval_ns,
                                       .command_timeout_ns = settings->command_timeout_ns,
                                       .fails_with_ok = settings->fails_with_ok,
                                       .clock = &clock_monotonic,
                                       .store = parts->store,
                                       .headers = announce_init(&parts->announcement, &announced)};
    parts->services[0] = conversation_service(&parts->conversation);
    if (parts->store != NULL && parts->store->status != NULL) {
        parts->health.store_works = store_works;
        parts->health.context = parts->store;
    }
    parts->services[1] = health_check_service(&parts->health);
    parts->services[2] = health_watch_service(&parts->health);
    parts->reflection = (struct reflection_settings){
        .clock = &clock_monotonic, .request_timeout_ns = settings->command_timeout_ns};
    parts->services[3] = reflection_v1_service(&parts->reflection);
    parts->services[4] = reflection_v1alpha_service(&parts->reflection);
    for (unsigned i = 0; i < sizeof parts->services / sizeof parts->services[0]; i++) {
        parts->services[i].number = i;
    }
}

static void add_connection(void *context, int descriptor)
{
    acceptor_add_connection(context, descriptor);
}

static void await_preface(void *context, int descriptor)
{
    preface_await(context, descriptor);
}

static const char *start_listener(struct parts *parts, const struct parts_settings *settings)
{
    const struct preface_settings preface = {.timeout_ns = settings->times.handshake_timeout_ns,
                                             .expects_tls = settings->tls != NULL,
                                             .arrived = add_connection,
                                             .context = parts->acceptor};
    parts->preface = preface_start(&preface);
    if (parts->preface == NULL) {
        return no_threads;
    }
    const struct listener_settings listener = {.sockets = settings->sockets,
                                               .connections = parts->connections,
                                               .refusals = &parts->connection_refusals,
                                               .accepted = await_preface,
                                               .context = parts->preface,
                                               .accept = listener_accept};
    parts->listener = listener_start(&listener);
    if (parts->listener == NULL) {
        preface_stop(parts->preface);
        return no_threads;
    }
    return NULL;
}

static bool has_admin(const struct parts_settings *settings)
{
    return settings->admin != NULL && settings->admin->count > 0;
}

/* Before the listener: whoever watches sees the first client. */
static const char *start_admin(struct parts *parts, const struct parts_settings *settings)
{
    if (!has_admin(settings)) {
        return NULL;
    }
    const struct admin_settings admin = {
        .sockets = settings->admin,
        .hosts = settings->admin_hosts,
        .sources = {.mode = mode_name(settings->mode),
                    .max_streams = settings->max_streams,
                    .max_connections = settings->max_connections,
                    .max_sessions = settings->max_sessions,
                    .workers = parts->workers,
                    .sessions = parts->sessions,
                    .store = parts->store,
                    .store_name = parts->store == NULL ? NULL : store_name(settings->store.place),
                    .connections = parts->connections,
                    .refusals = &parts->refusals,
                    .connection_refusals = &parts->connection_refusals,
                    .health = &parts->health,
                    .services = parts->services,
                    .service_count = sizeof parts->services / sizeof parts->services[0]}};
    parts->admin = admin_start(&admin);
    return parts->admin == NULL ? no_threads : NULL;
}

void parts_stop_admin(struct parts *parts)
{
    admin_stop(parts->admin);
    parts->admin = NULL;
}

static const char *start_acceptor(struct parts *parts, const struct parts_settings *settings)
{
    const struct acceptor_settings acceptor = {
        .dispatch = {.workers = parts->workers,
                     .services = parts->services,
                     .service_count = sizeof parts->services / sizeof parts->services[0]},
        .connections = parts->connections,
        .tls = settings->tls,
        .times = settings->times,
        .max_connection_streams = settings->max_connection_streams,
        .has_channelz = has_admin(settings),
        .refusals = &parts->refusals,
        .ended = settings->wake,
        .create_call = call_create};
    refusals_init(&parts->refusals, parts->memory);
    parts->acceptor = acceptor_start(&acceptor);
    if (parts->acceptor == NULL) {
        const bool has_problem = settings->tls != NULL && settings->tls->problem != NULL;
        return has_problem ? settings->tls->problem : no_threads;
    }
    const char *missing = start_admin(parts, settings);
    if (missing == NULL) {
        missing = start_listener(parts, settings);
    }
    if (missing != NULL) {
        parts_stop_admin(parts);
        acceptor_shut_down(parts->acceptor);
        acceptor_stop(parts->acceptor);
    }
    return missing;
}

static const char *start_workers(struct parts *parts, const struct parts_settings *settings)
{
    const struct workers_settings workers = {.clock = &clock_monotonic,
                                             .max_streams = settings->max_streams,
                                             .send_timeout_ns = settings->send_timeout_ns,
                                             .memory = parts->memory,
                                             .drained = settings->wake};
    const struct connections_settings connections = {
        .max = settings->max_connections,
        .max_tls = settings->tls == NULL ? 0 : settings->max_tls_connections,
        .max_per_address = settings->max_connections_per_address,
        .idle_ns = settings->connection_idle_ns,
        .traffic = {.streams = (int64_t)settings->max_connection_streams,
                    .waiting = settings->max_streams > TRAFFIC_WAITING_ALL
                                   ? (int64_t)settings->max_streams
                                   : TRAFFIC_WAITING_ALL},
        .clock = &clock_monotonic};
    connection_refusals_init(&parts->connection_refusals);
    parts->connections = connections_create(&connections);
    parts->workers = workers_create(&workers);
    const char *missing = no_memory;
    if (parts->connections != NULL && parts->workers != NULL) {
        set_services(parts, settings);
        missing = start_acceptor(parts, settings);
    }
    if (missing != NULL) {
        workers_destroy(parts->workers);
        connections_destroy(parts->connections);
    }
    return missing;
}

static void give_memory_back(void)
{
    call_memory_give_back();
    process_give_memory_back();
}

const char *parts_start(struct parts *parts, const struct parts_settings *settings)
{
    *parts = (struct parts){.memory = memory_start(&clock_monotonic, give_memory_back)};
    if (parts->memory == NULL) {
        return no_threads;
    }
    if (health_init(&parts->health, &clock_monotonic, settings->command_timeout_ns) != 0) {
        memory_stop(parts->memory);
        return no_memory;
    }
    const char *missing = settings->mode == MODE_STATEFUL ? start_sessions(parts, settings) : NULL;
    if (missing == NULL) {
        missing = start_workers(parts, settings);
        if (missing != NULL) {
            stop_reaper(parts);
            end_sessions(parts);
        }
    }
    if (missing != NULL) {
        health_cleanup(&parts->health);
        memory_stop(parts->memory);
    }
    return missing;
}

void parts_stop_serving(struct parts *parts)
{
    for (int i = 0; i < HEALTH_SUBJECTS; i++) {
        health_set(&parts->health, (enum health_subject)i, false);
    }
}

void parts_stop_listening(struct parts *parts)
{
    listener_stop(parts->listener);
    preface_stop(parts->preface);
}

void parts_stop_accepting(struct parts *parts)
{
    acceptor_shut_down(parts->acceptor);
    if (parts->store != NULL && parts->store->drain != NULL) {
        parts->store->drain(parts->store);
    }
}

/* A cancelled call of a client that has stopped reading ends only with the connection. */
void parts_break_off(struct parts *parts)
{
    acceptor_cancel_calls(parts->acceptor);
    connections_shut_down_all(parts->connections);
}

/* The acceptor waits for every call, and a worker has left its list before it gives its call back.
 */
void parts_await_end(struct parts *parts)
{
    acceptor_stop(parts->acceptor);
}

void parts_stop_evictions(struct parts *parts)
{
    stop_reaper(parts);
}

void parts_stop(struct parts *parts)
{
    workers_destroy(parts->workers);
    connections_destroy(parts->connections);
    sessions_destroy(parts->sessions);
    health_cleanup(&parts->health);
    memory_stop(parts->memory);
}
