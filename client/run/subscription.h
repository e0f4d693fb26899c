/*
 * One session: a stateless stream or a stateful session, resumed by CONTINUE, with backoff, until
 * every number has come and was right. It is a state machine without a thread: it starts batches of
 * C core on its owner's queue, and moves on when their tags come back or when time passes.
 *
 *     calling ──▶ done
 *      │   ▲
 *      ▼   │ resume
 *     paused
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_H

#include "client/grpc/call.h"
#include "client/run/first_connect.h"
#include "client/verify/session_event.h"
#include "client/verify/verifier.h"
#include "shared/base/clock.h"
#include "shared/protocol/announcement.h"
#include "shared/protocol/backoff.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

enum { REASON_SIZE = 256 };

struct subscription;

/* The owner of the subscriptions. Its functions are called in the thread of the subscription. */
struct subscription_listener {
    /* A message came at subscription->last_activity, with this verdict. */
    void (*message)(struct subscription *subscription, enum verdict verdict, uint64_t number);
    /* The stream broke, or the server could not be reached; the reason is subscription->reason. */
    void (*broken)(struct subscription *subscription, const struct session_break *event);
    /*
     * The server has answered a call with these headers; before its first message. May change the
     * subscription's stall_timeout_ns and ends_by_cancel, which are of this call. False: the
     * session cannot work with this server, and subscription->reason says why.
     */
    bool (*announced)(struct subscription *subscription, const struct announcement *announcement);
};

struct subscription_settings {
    /*
     * Time without a number after which a stream in trouble gives up, also while a call is under
     * way; 0: it is never resumed, and only the stall time-out ends its call.
     */
    int64_t retry_timeout_ns;
    /* Time without a message after which a connected call is cancelled and resumed; 0: never. Until
     * the server has announced its pace. */
    int64_t stall_timeout_ns;
    bool ends_by_cancel; /* a stateless stream; else by END. As long as that */
    int64_t wish_ns;     /* the interval that the server is asked for, nanoseconds; 0: its own */
    uint32_t size;       /* bytes of padding that each message must have; 0: none */
    unsigned wrong_max;  /* wrong messages after which the call is cancelled */
    const struct clock *clock;
    const struct subscription_listener *listener;
    struct first_connect *first_connect; /* NULL: a connection is waited for */
};

struct subscription {
    const struct subscription_settings *settings;
    struct channel *channel;
    grpc_completion_queue *queue;

    struct verifier verifier;
    struct backoff backoff;
    enum session_result result;
    char reason[REASON_SIZE]; /* of the result, or of the last break */

    /* What the client knows of the session on the server. */
    bool joining;        /* another client started it: never send START */
    bool may_exist;      /* START was sent, and may have arrived */
    unsigned starts;     /* STARTs sent */
    bool uuid_is_shared; /* other clients may know the uuid, and continue the session */
    uint32_t attempt;    /* number of the last START or CONTINUE; 0: none has a number */
    unsigned refusals; /* attempts that were refused as older ones, in a row; or were taken over */

    int64_t
        trouble_since; /* time of the last progress before the trouble; CLOCK_NEVER: no trouble */
    int64_t stopped_before;   /* how long the client had been stopped by then, in all */
    int64_t resume_at;        /* when the next call is due; CLOCK_NEVER: not paused */
    int64_t opened_at;        /* when the call was opened */
    int64_t last_activity;    /* of the call: its last message, or its beginning */
    int64_t stall_timeout_ns; /* of the call */
    bool ends_by_cancel;      /* likewise */
    bool awaits_headers;      /* those of the call were not looked at yet */
    int64_t stop_by;          /* all messages came: time by which the server must end the stream */

    unsigned wrong;                    /* wrong messages so far */
    const struct padding_fault *fault; /* while the listener is told VERDICT_WRONG_PADDING */
    bool stopping;
    bool stalled;      /* one of the two time-outs has passed, and the call was cancelled */
    bool ends_run;     /* the call found no server, and none is waited for */
    bool was_answered; /* a call of the session was, by gRPC */
    bool ending;       /* END must be sent */
    bool end_sent;

    struct call call;
    enum command_kind command;     /* the command that the call began with */
    char error[FAILURE_TEXT_SIZE]; /* the text of the call's error reply; empty: none */
};

/*
 * Prepares a subscription. The caller then sets its verifier by one of verifier_init_… (and
 * `joining` after verifier_init_joining, and `uuid_is_shared`), and cleans the verifier up at the
 * end. The arguments must outlive the subscription.
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

/*
 * Opens the next call if it is due; cancels a call that has stalled or does not end, and one that
 * is under way when the time for retries is over.
 */
void subscription_tick(struct subscription *subscription);

/*
 * Ends the session early: by END if the protocol has it and the server has answered, otherwise by
 * cancelling. It is done within half a second, with SESSION_STOPPED unless another result was known
 * before.
 */
void subscription_stop(struct subscription *subscription);

/* Whether it is done: the result is known, and no batch is under way. */
bool subscription_is_done(const struct subscription *subscription);

#endif
