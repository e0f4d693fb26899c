#include "client/measure/break_cause.h"

#include "shared/base/number.h"

#include <stdint.h>
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
