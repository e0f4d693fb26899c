#include "server/services/health/health.h"

#include "grpc/health/v1/health.pb-c.h"
#include "server/services/command_wait.h"
#include "shared/base/text.h"
#include "shared/protocol/fields.h"

#include <assert.h>
#include <string.h>

#define STORE_LOOK_NS NS_PER_S /* from one look at the store to the next */

enum {
    REPLY_SIZE = 8, /* bytes: a reply has one small number */
    UNKNOWN_SUBJECT = HEALTH_SUBJECTS,
    SERVICE_FIELD = 1 /* of HealthCheckRequest */
};

static const char *const names[HEALTH_SUBJECTS] = {
    [HEALTH_SERVER] = "", [HEALTH_COMMS] = "grpc.Comms", [HEALTH_STORE] = "store"};

typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus serving_status;

/* In the list of the subject's watchers, which other threads go through. */
struct health_watcher {
    struct service_host *host;
    struct health_watcher *previous;
    struct health_watcher *next;
};

/* The dialogue of one stream. */
struct health_dialogue {
    struct dialogue dialogue; /* first: what the worker sees */
    struct health *health;
    struct service_host *host;
    struct command_wait wait;
    bool is_watch;
    bool is_ending; /* a reply that is due is the last one */
    int subject;    /* enum health_subject, or UNKNOWN_SUBJECT */
    int told;       /* what the client knows: a serving_status; -1: nothing */
    struct health_watcher watcher;
    uint8_t reply[REPLY_SIZE];
};

static_assert(sizeof(struct health_dialogue) <= SERVICE_DIALOGUE_MAX, "a worker has room for it");

/* ---- States and watchers --------------------------------------------------------------------- */

int health_init(struct health *health, const struct clock *clock, int64_t request_timeout_ns)
{
    *health = (struct health){.clock = clock,
                              .request_timeout_ns = request_timeout_ns,
                              .check = {.health = health, .is_watch = false},
                              .watch = {.health = health, .is_watch = true}};
    for (int i = 0; i < HEALTH_SUBJECTS; i++) {
        health->is_serving[i] = true;
    }
    return pthread_mutex_init(&health->lock, NULL);
}

void health_cleanup(struct health *health)
{
    (void)pthread_mutex_destroy(&health->lock);
}

void health_set(struct health *health, enum health_subject subject, bool is_serving)
{
    (void)pthread_mutex_lock(&health->lock);
    if (health->is_serving[subject] != is_serving) {
        health->is_serving[subject] = is_serving;
        for (struct health_watcher *watcher = health->first; watcher != NULL;
             watcher = watcher->next) {
            watcher->host->tell(watcher->host, SERVICE_NEWS);
        }
    }
    (void)pthread_mutex_unlock(&health->lock);
}

const char *health_subject_name(enum health_subject subject)
{
    return names[subject];
}

bool health_is_serving(struct health *health, enum health_subject subject)
{
    (void)pthread_mutex_lock(&health->lock);
    const bool is_serving = health->is_serving[subject];
    (void)pthread_mutex_unlock(&health->lock);
    return is_serving && (subject != HEALTH_STORE || health->store_works == NULL ||
                          health->store_works(health->context));
}

static void watch(struct health *health, struct health_watcher *watcher)
{
    (void)pthread_mutex_lock(&health->lock);
    watcher->next = health->first;
    if (watcher->next != NULL) {
        watcher->next->previous = watcher;
    }
    health->first = watcher;
    (void)pthread_mutex_unlock(&health->lock);
}

static void unwatch(struct health *health, struct health_watcher *watcher)
{
    (void)pthread_mutex_lock(&health->lock);
    if (watcher->previous == NULL) {
        health->first = watcher->next;
    } else {
        watcher->previous->next = watcher->next;
    }
    if (watcher->next != NULL) {
        watcher->next->previous = watcher->previous;
    }
    (void)pthread_mutex_unlock(&health->lock);
}

