/* The state of the server, at the head of the status page. */
#include "server/admin/status_parts.h"

#include <stdbool.h>

enum state { SERVING, DRAINING, STREAMS_FULL, SESSIONS_FULL, STORE_FULL, STORE_FAILING };

/* A finished session gives way to a new one. */
static bool has_no_room_for_sessions(const struct snapshot *snapshot)
{
    const struct sessions_counts *sessions = &snapshot->sessions;
    return snapshot->sources->sessions != NULL && sessions->finished == 0 &&
           sessions->owned + sessions->idle >= snapshot->sources->max_sessions;
}

/* The worst that is so. */
static enum state state_of(const struct snapshot *snapshot)
{
    if (!snapshot->is_serving[HEALTH_SERVER]) {
        return DRAINING;
    }
    if (snapshot->store.state == STORE_STATE_FAILING) {
        return STORE_FAILING;
    }
    if (snapshot->store.state == STORE_STATE_FULL) {
        return STORE_FULL;
    }
    if (snapshot->samples.last.streams >= snapshot->sources->max_streams) {
        return STREAMS_FULL;
    }
    return has_no_room_for_sessions(snapshot) ? SESSIONS_FULL : SERVING;
}

const char *status_word(const struct snapshot *snapshot)
{
    static const char *const words[] = {
        [SERVING] = "Serving",    [DRAINING] = "Draining",     [STREAMS_FULL] = "Full",
        [SESSIONS_FULL] = "Full", [STORE_FULL] = "Store full", [STORE_FAILING] = "Store failing"};
    return words[state_of(snapshot)];
}

/* Each state has a sign, so that its shape tells what its colour tells. */
static const char *sign_of(enum state state)
{
    static const char check[] =
        "<circle cx=\"24\" cy=\"24\" r=\"21\"/><path d=\"M14 25l7 7 13-15\"/>";
    static const char warning[] = "<path d=\"M24 5L45 42H3Z\"/><path d=\"M24 18v11M24 35v.5\"/>";
    static const char pause[] =
        "<circle cx=\"24\" cy=\"24\" r=\"21\"/><path d=\"M18 16v16M30 16v16\"/>";
    return state == SERVING ? check : state == DRAINING ? pause : warning;
}

void status_put_state(struct html *html, const struct snapshot *snapshot)
{
    static const char *const texts[] = {
        [SERVING] = "It takes streams.",
        [DRAINING] = "It stops: health checks get NOT_SERVING, and streams may finish.",
        [STREAMS_FULL] = "New streams are refused (--max-streams); those that live go on.",
        [SESSIONS_FULL] = "No session can be started (--max-sessions); those that exist go on.",
        [STORE_FULL] = "No session can be started; those that exist go on.",
        [STORE_FAILING] = "No session can be started; those that exist go on."};
    static const char *const shared_texts[] = {
        [STORE_FULL] = "No session can be started or resumed; live streams go on.",
        [STORE_FAILING] =
            "No session can be started or resumed, and live streams end within seconds."};
    static const char *const classes[] = {
        [SERVING] = "proven",         [DRAINING] = "failed",     [STREAMS_FULL] = "violated",
        [SESSIONS_FULL] = "violated", [STORE_FULL] = "violated", [STORE_FAILING] = "violated"};
    const enum state state = state_of(snapshot);
    const bool needs_store = state == STORE_FULL || state == STORE_FAILING;
    const char *text = needs_store && snapshot->sources->store->owned_until != NULL
                           ? shared_texts[state]
                           : texts[state];
    html_put(
        html,
        "<div id=\"state\" class=\"verdict state %s\">\n<svg viewBox=\"0 0 48 48\" fill=\"none\" "
        "stroke=\"currentColor\" stroke-width=\"4\" stroke-linecap=\"round\" "
        "stroke-linejoin=\"round\" aria-hidden=\"true\">%s</svg>\n<h1>%s</h1>\n<p>%s</p>\n</div>\n",
        classes[state], sign_of(state), status_word(snapshot), text);
}
