#include "server/stores/etcd/etcd_client.h"

#include "server/stores/etcd/etcd_members.h"
#include "server/stores/etcd/etcd_status.h"
#include "server/stores/etcd/etcd_token.h"
#include "server/stores/etcd/etcd_unary.h"
#include "server/stores/etcd/etcd_wake.h"
#include "server/stores/etcd/etcd_watch.h"
#include "shared/base/clock.h"

#include <stdlib.h>
#include <string.h>

#define CALL_TIMEOUT  (500 * NS_PER_MS)
#define WATCH_PAUSE   (200 * NS_PER_MS)
#define SHUTDOWN_WAIT NS_PER_S

enum { EVENTS_MAX = 64 };

static const char *const methods[] = {[ETCD_METHOD_TXN] = "/etcdserverpb.KV/Txn",
                                      [ETCD_METHOD_LEASE_GRANT] = "/etcdserverpb.Lease/LeaseGrant"};

struct etcd_client {
    struct etcd_link link; /* first: a pointer to one is a pointer to the other */
    grpc_completion_queue *queue;
    struct etcd_members members;
    struct etcd_token token;
    struct etcd_unary *calls;   /* under way, of all kinds */
    struct etcd_call *deferred; /* could not be made */

    struct etcd_wake wake;

    struct etcd_bytes watches[ETCD_WATCHES_MAX];
    size_t watch_count;
    struct etcd_watcher *watcher;
    struct etcd_watch *watch; /* NULL: none is open */
    unsigned watches_open;    /* with those that were cancelled, and have not ended */
    size_t watch_member;
    int64_t watch_at; /* time on clock_monotonic for the next try */
    int64_t look_at;  /* for the next question who leads */
    bool is_ending;
};

static int64_t now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void link_unary(struct etcd_client *client, struct etcd_unary *unary, size_t member,
                       void *subject, etcd_unary_ended *ended)
{
    unary->context = client;
    unary->subject = subject;
    unary->member = member;
    unary->ended = ended;
    etcd_unary_link(&client->calls, unary);
}

static void unary_ended(struct etcd_unary *unary, grpc_status_code status, const char *details,
                        const grpc_slice *message)
{
    struct etcd_client *client = unary->context;
    struct etcd_call *call = unary->subject;
    etcd_unary_unlink(&client->calls, unary);
    enum etcd_status outcome = ETCD_UNKNOWN;
    if (client->is_ending) {
        call->done(call, outcome, NULL, 0);
        return;
    }
    if (etcd_status_is_about_token(status, details) && etcd_token_is_wanted(&client->token)) {
        etcd_token_renew(&client->token); /* the next try has a new one */
    } else {
        outcome = etcd_status_judge(status, details);
        client->members.has_failed = false;
        if (outcome == ETCD_UNKNOWN) {
            etcd_members_failed(&client->members, unary->member, now(), details);
        }
    }
    const bool has_answer = outcome == ETCD_OK && message != NULL;
    if (outcome == ETCD_OK && !has_answer) {
        outcome = ETCD_UNKNOWN;
    }
    call->done(call, outcome, has_answer ? GRPC_SLICE_START_PTR(*message) : NULL,
               has_answer ? GRPC_SLICE_LENGTH(*message) : 0);
}

/* A call that cannot be made ends later, as if it got no answer: `done` must not be called inside.
 */
static void start_call(struct etcd_link *link, struct etcd_call *call)
{
    struct etcd_client *client = (struct etcd_client *)(void *)link;
    const size_t member = client->members.current;
    struct etcd_unary *unary = NULL;
    if (etcd_token_is_ready(&client->token) && !client->is_ending) {
        unary =
            etcd_unary_start(client->members.channels[member], client->queue, methods[call->method],
                             &call->request, client->token.text, CALL_TIMEOUT);
    }
    if (unary == NULL) {
        call->next = client->deferred;
        client->deferred = call;
        return;
    }
    link_unary(client, unary, member, call, unary_ended);
}

