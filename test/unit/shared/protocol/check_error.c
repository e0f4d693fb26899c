/* shared/protocol/error: every row against the protocol's table, written out here once more. */
#include "shared/protocol/error.h"
#include "test/suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    enum error error;
    const char *text;
    enum status status;
    bool has_reply;
} rows[] = {
    {ERROR_UNKNOWN_COMMAND, "unknown command", STATUS_INVALID_ARGUMENT, true},
    {ERROR_START_PARAMETERS, "invalid start parameters", STATUS_INVALID_ARGUMENT, true},
    {ERROR_CONTINUE_PARAMETERS, "invalid continue parameters", STATUS_INVALID_ARGUMENT, true},
    {ERROR_UUID, "invalid uuid", STATUS_INVALID_ARGUMENT, true},
    {ERROR_N, "invalid n", STATUS_INVALID_ARGUMENT, true},
    {ERROR_N_VALUE, "invalid n value", STATUS_INVALID_ARGUMENT, true},
    {ERROR_CONTINUE_VALUE, "invalid continue value", STATUS_INVALID_ARGUMENT, true},
    {ERROR_CONTINUE_ZERO, "invalid a value", STATUS_INVALID_ARGUMENT, true},
    {ERROR_LAST_NUMBER, "invalid last number", STATUS_INVALID_ARGUMENT, true},
    {ERROR_CLOSED_EARLY, "stream closed before START or CONTINUE", STATUS_INVALID_ARGUMENT, true},
    {ERROR_SIZE, "invalid size", STATUS_INVALID_ARGUMENT, true},
    {ERROR_MALFORMED_REQUEST, "malformed request", STATUS_INVALID_ARGUMENT, true},
    {ERROR_REQUEST_TOO_LARGE, "request too large", STATUS_RESOURCE_EXHAUSTED, false},
    {ERROR_NO_COMMAND, "no command", STATUS_DEADLINE_EXCEEDED, false},
    {ERROR_NO_SESSION, "uuid has no session", STATUS_NOT_FOUND, true},
    {ERROR_UUID_TAKEN, "uuid already taken", STATUS_ALREADY_EXISTS, true},
    {ERROR_WRONG_LAST_NUMBER, "wrong last number", STATUS_OUT_OF_RANGE, true},
    {ERROR_ALREADY_RUNNING, "server was already running", STATUS_FAILED_PRECONDITION, true},
    {ERROR_TAKEN_OVER, "session continued on another stream", STATUS_ABORTED, true},
    {ERROR_OLDER_ATTEMPT, "an older attempt", STATUS_ABORTED, true},
    {ERROR_OTHER_CLIENT, "session belongs to another client", STATUS_PERMISSION_DENIED, true},
    {ERROR_NOT_IDENTIFIED, "client is not identified", STATUS_UNAUTHENTICATED, true},
    {ERROR_TOO_MANY_STREAMS, "too many streams", STATUS_RESOURCE_EXHAUSTED, false},
    {ERROR_TOO_MANY_SESSIONS, "too many sessions", STATUS_RESOURCE_EXHAUSTED, false},
    {ERROR_TOO_MANY_CLIENT_SESSIONS, "too many sessions of one client", STATUS_RESOURCE_EXHAUSTED,
     false},
    {ERROR_STORE_FULL, "session store is full", STATUS_RESOURCE_EXHAUSTED, false},
    {ERROR_STORE_AWAY, "session store is not available", STATUS_UNAVAILABLE, false},
    {ERROR_SHUTTING_DOWN, "server is shutting down", STATUS_UNAVAILABLE, false},
    {ERROR_UNKNOWN_METHOD, "unknown method", STATUS_UNIMPLEMENTED, true},
    {ERROR_UNKNOWN_SERVICE, "unknown service", STATUS_NOT_FOUND, true},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* gRPC's codes, their names, and whether the client gives up at them. */
static const struct {
    int code;
    enum status status;
    const char *name;
    bool is_permanent;
} statuses[] = {
    {0, STATUS_OK, "OK", false},
    {1, STATUS_CANCELLED, "CANCELLED", false},
    {2, STATUS_UNKNOWN, "UNKNOWN", false},
    {3, STATUS_INVALID_ARGUMENT, "INVALID_ARGUMENT", true},
    {4, STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", false},
    {5, STATUS_NOT_FOUND, "NOT_FOUND", true},
    {6, STATUS_ALREADY_EXISTS, "ALREADY_EXISTS", true},
    {7, STATUS_PERMISSION_DENIED, "PERMISSION_DENIED", true},
    {8, STATUS_RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED", false},
    {9, STATUS_FAILED_PRECONDITION, "FAILED_PRECONDITION", true},
    {10, STATUS_ABORTED, "ABORTED", true},
    {11, STATUS_OUT_OF_RANGE, "OUT_OF_RANGE", true},
    {12, STATUS_UNIMPLEMENTED, "UNIMPLEMENTED", true},
    {13, STATUS_INTERNAL, "INTERNAL", false},
    {14, STATUS_UNAVAILABLE, "UNAVAILABLE", false},
    {15, STATUS_DATA_LOSS, "DATA_LOSS", false},
    {16, STATUS_UNAUTHENTICATED, "UNAUTHENTICATED", true},
};

START_TEST(every_row_is_the_protocols)
{
    ck_assert_int_eq(ROW_COUNT, ERROR_COUNT - 1); /* all but ERROR_NONE */
    for (int i = 0; i < ROW_COUNT; i++) {
        ck_assert_int_eq(rows[i].error, i + 1);
        ck_assert_str_eq(error_text(rows[i].error), rows[i].text);
        ck_assert_msg(error_status(rows[i].error) == rows[i].status, "%s: status %d", rows[i].text,
                      error_status(rows[i].error));
        ck_assert_msg(error_has_reply(rows[i].error) == rows[i].has_reply, "%s", rows[i].text);
    }
    ck_assert_str_eq(error_text(ERROR_NONE), "");
    ck_assert_int_eq(error_status(ERROR_NONE), STATUS_OK);
}
END_TEST

START_TEST(a_message_tells_its_error)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        char message[256];
        ck_assert_int_eq(error_from_message(rows[i].text), rows[i].error);
        snprintf(message, sizeof message, "%s: whatever follows", rows[i].text);
        ck_assert_int_eq(error_from_message(message), rows[i].error);
        snprintf(message, sizeof message, "rpc error: %s", rows[i].text);
        ck_assert_int_eq(error_from_message(message), ERROR_NONE);
        snprintf(message, sizeof message, "%.*s", (int)strlen(rows[i].text) - 1, rows[i].text);
        ck_assert_int_ne(error_from_message(message), rows[i].error);
    }
    /* "invalid n" begins "invalid n value" too: the longest that fits is meant. */
    ck_assert_int_eq(error_from_message("invalid n"), ERROR_N);
    ck_assert_int_eq(error_from_message("invalid n: 'x'"), ERROR_N);
    ck_assert_int_eq(error_from_message("invalid n valu"), ERROR_N);
    ck_assert_int_eq(error_from_message("invalid n value: '0'"), ERROR_N_VALUE);
    ck_assert_int_eq(error_from_message(""), ERROR_NONE);
    ck_assert_int_eq(error_from_message("Unknown command"), ERROR_NONE);
}
END_TEST

START_TEST(a_failure_is_the_text_and_the_detail)
{
    struct failure failure;
    ck_assert_int_eq(failure_set(&failure, ERROR_N_VALUE, "%d is %s", 0, "none"), ERROR_N_VALUE);
    ck_assert_int_eq(failure.error, ERROR_N_VALUE);
    ck_assert_str_eq(failure.text, "invalid n value: 0 is none");
    ck_assert_int_eq(failure_set(&failure, ERROR_TAKEN_OVER, NULL), ERROR_TAKEN_OVER);
    ck_assert_int_eq(failure.error, ERROR_TAKEN_OVER);
    ck_assert_str_eq(failure.text, "session continued on another stream");
}
END_TEST

START_TEST(a_failure_is_cut_where_the_room_ends)
{
    static const char prefix[] = "uuid has no session: ";
    enum { ROOM = FAILURE_TEXT_SIZE - sizeof prefix }; /* characters of the detail that fit */
    char detail[2 * FAILURE_TEXT_SIZE];
    memset(detail, 'x', sizeof detail - 1);
    detail[sizeof detail - 1] = '\0';
    struct {
        struct failure failure;
        char guard[64];
    } at;
    for (int length = ROOM - 2; length <= ROOM + 2; length++) {
        memset(&at, '#', sizeof at);
        ck_assert_int_eq(failure_set(&at.failure, ERROR_NO_SESSION, "%.*s", length, detail),
                         ERROR_NO_SESSION);
        size_t expected = sizeof prefix - 1 + (size_t)(length < ROOM ? length : ROOM);
        ck_assert_uint_eq(strlen(at.failure.text), expected);
        ck_assert_mem_eq(at.failure.text, prefix, sizeof prefix - 1);
        ck_assert_int_eq(error_from_message(at.failure.text), ERROR_NO_SESSION);
        for (size_t i = 0; i < sizeof at.guard; i++) {
            ck_assert_int_eq(at.guard[i], '#');
        }
    }
    ck_assert_int_eq(failure_set(&at.failure, ERROR_NO_SESSION, "%s", detail), ERROR_NO_SESSION);
    ck_assert_uint_eq(strlen(at.failure.text), FAILURE_TEXT_SIZE - 1);
}
END_TEST

START_TEST(statuses_are_grpcs)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        ck_assert_int_eq(statuses[i].status, statuses[i].code);
        ck_assert_str_eq(status_name(statuses[i].status), statuses[i].name);
        ck_assert_msg(status_is_permanent(statuses[i].status) == statuses[i].is_permanent, "%s",
                      statuses[i].name);
    }
    const int strange[] = {17, 1000, -1};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        ck_assert_str_eq(status_name((enum status)strange[i]), "UNKNOWN");
        ck_assert(!status_is_permanent((enum status)strange[i]));
    }
}
END_TEST

Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tcase = tcase_create("error");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_row_is_the_protocols);
    tcase_add_test(tcase, a_message_tells_its_error);
    tcase_add_test(tcase, a_failure_is_the_text_and_the_detail);
    tcase_add_test(tcase, a_failure_is_cut_where_the_room_ends);
    tcase_add_test(tcase, statuses_are_grpcs);
    return suite;
}
