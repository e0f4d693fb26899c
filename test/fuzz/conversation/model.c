#undef NDEBUG

#include "test/fuzz/conversation/model.h"

#include "shared/base/clock.h"
#include "shared/protocol/sequence.h"
#include "test/fuzz/conversation/known_sessions.h"

#include <assert.h>

void model_begin(struct model *model, const struct settings *settings, int64_t now)
{
    *model = (struct model){.settings = *settings, .now = now};
    for (int i = 0; i < SESSIONS; i++) {
        model->sessions[i].view.owner = NOBODY;
    }
}

bool model_is_stateful(const struct model *model)
{
    return model->settings.mode == MODE_STATEFUL;
}

void model_open(struct model *model, int stream)
{
    model->streams[stream] = (struct model_stream){.state = AWAITING};
}

static void end(struct model *model, struct model_stream *stream, enum error outcome)
{
    if (stream->state == RUNNING && model_is_stateful(model) && !stream->is_lost) {
        struct model_session *session = &model->sessions[stream->session];
        session->view.owner = NOBODY;
        session->left_at = model->now;
        session->left_before = model->leaves++;
    }
    stream->state = OVER;
    stream->outcome = outcome;
}

/* ---- Commands -------------------------------------------------------------------------------- */

static bool gives_way(const struct session_view *session)
{
    return session->exists && session->owner == NOBODY && session->sent == session->n + 1;
}

/* At the limit the finished session that was left first gives way; false: there is none. */
static bool make_room(struct model *model)
{
    struct model_session *first = NULL;
    for (int i = 0; i < SESSIONS; i++) {
        struct model_session *session = &model->sessions[i];
        if (gives_way(&session->view) &&
            (first == NULL || session->left_before < first->left_before)) {
            first = session;
        }
    }
    if (first != NULL) {
        first->view.exists = false;
    }
    return first != NULL;
}

static enum error start(struct model *model, int s, const struct command *command, uint32_t attempt)
{
    struct model_stream *stream = &model->streams[s];
    struct session_view *session = &model->sessions[stream->session].view;
    if (session->exists && !gives_way(session)) {
        return ERROR_UUID_TAKEN;
    }
    bool is_full = model_count_sessions(model) == model->settings.max_sessions;
    if (!session->exists && is_full && !make_room(model)) {
        return ERROR_TOO_MANY_SESSIONS;
    }
    *session =
        (struct session_view){.exists = true, .n = command->n, .owner = s, .attempt = attempt};
    stream->n = session->n;
    stream->position = 0;
    stream->answers_left = 0;
    return ERROR_NONE;
}

/* Where CONTINUE goes on: at its position, or else at the last message of that value. */
static bool find_position(const struct model_stream *stream, const struct session_view *session,
                          const struct command *command, const struct request *request,
                          uint32_t *ret_position)
{
    uint32_t position = request->has_position ? request->position : session->sent;
    if (position > session->sent) {
        return false;
    }
    while (!request->has_position && position > 0 &&
           known_message(stream->session, session->n, position) != command->last) {
        position--;
    }
    *ret_position = position;
    return position == 0 ? request->has_position
                         : known_message(stream->session, session->n, position) == command->last;
}

static enum error go_on(struct model *model, int s, const struct command *command,
                        const struct request *request)
{
    struct model_stream *stream = &model->streams[s];
    struct session_view *session = &model->sessions[stream->session].view;
    if (!session->exists) {
        return ERROR_NO_SESSION;
    }
    uint32_t position = 0;
    if (!find_position(stream, session, command, request, &position)) {
        return ERROR_WRONG_LAST_NUMBER;
    }
    if (request->attempt != 0 && request->attempt <= session->attempt) {
        return ERROR_OLDER_ATTEMPT;
    }
    if (session->owner != NOBODY) {
        model->streams[session->owner].is_lost = true;
    }
    session->owner = s;
    session->attempt = request->attempt == 0 ? session->attempt : request->attempt;
    stream->n = session->n;
    stream->position = position;
    stream->answers_left = 2;
    return ERROR_NONE;
}

static void run(struct model *model, struct model_stream *stream, const struct command *command)
{
    stream->state = RUNNING;
    stream->next = command->kind == COMMAND_CONTINUE ? stateless_next(command->last) : 0;
    stream->began_at = model->now;
    stream->last_at = model->now - model->settings.interval_ns;
    stream->numbers = 0;
    stream->wait_until = 0;
}

static void take_command(struct model *model, int s, const struct request *request,
                         enum error error, const struct command *command)
{
    struct model_stream *stream = &model->streams[s];
    if (stream->state == OVER) {
        return;
    }
    if (error == ERROR_NONE && command->kind == COMMAND_END) {
        end(model, stream, ERROR_NONE);
        return;
    }
    if (stream->state == RUNNING) {
        end(model, stream, error == ERROR_UNKNOWN_COMMAND ? error : ERROR_ALREADY_RUNNING);
        return;
    }
    if (error == ERROR_NONE && model_is_stateful(model)) {
        stream->session = known_session(&command->uuid);
        error = command->kind == COMMAND_START ? start(model, s, command, request->attempt)
                                               : go_on(model, s, command, request);
    }
    if (error != ERROR_NONE) {
        end(model, stream, error);
        return;
    }
    run(model, stream, command);
}

