#undef NDEBUG

#include "test/fuzz/conversation/subject.h"

#include "server/services/comms/conversation.h"
#include "server/sessions/session.h"
#include "server/sessions/sessions.h"
#include "server/sessions/store_memory.h"
#include "shared/base/clock.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* A stream as its worker has it. */
struct subject_stream {
    struct service_host host; /* first, so that one can be the other */
    bool was_told;
    struct conversation conversation;
};

static struct subject_stream streams[STREAMS];
static struct sessions *sessions; /* NULL in stateless mode */
static struct store_memory store; /* of the sessions */
static struct conversation_settings settings;
static struct service service;

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
    store_memory_init(&store, sessions);
    settings = (struct conversation_settings){.mode = of->mode,
                                              .max_n = N_MAX,
                                              .interval_ns = of->interval_ns,
                                              .command_timeout_ns = CLOCK_NEVER,
                                              .clock = &test_clock,
                                              .store = &store.store};
    service = conversation_service(&settings);
}

void subject_end(void)
{
    if (sessions != NULL) {
        sessions_stop_reaping(sessions);
        assert(!sessions_reap(sessions, evicted));
        sessions_destroy(sessions);
    }
}

/* The store answers at once, so the only word is that the session was taken over. */
static void tell(struct service_host *host, enum service_word word)
{
    struct subject_stream *stream = (struct subject_stream *)(void *)host;
    assert(word == SERVICE_TAKEN_OVER && !stream->was_told);
    stream->was_told = true;
}

static struct dialogue *dialogue_of(int stream)
{
    return &streams[stream].conversation.dialogue;
}

void subject_open(int stream)
{
    struct subject_stream *opened = &streams[stream];
    opened->host = (struct service_host){.tell = tell, .peer = "peer"};
    opened->was_told = false;
    service.operations->begin(dialogue_of(stream), &service, &opened->host);
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
static size_t encode(const struct request *request, uint8_t bytes[static REQUEST_SIZE_MAX])
{
    enum { MESSAGE_TAG = 0x0a, POSITION_TAG = 0x10, ATTEMPT_TAG = 0x18 };
    size_t length = 0;
    bytes[length++] = MESSAGE_TAG;
    length += put_varint(bytes + length, (uint32_t)request->length);
    memcpy(bytes + length, request->text, request->length);
    length += request->length;
    if (request->has_position) {
        bytes[length++] = POSITION_TAG;
        length += put_varint(bytes + length, request->position);
    }
    if (request->attempt != 0) {
        bytes[length++] = ATTEMPT_TAG;
        length += put_varint(bytes + length, request->attempt);
    }
    return length;
}

void subject_command(int stream, const struct request *request)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    service.operations->message(dialogue_of(stream), bytes, encode(request, bytes));
}

void subject_half_close(int stream)
{
    service.operations->half_close(dialogue_of(stream));
}

void subject_shut_down(int stream)
{
    service.operations->shut_down(dialogue_of(stream));
}

void subject_end_taken_over(int stream)
{
    service.operations->hear(dialogue_of(stream), SERVICE_TAKEN_OVER);
}

void subject_leave(int stream)
{
    service.operations->leave(dialogue_of(stream), SERVICE_BROKEN);
}

struct next subject_next(int stream)
{
    struct next next = {.step = NEXT_END};
    struct service_message message = {.length = 0};
    struct reply reply;
    switch (service.operations->next(dialogue_of(stream), &message, &next.due)) {
    case DIALOGUE_WAIT:
        next.step = NEXT_WAIT;
        break;
    case DIALOGUE_SEND:
        assert(reply_decode(message.bytes, message.length, &reply) && !reply.is_error);
        next.step = NEXT_SEND;
        next.number = reply.number;
        next.more = message.more;
        break;
    case DIALOGUE_END:
        break;
    }
    return next;
}

enum state subject_state(int stream)
{
    static const enum state states[] = {
        [DIALOGUE_BEGINNING] = AWAITING, [DIALOGUE_RUNNING] = RUNNING, [DIALOGUE_OVER] = OVER};
    const struct dialogue *dialogue = dialogue_of(stream);
    assert(!dialogue->is_asking);
    return states[dialogue->state];
}

const struct failure *subject_outcome(int stream)
{
    return &streams[stream].host.outcome;
}

bool subject_finishes_by(int stream, int64_t deadline)
{
    return service.operations->finishes_by(dialogue_of(stream), deadline);
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
        if (subject_state(s) != RUNNING) {
            continue;
        }
        const struct session_hold *hold = &streams[s].conversation.stream.stateful->hold;
        if (hold->session == session && hold->epoch == epoch) {
            assert(owner == NOBODY);
            owner = s;
        }
    }
    assert(session->owner == (owner == NOBODY ? NULL : &streams[owner].conversation.owner));
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
                                      .attempt = session->attempt,
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
