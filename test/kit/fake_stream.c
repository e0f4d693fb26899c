#include "test/kit/fake_stream.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[FAKE_OPERATIONS] = {
    [FAKE_OPEN] = "open",     [FAKE_RECEIVE] = "receive", [FAKE_SEND] = "send",
    [FAKE_FINISH] = "finish", [FAKE_CANCEL] = "cancel",   [FAKE_CUT] = "cut",
    [FAKE_CLOSE] = "close",   [FAKE_RELEASE] = "release"};

static struct fake_stream *fake_of(struct stream *stream)
{
    return (struct fake_stream *)stream;
}

/* ---- In the worker's thread ------------------------------------------------------------------ */

/* Takes the lock; the caller gives it back by leave_call. */
static void enter_call(struct fake_stream *fake, enum fake_operation operation)
{
    (void)pthread_mutex_lock(&fake->lock);
    if (fake->queued == FAKE_STREAM_QUEUE) {
        abort();
    }
    fake->queue[fake->queued++] = operation;
}

static bool leave_call(struct fake_stream *fake, enum fake_operation operation)
{
    bool good = !fake->fails[operation];
    (void)pthread_cond_signal(&fake->called);
    (void)pthread_mutex_unlock(&fake->lock);
    return good;
}

static bool open(struct stream *stream, struct inbox *inbox)
{
    enter_call(fake_of(stream), FAKE_OPEN);
    fake_of(stream)->inbox = inbox;
    return leave_call(fake_of(stream), FAKE_OPEN);
}

static bool receive(struct stream *stream)
{
    enter_call(fake_of(stream), FAKE_RECEIVE);
    return leave_call(fake_of(stream), FAKE_RECEIVE);
}

static enum stream_received take(struct stream *stream, uint8_t bytes[static SERVICE_MESSAGE_MAX],
                                 size_t *ret_length)
{
    struct fake_stream *fake = fake_of(stream);
    (void)pthread_mutex_lock(&fake->lock);
    enum stream_received what = fake->what;
    *ret_length = strlen(fake->incoming);
    memcpy(bytes, fake->incoming, *ret_length);
    (void)pthread_mutex_unlock(&fake->lock);
    return what;
}

static void announce(struct stream *stream, const struct service_header *header)
{
    struct fake_stream *fake = fake_of(stream);
    (void)pthread_mutex_lock(&fake->lock);
    (void)snprintf(fake->announced, sizeof fake->announced, "%s: %s", header->name, header->value);
    (void)pthread_mutex_unlock(&fake->lock);
}

static bool send(struct stream *stream, const struct service_message *message, bool more)
{
    struct fake_stream *fake = fake_of(stream);
    enter_call(fake, FAKE_SEND);
    memset(fake->sent, 0, sizeof fake->sent);
    memcpy(fake->sent, message->bytes, message->length);
    fake->more = more;
    return leave_call(fake, FAKE_SEND);
}

static uint64_t taken(struct stream *stream)
{
    struct fake_stream *fake = fake_of(stream);
    (void)pthread_mutex_lock(&fake->lock);
    const uint64_t bytes = fake->taken;
    (void)pthread_mutex_unlock(&fake->lock);
    return bytes;
}

static bool finish(struct stream *stream, const struct failure *outcome)
{
    enter_call(fake_of(stream), FAKE_FINISH);
    fake_of(stream)->outcome = *outcome;
    return leave_call(fake_of(stream), FAKE_FINISH);
}

static void cancel(struct stream *stream, enum status status)
{
    enter_call(fake_of(stream), FAKE_CANCEL);
    fake_of(stream)->cancelled_with = status; /* within the lock */
    (void)leave_call(fake_of(stream), FAKE_CANCEL);
}

static void cut(struct stream *stream)
{
    enter_call(fake_of(stream), FAKE_CUT);
    (void)leave_call(fake_of(stream), FAKE_CUT);
}

static void close(struct stream *stream)
{
    enter_call(fake_of(stream), FAKE_CLOSE);
    (void)leave_call(fake_of(stream), FAKE_CLOSE);
}

