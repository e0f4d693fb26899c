/*
 * The errors of the protocol (proto/PROTOCOL.md, "Errors"): the text that the message of each
 * begins with, and the gRPC status that ends the stream. Every function may be called from any
 * thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_ERROR_H
#define COMMS_SHARED_PROTOCOL_ERROR_H

#include <stdbool.h>

/* The status codes of gRPC. The numbers are part of its wire format. */
enum status {
    STATUS_OK = 0,
    STATUS_CANCELLED = 1,
    STATUS_UNKNOWN = 2,
    STATUS_INVALID_ARGUMENT = 3,
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_NOT_FOUND = 5,
    STATUS_ALREADY_EXISTS = 6,
    STATUS_PERMISSION_DENIED = 7,
    STATUS_RESOURCE_EXHAUSTED = 8,
    STATUS_FAILED_PRECONDITION = 9,
    STATUS_ABORTED = 10,
    STATUS_OUT_OF_RANGE = 11,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,
    STATUS_UNAVAILABLE = 14,
    STATUS_DATA_LOSS = 15,
    STATUS_UNAUTHENTICATED = 16
};

enum { STATUS_COUNT = 17 };

enum error {
    ERROR_NONE,
    ERROR_UNKNOWN_COMMAND,
    ERROR_START_PARAMETERS,
    ERROR_CONTINUE_PARAMETERS,
    ERROR_UUID,
    ERROR_N,
    ERROR_N_VALUE,
    ERROR_CONTINUE_VALUE,
    ERROR_CONTINUE_ZERO,
    ERROR_LAST_NUMBER,
    ERROR_CLOSED_EARLY,
    ERROR_SIZE,
    ERROR_MALFORMED_REQUEST,
    ERROR_REQUEST_TOO_LARGE,
    ERROR_NO_COMMAND,
    ERROR_NO_SESSION,
    ERROR_UUID_TAKEN,
    ERROR_WRONG_LAST_NUMBER,
    ERROR_ALREADY_RUNNING,
    ERROR_TAKEN_OVER,
    ERROR_OLDER_ATTEMPT,
    ERROR_OTHER_CLIENT,
    ERROR_NOT_IDENTIFIED,
    ERROR_TOO_MANY_STREAMS,
    ERROR_TOO_MANY_SESSIONS,
    ERROR_TOO_MANY_CLIENT_SESSIONS,
    ERROR_STORE_FULL,
    ERROR_STORE_AWAY,
    ERROR_SHUTTING_DOWN,
    ERROR_UNKNOWN_METHOD,
    ERROR_UNKNOWN_SERVICE,
    ERROR_COUNT
};

/* Room for an error's whole text, NUL included. */
enum { FAILURE_TEXT_SIZE = 192 };

/* An error, and the text that the peer gets. */
struct failure {
    enum error error;
    char text[FAILURE_TEXT_SIZE];
};

/* The text that the error's message begins with; static. */
const char *error_text(enum error error);

/* The status that ends a stream with this error. */
enum status error_status(enum error error);

/*
 * The error whose text `message` begins with, the longest such text if there are several, or
 * ERROR_NONE. An original server ends a stream with OK, and only the message says what was wrong.
 */
enum error error_from_message(const char *message);

/*
 * Fills *failure with the error's text, ": " and the detail, cut to what fits; `detail` NULL: the
 * text alone. Returns `error`, so that a check can return the result.
 */
enum error failure_set(struct failure *failure, enum error error, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/* "NOT_FOUND" for STATUS_NOT_FOUND; "UNKNOWN" for a code that gRPC does not have. Static. */
const char *status_name(enum status status);

/* Whether another try would end in the same way (proto/PROTOCOL.md, "The client"). */
bool status_is_permanent(enum status status);

/*
 * Whether the client gets the error as a reply before the status. Only a permanent error has a
 * reply: an original client whose last message was an error sends no command when it tries again.
 */
bool error_has_reply(enum error error);

#endif
