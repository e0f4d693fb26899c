#include "server/stores/etcd/etcd_store.h"

#include <stddef.h>
#include <stdlib.h>

#define END_TIME (2 * NS_PER_S)

/* An evicted session, whose record is to be deleted. */
struct etcd_evicted {
    struct etcd_evicted *next;
    struct uuid uuid;
    uint64_t generation;
};

static struct etcd_store *store_of(struct store *store)
{
    return (struct etcd_store *)(void *)store;
}

/* ---- What streams ask ------------------------------------------------------------------------ */

static bool answer_now(struct store_request *request, enum error outcome)
{
    request->outcome = outcome;
    return true;
}

/* Hands the question to the store's thread. */
static bool pass_on(struct etcd_store *store, struct store_request *request)
{
    request->next = NULL;
    (void)pthread_mutex_lock(&store->lock);
    if (store->last == NULL) {
        store->first = request;
    } else {
        store->last->next = request;
    }
    store->last = request;
    (void)pthread_mutex_unlock(&store->lock);
    store->wake(store->wake_context);
    return false;
}

/* While etcd is away nothing is queued: an answer at once lets a client go elsewhere. */
static bool is_reachable(const struct etcd_store *store)
{
    return !atomic_load_explicit(&store->core.counts.is_away, memory_order_relaxed) &&
           atomic_load_explicit(&store->core.counts.queue, memory_order_relaxed) < ETCD_QUEUE_MAX;
}

static bool create(struct etcd_store *store, struct store_request *request)
{
    if (!is_reachable(store)) {
        (void)atomic_fetch_add(&store->refusals, 1);
        return answer_now(request, ERROR_STORE_AWAY);
    }
    const enum error error = sessions_start(store->sessions, &request->uuid, request->n,
                                            request->attempt, request->owner, &request->hold);
    return error == ERROR_NONE ? pass_on(store, request) : answer_now(request, error);
}

static bool look_up(struct etcd_store *store, struct store_request *request)
{
    request->session = sessions_find(store->sessions, &request->uuid);
    if (request->session == NULL) {
        return is_reachable(store) ? pass_on(store, request)
                                   : answer_now(request, ERROR_STORE_AWAY);
    }
    enum error error = ERROR_NONE;
    if (!session_belongs_to(request->session, request->owner)) {
        error = ERROR_OTHER_CLIENT;
    } else if (!store_owns(&store->store)) {
        error = ERROR_STORE_AWAY;
    }
    if (error != ERROR_NONE) {
        session_unref(request->session);
        request->session = NULL;
    }
    return answer_now(request, error);
}

static bool claim(struct etcd_store *store, struct store_request *request)
{
    if (!store_owns(&store->store)) {
        return answer_now(request, ERROR_STORE_AWAY);
    }
    switch (sessions_take(store->sessions, request->session, request->attempt, request->owner,
                          &request->hold, &request->before)) {
    case SESSION_CLAIMED:
        return answer_now(request, ERROR_NONE);
    case SESSION_OLDER_ATTEMPT:
        return answer_now(request, ERROR_OLDER_ATTEMPT);
    case SESSION_GONE: /* it is another server's, or is on its way to one */
        break;
    }
    return is_reachable(store) ? pass_on(store, request) : answer_now(request, ERROR_STORE_AWAY);
}

static bool submit(struct store *base, struct store_request *request)
{
    struct etcd_store *store = store_of(base);
    switch (request->operation) {
    case STORE_CREATE:
        return create(store, request);
    case STORE_LOOK_UP:
        return look_up(store, request);
    case STORE_CLAIM:
        return claim(store, request);
    case STORE_RELEASE:
        break;
    }
    sessions_leave(store->sessions, &request->hold);
    if (atomic_load_explicit(&store->is_draining, memory_order_relaxed)) {
        store->wake(store->wake_context); /* it is given away */
    }
    return answer_now(request, ERROR_NONE);
}

/* ---- What else other threads say ------------------------------------------------------------- */

static void forgotten(struct session_listener *listener, const struct session *session)
{
    struct etcd_store *store =
        (struct etcd_store *)(void *)((char *)listener - offsetof(struct etcd_store, listener));
    struct session_record record;
    struct etcd_evicted *evicted = malloc(sizeof *evicted);
    if (evicted == NULL) {
        return; /* its record goes with its lease */
    }
    sessions_describe(store->sessions, session, &record);
    evicted->uuid = record.uuid;
    evicted->generation = record.generation;
    (void)pthread_mutex_lock(&store->lock);
    const bool is_first = store->evicted == NULL;
    evicted->next = store->evicted;
    store->evicted = evicted;
    (void)pthread_mutex_unlock(&store->lock);
    if (is_first) {
        store->wake(store->wake_context);
    }
}