static void release(struct stream *stream)
{
    enter_call(fake_of(stream), FAKE_RELEASE);
    (void)leave_call(fake_of(stream), FAKE_RELEASE);
}

static const struct stream_operations stream_operations = {.open = open,
                                                           .receive = receive,
                                                           .take = take,
                                                           .announce = announce,
                                                           .send = send,
                                                           .taken = taken,
                                                           .finish = finish,
                                                           .cancel = cancel,
                                                           .cut = cut,
                                                           .close = close,
                                                           .release = release};

/* ---- In the test's thread -------------------------------------------------------------------- */

void fake_stream_init(struct fake_stream *fake, const struct service *service)
{
    *fake = (struct fake_stream){.stream = {.operations = &stream_operations,
                                            .deadline = CLOCK_NEVER,
                                            .service = service,
                                            .peer = "test",
                                            .line = &fake->line}};
    ck_assert_int_eq(pthread_mutex_init(&fake->lock, NULL), 0);
    ck_assert_int_eq(pthread_cond_init(&fake->called, NULL), 0);
}

void fake_stream_cleanup(struct fake_stream *fake)
{
    ck_assert_uint_eq(fake->queued, 0);
    (void)pthread_cond_destroy(&fake->called);
    (void)pthread_mutex_destroy(&fake->lock);
}

void fake_stream_expect(struct fake_stream *fake, enum fake_operation operation)
{
    (void)pthread_mutex_lock(&fake->lock);
    while (fake->queued == 0) {
        (void)pthread_cond_wait(&fake->called, &fake->lock);
    }
    enum fake_operation first = fake->queue[0];
    fake->queued--;
    memmove(fake->queue, fake->queue + 1, fake->queued * sizeof fake->queue[0]);
    (void)pthread_mutex_unlock(&fake->lock);
    ck_assert_str_eq(names[first], names[operation]);
}

void fake_stream_take_bytes(struct fake_stream *fake, uint64_t bytes)
{
    (void)pthread_mutex_lock(&fake->lock);
    fake->taken += bytes;
    (void)pthread_mutex_unlock(&fake->lock);
}

void fake_stream_end(struct fake_stream *fake, unsigned events)
{
    (void)pthread_mutex_lock(&fake->lock);
    struct inbox *inbox = fake->inbox;
    (void)pthread_mutex_unlock(&fake->lock);
    inbox_post(inbox, events);
}

static void bring(struct fake_stream *fake, enum stream_received what, const char *text)
{
    (void)pthread_mutex_lock(&fake->lock);
    fake->what = what;
    strncpy(fake->incoming, text, sizeof fake->incoming - 1);
    (void)pthread_mutex_unlock(&fake->lock);
    fake_stream_end(fake, INBOX_RECEIVED);
}

void fake_stream_bring(struct fake_stream *fake, const char *text)
{
    bring(fake, STREAM_MESSAGE, text);
}

void fake_stream_bring_other(struct fake_stream *fake, enum stream_received what)
{
    bring(fake, what, "");
}

void fake_stream_expect_text(struct fake_stream *fake, const char *text, bool more)
{
    fake_stream_expect(fake, FAKE_SEND);
    (void)pthread_mutex_lock(&fake->lock);
    ck_assert_str_eq(fake->sent, text);
    ck_assert(fake->more == more);
    (void)pthread_mutex_unlock(&fake->lock);
}

void fake_stream_expect_finish(struct fake_stream *fake, enum error error)
{
    fake_stream_expect(fake, FAKE_FINISH);
    (void)pthread_mutex_lock(&fake->lock);
    ck_assert_int_eq(fake->outcome.error, error);
    (void)pthread_mutex_unlock(&fake->lock);
}

void fake_stream_expect_good_end(struct fake_stream *fake, enum error error)
{
    fake_stream_expect_finish(fake, error);
    fake->what = STREAM_HALF_CLOSED;
    fake_stream_end(fake, INBOX_FINISHED | INBOX_CLOSED);
    fake_stream_expect(fake, FAKE_CLOSE);
    fake_stream_expect(fake, FAKE_RELEASE);
}