bool model_command(struct model *model, int stream, const struct request *request)
{
    struct command command = {.kind = COMMAND_START};
    struct failure failure;
    enum error error = command_parse(model->settings.mode, N_MAX, request->text, request->length,
                                     &command, &failure);
    if (error == ERROR_NONE && model_is_stateful(model) && known_session(&command.uuid) == NOBODY) {
        return false;
    }
    take_command(model, stream, request, error, &command);
    return true;
}

void model_half_close(struct model *model, int stream)
{
    if (model->streams[stream].state == AWAITING) {
        end(model, &model->streams[stream], ERROR_CLOSED_EARLY);
    }
}

void model_fail(struct model *model, int stream, enum error error)
{
    if (model->streams[stream].state != OVER) {
        end(model, &model->streams[stream], error);
    }
}

void model_leave(struct model *model, int stream)
{
    model_fail(model, stream, ERROR_NONE);
}

/* ---- What comes next ------------------------------------------------------------------------- */

static bool is_finished(const struct model *model, const struct model_stream *stream)
{
    return model_is_stateful(model) && stream->answers_left == 0 &&
           stream->position == stream->n + 1;
}

/* Whether the next message waits for no tick: an answer, or the checksum. */
static bool is_prompt(const struct model *model, const struct model_stream *stream)
{
    return model_is_stateful(model) && (stream->answers_left > 0 || stream->position == stream->n);
}

static void take_stateful(struct model *model, struct model_stream *stream, const struct next *next)
{
    struct session_view *session = &model->sessions[stream->session].view;
    const uint32_t n = stream->n;
    if (stream->answers_left == 2) {
        assert(next->number == stream->position);
        stream->answers_left--;
    } else if (stream->answers_left == 1) {
        uint32_t count = stream->position > n ? n : stream->position;
        assert(next->number == known_checksum(stream->session, count));
        stream->answers_left--;
    } else {
        stream->position++;
        assert(next->number == known_message(stream->session, n, stream->position));
        session->sent = stream->position > session->sent ? stream->position : session->sent;
    }
    assert(stream->position <= session->sent);
    bool is_fast = model->settings.interval_ns == 0 || is_prompt(model, stream);
    assert(next->more == (!is_finished(model, stream) && is_fast));
}

static void take_stateless(struct model *model, struct model_stream *stream,
                           const struct next *next)
{
    bool is_first =
        stream->next == 0 && stream->numbers == 1 && next->number >= 1 && next->number <= 255;
    assert(is_first || next->number == stream->next);
    stream->next = stateless_next(next->number);
    assert(next->more == (model->settings.interval_ns == 0));
}

/* A number must not come before its time, nor be held back after it. */
static void take_pace(struct model *model, struct model_stream *stream)
{
    assert(stream->wait_until <= model->now);
    assert(model->now - stream->began_at >= (int64_t)stream->numbers * model->settings.interval_ns);
    stream->last_at = model->now;
    stream->numbers++;
    stream->wait_until = 0;
}

static void take_wait(struct model *model, struct model_stream *stream, int64_t due)
{
    assert(due > model->now);
    assert(due <= stream->last_at + model->settings.interval_ns);
    assert(stream->wait_until == 0 || stream->wait_until == due);
    stream->wait_until = due;
}

bool model_next(struct model *model, int s, const struct next *next)
{
    struct model_stream *stream = &model->streams[s];
    if (stream->state == AWAITING) {
        assert(next->step == NEXT_WAIT && next->due == CLOCK_NEVER);
        return false;
    }
    if (stream->state == OVER || is_finished(model, stream)) {
        assert(next->step == NEXT_END);
        end(model, stream, stream->outcome);
        return false;
    }
    bool prompt = is_prompt(model, stream);
    if (next->step == NEXT_WAIT) {
        assert(!prompt);
        take_wait(model, stream, next->due);
        return false;
    }
    if (!prompt) {
        take_pace(model, stream);
    }
    if (stream->is_lost) {
        assert(next->step == NEXT_END);
        end(model, stream, ERROR_TAKEN_OVER);
        return false;
    }
    assert(next->step == NEXT_SEND);
    if (model_is_stateful(model)) {
        take_stateful(model, stream, next);
    } else {
        take_stateless(model, stream, next);
    }
    return true;
}

int64_t model_finishes_at(const struct model *model, int stream, int64_t due)
{
    if (!model_is_stateful(model)) {
        return CLOCK_NEVER;
    }
    const struct model_stream *of = &model->streams[stream];
    return due + (int64_t)(of->n - of->position - 1) * model->settings.interval_ns;
}

/* ---- Idle sessions --------------------------------------------------------------------------- */

uint64_t model_count_sessions(const struct model *model)
{
    uint64_t count = 0;
    for (int i = 0; i < SESSIONS; i++) {
        count += model->sessions[i].view.exists ? 1 : 0;
    }
    return count;
}

static int64_t expiry(const struct model *model, int i)
{
    const struct model_session *session = &model->sessions[i];
    bool is_idle = session->view.exists && session->view.owner == NOBODY;
    return is_idle ? session->left_at + model->settings.timeout_ns : CLOCK_NEVER;
}

int64_t model_first_expiry(const struct model *model)
{
    int64_t first = CLOCK_NEVER;
    for (int i = 0; i < SESSIONS; i++) {
        int64_t at = expiry(model, i);
        first = at < first ? at : first;
    }
    return first;
}

void model_evict(struct model *model, int session)
{
    assert(expiry(model, session) <= model->now);
    model->sessions[session].view.exists = false;
}
