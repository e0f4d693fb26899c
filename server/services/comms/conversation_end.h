/*
 * How a conversation ends: its outcome, the last line of its log, and its session, which it leaves.
 * Only the first end of a conversation does something.
 *
 * Part of a conversation, whose fields it uses, for conversation.c and the stream's thread.
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_CONVERSATION_END_H
#define COMMS_SERVER_SERVICES_COMMS_CONVERSATION_END_H

#include "server/services/comms/conversation.h"

/* Ends with the outcome that the caller has set in the host. */
void conversation_finish(struct conversation *conversation);

/* Ends with this error, and this detail; NULL: there is none. */
void conversation_fail(struct conversation *conversation, enum error error, const char *detail);

/* Ends because another stream has the session, or because ownership of it could not be renewed.
 * `detail` tells of a take-over; NULL: none is known. */
void conversation_lose_session(struct conversation *conversation, const char *detail);

/* Ends because the stream is gone. Only now it is known whether an early half-close was a refusal,
 * and that is logged. May be called after another end, and again. */
void conversation_leave(struct conversation *conversation, enum service_end why);

#endif