static serving_status state_of(const struct health_dialogue *dialogue)
{
    struct health *health = dialogue->health;
    if (dialogue->subject == UNKNOWN_SUBJECT) {
        return GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
    }
    return health_is_serving(health, (enum health_subject)dialogue->subject)
               ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
               : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
}

/* ---- The dialogue ---------------------------------------------------------------------------- */

static struct health_dialogue *dialogue_of(struct dialogue *dialogue)
{
    return (struct health_dialogue *)dialogue;
}

static void begin(struct dialogue *dialogue, const struct service *service,
                  struct service_host *host)
{
    const struct health_method *method = service->settings;
    struct health_dialogue *health = dialogue_of(dialogue);
    *health = (struct health_dialogue){.dialogue = {.state = DIALOGUE_BEGINNING},
                                       .health = method->health,
                                       .host = host,
                                       .is_watch = method->is_watch,
                                       .told = -1,
                                       .watcher = {.host = host}};
    command_wait_init(&health->wait, method->health->clock, method->health->request_timeout_ns);
}

/* Ends with the outcome that the caller has set. */
static void finish(struct health_dialogue *health)
{
    if (health->is_watch && health->dialogue.state == DIALOGUE_RUNNING) {
        unwatch(health->health, &health->watcher);
    }
    health->dialogue.state = DIALOGUE_OVER;
}

static void fail(struct health_dialogue *health, enum error error, const char *detail)
{
    if (health->dialogue.state != DIALOGUE_OVER) {
        (void)failure_set(&health->host->outcome, error, "%s", detail);
        finish(health);
    }
}

static void too_large(struct dialogue *dialogue)
{
    fail(dialogue_of(dialogue), ERROR_REQUEST_TOO_LARGE,
         "expected a HealthCheckRequest of at most 1024 bytes");
}

static void malformed(struct dialogue *dialogue)
{
    fail(dialogue_of(dialogue), ERROR_MALFORMED_REQUEST,
         "expected a grpc.health.v1.HealthCheckRequest");
}

/* As proto3 wants a string. */
static bool is_utf8(const uint8_t *bytes, size_t length)
{
    char text[SERVICE_MESSAGE_MAX + 1];
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text_is_utf8(text, length);
}

/* The subject that the request names. False: it is no HealthCheckRequest. */
static bool read_subject(const uint8_t *bytes, size_t length, int *ret_subject)
{
    struct fields fields;
    struct field field;
    const uint8_t *name = bytes;
    size_t name_length = 0;
    fields_init(&fields, bytes, length);
    while (fields_next(&fields, &field)) {
        if (field.number == SERVICE_FIELD && field.type == FIELD_BYTES) {
            name = field.bytes;
            name_length = field.length;
        }
    }
    *ret_subject = UNKNOWN_SUBJECT;
    for (int i = 0; i < HEALTH_SUBJECTS; i++) {
        if (strlen(names[i]) == name_length && memcmp(names[i], name, name_length) == 0) {
            *ret_subject = i;
        }
    }
    return !fields.is_broken && is_utf8(name, name_length);
}

static void message(struct dialogue *dialogue, const uint8_t *bytes, size_t length)
{
    struct health_dialogue *health = dialogue_of(dialogue);
    if (dialogue->state != DIALOGUE_BEGINNING) {
        return; /* one request a stream: gRPC's own servers take no notice of more, either */
    }
    if (!read_subject(bytes, length, &health->subject)) {
        malformed(dialogue);
    } else if (health->subject == UNKNOWN_SUBJECT && !health->is_watch) {
        fail(health, ERROR_UNKNOWN_SERVICE, "there are \"\", \"grpc.Comms\" and \"store\"");
    } else {
        dialogue->state = DIALOGUE_RUNNING;
        health->is_ending = !health->is_watch;
        if (health->is_watch) {
            watch(health->health, &health->watcher);
        }
    }
}

