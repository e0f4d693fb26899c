#include "shared/protocol/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    enum status status;
} errors[ERROR_COUNT] = {
    [ERROR_NONE] = {"", STATUS_OK},
    [ERROR_UNKNOWN_COMMAND] = {"unknown command", STATUS_INVALID_ARGUMENT},
    [ERROR_START_PARAMETERS] = {"invalid start parameters", STATUS_INVALID_ARGUMENT},
    [ERROR_CONTINUE_PARAMETERS] = {"invalid continue parameters", STATUS_INVALID_ARGUMENT},
    [ERROR_UUID] = {"invalid uuid", STATUS_INVALID_ARGUMENT},
    [ERROR_N] = {"invalid n", STATUS_INVALID_ARGUMENT},
    [ERROR_N_VALUE] = {"invalid n value", STATUS_INVALID_ARGUMENT},
    [ERROR_CONTINUE_VALUE] = {"invalid continue value", STATUS_INVALID_ARGUMENT},
    [ERROR_CONTINUE_ZERO] = {"invalid a value", STATUS_INVALID_ARGUMENT},
    [ERROR_LAST_NUMBER] = {"invalid last number", STATUS_INVALID_ARGUMENT},
    [ERROR_CLOSED_EARLY] = {"stream closed before START or CONTINUE", STATUS_INVALID_ARGUMENT},
    [ERROR_SIZE] = {"invalid size", STATUS_INVALID_ARGUMENT},
    [ERROR_MALFORMED_REQUEST] = {"malformed request", STATUS_INVALID_ARGUMENT},
    [ERROR_REQUEST_TOO_LARGE] = {"request too large", STATUS_RESOURCE_EXHAUSTED},
    [ERROR_NO_COMMAND] = {"no command", STATUS_DEADLINE_EXCEEDED},
    [ERROR_NO_SESSION] = {"uuid has no session", STATUS_NOT_FOUND},
    [ERROR_UUID_TAKEN] = {"uuid already taken", STATUS_ALREADY_EXISTS},
    [ERROR_WRONG_LAST_NUMBER] = {"wrong last number", STATUS_OUT_OF_RANGE},
    [ERROR_ALREADY_RUNNING] = {"server was already running", STATUS_FAILED_PRECONDITION},
    [ERROR_TAKEN_OVER] = {"session continued on another stream", STATUS_ABORTED},
    [ERROR_OLDER_ATTEMPT] = {"an older attempt", STATUS_ABORTED},
    [ERROR_OTHER_CLIENT] = {"session belongs to another client", STATUS_PERMISSION_DENIED},
    [ERROR_NOT_IDENTIFIED] = {"client is not identified", STATUS_UNAUTHENTICATED},
    [ERROR_TOO_MANY_STREAMS] = {"too many streams", STATUS_RESOURCE_EXHAUSTED},
    [ERROR_TOO_MANY_SESSIONS] = {"too many sessions", STATUS_RESOURCE_EXHAUSTED},
    [ERROR_TOO_MANY_CLIENT_SESSIONS] = {"too many sessions of one client",
                                        STATUS_RESOURCE_EXHAUSTED},
    [ERROR_STORE_FULL] = {"session store is full", STATUS_RESOURCE_EXHAUSTED},
    [ERROR_STORE_AWAY] = {"session store is not available", STATUS_UNAVAILABLE},
    [ERROR_SHUTTING_DOWN] = {"server is shutting down", STATUS_UNAVAILABLE},
    [ERROR_UNKNOWN_METHOD] = {"unknown method", STATUS_UNIMPLEMENTED},
    [ERROR_UNKNOWN_SERVICE] = {"unknown service", STATUS_NOT_FOUND},
};

const char *error_text(enum error error)
{
    return errors[error].text;
}

enum status error_status(enum error error)
{
    return errors[error].status;
}

enum error error_from_message(const char *message)
{
    enum error found = ERROR_NONE;
    size_t found_length = 0;
    for (enum error e = ERROR_UNKNOWN_COMMAND; e < ERROR_COUNT; e++) {
        size_t length = strlen(errors[e].text);
        if (length > found_length && strncmp(message, errors[e].text, length) == 0) {
            found = e;
            found_length = length;
        }
    }
    return found;
}

enum error failure_set(struct failure *failure, enum error error, const char *detail, ...)
{
    failure->error = error;
    int used = snprintf(failure->text, sizeof failure->text, "%s%s", errors[error].text,
                        detail == NULL ? "" : ": ");
    if (detail != NULL && used > 0 && (size_t)used < sizeof failure->text) {
        va_list arguments;
        va_start(arguments, detail);
        (void)vsnprintf(failure->text + used, sizeof failure->text - (size_t)used, detail,
                        arguments);
        va_end(arguments);
    }
    return error;
}

static const char *const status_names[] = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

const char *status_name(enum status status)
{
    size_t code = (size_t)status;
    if (code >= sizeof status_names / sizeof status_names[0]) {
        code = STATUS_UNKNOWN;
    }
    return status_names[code];
}

bool status_is_permanent(enum status status)
{
    switch (status) {
    case STATUS_INVALID_ARGUMENT:
    case STATUS_NOT_FOUND:
    case STATUS_ALREADY_EXISTS:
    case STATUS_OUT_OF_RANGE:
    case STATUS_FAILED_PRECONDITION:
    case STATUS_ABORTED:
    case STATUS_PERMISSION_DENIED:
    case STATUS_UNAUTHENTICATED:
    case STATUS_UNIMPLEMENTED:
        return true;
    case STATUS_OK:
    case STATUS_CANCELLED:
    case STATUS_UNKNOWN:
    case STATUS_DEADLINE_EXCEEDED:
    case STATUS_RESOURCE_EXHAUSTED:
    case STATUS_INTERNAL:
    case STATUS_UNAVAILABLE:
    case STATUS_DATA_LOSS:
        return false;
    }
    return false;
}

bool error_has_reply(enum error error)
{
    return status_is_permanent(errors[error].status);
}
