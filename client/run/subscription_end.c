#include "client/run/subscription_end.h"

#include "client/grpc/address_family.h"
#include "client/grpc/credentials.h"
#include "client/grpc/peer_probe.h"
#include "client/run/subscription_time.h"
#include "shared/base/text.h"
#include "shared/grpc/core_version.h"

#include <stdio.h>
#include <string.h>

enum {
    DETAILS_SIZE = 512,   /* C core says much before it comes to what OpenSSL or the system said */
    STATUS_NAME_ROOM = 24 /* "RESOURCE_EXHAUSTED: " */
};

enum status subscription_end_status(const struct subscription *subscription)
{
    enum status status = call_status(&subscription->call);
    if (status == STATUS_OK && subscription->error[0] != '\0') {
        enum error error = error_from_message(subscription->error);
        return error == ERROR_NONE ? STATUS_INVALID_ARGUMENT : error_status(error);
    }
    return status;
}

static int64_t now_of(const struct subscription *subscription)
{
    return subscription->settings->clock->now(subscription->settings->clock);
}

/*
 * Whether headers came that announce nothing, and no message ever. A page of a web server looks so:
 * C core waits for its end, which is further than the window of the call.
 */
static bool is_mute(const struct subscription *subscription)
{
    const struct call *call = &subscription->call;
    return call->has_headers && !call->is_deaf && !subscription->was_answered;
}

/* Which time-out has passed, and for what. */
static void describe_stall(struct subscription *subscription)
{
    const char *what = is_mute(subscription)
                           ? "STALLED: headers that may be no gRPC, and no message"
                           : "STALLED: no message";
    char before[REASON_SIZE] = ""; /* why there was no connection, as far as it is known */
    int64_t time_ns = subscription->stall_timeout_ns;
    int64_t now = now_of(subscription);
    if (subscription->trouble_since != CLOCK_NEVER &&
        now >= subscription_time_give_up_at(subscription)) {
        bool is_connected = channel_was_ready(subscription->channel, subscription->call.generation);
        what = is_connected ? "STALLED: no number" : "UNREACHABLE: no connection";
        time_ns = now - subscription_time_trouble_since(subscription);
        if (!is_connected) {
            (void)snprintf(before, sizeof before, "%s", subscription->reason);
        }
    }
    (void)snprintf(subscription->reason, sizeof subscription->reason, "%s for %.1f s%s%.180s%s",
                   what, (double)time_ns / (double)NS_PER_S,
                   before[0] == '\0' ? "" : " (before: ", before, before[0] == '\0' ? "" : ")");
}

/* What the server, or C core, wrote about the end of the call. */
static void copy_details(const struct subscription *subscription, char details[static DETAILS_SIZE])
{
    if (subscription->error[0] != '\0') {
        (void)snprintf(details, DETAILS_SIZE, "%s", subscription->error);
    } else {
        call_status_details(&subscription->call, details, DETAILS_SIZE);
    }
}

enum error subscription_end_error(const struct subscription *subscription, enum status status)
{
    char details[DETAILS_SIZE];
    copy_details(subscription, details);
    enum error error = error_from_message(details);
    return subscription->stalled || error_status(error) != status ? ERROR_NONE : error;
}

/*
 * What answered in place of gRPC, where the run ends because of it: asks the peer. This keeps the
 * thread for two seconds at most, which then has nothing else to do. Who has shaken hands is not
 * asked: it speaks TLS, and would log the question as a client's fault.
 */
static bool describe_odd_peer(const struct subscription *subscription, const char *details,
                              char *words, size_t size)
{
    const struct core_texts *texts = core_version_texts();
    bool uses_tls = subscription->channel->route->credentials != NULL;
    char address[CONNECT_ADDRESS_SIZE];
    char shown[CONNECT_ADDRESS_SIZE];
    char answer[PEER_WORDS_SIZE];
    bool is_no_http2 = connect_reason_is_no_http2(texts, details);
    if (!first_connect_is_open(subscription->settings->first_connect) ||
        !(is_no_http2 || connect_reason_is_odd_peer(texts, details)) ||
        !connect_reason_address(texts, details, address)) {
        return false;
    }
    if (is_no_http2) {
        (void)snprintf(answer, sizeof answer, "it speaks TLS, but offers no HTTP/2 (ALPN)");
    } else if (credentials_met_tls() || !peer_probe(address, uses_tls, answer)) {
        return false;
    }
    connect_reason_show_address(address, shown);
    (void)snprintf(words, size, "no gRPC%s at %.*s: %s", uses_tls ? " over TLS" : "",
                   SESSION_ADDRESS_SIZE - 1, shown, answer);
    return true;
}

