/*
 * A few conversations share one map of sessions; the input drives them: commands, replies taken,
 * time going by, half-closes, lost streams, take-overs, evictions, in any order.
 *
 * Beside them runs a model, written from the protocol and from nothing else: a session is a number
 * of messages sent and the slot (the stream) that owns it. After each step the two must agree, so
 * `sent` never falls, one stream owns a session, no message is skipped or sent twice on a stream,
 * and a refused command changes nothing. What the messages are comes from
 * shared/protocol/sequence.h alone.
 *
 * The first byte chooses the mode and the limits. Each step is a byte (which step, which slot) and
 * the bytes that it needs.
 */
#undef NDEBUG

#include "server/services/comms/conversation.h"
#include "server/sessions/session.h"
#include "server/sessions/sessions.h"
#include "server/sessions/store_memory.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/protocol/command.h"
#include "shared/protocol/sequence.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 4, UUIDS = 4, N_MAX = 6, NOBODY = -1, STEPS_MAX = 200, TAKEN_AT_ONCE_MAX = 8 };

/* In some of these sessions a value repeats, or the checksum equals a number. */
static const char *const uuid_texts[UUIDS] = {
    "a17417a0-aa39-40b5-8675-247713cc4908",
    "24cb0169-21d3-a888-8000-000000000005", /* numbers 1 and 5 */
    "00000000-264a-b42d-8000-000000000003", /* number 1 and the checksum of 5 */
    "00000000-21f2-f4a3-8000-000000000006", /* numbers 1 and 3 */
};
static struct uuid uuids[UUIDS];
static uint32_t messages[UUIDS][N_MAX + 1][N_MAX + 2]; /* by n, by position */
static uint32_t checksums[UUIDS][N_MAX + 1];           /* of so many numbers */

struct input {
    const uint8_t *at;
    size_t left;
};

/* A session, as the protocol has it. */
struct model {
    bool exists;
    uint32_t n;
    uint32_t sent;
    int owner;       /* a slot, or NOBODY */
    int64_t left_at; /* by the last owner */
};

/* A stream, its conversation, and what is known of both. */
struct slot {
    struct service_host host; /* first, so that one can be the other */
    bool was_told;            /* that another stream took the session */
    struct conversation conversation;

    enum dialogue_state state;
    enum error outcome;

    int uuid;
    uint32_t n;   /* of the session it began; another of that uuid may have come since */
    bool is_lost; /* its session, to another slot */
    uint32_t position;
    unsigned answers_left;
    uint64_t next; /* stateless: the next number, 0 where it is random */

    int64_t began_at;
    int64_t last_at; /* when the last number was sent */
    uint64_t numbers;
    int64_t wait_until; /* what it said last, or 0 */
};

/* Time goes by as the input says, and when the reaper waits. */
static struct {
    struct clock clock; /* first, so that one can be the other */
    int64_t now;
    int64_t expected_deadline; /* of a wait that may come; 0: none may */
} fuzz_clock;

static struct slot slots[SLOTS];
static struct model models[UUIDS];
static struct sessions *sessions;
static struct sessions_settings limits;
static struct store_memory store;
static struct conversation_settings settings;
static struct service service;
static unsigned evictions;

