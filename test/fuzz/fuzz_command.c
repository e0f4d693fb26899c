/*
 * The first byte chooses the mode and the limit of n, the rest is a command. Whatever it is: a
 * command that is read can be written and read again, and one that is refused is refused with an
 * error of the table and a text fit for a line.
 */
#undef NDEBUG

#include "shared/protocol/command.h"
#include "shared/protocol/sequence.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same(const struct command *a, const struct command *b)
{
    assert(a->kind == b->kind);
    assert(uuid_equal(&a->uuid, &b->uuid));
    assert(a->n == b->n);
    assert(a->last == b->last);
}

static void assert_in_range(enum mode mode, uint32_t max_n, const struct command *command)
{
    if (mode == MODE_STATELESS) {
        assert(command->kind != COMMAND_CONTINUE || command->last >= 1);
        return;
    }
    assert(command->kind != COMMAND_END);
    assert(command->kind != COMMAND_START || (command->n >= 1 && command->n <= max_n));
    assert(command->last <= UINT32_MAX);
}

static void assert_written_and_read(enum mode mode, uint32_t max_n, const struct command *command)
{
    char text[COMMAND_TEXT_SIZE];
    char again[COMMAND_TEXT_SIZE];
    struct command read;
    struct failure failure;
    command_format(mode, command, text);
    size_t length = strnlen(text, sizeof text);
    assert(length < sizeof text);
    assert(command_parse(mode, max_n, text, length, &read, &failure) == ERROR_NONE);
    assert_same(&read, command);
    command_format(mode, &read, again);
    assert(strcmp(text, again) == 0);
}

static void assert_refusal(enum mode mode, enum error error, const struct failure *failure)
{
    assert(error >= ERROR_UNKNOWN_COMMAND && error <= ERROR_LAST_NUMBER);
    assert(mode == MODE_STATEFUL || (error != ERROR_UUID && error != ERROR_N &&
                                     error != ERROR_N_VALUE && error != ERROR_LAST_NUMBER));
    assert(mode == MODE_STATELESS ||
           (error != ERROR_CONTINUE_VALUE && error != ERROR_CONTINUE_ZERO));
    assert(failure->error == error);
    assert(error_status(error) == STATUS_INVALID_ARGUMENT);

    size_t length = strnlen(failure->text, sizeof failure->text);
    assert(length < sizeof failure->text);
    assert(strncmp(failure->text, error_text(error), strlen(error_text(error))) == 0);
    assert(error_from_message(failure->text) == error);
    for (size_t i = 0; i < length; i++) {
        assert(failure->text[i] >= ' ' && failure->text[i] <= '~');
    }
}

/* White space around a command changes nothing. */
static void assert_same_inside_space(enum mode mode, uint32_t max_n, const char *text,
                                     size_t length, enum error expected,
                                     const struct command *expected_command)
{
    static const char before[] = " \t\r\n";
    static const char after[] = "\n \t";
    enum { BEFORE = sizeof before - 1, AFTER = sizeof after - 1 };
    char *padded = malloc(BEFORE + length + AFTER);
    if (padded == NULL) {
        return;
    }
    memcpy(padded, before, BEFORE);
    memcpy(padded + BEFORE, text, length);
    memcpy(padded + BEFORE + length, after, AFTER);
    struct command command;
    struct failure failure;
    assert(command_parse(mode, max_n, padded, BEFORE + length + AFTER, &command, &failure) ==
           expected);
    if (expected == ERROR_NONE) {
        assert_same(&command, expected_command);
    }
    free(padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t limits[] = {SEQUENCE_N_DEFAULT_MAX, SEQUENCE_N_MAX, 1, 99};
    if (size == 0) {
        return 0;
    }
    enum mode mode = (data[0] & 1) != 0 ? MODE_STATEFUL : MODE_STATELESS;
    uint32_t max_n = limits[data[0] >> 1 & 3];
    const char *text = (const char *)data + 1;
    size_t length = size - 1;

    struct command command;
    struct failure failure;
    enum error error = command_parse(mode, max_n, text, length, &command, &failure);
    if (error == ERROR_NONE) {
        assert_in_range(mode, max_n, &command);
        assert_written_and_read(mode, max_n, &command);
    } else {
        assert_refusal(mode, error, &failure);
    }
    assert_same_inside_space(mode, max_n, text, length, error, &command);
    return 0;
}