/* Whether there were some. */
static bool end_deferred(struct etcd_client *client)
{
    struct etcd_call *call = client->deferred;
    const bool has_some = call != NULL;
    client->deferred = NULL;
    while (call != NULL) {
        struct etcd_call *next = call->next;
        call->done(call, ETCD_UNKNOWN, NULL, 0);
        call = next;
    }
    return has_some;
}

/* ---- The watch ------------------------------------------------------------------------------- */

static void watch_over(struct etcd_watch *watch, void *context)
{
    struct etcd_client *client = context;
    client->watches_open--;
    if (client->watch == watch) {
        client->watch = NULL;
        client->watch_at = now() + WATCH_PAUSE;
    }
}

static void end_watch(struct etcd_client *client)
{
    if (client->watch != NULL) {
        struct etcd_watch *watch = client->watch;
        client->watch = NULL;
        etcd_watch_cancel(watch);
    }
}

static void set_watch(struct etcd_link *link, struct etcd_bytes *requests, size_t count,
                      struct etcd_watcher *watcher)
{
    struct etcd_client *client = (struct etcd_client *)(void *)link;
    end_watch(client);
    for (size_t i = 0; i < client->watch_count; i++) {
        free(client->watches[i].data);
    }
    for (size_t i = 0; i < count; i++) {
        client->watches[i] = requests[i];
    }
    client->watch_count = count;
    client->watcher = watcher;
    client->watch_at = 0;
}

/* Opens the watch where the calls go. */
static void tend_watch(struct etcd_client *client)
{
    if (client->watch != NULL && client->watch_member != client->members.current) {
        end_watch(client);
    }
    if (client->watch_count == 0 || client->watch != NULL || now() < client->watch_at ||
        !etcd_token_is_ready(&client->token)) {
        return;
    }
    client->watch_member = client->members.current;
    client->watch =
        etcd_watch_start(client->members.channels[client->watch_member], client->queue,
                         client->watches, client->watch_count, client->token.text, client->watcher);
    client->watch_at = now() + WATCH_PAUSE;
    if (client->watch != NULL) {
        client->watches_open++;
        client->watch->over = watch_over;
        client->watch->context = client;
    }
}

/* ---- Members and tokens ---------------------------------------------------------------------- */

static void status_ended(struct etcd_unary *unary, grpc_status_code status, const char *details,
                         const grpc_slice *message)
{
    struct etcd_client *client = unary->context;
    (void)details;
    etcd_unary_unlink(&client->calls, unary);
    if (!client->is_ending && status == GRPC_STATUS_OK && message != NULL) {
        etcd_members_told(&client->members, unary->member, GRPC_SLICE_START_PTR(*message),
                          GRPC_SLICE_LENGTH(*message), now());
    }
}

static void token_ended(struct etcd_unary *unary, grpc_status_code status, const char *details,
                        const grpc_slice *message)
{
    struct etcd_client *client = unary->context;
    etcd_unary_unlink(&client->calls, unary);
    if (client->is_ending) {
        return;
    }
    const bool has_answer = status == GRPC_STATUS_OK && message != NULL;
    const enum etcd_status outcome = etcd_status_judge(status, details);
    etcd_token_take(&client->token, has_answer ? GRPC_SLICE_START_PTR(*message) : NULL,
                    has_answer ? GRPC_SLICE_LENGTH(*message) : 0, details, outcome == ETCD_REFUSED,
                    now());
    client->members.has_failed = !has_answer;
    if (outcome == ETCD_UNKNOWN) {
        etcd_members_failed(&client->members, unary->member, now(), details);
    }
}

static void look_for_leader(struct etcd_client *client)
{
    static uint8_t nothing;
    const struct etcd_bytes empty = {.data = &nothing};
    if (client->members.count == 1 || now() < client->look_at) {
        return;
    }
    client->look_at = now() + ETCD_LOOK_INTERVAL;
    for (size_t i = 0; i < client->members.count; i++) {
        struct etcd_unary *unary =
            etcd_unary_start(client->members.channels[i], client->queue,
                             "/etcdserverpb.Maintenance/Status", &empty, NULL, CALL_TIMEOUT);
        if (unary != NULL) {
            link_unary(client, unary, i, NULL, status_ended);
        }
    }
}

