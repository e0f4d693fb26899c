#include "shared/protocol/command.h"

#include "shared/base/number.h"
#include "shared/base/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct word {
    const char *text;
    size_t length;
};

/* The longest command has three words; the fourth shows that there are too many. */
enum { WORDS_MAX = 4 };

const char *mode_name(enum mode mode)
{
    return mode == MODE_STATEFUL ? "stateful" : "stateless";
}

static bool is_outer_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t';
}

static size_t split(const char *text, size_t length, struct word words[static WORDS_MAX])
{
    while (length > 0 && is_outer_space(text[0])) {
        text++;
        length--;
    }
    while (length > 0 && is_outer_space(text[length - 1])) {
        length--;
    }
    size_t count = 0;
    size_t at = 0;
    while (at < length && count < WORDS_MAX) {
        size_t begin = at;
        while (at < length && !is_separator(text[at])) {
            at++;
        }
        words[count++] = (struct word){text + begin, at - begin};
        while (at < length && is_separator(text[at])) {
            at++;
        }
    }
    return count;
}

static bool word_is(struct word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

static enum error fail(struct failure *failure, enum error error, struct word word,
                       const char *wanted)
{
    char quoted[TEXT_QUOTE_SIZE];
    return failure_set(failure, error, "%s (%s)", text_quote(word.text, word.length, quoted),
                       wanted);
}

static enum error parse_uuid(struct word word, struct command *command, struct failure *failure)
{
    if (!uuid_parse(word.text, word.length, &command->uuid)) {
        return fail(failure, ERROR_UUID, word, "expected as a17417a0-aa39-40b5-8675-247713cc4908");
    }
    return ERROR_NONE;
}

static enum error parse_n(struct word word, uint32_t max_n, struct command *command,
                          struct failure *failure)
{
    uint64_t n = 0;
    enum number_result result = number_parse(word.text, word.length, max_n, &n);
    if (result == NUMBER_OK && n >= 1) {
        command->n = (uint32_t)n;
        return ERROR_NONE;
    }
    char quoted[TEXT_QUOTE_SIZE];
    return failure_set(failure, result == NUMBER_INVALID ? ERROR_N : ERROR_N_VALUE,
                       "%s (expected a number from 1 to %" PRIu32 ")",
                       text_quote(word.text, word.length, quoted), max_n);
}

/* Reads what stands after START. */
static enum error parse_start(enum mode mode, uint32_t max_n, const struct word *words,
                              size_t count, struct command *command, struct failure *failure)
{
    if (mode == MODE_STATELESS) {
        return count == 1 ? ERROR_NONE
                          : failure_set(failure, ERROR_START_PARAMETERS,
                                        "expected START alone, the server is stateless");
    }
    if (count != 3) {
        return failure_set(failure, ERROR_START_PARAMETERS, "expected START uuid n");
    }
    enum error error = parse_uuid(words[1], command, failure);
    return error == ERROR_NONE ? parse_n(words[2], max_n, command, failure) : error;
}

/* Reads what stands after CONTINUE. */
static enum error parse_continue(enum mode mode, const struct word *words, size_t count,
                                 struct command *command, struct failure *failure)
{
    if (mode == MODE_STATELESS) {
        if (count != 2) {
            return failure_set(failure, ERROR_CONTINUE_PARAMETERS,
                               "expected CONTINUE x, the server is stateless");
        }
        if (number_parse(words[1].text, words[1].length, UINT64_MAX, &command->last) != NUMBER_OK) {
            return fail(failure, ERROR_CONTINUE_VALUE, words[1],
                        "expected a number from 1 to 18446744073709551615");
        }
        return command->last != 0 ? ERROR_NONE
                                  : fail(failure, ERROR_CONTINUE_ZERO, words[1],
                                         "expected the last number received, never 0");
    }
    if (count != 3) {
        return failure_set(failure, ERROR_CONTINUE_PARAMETERS, "expected CONTINUE uuid last");
    }
    enum error error = parse_uuid(words[1], command, failure);
    if (error == ERROR_NONE &&
        number_parse(words[2].text, words[2].length, UINT32_MAX, &command->last) != NUMBER_OK) {
        return fail(failure, ERROR_LAST_NUMBER, words[2], "expected a number up to 4294967295");
    }
    return error;
}

enum error command_parse(enum mode mode, uint32_t max_n, const char *text, size_t length,
                         struct command *ret_command, struct failure *ret_failure)
{
    struct word words[WORDS_MAX];
    size_t count = split(text, length, words);
    struct command command = {.kind = COMMAND_END};
    enum error error = ERROR_NONE;

    if (count > 0 && word_is(words[0], "START")) {
        command.kind = COMMAND_START;
        error = parse_start(mode, max_n, words, count, &command, ret_failure);
    } else if (count > 0 && word_is(words[0], "CONTINUE")) {
        command.kind = COMMAND_CONTINUE;
        error = parse_continue(mode, words, count, &command, ret_failure);
    } else if (mode == MODE_STATEFUL || count != 1 || !word_is(words[0], "END")) {
        error = fail(ret_failure, ERROR_UNKNOWN_COMMAND, (struct word){text, length},
                     mode == MODE_STATEFUL ? "expected START uuid n or CONTINUE uuid last"
                                           : "expected START, CONTINUE x or END");
    }
    if (error == ERROR_NONE) {
        *ret_command = command;
    }
    return error;
}

void command_format(enum mode mode, const struct command *command,
                    char text[static COMMAND_TEXT_SIZE])
{
    char uuid[UUID_TEXT_SIZE];
    uuid_format(&command->uuid, uuid);
    switch (command->kind) {
    case COMMAND_START:
        if (mode == MODE_STATEFUL) {
            (void)snprintf(text, COMMAND_TEXT_SIZE, "START %s %" PRIu32, uuid, command->n);
        } else {
            (void)snprintf(text, COMMAND_TEXT_SIZE, "START");
        }
        break;
    case COMMAND_CONTINUE:
        if (mode == MODE_STATEFUL) {
            (void)snprintf(text, COMMAND_TEXT_SIZE, "CONTINUE %s %" PRIu64, uuid, command->last);
        } else {
            (void)snprintf(text, COMMAND_TEXT_SIZE, "CONTINUE %" PRIu64, command->last);
        }
        break;
    case COMMAND_END:
        (void)snprintf(text, COMMAND_TEXT_SIZE, "END");
        break;
    }
}