static uint8_t take_byte(struct input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

static int64_t clock_now(const struct clock *clock)
{
    (void)clock;
    return fuzz_clock.now;
}

/* Only the reaper waits, with its lock held, for the next session to expire: that moment comes. */
static void clock_wait(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *lock,
                       int64_t deadline)
{
    (void)clock;
    (void)condition;
    assert(pthread_mutex_trylock(lock) != 0);
    assert(fuzz_clock.expected_deadline != 0);
    assert(deadline == fuzz_clock.expected_deadline);
    fuzz_clock.now = deadline;
    fuzz_clock.expected_deadline = 0;
}

/* The store answers at once, so the only word is this. */
static void tell(struct service_host *host, enum service_word word)
{
    struct slot *slot = (struct slot *)(void *)host;
    assert(word == SERVICE_TAKEN_OVER && !slot->was_told);
    slot->was_told = true;
}

/* ---- The model ---- */

static bool is_stateful(void)
{
    return settings.mode == MODE_STATEFUL;
}

static int slot_index(const struct slot *slot)
{
    return (int)(slot - slots);
}

static int uuid_index(const struct uuid *uuid)
{
    for (int i = 0; i < UUIDS; i++) {
        if (uuid_equal(uuid, &uuids[i])) {
            return i;
        }
    }
    return NOBODY;
}

static uint64_t model_count(void)
{
    uint64_t count = 0;
    for (int i = 0; i < UUIDS; i++) {
        count += models[i].exists ? 1 : 0;
    }
    return count;
}

static void model_over(struct slot *slot, enum error outcome)
{
    if (slot->state == DIALOGUE_RUNNING && is_stateful() && !slot->is_lost) {
        models[slot->uuid].owner = NOBODY;
        models[slot->uuid].left_at = fuzz_clock.now;
    }
    slot->state = DIALOGUE_OVER;
    slot->outcome = outcome;
}

static enum error model_start(struct slot *slot, const struct command *command)
{
    struct model *model = &models[slot->uuid];
    bool is_finished = model->owner == NOBODY && model->sent == model->n + 1;
    if (model->exists && !is_finished) {
        return ERROR_UUID_TAKEN;
    }
    if (!model->exists && model_count() == limits.max_sessions) {
        return ERROR_TOO_MANY_SESSIONS;
    }
    *model = (struct model){.exists = true, .n = command->n, .owner = slot_index(slot)};
    slot->n = model->n;
    slot->position = 0;
    slot->answers_left = 0;
    return ERROR_NONE;
}

static enum error model_continue(struct slot *slot, const struct command *command,
                                 const struct request *request)
{
    struct model *model = &models[slot->uuid];
    if (!model->exists) {
        return ERROR_NO_SESSION;
    }
    const uint32_t *all = messages[slot->uuid][model->n];
    uint32_t position = request->has_position ? request->position : model->sent;
    if (position > model->sent) {
        return ERROR_WRONG_LAST_NUMBER;
    }
    while (!request->has_position && position > 0 && all[position] != command->last) {
        position--;
    }
    bool fits = position == 0 ? request->has_position : all[position] == command->last;
    if (!fits) {
        return ERROR_WRONG_LAST_NUMBER;
    }
    if (model->owner != NOBODY) {
        slots[model->owner].is_lost = true;
    }
    model->owner = slot_index(slot);
    slot->n = model->n;
    slot->position = position;
    slot->answers_left = 2;
    return ERROR_NONE;
}

static void model_command(struct slot *slot, const struct request *request, enum error error,
                          const struct command *command)
{
    if (slot->state == DIALOGUE_OVER) {
        return;
    }
    if (error == ERROR_NONE && command->kind == COMMAND_END) {
        model_over(slot, ERROR_NONE);
        return;
    }
    if (slot->state == DIALOGUE_RUNNING) {
        model_over(slot, error == ERROR_UNKNOWN_COMMAND ? error : ERROR_ALREADY_RUNNING);
        return;
    }
    if (error == ERROR_NONE && is_stateful()) {
        slot->uuid = uuid_index(&command->uuid);
        error = command->kind == COMMAND_START ? model_start(slot, command)
                                               : model_continue(slot, command, request);
    }
    if (error != ERROR_NONE) {
        model_over(slot, error);
        return;
    }
    slot->state = DIALOGUE_RUNNING;
    slot->next = command->kind == COMMAND_CONTINUE ? stateless_next(command->last) : 0;
    slot->began_at = fuzz_clock.now;
    slot->last_at = fuzz_clock.now - settings.interval_ns;
    slot->numbers = 0;
    slot->wait_until = 0;
}

static bool model_is_finished(const struct slot *slot)
{
    return is_stateful() && slot->answers_left == 0 && slot->position == slot->n + 1;
}

/* Whether the next message is one that waits for no tick. */
static bool model_is_prompt(const struct slot *slot)
{
    return is_stateful() && (slot->answers_left > 0 || slot->position == slot->n);
}

/* ---- What is compared ---- */

static void check_session(int i)
{
    const struct model *model = &models[i];
    struct session *session = sessions_find(sessions, &uuids[i]);
    assert((session != NULL) == model->exists);
    if (session == NULL) {
        return;
    }
    assert(uuid_equal(session_uuid(session), &uuids[i]));
    assert(session_n(session) == model->n);
    assert(session_sent(session) == model->sent);
    assert(session->owner ==
           (model->owner == NOBODY ? NULL : &slots[model->owner].conversation.owner));
    uint32_t epoch = (uint32_t)(atomic_load(&session->progress) >> 32);
    for (int s = 0; s < SLOTS; s++) {
        bool owns = false;
        if (slots[s].state == DIALOGUE_RUNNING) {
            const struct session_hold *hold = &slots[s].conversation.stream.stateful->hold;
            owns = hold->session == session && hold->epoch == epoch;
        }
        assert(owns == (s == model->owner));
    }
    session_unref(session);
}

static void check_slot(const struct slot *slot)
{
    const struct dialogue *dialogue = &slot->conversation.dialogue;
    assert(dialogue->state == slot->state);
    assert(!dialogue->is_asking);
    assert(dialogue->outcome.error == slot->outcome);
    if (slot->outcome != ERROR_NONE) {
        assert(error_from_message(dialogue->outcome.text) == slot->outcome);
    }
    assert(slot->was_told == slot->is_lost);
    if (slot->state != DIALOGUE_RUNNING) {
        assert(service.operations->finishes_by(dialogue, fuzz_clock.now) ==
               (slot->state == DIALOGUE_OVER));
    }
}

static void check_all(void)
{
    for (int i = 0; i < SLOTS; i++) {
        check_slot(&slots[i]);
    }
    if (is_stateful()) {
        for (int i = 0; i < UUIDS; i++) {
            check_session(i);
        }
        assert(sessions_count(sessions) == model_count());
    }
}

/* ---- The steps ---- */

static void slot_begin(struct slot *slot)
{
    slot->host = (struct service_host){.tell = tell, .peer = "peer"};
    slot->was_told = false;
    slot->is_lost = false;
    slot->wait_until = 0;
    slot->state = DIALOGUE_BEGINNING;
    slot->outcome = ERROR_NONE;
    service.operations->begin(&slot->conversation.dialogue, &service, &slot->host);
}

static void slot_leave(struct slot *slot)
{
    if (slot->state != DIALOGUE_OVER) {
        model_over(slot, ERROR_NONE);
    }
    service.operations->leave(&slot->conversation.dialogue);
    check_all();
}

static size_t put_varint(uint8_t *bytes, uint32_t value)
{
    size_t length = 0;
    for (; value >= 0x80; value >>= 7) {
        bytes[length++] = (uint8_t)(value | 0x80);
    }
    bytes[length++] = (uint8_t)value;
    return length;
}

/* As protobuf has it; request_encode would end at a NUL in the text. */
static size_t encode_request(const struct request *request, uint8_t bytes[static REQUEST_SIZE_MAX])
{
    enum { MESSAGE_TAG = 0x0a, POSITION_TAG = 0x10 };
    size_t length = 0;
    bytes[length++] = MESSAGE_TAG;
    length += put_varint(bytes + length, (uint32_t)request->length);
    memcpy(bytes + length, request->text, request->length);
    length += request->length;
    if (request->has_position) {
        bytes[length++] = POSITION_TAG;
        length += put_varint(bytes + length, request->position);
    }
    return length;
}

static void step_command(struct slot *slot, const struct request *request)
{
    struct command command = {.kind = COMMAND_START};
    struct failure failure;
    enum error error = command_parse(settings.mode, settings.max_n, request->text, request->length,
                                     &command, &failure);
    if (error == ERROR_NONE && is_stateful() && uuid_index(&command.uuid) == NOBODY) {
        return; /* a session that the model does not know */
    }
    model_command(slot, request, error, &command);
    uint8_t bytes[REQUEST_SIZE_MAX];
    service.operations->message(&slot->conversation.dialogue, bytes,
                                encode_request(request, bytes));
}

static void step_written_command(struct slot *slot, const struct command *command,
                                 bool has_position, uint32_t position)
{
    struct request request = {.has_position = has_position, .position = position};
    command_format(settings.mode, command, request.text);
    request.length = strlen(request.text);
    step_command(slot, &request);
}

static void step_start(struct slot *slot, struct input *input)
{
    struct command command = {.kind = COMMAND_START};
    uint8_t byte = take_byte(input);
    command.uuid = uuids[byte % UUIDS];
    command.n = byte / UUIDS % (N_MAX + 2); /* 0 and N_MAX + 1 are refused */
    step_written_command(slot, &command, false, 0);
}

/* From the message at one place, with the position of another one, of the same, or of none. */
static void step_continue(struct slot *slot, struct input *input)
{
    struct command command = {.kind = COMMAND_CONTINUE};
    uint8_t which = take_byte(input);
    uint8_t place = take_byte(input);
    int u = which % UUIDS;
    uint32_t n = models[u].exists ? models[u].n : N_MAX;
    uint32_t position = place % (N_MAX + 3);
    command.uuid = uuids[u];
    command.last = position <= n + 1 ? messages[u][n][position] : UINT32_MAX;
    switch (which / UUIDS % 4) {
    case 0:
        step_written_command(slot, &command, false, 0);
        return;
    case 1:
        step_written_command(slot, &command, true, position);
        return;
    case 2:
        step_written_command(slot, &command, true, place / 16);
        return;
    default:
        command.last = is_stateful() ? place : UINT64_MAX - place;
        step_written_command(slot, &command, place % 2 == 0, place / 2);
    }
}

/* Bytes of the input, as they are. */
static void step_text(struct slot *slot, struct input *input)
{
    struct request request = {.has_position = false};
    uint8_t length = take_byte(input);
    for (uint8_t i = 0; i < length && input->left > 0; i++) {
        request.text[request.length++] = (char)take_byte(input);
    }
    step_command(slot, &request);
}

static void model_send_stateful(struct slot *slot, uint64_t number, bool more)
{
    struct model *model = &models[slot->uuid];
    const uint32_t n = slot->n;
    if (slot->answers_left == 2) {
        assert(number == slot->position);
        slot->answers_left--;
    } else if (slot->answers_left == 1) {
        assert(number == checksums[slot->uuid][slot->position > n ? n : slot->position]);
        slot->answers_left--;
    } else {
        slot->position++;
        assert(number == messages[slot->uuid][n][slot->position]);
        model->sent = slot->position > model->sent ? slot->position : model->sent;
    }
    assert(slot->position <= model->sent);
    assert(more ==
           (!model_is_finished(slot) && (settings.interval_ns == 0 || model_is_prompt(slot))));
}

static void model_send_stateless(struct slot *slot, uint64_t number, bool more)
{
    bool is_first = slot->next == 0 && slot->numbers == 1 && number >= 1 && number <= 255;
    assert(is_first || number == slot->next);
    slot->next = stateless_next(number);
    assert(more == (settings.interval_ns == 0));
}

/* A number must not come before its time, nor be held back after it. */
static void check_pace_of_number(struct slot *slot)
{
    assert(slot->wait_until <= fuzz_clock.now);
    assert(fuzz_clock.now - slot->began_at >= (int64_t)slot->numbers * settings.interval_ns);
    slot->last_at = fuzz_clock.now;
    slot->numbers++;
    slot->wait_until = 0;
}

static void check_wait(struct slot *slot, int64_t due)
{
    assert(due > fuzz_clock.now);
    assert(due <= slot->last_at + settings.interval_ns);
    assert(slot->wait_until == 0 || slot->wait_until == due);
    slot->wait_until = due;

    /* A stateless stream never finishes; a session does with its last number, at this pace. */
    if (!is_stateful()) {
        assert(!service.operations->finishes_by(&slot->conversation.dialogue, CLOCK_NEVER));
        return;
    }
    int64_t last = due + (int64_t)(slot->n - slot->position - 1) * settings.interval_ns;
    assert(service.operations->finishes_by(&slot->conversation.dialogue, last));
    assert(!service.operations->finishes_by(&slot->conversation.dialogue, last - 1));
}

/* Takes what comes next; true if it was a reply. */
static bool step_next(struct slot *slot)
{
    struct service_message message = {.length = 0};
    int64_t due = 0;
    enum dialogue_step step =
        service.operations->next(&slot->conversation.dialogue, &message, &due);
    if (slot->state == DIALOGUE_BEGINNING) {
        assert(step == DIALOGUE_WAIT && due == CLOCK_NEVER);
        return false;
    }
    if (slot->state == DIALOGUE_OVER || model_is_finished(slot)) {
        assert(step == DIALOGUE_END);
        model_over(slot, slot->outcome);
        return false;
    }
    bool prompt = model_is_prompt(slot);
    if (step == DIALOGUE_WAIT) {
        assert(!prompt);
        check_wait(slot, due);
        return false;
    }
    if (!prompt) {
        check_pace_of_number(slot);
    }
    if (slot->is_lost) {
        assert(step == DIALOGUE_END);
        model_over(slot, ERROR_TAKEN_OVER);
        return false;
    }
    assert(step == DIALOGUE_SEND);
    struct reply reply;
    assert(reply_decode(message.bytes, message.length, &reply) && !reply.is_error);
    if (is_stateful()) {
        model_send_stateful(slot, reply.number, message.more);
    } else {
        model_send_stateless(slot, reply.number, message.more);
    }
    return true;
}

static void step_many(struct slot *slot)
{
    for (int i = 0; i < TAKEN_AT_ONCE_MAX && step_next(slot); i++) {
        check_all();
    }
}

static void step_shut_down(struct slot *slot)
{
    if (slot->state != DIALOGUE_OVER) {
        model_over(slot, ERROR_SHUTTING_DOWN);
    }
    service.operations->shut_down(&slot->conversation.dialogue);
}

static void step_hear(struct slot *slot)
{
    if (slot->state != DIALOGUE_OVER) {
        model_over(slot, ERROR_TAKEN_OVER);
    }
    service.operations->hear(&slot->conversation.dialogue, SERVICE_TAKEN_OVER);
}

static void step_half_close(struct slot *slot)
{
    if (slot->state == DIALOGUE_BEGINNING) {
        model_over(slot, ERROR_CLOSED_EARLY);
    }
    service.operations->half_close(&slot->conversation.dialogue);
}

/* Some time goes by, or as much as the slot waits for, or a nanosecond less. */
static void step_time(const struct slot *slot, struct input *input)
{
    static const int64_t units[] = {0, 10 * NS_PER_MS, 250 * NS_PER_MS, 10 * NS_PER_S};
    uint8_t byte = take_byte(input);
    fuzz_clock.now += (byte & 63) * units[byte >> 6];
    if (byte >> 6 == 0 && slot->wait_until > fuzz_clock.now) {
        fuzz_clock.now = slot->wait_until - (byte & 1);
    }
}

static void evicted(const struct session *session)
{
    int i = uuid_index(session_uuid(session));
    assert(i != NOBODY && models[i].exists && models[i].owner == NOBODY);
    assert(models[i].left_at + limits.timeout_ns <= fuzz_clock.now);
    models[i].exists = false;
    evictions++;
}

/* Evicts all that has expired, or else waits for the first that will. */
static void step_reap(void)
{
    int64_t first = CLOCK_NEVER;
    for (int i = 0; i < UUIDS; i++) {
        if (models[i].exists && models[i].owner == NOBODY &&
            models[i].left_at + limits.timeout_ns < first) {
            first = models[i].left_at + limits.timeout_ns;
        }
    }
    if (!is_stateful() || first == CLOCK_NEVER) {
        return; /* it would wait for ever */
    }
    fuzz_clock.expected_deadline = first > fuzz_clock.now ? first : 0;
    evictions = 0;
    assert(sessions_reap(sessions, evicted));
    assert(evictions > 0);
    assert(fuzz_clock.expected_deadline == 0);
    for (int i = 0; i < UUIDS; i++) {
        assert(!models[i].exists || models[i].owner != NOBODY ||
               models[i].left_at + limits.timeout_ns > fuzz_clock.now);
    }
}

static void step(struct input *input)
{
    uint8_t byte = take_byte(input);
    struct slot *slot = &slots[byte % SLOTS];
    switch (byte / SLOTS % 12) {
    case 0:
        step_start(slot, input);
        break;
    case 1:
    case 2:
        step_continue(slot, input);
        break;
    case 3:
        step_text(slot, input);
        break;
    case 4:
        (void)step_next(slot);
        break;
    case 5:
        step_many(slot);
        break;
    case 6:
        step_time(slot, input);
        break;
    case 7:
        step_half_close(slot);
        break;
    case 8:
        slot_leave(slot);
        slot_begin(slot);
        break;
    case 9:
        step_reap();
        break;
    case 10:
        step_shut_down(slot);
        break;
    default: /* as the worker does when it was told */
        if (slot->was_told) {
            step_hear(slot);
        }
    }
    check_all();
}

static void set_up(uint8_t byte)
{
    static const int64_t intervals[] = {0, 100 * NS_PER_MS, NS_PER_S, 3 * NS_PER_S};
    fuzz_clock.clock = (struct clock){.now = clock_now, .wait = clock_wait};
    fuzz_clock.now = NS_PER_S;
    fuzz_clock.expected_deadline = 0;
    limits = (struct sessions_settings){.max_sessions = 1 + (byte >> 5 & 3),
                                        .timeout_ns = (byte & 0x80) != 0 ? NS_PER_S : 30 * NS_PER_S,
                                        .clock = &fuzz_clock.clock};
    bool stateless = (byte & 7) == 7;
    sessions = stateless ? NULL : sessions_create(&limits);
    assert(stateless || sessions != NULL);
    store_memory_init(&store, sessions);
    settings = (struct conversation_settings){.mode = stateless ? MODE_STATELESS : MODE_STATEFUL,
                                              .max_n = N_MAX,
                                              .interval_ns = intervals[byte >> 3 & 3],
                                              .clock = &fuzz_clock.clock,
                                              .store = &store.store};
    service = conversation_service(&settings);
    memset(models, 0, sizeof models);
    for (int i = 0; i < SLOTS; i++) {
        slot_begin(&slots[i]);
    }
}

static void tear_down(void)
{
    for (int i = 0; i < SLOTS; i++) {
        slot_leave(&slots[i]);
    }
    if (sessions != NULL) {
        sessions_stop_reaping(sessions);
        assert(!sessions_reap(sessions, evicted));
        sessions_destroy(sessions);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_set_level(LOG_LEVEL_ERROR);
    for (int u = 0; u < UUIDS; u++) {
        bool parsed = uuid_parse(uuid_texts[u], strlen(uuid_texts[u]), &uuids[u]);
        assert(parsed);
        for (uint32_t n = 1; n <= N_MAX; n++) {
            struct sequence sequence;
            sequence_init(&sequence, &uuids[u], n);
            for (uint32_t k = 1; k <= n + 1; k++) {
                messages[u][n][k] = sequence_next(&sequence);
            }
            checksums[u][n] = sequence_checksum(&sequence);
        }
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.at = data, .left = size};
    set_up(take_byte(&input));
    for (int i = 0; i < STEPS_MAX && input.left > 0; i++) {
        step(&input);
    }
    tear_down();
    return 0;
}
