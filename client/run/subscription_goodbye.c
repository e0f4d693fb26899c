#include "client/run/subscription_goodbye.h"

#include <string.h>

/* Time for the server to end a stream whose messages have all come, or which the client stops. */
#define GOODBYE_NS      NS_PER_S
#define STOP_GOODBYE_NS (500 * NS_PER_MS)

static int64_t now_of(const struct subscription *subscription)
{
    return subscription->settings->clock->now(subscription->settings->clock);
}

void subscription_goodbye_send(struct subscription *subscription)
{
    if (!subscription->ending || subscription->end_sent || !call_can_send(&subscription->call)) {
        return;
    }
    subscription->end_sent = true;
    struct request request = {.has_position = false};
    const struct command end = {.kind = COMMAND_END};
    command_format(subscription->verifier.mode, &end, request.text);
    request.length = strlen(request.text);
    call_send(&subscription->call, &request);
}

/* Sends END to a stateless stream, and sets the time by which the server must end it. */
static void end_stream(struct subscription *subscription, int64_t time_ns)
{
    subscription->ending = subscription->verifier.mode == MODE_STATELESS;
    subscription->stop_by = clock_add(now_of(subscription), time_ns);
    subscription_goodbye_send(subscription);
}

/*
 * A stateless server goes on until it has read END. At full speed it sends many times the wanted
 * numbers by then, and each would be taken out of the stream and decoded. Numbers that come after a
 * cancel are not.
 */
void subscription_goodbye_finish(struct subscription *subscription)
{
    if (subscription->ends_by_cancel && subscription->verifier.mode == MODE_STATELESS) {
        subscription->stop_by = clock_add(now_of(subscription), GOODBYE_NS);
        call_cancel(&subscription->call);
    } else {
        end_stream(subscription, GOODBYE_NS);
    }
}

void subscription_goodbye_stop(struct subscription *subscription)
{
    if (subscription->verifier.mode == MODE_STATELESS && subscription->call.has_headers) {
        end_stream(subscription, STOP_GOODBYE_NS);
    } else {
        call_cancel(&subscription->call);
    }
}
