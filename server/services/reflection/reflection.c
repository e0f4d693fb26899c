#include "server/services/reflection/reflection.h"

#include "server/services/command_wait.h"
#include "server/services/reflection/answer.h"

#include <assert.h>
#include <stdlib.h>

/* Answers that wait to be sent. A client that asks on without taking them is refused. */
enum { ANSWERS_MAX = 8 };

struct waiting_answer {
    uint8_t *bytes; /* on the heap */
    size_t length;
};

/* The dialogue of one stream. */
struct reflection {
    struct dialogue dialogue; /* first: what the worker sees */
    const struct reflection_settings *settings;
    struct service_host *host;
    struct command_wait wait;
    bool has_half_closed;
    unsigned first; /* of `answers` that wait, in a ring; the one before it is being sent */
    unsigned count;
    struct waiting_answer *answers; /* ANSWERS_MAX + 1, on the heap; NULL before the first */
};

static_assert(sizeof(struct reflection) <= SERVICE_DIALOGUE_MAX, "a worker has room for it");

static struct reflection *reflection_of(struct dialogue *dialogue)
{
    return (struct reflection *)dialogue;
}

static void await_request(struct reflection *reflection)
{
    command_wait_init(&reflection->wait, reflection->settings->clock,
                      reflection->settings->request_timeout_ns);
}

static void begin(struct dialogue *dialogue, const struct service *service,
                  struct service_host *host)
{
    struct reflection *reflection = reflection_of(dialogue);
    *reflection = (struct reflection){
        .dialogue = {.state = DIALOGUE_BEGINNING}, .settings = service->settings, .host = host};
    await_request(reflection);
}

/* Ends with the outcome that the caller has set. */
static void finish(struct reflection *reflection)
{
    for (unsigned i = 0; reflection->answers != NULL && i <= ANSWERS_MAX; i++) {
        free(reflection->answers[i].bytes);
    }
    free(reflection->answers);
    reflection->answers = NULL;
    reflection->dialogue.state = DIALOGUE_OVER;
}

static void fail(struct reflection *reflection, enum error error, const char *detail)
{
    if (reflection->dialogue.state != DIALOGUE_OVER) {
        (void)failure_set(&reflection->host->outcome, error, "%s", detail);
        finish(reflection);
    }
}

static void too_large(struct dialogue *dialogue)
{
    fail(reflection_of(dialogue), ERROR_REQUEST_TOO_LARGE,
         "expected a ServerReflectionRequest of at most 1024 bytes");
}

static void message(struct dialogue *dialogue, const uint8_t *bytes, size_t length)
{
    struct reflection *reflection = reflection_of(dialogue);
    if (dialogue->state == DIALOGUE_OVER) {
        return;
    }
    if (reflection->answers == NULL) {
        reflection->answers = calloc(ANSWERS_MAX + 1, sizeof *reflection->answers);
    }
    if (reflection->answers == NULL || reflection->count == ANSWERS_MAX) {
        fail(reflection, ERROR_TOO_MANY_STREAMS, "take the answers before asking on");
        return;
    }
    struct waiting_answer answer;
    switch (reflection_answer(bytes, length, &answer.bytes, &answer.length)) {
    case ANSWER_MADE: {
        const unsigned last = (reflection->first + reflection->count++) % (ANSWERS_MAX + 1);
        reflection->answers[last] = answer;
        dialogue->state = DIALOGUE_RUNNING;
        break;
    }
    case ANSWER_MALFORMED:
        fail(reflection, ERROR_MALFORMED_REQUEST, "expected a ServerReflectionRequest");
        break;
    case ANSWER_NO_MEMORY:
        fail(reflection, ERROR_TOO_MANY_STREAMS, "the server is out of memory");
        break;
    }
}

static void half_close(struct dialogue *dialogue)
{
    reflection_of(dialogue)->has_half_closed = true;
}

static void hear(struct dialogue *dialogue, enum service_word word)
{
    (void)dialogue;
    (void)word;
}

static void shut_down(struct dialogue *dialogue)
{
    fail(reflection_of(dialogue), ERROR_SHUTTING_DOWN, "go on elsewhere, or here later");
}

/* What was asked is answered at once; nobody waits for a next question. */
static bool finishes_by(const struct dialogue *dialogue, int64_t deadline)
{
    (void)deadline;
    return ((const struct reflection *)dialogue)->has_half_closed;
}

/* Takes the first answer that waits. The worker has sent the one before it. */
static enum dialogue_step send_answer(struct reflection *reflection,
                                      struct service_message *message)
{
    const unsigned slots = ANSWERS_MAX + 1;
    struct waiting_answer *sent = &reflection->answers[(reflection->first + slots - 1) % slots];
    const struct waiting_answer *answer = &reflection->answers[reflection->first];
    free(sent->bytes);
    *sent = (struct waiting_answer){0};
    reflection->first = (reflection->first + 1) % slots;
    reflection->count--;
    *message = (struct service_message){.bytes = answer->bytes, .length = answer->length};
    await_request(reflection);
    return DIALOGUE_SEND;
}

static enum dialogue_step next(struct dialogue *dialogue, struct service_message *ret_message,
                               int64_t *ret_due)
{
    struct reflection *reflection = reflection_of(dialogue);
    if (dialogue->state == DIALOGUE_OVER) {
        return DIALOGUE_END;
    }
    if (reflection->count > 0) {
        return send_answer(reflection, ret_message);
    }
    if (!reflection->has_half_closed &&
        !command_wait_is_over(&reflection->wait, "a ServerReflectionRequest",
                              &reflection->host->outcome, ret_due)) {
        return DIALOGUE_WAIT;
    }
    finish(reflection);
    return DIALOGUE_END;
}

static void leave(struct dialogue *dialogue, enum service_end why)
{
    (void)why;
    finish(reflection_of(dialogue));
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

static struct service make_service(const char *path, const struct reflection_settings *settings)
{
    return (struct service){.method = path,
                            .operations = &operations,
                            .settings = settings,
                            .is_paced = true,
                            .places = SERVICE_PLACES_REFLECTION};
}

struct service reflection_v1_service(const struct reflection_settings *settings)
{
    return make_service("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", settings);
}

struct service reflection_v1alpha_service(const struct reflection_settings *settings)
{
    return make_service("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", settings);
}
