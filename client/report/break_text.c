#include "client/report/break_text.h"

#include "shared/base/clock.h"
#include "shared/page/format.h"

#include <stdio.h>

/* ---- Names ----------------------------------------------------------------------------------- */

/* RFC 9113, section 7. NULL: the RFC has no such code. */
static const char *http2_error_name(unsigned code)
{
    static const char *const names[] = {"NO_ERROR",
                                        "PROTOCOL_ERROR",
                                        "INTERNAL_ERROR",
                                        "FLOW_CONTROL_ERROR",
                                        "SETTINGS_TIMEOUT",
                                        "STREAM_CLOSED",
                                        "FRAME_SIZE_ERROR",
                                        "REFUSED_STREAM",
                                        "CANCEL",
                                        "COMPRESSION_ERROR",
                                        "CONNECT_ERROR",
                                        "ENHANCE_YOUR_CALM",
                                        "INADEQUATE_SECURITY",
                                        "HTTP_1_1_REQUIRED"};
    return code < sizeof names / sizeof names[0] ? names[code] : NULL;
}

/* Each cause by its name for programs, and by its name for people. */
static const char *const names[][2] = {
    [BREAK_REFUSED] = {"connection_refused", "connection refused"},
    [BREAK_UNREACHABLE] = {"cannot_connect", "cannot connect"},
    [BREAK_TLS] = {"tls_failed", "TLS failed"},
    [BREAK_RESET] = {"connection_reset", "connection reset"},
    [BREAK_CLOSED] = {"connection_closed", "connection closed"},
    [BREAK_GOAWAY] = {"goaway", "GOAWAY"},
    [BREAK_RST_STREAM] = {"rst_stream", "RST_STREAM"},
    [BREAK_HTTP] = {"http_status", "HTTP status"},
    [BREAK_CUT_SHORT] = {"no_status", "ended without a status"},
    [BREAK_DEADLINE] = {"deadline_exceeded", "deadline exceeded"},
    [BREAK_TOO_LARGE] = {"message_too_large", "message too large"},
    [BREAK_STALLED] = {"stalled", "stalled"},
    [BREAK_WAITING] = {"no_first_header", "no first header"},
    [BREAK_STATUS] = {"status", "status"},
    [BREAK_CHAOS_CUT] = {"chaos_cut", "cut by --chaos"},
    [BREAK_CHAOS_STALL] = {"chaos_silence", "silenced by --chaos"}};

const char *break_cause_name(enum break_cause cause)
{
    return names[cause][0];
}

void break_name(struct break_kind kind, char name[static BREAK_NAME_SIZE])
{
    const char *cause = names[kind.cause][1];
    const char *error = http2_error_name(kind.code);
    if (kind.cause == BREAK_RST_STREAM && error != NULL) {
        (void)snprintf(name, BREAK_NAME_SIZE, "%s (%s)", cause, error);
    } else if (kind.cause == BREAK_RST_STREAM) {
        (void)snprintf(name, BREAK_NAME_SIZE, "%s (code %u)", cause, kind.code);
    } else if (kind.cause == BREAK_HTTP) {
        (void)snprintf(name, BREAK_NAME_SIZE, "%s %u", cause, kind.code);
    } else if (kind.cause == BREAK_STATUS) {
        (void)snprintf(name, BREAK_NAME_SIZE, "%s", status_name((enum status)kind.code));
    } else {
        (void)snprintf(name, BREAK_NAME_SIZE, "%s", cause);
    }
}

/* ---- Hints ----------------------------------------------------------------------------------- */

/* Whether the times cluster like the work of a time-out: within 2 %, or a tenth of a second. */
static bool clusters(const struct spread *spread)
{
    int64_t near = spread->median_ns / 50;
    if (near < NS_PER_S / 10) {
        near = NS_PER_S / 10;
    }
    return spread->median_ns >= NS_PER_S && spread->half_width_ns <= near;
}

/* Whether a time-out between client and server can cause such a break. */
static bool may_be_timeout(enum break_cause cause)
{
    switch (cause) {
    case BREAK_RESET:
    case BREAK_CLOSED:
    case BREAK_GOAWAY:
    case BREAK_RST_STREAM:
    case BREAK_HTTP:
    case BREAK_CUT_SHORT:
    case BREAK_DEADLINE:
    case BREAK_STATUS:
        return true;
    case BREAK_REFUSED:
    case BREAK_UNREACHABLE:
    case BREAK_TLS:
    case BREAK_TOO_LARGE:
    case BREAK_STALLED:
    case BREAK_WAITING:
    case BREAK_CHAOS_CUT:
    case BREAK_CHAOS_STALL:
    case BREAK_CAUSES:
        break;
    }
    return false;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/*
 * When a proxy is reloaded all streams break at once. If they also began together, their ages
 * cluster too, but mean nothing. Therefore the moments are tested first.
 */
static void describe_cluster(const struct break_row *row, bool had_lived,
                             char hint[static BREAK_HINT_SIZE])
{
    const struct spread moments = break_row_moments(row);
    const struct spread ages = break_row_ages(row);
    const struct spread silences = break_row_silences(row);
    char count[FORMAT_SIZE];
    (void)format_count(row->count, count);
    if (moments.half_width_ns <= NS_PER_S / 2) {
        if (!had_lived) {
            return;
        }
        (void)snprintf(hint, BREAK_HINT_SIZE,
                       "%s streams broke at once, %.1f s into the run: looks like a restart, a "
                       "reload or the end of a connection that they shared; if it happens again at "
                       "the age of %.1f s, it looks like a time-out",
                       count, seconds(moments.median_ns), seconds(ages.median_ns));
    } else if (clusters(&silences)) {
        (void)snprintf(hint, BREAK_HINT_SIZE,
                       "%s streams died after %.1f s ± %.1f s of silence: looks like an idle "
                       "time-out in between",
                       count, seconds(silences.median_ns), seconds(silences.half_width_ns));
    } else if (clusters(&ages)) {
        (void)snprintf(hint, BREAK_HINT_SIZE,
                       "%s streams died at %.1f s ± %.1f s: looks like a request time-out or "
                       "a maximum age of connections in between",
                       count, seconds(ages.median_ns), seconds(ages.half_width_ns));
    }
}

bool break_row_hint(const struct break_row *row, bool had_lived, char hint[static BREAK_HINT_SIZE])
{
    enum { FEW = 5 };
    hint[0] = '\0';
    if (row->count >= FEW && may_be_timeout(row->kind.cause)) {
        describe_cluster(row, had_lived, hint);
    }
    return hint[0] != '\0';
}
