#undef NDEBUG

#include "test/fuzz/conversation/subject.h"

#include "server/services/comms/conversation.h"
#include "server/sessions/session.h"
#include "server/sessions/sessions.h"
#include "shared/base/clock.h"

#include <assert.h>
#include <stddef.h>

/* A stream as its worker has it. */
struct subject_stream {
    struct session_owner owner; /* first, so that one can be the other */
    bool was_told;
    struct conversation conversation;
};

static struct subject_stream streams[STREAMS];
static struct sessions *sessions; /* NULL in stateless mode */
static struct conversation_settings settings;

/* Time goes by as the input says, and when the reaper waits. */
static struct clock test_clock;
static int64_t clock_time;
static int64_t expected_deadline; /* of a wait that may come; 0: none may */

static void (*tell_evicted)(const struct uuid *uuid);

static int64_t clock_now(const struct clock *unused)
{
    (void)unused;
    return clock_time;
}

/* Only the reaper waits, with its lock held, for the next session to expire: that moment comes. */
static void clock_wait(const struct clock *unused, pthread_cond_t *condition, pthread_mutex_t *lock,
                       int64_t deadline)
{
    (void)unused;
    (void)condition;
    assert(pthread_mutex_trylock(lock) != 0);
    assert(expected_deadline != 0);
    assert(deadline == expected_deadline);
    clock_time = deadline;
    expected_deadline = 0;
}

void subject_set_time(int64_t now)
{
    clock_time = now;
}

static void evicted(const struct session *session)
{
    tell_evicted(session_uuid(session));
}

void subject_begin(const struct settings *of, int64_t now)
{
    test_clock = (struct clock){.now = clock_now, .wait = clock_wait};
    clock_time = now;
    expected_deadline = 0;
    const struct sessions_settings limits = {
        .max_sessions = of->max_sessions, .timeout_ns = of->timeout_ns, .clock = &test_clock};
    sessions = of->mode == MODE_STATEFUL ? sessions_create(&limits) : NULL;
    assert(of->mode == MODE_STATELESS || sessions != NULL);
    settings = (struct conversation_settings){.mode = of->mode,
                                              .max_n = N_MAX,
                                              .interval_ns = of->interval_ns,
                                              .clock = &test_clock,
                                              .sessions = sessions};
}

void subject_end(void)
{
    if (sessions != NULL) {
        sessions_stop_reaping(sessions);
        assert(!sessions_reap(sessions, evicted));
        sessions_destroy(sessions);
    }
}

static void lose(struct session_owner *owner)
{
    struct subject_stream *stream = (struct subject_stream *)(void *)owner;
    assert(!stream->was_told);
    stream->was_told = true;
}

void subject_open(int stream)
{
    struct subject_stream *opened = &streams[stream];
    opened->owner.lose = lose;
    opened->was_told = false;
    conversation_init(&opened->conversation, &settings, &opened->owner, "peer");
}

void subject_command(int stream, const struct request *request)
{
    conversation_command(&streams[stream].conversation, request);
}

void subject_half_close(int stream)
{
    conversation_half_close(&streams[stream].conversation);
}

void subject_shut_down(int stream)
{
    conversation_fail(&streams[stream].conversation, ERROR_SHUTTING_DOWN, "by the test");
}

void subject_end_taken_over(int stream)
{
    conversation_fail(&streams[stream].conversation, ERROR_TAKEN_OVER, "by the test");
}

void subject_leave(int stream)
{
    conversation_leave(&streams[stream].conversation);
}

struct next subject_next(int stream)
{
    struct next next = {.step = NEXT_END};
    struct reply reply = {.is_error = true};
    switch (conversation_next(&streams[stream].conversation, &reply, &next.more, &next.due)) {
    case CONVERSATION_WAIT:
        next.step = NEXT_WAIT;
        break;
    case CONVERSATION_SEND:
        assert(!reply.is_error);
        next.step = NEXT_SEND;
        next.number = reply.number;
        break;
    case CONVERSATION_END:
        break;
    }
    return next;
}

enum state subject_state(int stream)
{
    static const enum state states[] = {[CONVERSATION_AWAITING] = AWAITING,
                                        [CONVERSATION_RUNNING] = RUNNING,
                                        [CONVERSATION_OVER] = OVER};
    const struct conversation *conversation = &streams[stream].conversation;
    enum state state = states[conversation->state];
    assert(conversation_is_over(conversation) == (state == OVER));
    return state;
}

const struct failure *subject_outcome(int stream)
{
    return &streams[stream].conversation.outcome;
}

bool subject_finishes_by(int stream, int64_t deadline)
{
    return conversation_finishes_by(&streams[stream].conversation, deadline);
}

bool subject_was_told(int stream)
{
    return streams[stream].was_told;
}

/* The stream that may send this session's messages: exactly one where the session has an owner. */
static int owner_of(const struct session *session)
{
    int owner = NOBODY;
    uint32_t epoch = (uint32_t)(atomic_load(&session->progress) >> 32);
    for (int s = 0; s < STREAMS; s++) {
        const struct session_hold *hold = &streams[s].conversation.stream.stateful.hold;
        if (subject_state(s) == RUNNING && hold->session == session && hold->epoch == epoch) {
            assert(owner == NOBODY);
            owner = s;
        }
    }
    assert(session->owner == (owner == NOBODY ? NULL : &streams[owner].owner));
    return owner;
}

struct session_view subject_session(const struct uuid *uuid)
{
    struct session *session = sessions_find(sessions, uuid);
    if (session == NULL) {
        return (struct session_view){.owner = NOBODY};
    }
    assert(uuid_equal(session_uuid(session), uuid));
    const struct session_view view = {.exists = true,
                                      .n = session_n(session),
                                      .sent = session_sent(session),
                                      .owner = owner_of(session)};
    session_unref(session);
    return view;
}

uint64_t subject_count_sessions(void)
{
    return sessions_count(sessions);
}

void subject_reap(int64_t first, void (*tell)(const struct uuid *uuid))
{
    expected_deadline = first > clock_time ? first : 0;
    tell_evicted = tell;
    assert(sessions_reap(sessions, evicted));
    assert(expected_deadline == 0);
}
