#include "client/run/subscription_command.h"

#include "client/run/subscription_attempt.h"

#include <string.h>

struct request subscription_command_next(struct subscription *subscription)
{
    const struct verifier *verifier = &subscription->verifier;
    struct command command = {.uuid = verifier->uuid, .n = verifier->n, .last = verifier->last};
    struct request request = {.size = subscription->settings->size};

    bool nothing_came = verifier->position == 0 && !subscription->joining;
    if (nothing_came && !subscription->may_exist) {
        command.kind = COMMAND_START;
    } else {
        command.kind = COMMAND_CONTINUE;
        request.has_position = verifier->mode == MODE_STATEFUL && verifier->position_is_known;
        request.position = verifier_position(verifier);
    }
    subscription->command = command.kind;
    subscription->attempt++;
    request.attempt = subscription_has_attempts(subscription) ? subscription->attempt : 0;
    request.interval_ns = subscription->settings->wish_ns;
    command_format(verifier->mode, &command, request.text);
    request.length = strlen(request.text);
    return request;
}

/* Whether the session may or may not exist: START was sent, and no message came. */
static bool start_is_open(const struct subscription *subscription)
{
    return subscription->verifier.mode == MODE_STATEFUL && subscription->verifier.position == 0 &&
           !subscription->joining;
}

bool subscription_start_was_lost(const struct subscription *subscription, enum status status)
{
    return start_is_open(subscription) && subscription->command == COMMAND_CONTINUE &&
           status == STATUS_NOT_FOUND;
}

bool subscription_start_was_late(const struct subscription *subscription, enum status status)
{
    return start_is_open(subscription) && subscription->command == COMMAND_START &&
           (subscription->starts > 1 || !subscription->uuid_is_shared) &&
           status == STATUS_ALREADY_EXISTS;
}