/*
 * Whether the call was answered by HTTP/2 that is no gRPC, and none before by gRPC: by headers that
 * announce nothing, and then a body that is no message, or none.
 */
static bool is_page(const struct subscription *subscription, const struct break_kind *kind,
                    const char *details)
{
    enum { NO_ERROR = 0 };
    const struct core_texts *texts = core_version_texts();
    return subscription->call.has_headers && !subscription->was_answered &&
           (kind->cause == BREAK_CUT_SHORT ||
            (kind->cause == BREAK_RST_STREAM && kind->code == NO_ERROR) ||
            (texts != NULL && strstr(details, texts->bad_frame_begins) != NULL));
}

/* What a server of HTTP/2 answered that is no server of gRPC, such as one of web pages. */
static bool describe_web_server(const struct subscription *subscription, enum status status,
                                const char *details, char *words, size_t size)
{
    const struct break_kind kind = break_classify(core_version_texts(), status, details);
    char answer[sizeof "HTTP status 4294967295"];
    char peer[CONNECT_ADDRESS_SIZE];
    if (break_is_no_grpc(&kind)) {
        (void)snprintf(answer, sizeof answer, "HTTP status %u", kind.code);
    } else if (is_page(subscription, &kind, details)) {
        (void)snprintf(answer, sizeof answer, "HTTP status 200");
    } else {
        return false;
    }
    subscription_end_peer(subscription, peer);
    (void)snprintf(words, size, "the server speaks HTTP/2, but is no gRPC server (%s, %.*s)",
                   answer, SESSION_ADDRESS_SIZE - 1, peer);
    return true;
}

/* Where there is no such host: whether it has addresses of the other family alone. */
static void describe_family(const char *details, char *words, size_t size)
{
    char host[CONNECT_ADDRESS_SIZE];
    const char *chosen;
    if (connect_reason_is_no_host(core_version_texts(), details, host) &&
        address_family_is_other(host, &chosen)) {
        (void)snprintf(words, size, "%s has no %s", host, chosen);
    }
}

void subscription_end_describe(struct subscription *subscription, enum status status)
{
    char details[DETAILS_SIZE];
    char words[REASON_SIZE - STATUS_NAME_ROOM];
    const struct first_connect *first = subscription->settings->first_connect;
    if (subscription->stalled) {
        describe_stall(subscription);
        subscription->ends_run = is_mute(subscription) && first_connect_is_unanswered(first);
        return;
    }
    copy_details(subscription, details);
    if (describe_odd_peer(subscription, details, words, sizeof words)) {
        subscription->ends_run = true;
    } else if (describe_web_server(subscription, status, details, words, sizeof words)) {
        subscription->ends_run = first_connect_is_unanswered(first);
    } else {
        const struct channel_route *route = subscription->channel->route;
        const struct connect_way way = {.uses_tls = route->credentials != NULL,
                                        .met_tls = credentials_met_tls(),
                                        .timeout_ns = route->connect_timeout_ns};
        connect_reason_write(core_version_texts(), details, &way, words, sizeof words);
        describe_family(details, words, sizeof words);
        subscription->ends_run =
            first_connect_is_open(first) && connect_reason_is_final(core_version_texts(), details);
    }
    (void)snprintf(subscription->reason, sizeof subscription->reason, "%s%s%s", status_name(status),
                   words[0] == '\0' ? "" : ": ", words);
}

