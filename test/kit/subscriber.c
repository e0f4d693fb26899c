#include "test/kit/subscriber.h"

#include <check.h>

#include <stdio.h>

/* How long a real wait for something that must come may take, and how often it looks. */
enum { PATIENCE_MS = 20000, LOOK_MS = 10 };
enum { REQUESTS_TOO_MANY = 1000 };

static struct subscriber *of(struct subscription *subscription)
{
    char *bytes = (char *)subscription;
    return (struct subscriber *)(void *)(bytes - offsetof(struct subscriber, subscription));
}

static void note_message(struct subscription *subscription, enum verdict verdict, uint64_t number)
{
    struct subscriber *subscriber = of(subscription);
    subscriber->messages++;
    subscriber->last_verdict = verdict;
    subscriber->last_number = number;
    fake_clock_advance(&subscriber->clock, subscriber->message_takes_ns);
    if (subscriber->on_message != NULL) {
        subscriber->on_message();
    }
}

static void note_break(struct subscription *subscription, const struct break_event *event)
{
    struct subscriber *subscriber = of(subscription);
    subscriber->last_break = *event;
    if (!event->resumes) {
        return;
    }
    ck_assert_uint_lt(subscriber->breaks, SUBSCRIBER_BREAKS_MAX);
    subscriber->delays[subscriber->breaks++] = event->delay_ns;
    snprintf(subscriber->break_reason, sizeof subscriber->break_reason, "%s", subscription->reason);
    if (subscriber->on_break != NULL) {
        subscriber->on_break();
    }
}

static const struct subscription_listener listener = {.message = note_message,
                                                      .broken = note_break};

void subscriber_init(struct subscriber *subscriber, struct lying_server *server, const char *target)
{
    *subscriber = (struct subscriber){.server = server};
    fake_clock_init(&subscriber->clock, SUBSCRIBER_START_TIME);
    subscriber->settings =
        (struct subscription_settings){.retry_timeout_ns = SUBSCRIBER_RETRY_TIMEOUT,
                                       .stall_timeout_ns = SUBSCRIBER_STALL_TIMEOUT,
                                       .wrong_max = 1,
                                       .clock = &subscriber->clock.clock,
                                       .listener = &listener};
    ck_assert(channel_init(&subscriber->channel, target, 1));
    subscriber->queue = grpc_completion_queue_create_for_next(NULL);
    subscription_init(&subscriber->subscription, &subscriber->settings, &subscriber->channel,
                      subscriber->queue);
}

int64_t subscriber_elapsed(struct subscriber *subscriber)
{
    return fake_clock_now(&subscriber->clock) - SUBSCRIBER_START_TIME;
}

static size_t requests(const struct subscriber *subscriber)
{
    return subscriber->server == NULL ? 0 : lying_server_request_count(subscriber->server);
}

/* Nothing else will happen: time goes by until something is due. */
static void pass_time(struct subscriber *subscriber)
{
    int64_t deadline = subscription_deadline(&subscriber->subscription);
    int64_t now = fake_clock_now(&subscriber->clock);
    ck_assert_int_ne(deadline, CLOCK_NEVER);
    ck_assert_int_ge(deadline, now);
    if (deadline > now) { /* not a moment before */
        fake_clock_advance(&subscriber->clock, deadline - now - 1);
        subscription_tick(&subscriber->subscription);
        ck_assert_int_eq(subscription_deadline(&subscriber->subscription), deadline);
        fake_clock_advance(&subscriber->clock, 1);
    }
    if (subscriber->on_deadline != NULL) {
        subscriber->on_deadline();
    }
    subscription_tick(&subscriber->subscription);
}

static void await_event(struct subscriber *subscriber)
{
    for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
        gpr_timespec until =
            gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(LOOK_MS, GPR_TIMESPAN));
        grpc_event event = grpc_completion_queue_next(subscriber->queue, until, NULL);
        if (event.type == GRPC_OP_COMPLETE) {
            fake_clock_advance(&subscriber->clock, subscriber->event_takes_ns);
            subscription_handle(&event);
            subscription_tick(&subscriber->subscription);
            return;
        }
        if (subscriber->is_silent_after && requests(subscriber) >= subscriber->silent_requests &&
            subscriber->messages >= subscriber->silent_messages) {
            subscriber->is_silent_after = false;
            pass_time(subscriber);
            return;
        }
    }
    ck_abort_msg("nothing came after %zu messages of %zu requests", subscriber->messages,
                 requests(subscriber));
}

enum subscription_result subscriber_run(struct subscriber *subscriber)
{
    struct subscription *subscription = &subscriber->subscription;
    subscription_start(subscription);
    while (!subscription_is_done(subscription)) {
        if (subscriber->stops && subscriber->messages >= subscriber->stop_messages &&
            subscriber->breaks >= subscriber->stop_breaks) {
            subscriber->stops = false;
            subscription_stop(subscription);
        } else if (subscription->resume_at != CLOCK_NEVER) {
            pass_time(subscriber);
        } else {
            await_event(subscriber);
        }
        ck_assert_msg(requests(subscriber) < REQUESTS_TOO_MANY, "it never gives up");
    }
    return subscription->result;
}

void subscriber_cleanup(struct subscriber *subscriber)
{
    verifier_cleanup(&subscriber->subscription.verifier);
    channel_cleanup(&subscriber->channel);
    grpc_completion_queue_shutdown(subscriber->queue);
    while (grpc_completion_queue_next(subscriber->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
               .type != GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(subscriber->queue);
    fake_clock_cleanup(&subscriber->clock);
}
