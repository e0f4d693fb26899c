/*
 * The log's lines about streams. Those about a session that a stream owns have the count of the
 * session's messages, which is n numbers and the checksum, and the stream's position among them.
 * A flood of lines is limited (log_limit), all kinds together.
 * For the stream's thread.
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_SESSION_LOG_H
#define COMMS_SERVER_SERVICES_COMMS_SESSION_LOG_H

#include "server/services/comms/stateful.h"
#include "shared/base/log.h"

#include <stdbool.h>
#include <stdint.h>

/* The client's name, as its certificate says; no field if it has no identity. */
struct log_field log_client(const struct client_identity *client);

/* The stream has begun: the session was started, resumed or taken over. */
void session_log_beginning(const struct stateful *stateful, const char *peer);

/* The stream is over: it has ended the session, or left it for this reason. */
void session_log_end(const struct stateful *stateful, const char *peer, const char *reason);

/* A stateless stream has begun; or it is over, after `numbers` numbers, for this reason. */
void session_log_stream_beginning(const struct service_host *host, bool was_resumed);
void session_log_stream_end(uint64_t numbers, const char *peer, const char *reason);

/*
 * The stream is refused before it has begun, with the host's outcome. Some lines a second: a client
 * may be refused as often as it likes. From any thread.
 */
void session_log_refusal(const struct service_host *host);

#endif
