#include "server/services/comms/session_log.h"

#include "shared/base/clock.h"
#include "shared/base/log_limit.h"

#include <stddef.h>
#include <string.h>

/* A client may begin and end streams as often as it likes, too. */
enum { LINES_A_SECOND = 300, LINES_AT_ONCE = 5000 };
static struct log_limit lines = LOG_LIMIT_AT_ONCE(LINES_A_SECOND, LINES_AT_ONCE);

enum {
    REFUSALS_LOGGED_MAX = 20, /* a second: a client may be refused as often as it likes */
    UUID_MAY_BE = 16,         /* more characters of a uuid than this are hidden */
    UUID_SHOWN = 8
};

struct log_field log_client(const struct client_identity *client)
{
    return log_text("client", client == NULL ? NULL : client->name);
}

/* `reason` NULL: the line has no reason. */
static void log_session(const struct stateful *stateful, const char *event, const char *peer,
                        const char *reason)
{
    const struct session *session = stateful->hold.session;
    uint64_t skipped;
    if (log_limit_admit_info(&lines, &skipped)) {
        log_event(LOG_LEVEL_INFO, event, log_uuid("uuid", session_uuid(session)),
                  log_number("n", stateful->sequence.n),
                  log_number("messages", (uint64_t)stateful->sequence.n + 1),
                  log_number("position", stateful->sequence.position),
                  log_number("sent", session_sent(session)), log_address("peer", peer),
                  log_client(stateful->host->client), log_text("reason", reason),
                  log_skipped(skipped));
    }
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

void session_log_stream_beginning(const struct service_host *host, bool was_resumed)
{
    uint64_t skipped;
    if (log_limit_admit_info(&lines, &skipped)) {
        log_event(LOG_LEVEL_INFO, was_resumed ? "stream resumed" : "stream started",
                  log_address("peer", host->peer), log_client(host->client), log_skipped(skipped));
    }
}

void session_log_stream_end(uint64_t numbers, const char *peer, const char *reason)
{
    uint64_t skipped;
    if (log_limit_admit_info(&lines, &skipped)) {
        log_event(LOG_LEVEL_INFO, "stream ended", log_number("numbers", numbers),
                  log_address("peer", peer), log_text("reason", reason), log_skipped(skipped));
    }
}

/*
 * Shortens each word that may be a uuid to 8 characters: the reason quotes what the client has
 * sent, and whoever knows the uuid of a session can take it.
 */
static void hide_uuids(const char *text, char hidden[static FAILURE_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdefABCDEF-";
    size_t length = 0;
    while (*text != '\0' && length < FAILURE_TEXT_SIZE - 1) {
        size_t run = strspn(text, digits);
        size_t kept = run > UUID_MAY_BE ? UUID_SHOWN : run > 0 ? run : 1;
        kept = kept < FAILURE_TEXT_SIZE - 1 - length ? kept : FAILURE_TEXT_SIZE - 1 - length;
        memcpy(hidden + length, text, kept);
        length += kept;
        text += run > 0 ? run : 1;
    }
    hidden[length] = '\0';
}

/* The client is told how a uuid looks. Shortened, the example would look like a uuid itself. */
static void leave_example_out(char *reason)
{
    char *advice = strstr(reason, " (expected as ");
    if (advice != NULL) {
        *advice = '\0';
    }
}

void session_log_refusal(const struct service_host *host)
{
    static struct log_limit limit = LOG_LIMIT(REFUSALS_LOGGED_MAX);
    uint64_t skipped;
    char reason[FAILURE_TEXT_SIZE];
    hide_uuids(host->outcome.text, reason);
    if (host->outcome.error == ERROR_UUID) {
        leave_example_out(reason);
    }
    if (log_limit_admit(&limit, clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
        log_event(LOG_LEVEL_NOTICE, "stream refused", log_address("peer", host->peer),
                  log_client(host->client), log_text("reason", reason), log_skipped(skipped));
    }
}
