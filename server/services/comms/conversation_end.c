#include "server/services/comms/conversation_end.h"

#include "server/services/comms/session_log.h"
#include "shared/base/log.h"

#include <stddef.h>

static void log_end(const struct conversation *conversation, const char *reason)
{
    if (conversation_is_stateful(conversation)) {
        session_log_end(conversation->stream.stateful, conversation->host->peer, reason);
    } else {
        session_log_stream_end(conversation->numbers_sent, conversation->host->peer, reason);
    }
}

/* Ends the conversation, logs its end, and leaves the session. */
static void leave_because(struct conversation *conversation, const char *reason)
{
    if (conversation->dialogue.state == DIALOGUE_OVER) {
        return;
    }
    if (conversation->dialogue.state == DIALOGUE_RUNNING) {
        log_end(conversation, reason);
    }
    conversation->dialogue.state = DIALOGUE_OVER;
    if (conversation_is_stateful(conversation) && conversation->stream.stateful != NULL) {
        bool has_left = stateful_leave(conversation->stream.stateful) == STATEFUL_LEFT;
        conversation->dialogue.is_asking = !has_left;
        conversation->stream.stateful = has_left ? NULL : conversation->stream.stateful;
    }
}

void conversation_finish(struct conversation *conversation)
{
    const struct failure *outcome = &conversation->host->outcome;
    if (conversation->dialogue.state == DIALOGUE_BEGINNING && outcome->error != ERROR_NONE) {
        conversation->refusal_unlogged = outcome->error == ERROR_CLOSED_EARLY;
        if (!conversation->refusal_unlogged) {
            session_log_refusal(conversation->host);
        }
    }
    leave_because(conversation, outcome->error == ERROR_NONE ? "finished" : outcome->text);
}

void conversation_fail(struct conversation *conversation, enum error error, const char *detail)
{
    if (conversation->dialogue.state != DIALOGUE_OVER) {
        (void)failure_set(&conversation->host->outcome, error, detail == NULL ? NULL : "%s",
                          detail);
        conversation_finish(conversation);
    }
}

void conversation_lose_session(struct conversation *conversation, const char *detail)
{
    const bool has_session =
        conversation_is_stateful(conversation) && conversation->stream.stateful != NULL;
    const enum error error =
        has_session ? stateful_why_lost(conversation->stream.stateful) : ERROR_TAKEN_OVER;
    conversation_fail(conversation, error,
                      error == ERROR_TAKEN_OVER ? detail
                                                : "ownership could not be renewed; try again");
}

/* A stream that is reset before a command looks half-closed at first. It is no refusal. */
void conversation_leave(struct conversation *conversation, enum service_end why)
{
    bool was_refused = conversation->refusal_unlogged && why != SERVICE_BROKEN;
    if (was_refused) {
        session_log_refusal(conversation->host);
    } else if (conversation->dialogue.state == DIALOGUE_BEGINNING ||
               conversation->refusal_unlogged) {
        log_event(LOG_LEVEL_DEBUG, "stream reset", log_address("peer", conversation->host->peer));
    }
    conversation->refusal_unlogged = false;
    leave_because(conversation, why == SERVICE_UNREAD ? "the client took nothing for --send-timeout"
                                                      : "cancelled or connection lost");
}