static void drain(struct store *base)
{
    struct etcd_store *store = store_of(base);
    atomic_store(&store->is_draining, true);
    store->wake(store->wake_context);
}

static void tell_status(struct store *base, struct store_status *ret_status)
{
    const struct etcd_store *store = store_of(base);
    const struct etcd_counts *counts = &store->core.counts;
    *ret_status = (struct store_status){.state = atomic_load(&counts->is_away) ? STORE_STATE_FAILING
                                                 : atomic_load(&counts->is_full) ? STORE_STATE_FULL
                                                                                 : STORE_STATE_OK,
                                        .queue = atomic_load(&counts->queue),
                                        .refusals = atomic_load(&store->refusals) +
                                                    atomic_load(&counts->refusals),
                                        .writes = atomic_load(&counts->writes),
                                        .latency = store_latency_read(&counts->latency)};
}

/* ---- The store's thread ---------------------------------------------------------------------- */

static void take_requests(struct etcd_core *core, struct store_request *request)
{
    while (request != NULL) {
        struct store_request *next = request->next; /* an answer may free the request */
        if (request->operation == STORE_CREATE) {
            etcd_core_create(core, request);
        } else if (request->operation == STORE_LOOK_UP) {
            etcd_core_look_up(core, request);
        } else {
            etcd_core_claim(core, request);
        }
        request = next;
    }
}

static void take_evicted(struct etcd_core *core, struct etcd_evicted *evicted)
{
    while (evicted != NULL) {
        struct etcd_evicted *next = evicted->next;
        etcd_core_forget(core, &evicted->uuid, evicted->generation);
        free(evicted);
        evicted = next;
    }
}

/* Nothing waits: the last thing is to say that this server has ended. */
static bool is_done(struct etcd_store *store)
{
    struct etcd_core *core = &store->core;
    const bool is_late = etcd_core_now(core) >= store->close_by;
    if (core->gifts_out == 0 && etcd_batch_is_idle(&core->batch) && !core->heartbeat.is_farewell) {
        etcd_heartbeat_say_farewell(&core->heartbeat);
    }
    return is_late || (core->heartbeat.is_farewell && core->heartbeat.has_ended);
}

int64_t etcd_store_run(struct etcd_store *store)
{
    struct etcd_core *core = &store->core;
    (void)pthread_mutex_lock(&store->lock);
    struct store_request *requests = store->first;
    struct etcd_evicted *evicted = store->evicted;
    const bool is_closing = store->is_closing;
    store->first = NULL;
    store->last = NULL;
    store->evicted = NULL;
    (void)pthread_mutex_unlock(&store->lock);

    if (atomic_load(&store->is_draining) && !core->is_draining) {
        etcd_core_drain(core);
    }
    take_requests(core, requests);
    take_evicted(core, evicted);
    int64_t next = etcd_core_run(core);
    if (is_closing) {
        core->is_closing = true;
        store->close_by = store->close_by == 0 ? etcd_core_now(core) + END_TIME : store->close_by;
        if (is_done(store)) {
            return -1;
        }
        const int64_t farewell = etcd_core_run(core);
        next = farewell < next ? farewell : next;
        next = store->close_by < next ? store->close_by : next;
    }
    return next;
}

void etcd_store_end(struct etcd_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    store->is_closing = true;
    (void)pthread_mutex_unlock(&store->lock);
    store->wake(store->wake_context);
}

int etcd_store_init(struct etcd_store *store, const struct etcd_core_settings *settings,
                    void (*wake)(void *context), void *wake_context)
{
    *store = (struct etcd_store){.store = {.submit = submit, .status = tell_status, .drain = drain},
                                 .sessions = settings->sessions,
                                 .listener = {.forgotten = forgotten},
                                 .wake = wake,
                                 .wake_context = wake_context};
    const int error = pthread_mutex_init(&store->lock, NULL);
    if (error == 0) {
        etcd_core_init(&store->core, settings);
        store->store.owned_until = &store->core.heartbeat.owned_until;
        sessions_set_listener(settings->sessions, &store->listener);
    }
    return error;
}

void etcd_store_cleanup(struct etcd_store *store)
{
    sessions_set_listener(store->sessions, NULL);
    while (store->evicted != NULL) { /* their records go with their lease */
        struct etcd_evicted *next = store->evicted->next;
        free(store->evicted);
        store->evicted = next;
    }
    etcd_core_end_claims(&store->core);
    etcd_core_end_gifts(&store->core);
    etcd_batch_end_all(&store->core.batch); /* the last: what ends may have added to it */
    (void)pthread_mutex_destroy(&store->lock);
}
