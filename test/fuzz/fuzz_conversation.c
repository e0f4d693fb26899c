/*
 * A few streams share one map of sessions; the input drives them: commands, messages taken, time
 * that goes by, half-closes, lost streams, take-overs, evictions, in any order.
 *
 *     conversation/subject         the conversations under test
 *     conversation/model           what they must do, from the protocol alone
 *     conversation/known_sessions  what the messages are, from shared/protocol/sequence.h alone
 *
 * After each step the two must agree: `sent` never falls, one stream owns a session, no message is
 * skipped or sent twice on a stream, an older attempt takes no session, and a refused command
 * changes nothing.
 *
 * The first byte chooses the mode and the limits. Each step is a byte (which step, which stream)
 * and the bytes that the step needs.
 */
#undef NDEBUG

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "test/fuzz/conversation/known_sessions.h"
#include "test/fuzz/conversation/model.h"
#include "test/fuzz/conversation/subject.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 200, TAKEN_AT_ONCE_MAX = 8 };

struct input {
    const uint8_t *at;
    size_t left;
};

static struct model model;
static unsigned evictions;

static uint8_t take_byte(struct input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

/* ---- What is compared ------------------------------------------------------------------------ */

static void check_stream(int s)
{
    const struct model_stream *expected = &model.streams[s];
    const struct failure *outcome = subject_outcome(s);
    assert(subject_state(s) == expected->state);
    assert(outcome->error == expected->outcome);
    if (expected->outcome != ERROR_NONE) {
        assert(error_from_message(outcome->text) == expected->outcome);
    }
    assert(subject_was_told(s) == expected->is_lost);
    if (expected->state != RUNNING) {
        assert(subject_finishes_by(s, model.now) == (expected->state == OVER));
    }
}

static void check_session(int i)
{
    const struct session_view *expected = &model.sessions[i].view;
    const struct session_view view = subject_session(known_uuid(i));
    assert(view.exists == expected->exists);
    if (view.exists) {
        assert(view.n == expected->n);
        assert(view.sent == expected->sent);
        assert(view.owner == expected->owner);
        assert(view.attempt == expected->attempt);
    }
}

static void check_all(void)
{
    for (int s = 0; s < STREAMS; s++) {
        check_stream(s);
    }
    if (model_is_stateful(&model)) {
        for (int i = 0; i < SESSIONS; i++) {
            check_session(i);
        }
        assert(subject_count_sessions() == model_count_sessions(&model));
    }
}

/* ---- Commands -------------------------------------------------------------------------------- */

static void step_request(int s, const struct request *request)
{
    if (model_command(&model, s, request)) {
        subject_command(s, request);
    }
}

/* `request` has what goes with the command. */
static void step_command(int s, const struct command *command, struct request request)
{
    command_format(model.settings.mode, command, request.text);
    request.length = strlen(request.text);
    step_request(s, &request);
}

static void step_start(int s, struct input *input)
{
    struct command command = {.kind = COMMAND_START};
    uint8_t byte = take_byte(input);
    command.uuid = *known_uuid(byte % SESSIONS);
    command.n = byte / SESSIONS % (N_MAX + 2); /* 0 and N_MAX + 1 are refused */
    uint32_t attempt = byte / SESSIONS / (N_MAX + 2);
    step_command(s, &command, (struct request){.attempt = attempt});
}

/* The message at a place of a session: 0 before the first one, which has no value. */
static uint32_t message_at(int session, uint32_t n, uint32_t position)
{
    return position == 0 ? 0 : position <= n + 1 ? known_message(session, n, position) : UINT32_MAX;
}

/* From the message at one place, with the position of that place, of another one, or of none. */
static void step_continue(int s, struct input *input)
{
    enum { WAYS = 4 };
    struct command command = {.kind = COMMAND_CONTINUE};
    uint8_t which = take_byte(input);
    uint8_t place = take_byte(input);
    int session = which % SESSIONS;
    const struct session_view *view = &model.sessions[session].view;
    uint32_t position = place % (N_MAX + 3);
    command.uuid = *known_uuid(session);
    command.last = message_at(session, view->exists ? view->n : N_MAX, position);
    struct request request = {.attempt = which / SESSIONS / WAYS};
    switch (which / SESSIONS % WAYS) {
    case 0:
        break;
    case 1:
        request.has_position = true;
        request.position = position;
        break;
    case 2:
        request.has_position = true;
        request.position = place / 16;
        break;
    default:
        command.last = model_is_stateful(&model) ? place : UINT64_MAX - place;
        request.has_position = place % 2 == 0;
        request.position = place / 2;
    }
    step_command(s, &command, request);
}

/* Bytes of the input, as they are. */
static void step_text(int s, struct input *input)
{
    struct request request = {.has_position = false};
    uint8_t length = take_byte(input);
    for (uint8_t i = 0; i < length && input->left > 0; i++) {
        request.text[request.length++] = (char)take_byte(input);
    }
    step_request(s, &request);
}

/* ---- The other steps ------------------------------------------------------------------------- */

/* Takes what comes next; true if it was a message. */
static bool step_next(int s)
{
    bool was_running = model.streams[s].state == RUNNING;
    const struct next next = subject_next(s);
    bool is_message = model_next(&model, s, &next);
    if (was_running && next.step == NEXT_WAIT) {
        int64_t last = model_finishes_at(&model, s, next.due);
        assert(subject_finishes_by(s, last) == (last != CLOCK_NEVER));
        assert(!subject_finishes_by(s, last - 1));
    }
    return is_message;
}

static void step_many(int s)
{
    for (int i = 0; i < TAKEN_AT_ONCE_MAX && step_next(s); i++) {
        check_all();
    }
}

/* Some time goes by, or as much as the stream waits for, or a nanosecond less. */
static void step_time(int s, struct input *input)
{
    static const int64_t units[] = {0, 10 * NS_PER_MS, 250 * NS_PER_MS, 10 * NS_PER_S};
    int64_t wait_until = model.streams[s].wait_until;
    uint8_t byte = take_byte(input);
    model.now += (byte & 63) * units[byte >> 6];
    if (byte >> 6 == 0 && wait_until > model.now) {
        model.now = wait_until - (byte & 1);
    }
    subject_set_time(model.now);
}

static void evicted(const struct uuid *uuid)
{
    int session = known_session(uuid);
    assert(session != NOBODY);
    model_evict(&model, session);
    evictions++;
}

/* Evicts all that has expired, or else waits for the first that will. */
static void step_reap(void)
{
    int64_t first = model_first_expiry(&model);
    if (!model_is_stateful(&model) || first == CLOCK_NEVER) {
        return; /* it would wait for ever */
    }
    model.now = first > model.now ? first : model.now;
    evictions = 0;
    subject_reap(first, evicted);
    assert(evictions > 0);
    assert(model_first_expiry(&model) > model.now);
}

static void step_again(int s)
{
    model_leave(&model, s);
    subject_leave(s);
    check_all();
    model_open(&model, s);
    subject_open(s);
}

static void step_half_close(int s)
{
    model_half_close(&model, s);
    subject_half_close(s);
}

static void step_shut_down(int s)
{
    model_fail(&model, s, ERROR_SHUTTING_DOWN);
    subject_shut_down(s);
}

/* As the worker does when the stream was told. */
static void step_taken_over(int s)
{
    if (subject_was_told(s)) {
        model_fail(&model, s, ERROR_TAKEN_OVER);
        subject_end_taken_over(s);
    }
}

static void step(struct input *input)
{
    uint8_t byte = take_byte(input);
    int s = byte % STREAMS;
    switch (byte / STREAMS % 12) {
    case 0:
        step_start(s, input);
        break;
    case 1:
    case 2:
        step_continue(s, input);
        break;
    case 3:
        step_text(s, input);
        break;
    case 4:
        (void)step_next(s);
        break;
    case 5:
        step_many(s);
        break;
    case 6:
        step_time(s, input);
        break;
    case 7:
        step_half_close(s);
        break;
    case 8:
        step_again(s);
        break;
    case 9:
        step_reap();
        break;
    case 10:
        step_shut_down(s);
        break;
    default:
        step_taken_over(s);
    }
    check_all();
}

static void set_up(uint8_t byte)
{
    static const int64_t intervals[] = {0, 100 * NS_PER_MS, NS_PER_S, 3 * NS_PER_S};
    const struct settings settings = {.mode = (byte & 7) == 7 ? MODE_STATELESS : MODE_STATEFUL,
                                      .interval_ns = intervals[byte >> 3 & 3],
                                      .max_sessions = 1 + (byte >> 5 & 3),
                                      .timeout_ns = (byte & 0x80) != 0 ? NS_PER_S : 30 * NS_PER_S};
    model_begin(&model, &settings, NS_PER_S);
    subject_begin(&settings, NS_PER_S);
    for (int s = 0; s < STREAMS; s++) {
        model_open(&model, s);
        subject_open(s);
    }
}

static void tear_down(void)
{
    for (int s = 0; s < STREAMS; s++) {
        model_leave(&model, s);
        subject_leave(s);
        check_all();
    }
    subject_end();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_set_level(LOG_LEVEL_ERROR);
    known_sessions_compute();
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
