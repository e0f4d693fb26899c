#include "client/run/subscription.h"

#include "client/run/subscription_attempt.h"
#include "client/run/subscription_command.h"
#include "client/run/subscription_end.h"
#include "client/run/subscription_goodbye.h"
#include "client/run/subscription_time.h"
#include "client/run/subscription_wrong.h"
#include "client/verify/verifier_text.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int64_t now_of(const struct subscription *subscription)
{
    return subscription->settings->clock->now(subscription->settings->clock);
}

void subscription_init(struct subscription *subscription,
                       const struct subscription_settings *settings, struct channel *channel,
                       grpc_completion_queue *queue)
{
    *subscription = (struct subscription){.settings = settings,
                                          .channel = channel,
                                          .queue = queue,
                                          .trouble_since = CLOCK_NEVER,
                                          .resume_at = CLOCK_NEVER,
                                          .stop_by = CLOCK_NEVER};
    call_init(&subscription->call, subscription);
}

bool subscription_is_done(const struct subscription *subscription)
{
    return subscription->result != SESSION_UNFINISHED && !call_is_open(&subscription->call);
}

/* Opens a call that starts the session, or resumes it at the verifier's position. */
static void open_call(struct subscription *subscription)
{
    subscription->resume_at = CLOCK_NEVER;
    subscription->opened_at = now_of(subscription);
    subscription->last_activity = subscription->opened_at;
    subscription->stall_timeout_ns = subscription->settings->stall_timeout_ns;
    subscription->ends_by_cancel = subscription->settings->ends_by_cancel;
    subscription->awaits_headers = true;
    subscription->stalled = false;
    subscription->ends_run = false;
    subscription->error[0] = '\0';
    const struct request request = subscription_command_next(subscription);
    call_open(&subscription->call, subscription->channel, subscription->queue, &request);

    bool resumes = subscription->command == COMMAND_CONTINUE;
    verifier_begin_stream(&subscription->verifier, resumes);
    if (!resumes) {
        subscription->may_exist = subscription->verifier.mode == MODE_STATEFUL;
        subscription->starts++;
    }
}

static void begin_trouble(struct subscription *subscription)
{
    subscription->trouble_since = now_of(subscription);
    subscription->stopped_before = subscription->channel->stopped_ns;
}

void subscription_start(struct subscription *subscription)
{
    begin_trouble(subscription);
    open_call(subscription);
}

static void find_wrong_number(struct subscription *subscription, enum verdict verdict,
                              uint64_t number)
{
    char reason[VERIFIER_ERROR_SIZE];
    verifier_describe(&subscription->verifier, verdict, number, reason);
    subscription_find_wrong(subscription, reason);
}

static void take_number(struct subscription *subscription, uint64_t number,
                        const struct padding_fault *fault)
{
    struct verifier *verifier = &subscription->verifier;
    enum verdict verdict = verifier_take(verifier, number);
    subscription->last_activity = now_of(subscription);
    subscription->channel->last_activity = subscription->last_activity;
    if (verdict_is_wrong(verdict)) {
        find_wrong_number(subscription, verdict, number);
    } else if (fault->kind != PADDING_RIGHT &&
               !subscription_find_wrong_padding(subscription, verdict, number, fault)) {
        return;
    } else if (verdict == VERDICT_NUMBER || verdict == VERDICT_CHECKSUM) {
        subscription->trouble_since = CLOCK_NEVER;
        backoff_reset(&subscription->backoff);
    }
    if (verdict != VERDICT_SURPLUS) {
        subscription->settings->listener->message(subscription, verdict, number);
    }
    if (verifier_is_complete(verifier) && subscription->stop_by == CLOCK_NEVER) {
        subscription_goodbye_finish(subscription);
    }
}

static void take_reply(struct subscription *subscription, const struct reply *reply,
                       const struct padding_fault *fault)
{
    if (reply->is_error) {
        memcpy(subscription->error, reply->error, sizeof subscription->error);
    } else if (!subscription_refuses_unpadded(subscription, fault)) {
        take_number(subscription, reply->number, fault);
    }
}

static void take_malformed(struct subscription *subscription)
{
    char reason[VERIFIER_ERROR_SIZE];
    (void)snprintf(reason, sizeof reason, "malformed reply after %" PRIu64 " right numbers",
                   subscription->verifier.count);
    subscription_find_wrong(subscription, reason);
    subscription->settings->listener->message(subscription, VERDICT_MALFORMED, 0);
}

/* Waits before the next call, or gives up. */
static void pause_call(struct subscription *subscription, struct session_break *event)
{
    int64_t now = now_of(subscription);
    if (subscription->trouble_since == CLOCK_NEVER) {
        begin_trouble(subscription);
    }
    int64_t give_up_at = subscription_time_give_up_at(subscription);
    if (subscription->ends_run) {
        first_connect_fail(subscription->settings->first_connect, subscription->reason);
    }
    if (subscription->ends_run || now >= give_up_at) {
        subscription_set_result(subscription, SESSION_UNREACHABLE);
    } else {
        event->resumes = true;
        event->delay_ns = backoff_next(&subscription->backoff, randombytes_random());
        if (event->delay_ns > give_up_at - now) {
            event->delay_ns = give_up_at - now; /* one last try */
        }
        subscription->resume_at = now + event->delay_ns;
    }
    subscription->settings->listener->broken(subscription, event);
}

