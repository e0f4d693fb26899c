#include "client/measure/breaks.h"
#include "shared/base/number.h"

#include <stdio.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The number behind a known beginning. */
static bool has_code(const char *text, const char *beginning, unsigned *ret_code)
{
    uint64_t code;
    if (!begins(text, beginning)) {
        return false;
    }
    const char *digits = text + strlen(beginning);
    if (number_parse(digits, strlen(digits), UINT32_MAX, &code) != NUMBER_OK) {
        return false;
    }
    *ret_code = (unsigned)code;
    return true;
}

/* What reading fails with begins with the call's name; what writing fails with comes alone. */
static bool is_reset(const char *details)
{
    return begins(details, "recvmsg:") || strcmp(details, "Connection reset by peer") == 0 ||
           strcmp(details, "Broken pipe") == 0;
}

/* No connection, or not any more: C core then says UNAVAILABLE. As seen with 1.51.1. */
static enum break_cause classify_unavailable(const char *details)
{
    if (begins(details, "failed to connect to all addresses")) {
        return strstr(details, "Connection refused") != NULL ? BREAK_REFUSED : BREAK_UNREACHABLE;
    }
    if (begins(details, "DNS resolution failed")) {
        return BREAK_UNREACHABLE;
    }
    if (is_reset(details)) {
        return BREAK_RESET;
    }
    if (strcmp(details, "Socket closed") == 0) {
        return BREAK_CLOSED;
    }
    return begins(details, "GOAWAY received") ? BREAK_GOAWAY : BREAK_STATUS;
}

struct break_kind break_classify(enum status status, const char *details)
{
    struct break_kind kind = {.cause = BREAK_STATUS};
    if (has_code(details, "Received RST_STREAM with error code ", &kind.code)) {
        kind.cause = BREAK_RST_STREAM;
    } else if (has_code(details, "Received http2 header with status: ", &kind.code)) {
        kind.cause = BREAK_HTTP;
    } else if (status == STATUS_UNKNOWN && (strcmp(details, "No status received") == 0 ||
                                            strcmp(details, "Stream removed") == 0)) {
        kind.cause = BREAK_CUT_SHORT;
    } else if (status == STATUS_DEADLINE_EXCEEDED) {
        kind.cause = BREAK_DEADLINE;
    } else if (status == STATUS_UNAVAILABLE) {
        kind.cause = classify_unavailable(details);
    }
    if (kind.cause == BREAK_STATUS) {
        kind.code = status;
    }
    return kind;
}

/* RFC 9113, 7; NULL: it does not know the code. */
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

/* For programs, and for people. */
static const char *const names[][2] = {
    [BREAK_REFUSED] = {"connection_refused", "connection refused"},
    [BREAK_UNREACHABLE] = {"cannot_connect", "cannot connect"},
    [BREAK_RESET] = {"connection_reset", "connection reset"},
    [BREAK_CLOSED] = {"connection_closed", "connection closed"},
    [BREAK_GOAWAY] = {"goaway", "GOAWAY"},
    [BREAK_RST_STREAM] = {"rst_stream", "RST_STREAM"},
    [BREAK_HTTP] = {"http_status", "HTTP status"},
    [BREAK_CUT_SHORT] = {"no_status", "ended without a status"},
    [BREAK_DEADLINE] = {"deadline_exceeded", "deadline exceeded"},
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
