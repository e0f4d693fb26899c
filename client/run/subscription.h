/*
 * One subscription: a stateless stream or a stateful session that is resumed, by CONTINUE and with
 * backoff, until every number has come and was right. It is a state machine without a thread: it
 * starts operations of C core on its owner's queue, and moves on when their tags come back and when
 * time passes.
 *
 *     calling ──▶ done
 *      │   ▲
 *      ▼   │ resume
 *     paused
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_H

#include "client/grpc/call.h"
#include "client/verify/session_event.h"
#include "client/verify/verifier.h"
#include "shared/base/clock.h"
#include "shared/protocol/backoff.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

enum { REASON_SIZE = 256 };

struct subscription;

/* Whoever owns the subscription hears of it; the functions are called in its thread. */
struct subscription_listener {
    /* A message came and was judged; at subscription->last_activity. */
    void (*message)(struct subscription *subscription, enum verdict verdict, uint64_t number);
    /* The stream broke, or the server could not even be reached; subscription->reason says how. */
    void (*broken)(struct subscription *subscription, const struct session_break *event);
};

struct subscription_settings {
    int64_t retry_timeout_ns; /* without a number: gives up */
    int64_t stall_timeout_ns; /* without a message: breaks the stream off itself; 0: never */
    unsigned wrong_max;       /* messages: then the stream is broken off */
    const struct clock *clock;
    const struct subscription_listener *listener;
};

struct subscription {
    const struct subscription_settings *settings;
    struct channel *channel;
    grpc_completion_queue *queue;

    struct verifier verifier;
    struct backoff backoff;
    enum session_result result;
    char reason[REASON_SIZE]; /* of the result, or of the last break */

    /* What is known of the session on the server. */
    bool joining;    /* it was begun by somebody else: never START it */
    bool may_exist;  /* a START was sent, and nothing says that it was lost */
    unsigned starts; /* how many were sent */

    int64_t trouble_since; /* since when no number came, CLOCK_NEVER: all is well */
    int64_t resume_at;     /* paused until then */
    int64_t opened_at;     /* calling: since when */
    int64_t last_activity; /* calling: the last message, or the call's beginning */
    int64_t stop_by;       /* nothing more is wanted: the server may end the stream until then */

    unsigned wrong; /* messages */
    bool stopping;
    bool stalled; /* the call was broken off because nothing came */
    bool ending;  /* END was asked for */
    bool end_sent;

    struct call call;
    enum command_kind command;     /* that the call began with */
    char error[FAILURE_TEXT_SIZE]; /* of an error reply of the call, or empty */
};

/*
 * Prepares a subscription whose verifier the caller then sets by one of verifier_init_…, and cleans
 * up at last; everything given must outlive it. `joining` says that the verifier was set by
 * verifier_init_joining.
 */
void subscription_init(struct subscription *subscription,
                       const struct subscription_settings *settings, struct channel *channel,
                       grpc_completion_queue *queue);

/* Opens the first call. */
void subscription_start(struct subscription *subscription);

/* A tag came out of the queue: tells its subscription. */
void subscription_handle(const grpc_event *event);

/* When subscription_tick must be called, if no tag comes before. */
int64_t subscription_deadline(const struct subscription *subscription);

/* Does what is due at this time. */
void subscription_tick(struct subscription *subscription);

/*
 * Ends it early: tells the server by END where the protocol has it, and cancels otherwise. It is
 * done a moment later, SESSION_STOPPED unless something better or worse was known.
 */
void subscription_stop(struct subscription *subscription);

/* Whether it is done; the result is then known and no operation is under way. */
bool subscription_is_done(const struct subscription *subscription);

#endif
