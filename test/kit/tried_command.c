#include "test/kit/tried_command.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

enum error command_parse_bytes(enum mode mode, uint32_t max_n, const char *text, size_t length,
                               struct command *ret_command, struct failure *ret_failure)
{
    char *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    enum error error = command_parse(mode, max_n, copy, length, ret_command, ret_failure);
    free(copy);
    return error;
}

struct command command_must_parse(enum mode mode, const char *text)
{
    struct command command;
    struct failure failure;
    enum error error =
        command_parse_bytes(mode, COMMAND_MAX_N, text, strlen(text), &command, &failure);
    ck_assert_msg(error == ERROR_NONE, "'%s' was refused: %s", text, failure.text);
    return command;
}

void command_must_refuse_bytes(enum mode mode, uint32_t max_n, const char *text, size_t length,
                               enum error expected, struct failure *ret_failure)
{
    struct command command;
    struct command untouched;
    memset(&command, 0x5a, sizeof command);
    memset(&untouched, 0x5a, sizeof untouched);
    ret_failure->error = ERROR_NONE;
    enum error error = command_parse_bytes(mode, max_n, text, length, &command, ret_failure);
    ck_assert_msg(error == expected, "'%s' in %s mode: error %d (%s), expected '%s'", text,
                  mode_name(mode), error, error == ERROR_NONE ? "" : ret_failure->text,
                  error_text(expected));
    ck_assert_int_eq(ret_failure->error, expected);
    ck_assert_mem_eq(&command, &untouched, sizeof command);

    size_t prefix = strlen(error_text(expected));
    ck_assert_msg(strncmp(ret_failure->text, error_text(expected), prefix) == 0 &&
                      strncmp(ret_failure->text + prefix, ": ", 2) == 0 &&
                      strstr(ret_failure->text, "expected ") != NULL,
                  "'%s': %s", text, ret_failure->text);
    for (const char *c = ret_failure->text; *c != '\0'; c++) {
        ck_assert(*c >= ' ' && *c <= '~');
    }
}

void command_must_refuse(enum mode mode, const char *text, enum error expected)
{
    struct failure failure;
    command_must_refuse_bytes(mode, COMMAND_MAX_N, text, strlen(text), expected, &failure);
}
