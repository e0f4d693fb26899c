/*
 * One session: a stateless stream, or a stateful session that is resumed by CONTINUE, with backoff,
 * until every number has come and was right. It is a state machine without a thread: it starts
 * batches of C core on its owner's queue, and goes on when their tags come back or when time
 * passes.
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

/* Who owns the subscriptions; the functions are called in the thread of the subscription. */
struct subscription_listener {
    /* A message came at subscription->last_activity, and was judged. */
    void (*message)(struct subscription *subscription, enum verdict verdict, uint64_t number);
    /* The stream broke, or the server could not even be reached; subscription->reason says how. */
    void (*broken)(struct subscription *subscription, const struct session_break *event);
};

struct subscription_settings {
    int64_t retry_timeout_ns; /* gives up after this time without a number */
    int64_t stall_timeout_ns; /* cancels the call after this time without a message; 0: never */
    unsigned wrong_max;       /* cancels the call after so many wrong messages */
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
    bool joining;    /* another client began it: never START it */
    bool may_exist;  /* a START was sent, and may have arrived */
    unsigned starts; /* how many STARTs were sent */

    int64_t
        trouble_since; /* time of the last progress before the trouble; CLOCK_NEVER: no trouble */
    int64_t resume_at; /* when the next call is due; CLOCK_NEVER: not paused */
    int64_t opened_at; /* when the call was opened */
    int64_t last_activity; /* of the call: its last message, or its beginning */
    int64_t stop_by;       /* all has come: the server has until then to end the stream */

    unsigned wrong; /* wrong messages so far */
    bool stopping;
    bool stalled; /* the call was cancelled because no message came */
    bool ending;  /* END is to be sent */
    bool end_sent;

    struct call call;
    enum command_kind command;     /* the command that the call began with */
    char error[FAILURE_TEXT_SIZE]; /* the text of the call's error reply; empty: none */
};

/*
 * Prepares a subscription. The caller then sets its verifier by one of verifier_init_… (and
 * `joining` after verifier_init_joining), and cleans the verifier up at the end. The arguments must
 * outlive the subscription.
 */
void subscription_init(struct subscription *subscription,
                       const struct subscription_settings *settings, struct channel *channel,
                       grpc_completion_queue *queue);

/* Opens the first call. */
void subscription_start(struct subscription *subscription);

/* Handles a tag that came out of the queue, for the subscription that it belongs to. */
void subscription_handle(const grpc_event *event);

/* When subscription_tick must be called next, if no tag comes before. */
int64_t subscription_deadline(const struct subscription *subscription);

/* Does what is due: opens the next call, or cancels one that lasts too long. */
void subscription_tick(struct subscription *subscription);

/*
 * Ends the session early: by END if the protocol has it, otherwise by cancelling. It is done soon,
 * with SESSION_STOPPED unless another result was known before.
 */
void subscription_stop(struct subscription *subscription);

/* Whether it is done: the result is known, and no batch is under way. */
bool subscription_is_done(const struct subscription *subscription);

#endif