static void fetch_token(struct etcd_client *client)
{
    if (!etcd_token_is_due(&client->token, now())) {
        return;
    }
    struct etcd_bytes request = etcd_write_authenticate(client->token.user, client->token.password);
    if (request.data == NULL) {
        return;
    }
    const size_t member = client->members.current;
    struct etcd_unary *unary =
        etcd_unary_start(client->members.channels[member], client->queue,
                         "/etcdserverpb.Auth/Authenticate", &request, NULL, ETCD_TOKEN_TIMEOUT);
    if (unary != NULL) {
        link_unary(client, unary, member, NULL, token_ended);
        client->token.is_asking = true;
    }
    etcd_token_free_request(&request);
}

static void renew_secrets(struct etcd_client *client)
{
    const unsigned changes = etcd_members_renew(&client->members, now());
    if (changes & ETCD_SECRETS_TLS) {
        end_watch(client);
    }
    if (changes & ETCD_SECRETS_PASSWORD) {
        etcd_token_renew(&client->token);
    }
}

/* ---- Running --------------------------------------------------------------------------------- */

void etcd_client_wake(struct etcd_client *client)
{
    etcd_wake_up(&client->wake);
}

/* False: nothing came in time, or the queue has ended. */
static bool take_event(struct etcd_client *client, int64_t timeout_ns)
{
    const grpc_event event =
        grpc_completion_queue_next(client->queue, etcd_deadline(timeout_ns), NULL);
    if (event.type == GRPC_OP_COMPLETE) {
        struct etcd_tag *tag = event.tag;
        tag->complete(tag, event.success != 0);
    }
    return event.type == GRPC_OP_COMPLETE;
}

void etcd_client_run(struct etcd_client *client, int64_t timeout_ns)
{
    renew_secrets(client);
    fetch_token(client);
    look_for_leader(client);
    tend_watch(client);
    bool came = take_event(client, end_deferred(client) ? 0 : timeout_ns);
    for (int i = 1; i < EVENTS_MAX && came; i++) {
        came = take_event(client, 0);
    }
}

struct etcd_link *etcd_client_link(struct etcd_client *client)
{
    return &client->link;
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

struct etcd_client *etcd_client_create(const struct etcd_client_settings *settings)
{
    struct etcd_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    client->link = (struct etcd_link){.call = start_call, .watch = set_watch};
    client->queue = grpc_completion_queue_create_for_next(NULL);
    etcd_wake_init(&client->wake, client->queue);
    etcd_token_init(&client->token, settings->user, settings->secrets->password.text);
    if (!etcd_members_init(&client->members, settings->target, settings->secrets)) {
        etcd_client_destroy(client);
        return NULL;
    }
    return client;
}

/* No batch may be started on a queue that is shut down, so all calls end before. */
void etcd_client_drop_calls(struct etcd_client *client)
{
    const int64_t deadline = now() + SHUTDOWN_WAIT;
    client->is_ending = true;
    end_watch(client);
    for (struct etcd_unary *unary = client->calls; unary != NULL; unary = unary->next) {
        (void)grpc_call_cancel(unary->call, NULL);
    }
    (void)end_deferred(client);
    while ((client->calls != NULL || client->watches_open > 0) && now() < deadline) {
        (void)take_event(client, deadline - now());
    }
}

void etcd_client_destroy(struct etcd_client *client)
{
    if (client == NULL || client->calls != NULL || client->watches_open > 0) {
        return; /* C core still has them: to leave them behind is all that can be done */
    }
    grpc_completion_queue_shutdown(client->queue);
    while (take_event(client, SHUTDOWN_WAIT)) {
    }
    etcd_wake_cleanup(&client->wake);
    grpc_completion_queue_destroy(client->queue);
    etcd_members_cleanup(&client->members);
    etcd_token_cleanup(&client->token);
    for (size_t i = 0; i < client->watch_count; i++) {
        free(client->watches[i].data);
    }
    free(client);
}
