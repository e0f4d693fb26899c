/*
 * A stream without a network, to test workers with. The worker's thread calls the stream's
 * operations; the test's thread waits for each of them, in order, and says when it is over. A test
 * fails where another operation comes.
 */
#ifndef COMMS_TEST_KIT_FAKE_STREAM_H
#define COMMS_TEST_KIT_FAKE_STREAM_H

#include "server/work/stream.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_operation {
    FAKE_OPEN,
    FAKE_RECEIVE,
    FAKE_SEND,
    FAKE_FINISH,
    FAKE_CANCEL,
    FAKE_CUT,
    FAKE_CLOSE,
    FAKE_RELEASE,
    FAKE_OPERATIONS
};

enum { FAKE_STREAM_QUEUE = 64, FAKE_STREAM_TEXT = 32 };

struct fake_stream {
    struct stream stream; /* first, so that one can be the other */
    struct turn_line line;
    bool fails[FAKE_OPERATIONS]; /* set before the worker comes there: the operation cannot start */

    pthread_mutex_t lock;
    pthread_cond_t called;

    /* lock */
    struct inbox *inbox;
    enum fake_operation queue[FAKE_STREAM_QUEUE]; /* not taken by the test yet */
    size_t queued;
    enum stream_received what; /* of the receive that is over */
    char incoming[FAKE_STREAM_TEXT];
    char announced[FAKE_STREAM_TEXT]; /* the last header */
    char sent[FAKE_STREAM_TEXT];      /* the last message */
    bool more;                        /* it was sent with this */
    uint64_t taken;                   /* bytes that its connection has taken, as the test says */
    struct failure outcome;           /* of `finish` */
    enum status cancelled_with;
};

/* For a service and, at full speed, a line of its own. */
void fake_stream_init(struct fake_stream *fake, const struct service *service);
void fake_stream_cleanup(struct fake_stream *fake);

/* The next operation that the worker calls is this one. */
void fake_stream_expect(struct fake_stream *fake, enum fake_operation operation);

/* An operation is over (INBOX_SENT, INBOX_FINISHED, INBOX_CLOSED). */
void fake_stream_end(struct fake_stream *fake, unsigned events);

/* The connection has taken this many bytes more. */
void fake_stream_take_bytes(struct fake_stream *fake, uint64_t bytes);

/* The receive is over: by a message, or by what else `what` says. */
void fake_stream_bring(struct fake_stream *fake, const char *text);
void fake_stream_bring_other(struct fake_stream *fake, enum stream_received what);

/* The next operation is a send of this text. */
void fake_stream_expect_text(struct fake_stream *fake, const char *text, bool more);

/* The next operation is the end, with this outcome. */
void fake_stream_expect_finish(struct fake_stream *fake, enum error error);

/* From finish on everything goes well, and the worker lets go of the stream. */
void fake_stream_expect_good_end(struct fake_stream *fake, enum error error);

#endif