static void half_close(struct dialogue *dialogue)
{
    if (dialogue->state == DIALOGUE_BEGINNING) {
        malformed(dialogue);
    }
}

/* The state is read when the next message is asked for. */
static void hear(struct dialogue *dialogue, enum service_word word)
{
    (void)dialogue;
    (void)word;
}

/* A watcher that does not know the latest state gets it before the end. */
static void shut_down(struct dialogue *dialogue)
{
    struct health_dialogue *health = dialogue_of(dialogue);
    if (dialogue->state == DIALOGUE_RUNNING) {
        health->is_ending = true;
    } else {
        fail(health, ERROR_SHUTTING_DOWN, "go on elsewhere, or here later");
    }
}

/* A Check is answered at once; a Watch ends when the server stops. */
static bool finishes_by(const struct dialogue *dialogue, int64_t deadline)
{
    (void)deadline;
    return !((const struct health_dialogue *)dialogue)->is_watch;
}

static enum dialogue_step send_state(struct health_dialogue *health, serving_status state,
                                     struct service_message *message)
{
    Grpc__Health__V1__HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    response.status = state;
    health->told = (int)state;
    *message = (struct service_message){
        .bytes = health->reply,
        .length = grpc__health__v1__health_check_response__pack(&response, health->reply)};
    return DIALOGUE_SEND;
}

static enum dialogue_step end_running(struct health_dialogue *health)
{
    if (health->is_watch) {
        (void)failure_set(&health->host->outcome, ERROR_SHUTTING_DOWN, "watch another server");
    }
    finish(health);
    return DIALOGUE_END;
}

static enum dialogue_step next(struct dialogue *dialogue, struct service_message *ret_message,
                               int64_t *ret_due)
{
    struct health_dialogue *health = dialogue_of(dialogue);
    switch (dialogue->state) {
    case DIALOGUE_BEGINNING:
        if (!command_wait_is_over(&health->wait, "a HealthCheckRequest", &health->host->outcome,
                                  ret_due)) {
            return DIALOGUE_WAIT;
        }
        finish(health);
        return DIALOGUE_END;
    case DIALOGUE_OVER:
        return DIALOGUE_END;
    case DIALOGUE_RUNNING:
        break;
    }
    const serving_status state = state_of(health);
    if ((int)state != health->told) {
        return send_state(health, state, ret_message);
    }
    if (health->is_ending) {
        return end_running(health);
    }
    const struct clock *clock = health->health->clock;
    const bool must_look = health->subject == HEALTH_STORE && health->health->store_works != NULL;
    *ret_due = must_look ? clock_add(clock->now(clock), STORE_LOOK_NS) : CLOCK_NEVER;
    return DIALOGUE_WAIT;
}

static void leave(struct dialogue *dialogue, enum service_end why)
{
    (void)why;
    finish(dialogue_of(dialogue));
}

static const struct service_operations operations = {.begin = begin,
                                                     .message = message,
                                                     .too_large = too_large,
                                                     .half_close = half_close,
                                                     .hear = hear,
                                                     .shut_down = shut_down,
                                                     .finishes_by = finishes_by,
                                                     .next = next,
                                                     .leave = leave};

static struct service make_service(const char *path, const struct health_method *method)
{
    return (struct service){.method = path,
                            .kind = method->is_watch ? SERVICE_SERVER_STREAM : SERVICE_UNARY,
                            .operations = &operations,
                            .settings = method,
                            .is_paced = true,
                            .places =
                                method->is_watch ? SERVICE_PLACES_WATCHES : SERVICE_PLACES_CHECKS};
}

struct service health_check_service(const struct health *health)
{
    return make_service("/grpc.health.v1.Health/Check", &health->check);
}

struct service health_watch_service(const struct health *health)
{
    return make_service("/grpc.health.v1.Health/Watch", &health->watch);
}
