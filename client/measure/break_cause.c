#include "client/measure/break_cause.h"

#include "shared/base/number.h"

#include <stdint.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Reads the number after a known beginning. */
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

static bool is_reset(const struct core_texts *texts, const char *details)
{
    return begins(details, texts->read_failed_begins) || strcmp(details, texts->reset) == 0 ||
           strcmp(details, texts->broken_pipe) == 0;
}

/* C core makes UNAVAILABLE if there is no connection, or if it ended. */
static enum break_cause classify_unavailable(const struct core_texts *texts, const char *details)
{
    if (core_texts_tell_no_connection(texts, details)) {
        if (strstr(details, texts->handshake_failed) != NULL ||
            strstr(details, texts->verification_failed) != NULL) {
            return BREAK_TLS;
        }
        return strstr(details, texts->connection_refused) != NULL ? BREAK_REFUSED
                                                                  : BREAK_UNREACHABLE;
    }
    if (begins(details, texts->resolve_failed_begins)) {
        return BREAK_UNREACHABLE;
    }
    if (is_reset(texts, details)) {
        return BREAK_RESET;
    }
    if (strcmp(details, texts->closed) == 0) {
        return BREAK_CLOSED;
    }
    return begins(details, texts->goaway_begins) ? BREAK_GOAWAY : BREAK_STATUS;
}

static enum break_cause classify(const struct core_texts *texts, enum status status,
                                 const char *details, unsigned *code)
{
    if (has_code(details, texts->rst_stream_begins, code)) {
        return BREAK_RST_STREAM;
    }
    if (has_code(details, texts->http_status_begins, code)) {
        return BREAK_HTTP;
    }
    if (status == STATUS_UNKNOWN &&
        (strcmp(details, texts->no_status) == 0 || strcmp(details, texts->stream_removed) == 0)) {
        return BREAK_CUT_SHORT;
    }
    if (status == STATUS_RESOURCE_EXHAUSTED && begins(details, texts->too_large_begins)) {
        return BREAK_TOO_LARGE;
    }
    return status == STATUS_UNAVAILABLE ? classify_unavailable(texts, details) : BREAK_STATUS;
}

struct break_kind break_classify(const struct core_texts *texts, enum status status,
                                 const char *details)
{
    struct break_kind kind = {.cause = BREAK_STATUS};
    if (texts != NULL) {
        kind.cause = classify(texts, status, details, &kind.code);
    }
    if (kind.cause == BREAK_STATUS && status == STATUS_DEADLINE_EXCEEDED) {
        kind.cause = BREAK_DEADLINE;
    }
    if (kind.cause == BREAK_STATUS) {
        kind.code = status;
    }
    return kind;
}

bool break_is_no_grpc(const struct break_kind *kind)
{
    static const unsigned refusals[] = {401, 403, 407, 408, 429};
    enum { SERVER_ERRORS = 500 };
    bool is_refusal = false;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        is_refusal = is_refusal || kind->code == refusals[i];
    }
    return kind->cause == BREAK_HTTP && kind->code < SERVER_ERRORS && !is_refusal;
}

bool break_is_of_connecting(enum break_cause cause)
{
    return cause == BREAK_REFUSED || cause == BREAK_UNREACHABLE || cause == BREAK_TLS;
}
