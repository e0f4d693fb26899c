#include "test/kit/fake_service.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 32 }; /* room for a message's text */

struct fake_dialogue {
    struct dialogue dialogue; /* first, so that one can be the other */
    struct fake_record *record;
    struct service_host *host;
    bool has_left;
    int left_to_send; /* -1: no end */
    char letter;
    int64_t due;     /* when the next message is; 0: now */
    int64_t step_ns; /* from one to the next */
};

static struct fake_dialogue *of(struct dialogue *dialogue)
{
    return (struct fake_dialogue *)dialogue;
}

static void begin(struct dialogue *dialogue, const struct service *service,
                  struct service_host *host)
{
    *of(dialogue) = (struct fake_dialogue){.host = host, .letter = 'a' - 1};
    memcpy(&of(dialogue)->record, &service->settings, sizeof service->settings);
    of(dialogue)->record->begun++;
}

static void message(struct dialogue *dialogue, const uint8_t *bytes, size_t length)
{
    char text[TEXT_SIZE] = "";
    struct fake_dialogue *fake = of(dialogue);
    const struct clock *clock = fake->record->clock;
    memcpy(text, bytes, length);
    fake->record->messages++;
    const bool waits = strcmp(text, "wait") == 0 || strcmp(text, "hurry") == 0;
    if (strncmp(text, "run", 3) == 0 || waits) {
        dialogue->state = DIALOGUE_RUNNING;
        fake->left_to_send = text[3] == ' ' ? atoi(text + 4) : -1; /* NOLINT(cert-err34-c) */
        fake->step_ns = text[0] == 'w' ? NS_PER_S : NS_PER_MS / 10;
        fake->due = waits ? clock->now(clock) + fake->step_ns : 0;
    } else if (strcmp(text, "ask") == 0) {
        dialogue->is_asking = true;
    } else if (strcmp(text, "end") == 0) {
        dialogue->state = DIALOGUE_OVER;
    }
}

static void end(struct dialogue *dialogue, enum error error)
{
    if (dialogue->state != DIALOGUE_OVER) {
        of(dialogue)->host->outcome.error = error;
        dialogue->state = DIALOGUE_OVER;
    }
}

static void too_large(struct dialogue *dialogue)
{
    of(dialogue)->record->too_large += of(dialogue)->has_left ? 0 : 1;
    end(dialogue, ERROR_REQUEST_TOO_LARGE);
}

static void half_close(struct dialogue *dialogue)
{
    of(dialogue)->record->half_closed++;
}

static void hear(struct dialogue *dialogue, enum service_word word)
{
    if (word == SERVICE_ANSWERED) {
        of(dialogue)->record->answered++;
        dialogue->is_asking = false;
    } else {
        of(dialogue)->record->taken_over++;
        end(dialogue, ERROR_TAKEN_OVER);
    }
}

static void shut_down(struct dialogue *dialogue)
{
    of(dialogue)->record->shut_down++;
    end(dialogue, ERROR_SHUTTING_DOWN);
}

static bool finishes_by(const struct dialogue *dialogue, int64_t deadline)
{
    (void)deadline;
    return ((const struct fake_dialogue *)dialogue)->record->finishes;
}

static enum dialogue_step next(struct dialogue *dialogue, struct service_message *ret_message,
                               int64_t *ret_due)
{
    struct fake_dialogue *fake = of(dialogue);
    const struct clock *clock = fake->record->clock;
    if (dialogue->state == DIALOGUE_RUNNING && fake->left_to_send == 0) {
        dialogue->state = DIALOGUE_OVER;
    }
    if (dialogue->state != DIALOGUE_RUNNING) {
        *ret_due = CLOCK_NEVER;
        return dialogue->state == DIALOGUE_OVER ? DIALOGUE_END : DIALOGUE_WAIT;
    }
    if (fake->due > clock->now(clock)) {
        *ret_due = fake->due;
        return DIALOGUE_WAIT;
    }
    fake->due += fake->due == 0 ? 0 : fake->step_ns;
    fake->left_to_send -= fake->left_to_send > 0 ? 1 : 0;
    fake->letter = (char)(fake->letter == 'z' ? 'a' : fake->letter + 1);
    ret_message->bytes = (const uint8_t *)&fake->letter;
    ret_message->length = 1;
    ret_message->padding_length = fake->record->padding;
    ret_message->more = fake->due == 0 && fake->left_to_send != 0;
    return DIALOGUE_SEND;
}

static void leave(struct dialogue *dialogue, enum service_end why)
{
    of(dialogue)->record->why = of(dialogue)->has_left ? of(dialogue)->record->why : why;
    of(dialogue)->record->left += of(dialogue)->has_left ? 0 : 1;
    of(dialogue)->has_left = true;
    end(dialogue, ERROR_NONE);
}

static size_t encode_failure(const struct failure *failure, uint8_t bytes[static SERVICE_ERROR_MAX])
{
    (void)failure;
    bytes[0] = '!';
    return 1;
}

const struct service_operations fake_operations = {.begin = begin,
                                                   .message = message,
                                                   .too_large = too_large,
                                                   .half_close = half_close,
                                                   .hear = hear,
                                                   .shut_down = shut_down,
                                                   .finishes_by = finishes_by,
                                                   .next = next,
                                                   .leave = leave,
                                                   .encode_failure = encode_failure};

struct service fake_service(struct fake_record *record)
{
    return (struct service){
        .method = "/fake/Method", .operations = &fake_operations, .settings = record};
}