static void find_wrong_end(struct subscription *subscription, enum verdict verdict,
                           const char *reason)
{
    subscription_find_wrong(subscription, reason);
    subscription_set_result(subscription, SESSION_VIOLATED);
    subscription->settings->listener->message(subscription, verdict, 0);
}

static void find_early_end(struct subscription *subscription)
{
    char reason[VERIFIER_ERROR_SIZE];
    (void)snprintf(reason, sizeof reason,
                   "the server ended the stream with OK after %" PRIu64 " of %" PRIu32 " numbers",
                   subscription->verifier.count, subscription->verifier.n);
    find_wrong_end(subscription, VERDICT_ENDED_EARLY, reason);
}

/* The call is over, and messages are missing. */
static void decide_what_next(struct subscription *subscription, enum status status,
                             enum error error, struct session_break *event)
{
    char reason[VERIFIER_ERROR_SIZE];
    enum attempt_end attempt = subscription_judge_attempt(subscription, error, reason);
    if (status == STATUS_OK) {
        find_early_end(subscription);
    } else if (subscription_start_was_lost(subscription, status)) {
        subscription->may_exist = false;
        open_call(subscription);
    } else if (subscription_start_was_late(subscription, status) && subscription->starts <= 2) {
        open_call(subscription); /* only once: with a server that contradicts itself, back off */
    } else if (attempt == ATTEMPT_WRONG) {
        find_wrong_end(subscription, VERDICT_WRONG_ATTEMPT, reason);
    } else if (!subscription->stalled && !subscription->ends_run && status_is_permanent(status) &&
               attempt != ATTEMPT_AGAIN && !subscription_start_was_late(subscription, status)) {
        subscription_set_result(subscription, SESSION_REFUSED);
    } else {
        subscription_end_renew(subscription, event);
        pause_call(subscription, event);
    }
}

static void finish_call(struct subscription *subscription)
{
    enum status status = subscription_end_status(subscription);
    enum error error = subscription_end_error(subscription, status);
    struct session_break event = {.age_ns = 0};
    if (status != STATUS_OK) {
        event = subscription_end_break(subscription, status);
    }
    if (subscription->result == SESSION_UNFINISHED && subscription->wrong == 0) {
        subscription_end_describe(subscription, status);
    }
    call_close(&subscription->call);
    if (verifier_is_complete(&subscription->verifier)) {
        subscription_set_result(subscription, SESSION_PROVEN);
    } else if (subscription->stopping) {
        subscription_set_result(subscription, SESSION_STOPPED);
    }
    if (subscription->result == SESSION_UNFINISHED) {
        decide_what_next(subscription, status, error, &event);
    }
}

/*
 * A server that announces nothing shows by its first message: a refusal, which a proxy may have
 * sent, has headers without an announcement too.
 */
static void take_headers(struct subscription *subscription, bool has_message)
{
    struct announcement announcement;
    call_read_announcement(&subscription->call, &announcement);
    if (announcement.has == 0 && announcement.garbled == 0 && !has_message) {
        return;
    }
    subscription->awaits_headers = false;
    subscription->was_answered = true;
    first_connect_note_answer(subscription->settings->first_connect);
    if (subscription->result == SESSION_UNFINISHED &&
        !subscription->settings->listener->announced(subscription, &announcement)) {
        subscription_set_result(subscription, SESSION_REFUSED);
        call_cancel(&subscription->call);
    }
}

void subscription_handle(const grpc_event *event)
{
    struct call *call = call_of_event(event);
    struct subscription *subscription = call->owner;
    call->is_deaf = channel_was_silenced(subscription->channel, call->generation);
    struct reply reply;
    struct padding_fault fault;
    enum call_progress progress = call_take(call, event, &reply, &fault);
    if (subscription->awaits_headers && call->has_headers) {
        take_headers(subscription, progress != CALL_NOTHING);
    }
    if (subscription->result != SESSION_UNFINISHED) {
        progress = CALL_NOTHING; /* the session has its result */
    }
    switch (progress) {
    case CALL_REPLY:
        take_reply(subscription, &reply, &fault);
        break;
    case CALL_MALFORMED:
        take_malformed(subscription);
        break;
    case CALL_NOTHING:
        subscription_goodbye_send(subscription);
        break;
    }
    if (call_is_over(call)) {
        finish_call(subscription);
    }
}

int64_t subscription_deadline(const struct subscription *subscription)
{
    int64_t deadline = subscription_time_cancel_at(subscription);
    if (subscription->resume_at < deadline) {
        deadline = subscription->resume_at;
    }
    return subscription->stop_by < deadline ? subscription->stop_by : deadline;
}

void subscription_tick(struct subscription *subscription)
{
    int64_t now = now_of(subscription);
    if (now >= subscription->resume_at) {
        open_call(subscription);
    }
    if (now >= subscription->stop_by) {
        subscription->stop_by = CLOCK_NEVER;
        call_cancel(&subscription->call);
    }
    if (now >= subscription_time_cancel_at(subscription)) {
        subscription->stalled = true;
        call_cancel(&subscription->call);
    }
}

void subscription_stop(struct subscription *subscription)
{
    if (subscription->result != SESSION_UNFINISHED || subscription->stopping) {
        return;
    }
    subscription->stopping = true;
    subscription->resume_at = CLOCK_NEVER;
    if (!call_is_open(&subscription->call)) {
        subscription_set_result(subscription, SESSION_STOPPED);
    } else {
        subscription_goodbye_stop(subscription);
    }
}