/* Whether the connection carried a message lately, so that only this stream stands still. */
static bool connection_is_alive(const struct subscription *subscription, int64_t now)
{
    return subscription->channel->last_activity > now - subscription->stall_timeout_ns / 2;
}

/* Whether the call ended as it does without a connection: UNAVAILABLE, and no message came. */
static bool never_began(const struct subscription *subscription, enum status status)
{
    return core_version_texts() == NULL && status == STATUS_UNAVAILABLE &&
           subscription->last_activity == subscription->opened_at;
}

static struct break_kind classify_break(const struct subscription *subscription, enum status status,
                                        int64_t now)
{
    const struct call *call = &subscription->call;
    const struct channel *channel = subscription->channel;
    if (channel_was_cut(channel, call->generation)) {
        return (struct break_kind){.cause = BREAK_CHAOS_CUT};
    }
    if (subscription->stalled && call->is_deaf) {
        return (struct break_kind){.cause = BREAK_CHAOS_STALL};
    }
    if (subscription->stalled && call->has_headers) {
        return (struct break_kind){.cause = BREAK_STALLED};
    }
    if (subscription->stalled) {
        bool is_connected = channel_was_ready(channel, call->generation);
        return (struct break_kind){.cause = is_connected ? BREAK_WAITING : BREAK_UNREACHABLE};
    }
    char details[DETAILS_SIZE];
    call_status_details(call, details, sizeof details);
    struct break_kind kind = break_classify(core_version_texts(), status, details);
    bool is_end_of_connection = kind.cause == BREAK_CLOSED || kind.cause == BREAK_RESET;
    if (is_end_of_connection && call->generation == channel->generation &&
        channel_was_sent_away(channel, subscription->opened_at, now)) {
        kind.cause = BREAK_GOAWAY;
    }
    if (kind.cause == BREAK_STATUS && !channel_was_ready(channel, call->generation) &&
        (call->generation != channel->generation || never_began(subscription, status))) {
        /* Another stream has renewed the channel, which C core reports as UNKNOWN; or it is a C
         * core whose texts are not known. */
        kind = (struct break_kind){.cause = BREAK_UNREACHABLE};
    }
    return kind;
}

void subscription_end_peer(const struct subscription *subscription,
                           char text[static CONNECT_ADDRESS_SIZE])
{
    char address[CONNECT_ADDRESS_SIZE];
    call_peer(&subscription->call, address, sizeof address);
    connect_reason_show_address(address, text);
}

struct session_break subscription_end_break(const struct subscription *subscription,
                                            enum status status)
{
    int64_t now = now_of(subscription);
    struct session_break event = {.kind = classify_break(subscription, status, now),
                                  .reason = subscription->reason,
                                  .age_ns = now - subscription->opened_at,
                                  .silence_ns = now - subscription->last_activity};
    char details[DETAILS_SIZE];
    char address[CONNECT_ADDRESS_SIZE];
    char shown[CONNECT_ADDRESS_SIZE];
    call_status_details(&subscription->call, details, sizeof details);
    if (connect_reason_address(core_version_texts(), details, address)) {
        connect_reason_show_address(address, shown);
    } else {
        subscription_end_peer(subscription, shown);
    }
    (void)snprintf(event.address, sizeof event.address, "%.*s", SESSION_ADDRESS_SIZE - 1, shown);
    if (event.kind.cause == BREAK_STATUS) {
        copy_details(subscription, details);
        text_copy_printable(details, strlen(details), event.words, sizeof event.words);
    }
    /* With round_robin others may have gone on at another address. */
    event.was_held_back = event.kind.cause == BREAK_WAITING &&
                          connection_is_alive(subscription, now) &&
                          !subscription->channel->route->is_round_robin;
    return event;
}

void subscription_end_renew(struct subscription *subscription, const struct session_break *event)
{
    struct channel *channel = subscription->channel;
    bool is_of_no_use =
        break_is_of_connecting(event->kind.cause)
            ? channel_has_failed(channel)
            : subscription->stalled && !connection_is_alive(subscription, now_of(subscription));
    if (is_of_no_use && subscription->call.generation == channel->generation) {
        channel_renew(channel);
    }
}
