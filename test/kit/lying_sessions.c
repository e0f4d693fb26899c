#include "test/kit/lying_sessions.h"

#include <check.h>

#include <stdlib.h>

void lying_sessions_init(struct lying_sessions *sessions,
                         const struct lying_server_settings *settings)
{
    sessions->settings = *settings;
    sessions->count = 0;
    sessions->finding_count = 0;
    ck_assert_int_eq(pthread_mutex_init(&sessions->lock, NULL), 0);
}

void lying_sessions_cleanup(struct lying_sessions *sessions)
{
    pthread_mutex_destroy(&sessions->lock);
}

static struct lying_session *add(struct lying_sessions *sessions, const struct command *command)
{
    size_t i = sessions->count;
    if (i == LYING_SESSIONS_MAX) {
        abort();
    }
    sessions->items[i] = (struct lying_session){.uuid = command->uuid,
                                                .n = command->n,
                                                .first = 1 + i % STATELESS_FIRST_MAX,
                                                .owes_lie = i % sessions->settings.every == 0};
    pthread_mutex_lock(&sessions->lock);
    sessions->count++;
    pthread_mutex_unlock(&sessions->lock);
    return &sessions->items[i];
}

static struct lying_session *find(struct lying_sessions *sessions, const struct uuid *uuid)
{
    size_t i = sessions->count;
    while (i > 0 && !uuid_equal(&sessions->items[i - 1].uuid, uuid)) {
        i--;
    }
    return i == 0 ? NULL : &sessions->items[i - 1];
}

/* Lies if the session is still owed it, and it fits. */
static void lie(struct lying_sessions *sessions, struct lying_session *session,
                enum command_kind kind, struct lying_lines *lines)
{
    const struct lie_settings *settings = &sessions->settings.lie;
    struct finding found;
    if (!session->owes_lie) {
        return;
    }
    if (kind == COMMAND_START && lie_needs_break(settings->lie)) {
        lying_lines_break(lines, settings->at);
    } else if (lying_lines_lie(lines, settings, &found)) {
        session->owes_lie = false;
        found.uuid = session->uuid;
        pthread_mutex_lock(&sessions->lock);
        sessions->findings[sessions->finding_count++] = found;
        pthread_mutex_unlock(&sessions->lock);
    }
}

static void answer_stateful(struct lying_sessions *sessions, const struct command *command,
                            const struct request *request, struct lying_lines *ret_lines)
{
    bool resumes = command->kind == COMMAND_CONTINUE;
    struct lying_session *session =
        resumes ? find(sessions, &command->uuid) : add(sessions, command);
    struct sequence sequence;
    if (session == NULL) {
        lying_lines_init_end(ret_lines, STATUS_NOT_FOUND);
        return;
    }
    uint32_t position = resumes ? request->position : 0;
    if (position > session->n + 1 ||
        !sequence_seek(&sequence, &session->uuid, session->n, position, (uint32_t)command->last)) {
        lying_lines_init_end(ret_lines, STATUS_OUT_OF_RANGE);
        return;
    }
    lying_lines_init_session(ret_lines, &sequence, (uint32_t)command->last, resumes,
                             sessions->settings.interval_ns);
    lie(sessions, session, command->kind, ret_lines);
}

/* The stream that is owed a lie and has this number, where there is one; else NULL. */
static struct lying_session *find_owed(struct lying_sessions *sessions, uint64_t number,
                                       uint32_t *ret_position)
{
    for (size_t i = 0; i < sessions->count; i++) {
        uint64_t value = sessions->items[i].first;
        for (uint32_t k = 1; sessions->items[i].owes_lie && k <= sessions->settings.lie.at; k++) {
            if (value == number) {
                *ret_position = k;
                return &sessions->items[i];
            }
            value = stateless_next(value);
        }
    }
    return NULL;
}

/* Whose CONTINUE it is is told by the value alone, and of interest only where a lie is owed. */
static void answer_stateless(struct lying_sessions *sessions, const struct command *command,
                             struct lying_lines *ret_lines)
{
    int64_t interval_ns = sessions->settings.interval_ns;
    struct lying_session *session;
    if (command->kind == COMMAND_START) {
        session = add(sessions, command);
        lying_lines_init_stateless(ret_lines, 0, 0, session->first, interval_ns);
    } else {
        uint32_t position = 0;
        session = find_owed(sessions, command->last, &position);
        lying_lines_init_stateless(ret_lines, position, command->last,
                                   stateless_next(command->last), interval_ns);
    }
    if (session != NULL) {
        lie(sessions, session, command->kind, ret_lines);
    }
}

void lying_sessions_answer(struct lying_sessions *sessions, const struct request *request,
                           bool has_begun, struct lying_lines *ret_lines)
{
    enum mode mode = sessions->settings.mode;
    struct command command;
    struct failure failure;
    if (command_parse(mode, SEQUENCE_N_MAX, request->text, request->length, &command, &failure) !=
        ERROR_NONE) {
        lying_lines_init_end(ret_lines, STATUS_INVALID_ARGUMENT);
    } else if (command.kind == COMMAND_END) {
        lying_lines_init_end(ret_lines, STATUS_OK);
    } else if (has_begun) {
        lying_lines_init_end(ret_lines, STATUS_FAILED_PRECONDITION);
    } else if (mode == MODE_STATEFUL) {
        answer_stateful(sessions, &command, request, ret_lines);
    } else {
        answer_stateless(sessions, &command, ret_lines);
    }
}

size_t lying_sessions_count(struct lying_sessions *sessions)
{
    pthread_mutex_lock(&sessions->lock);
    size_t count = sessions->count;
    pthread_mutex_unlock(&sessions->lock);
    return count;
}

size_t lying_sessions_finding_count(struct lying_sessions *sessions)
{
    pthread_mutex_lock(&sessions->lock);
    size_t count = sessions->finding_count;
    pthread_mutex_unlock(&sessions->lock);
    return count;
}

struct finding lying_sessions_finding(struct lying_sessions *sessions, size_t i)
{
    pthread_mutex_lock(&sessions->lock);
    ck_assert_uint_lt(i, sessions->finding_count);
    struct finding finding = sessions->findings[i];
    pthread_mutex_unlock(&sessions->lock);
    return finding;
}
