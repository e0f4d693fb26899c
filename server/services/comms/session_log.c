#include "server/services/comms/session_log.h"

#include <stddef.h>

struct log_field log_client(const struct client_identity *client)
{
    return log_text("client", client == NULL ? NULL : client->name);
}

/* `reason` NULL: the line has no reason. */
static void log_session(const struct stateful *stateful, const char *event, const char *peer,
                        const char *reason)
{
    const struct session *session = stateful->hold.session;
    log_event(LOG_LEVEL_INFO, event, log_uuid("uuid", session_uuid(session)),
              log_number("n", stateful->sequence.n),
              log_number("messages", (uint64_t)stateful->sequence.n + 1),
              log_number("position", stateful->sequence.position),
              log_number("sent", session_sent(session)), log_address("peer", peer),
              log_client(stateful->host->client), log_text("reason", reason));
}

void session_log_beginning(const struct stateful *stateful, const char *peer)
{
    const char *event = stateful->request.operation == STORE_CREATE ? "session started"
                        : stateful->took_over                       ? "session taken over"
                                                                    : "session resumed";
    log_session(stateful, event, peer, NULL);
}

void session_log_end(const struct stateful *stateful, const char *peer, const char *reason)
{
    if (stateful_is_finished(stateful)) {
        log_session(stateful, "session ended", peer, NULL);
    } else {
        log_session(stateful, "session left", peer, reason);
    }
}
