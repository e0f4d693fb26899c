#include "test/kit/instrument.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void instrument_make_file(char path[static INSTRUMENT_PATH_SIZE])
{
    snprintf(path, INSTRUMENT_PATH_SIZE, "/tmp/comms-check-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
}

_Noreturn static void give_up(const struct program *client, const char *what)
{
    ck_abort_msg("%s\n--- stdout\n%s--- stderr\n%s---", what,
                 program_output_end(client, PROGRAM_STDOUT),
                 program_output_end(client, PROGRAM_STDERR));
    abort();
}

void instrument_expect_status(struct program *client, int status)
{
    int got = program_wait_exit(client);
    if (got != status) {
        char what[64];
        snprintf(what, sizeof what, "its status is %d instead of %d", got, status);
        give_up(client, what);
    }
}

static void expect(const struct program *client, const char *said, const char *text)
{
    if (strstr(said, text) == NULL) {
        char what[200];
        snprintf(what, sizeof what, "it did not say \"%s\"", text);
        give_up(client, what);
    }
}

void instrument_expect_text(const struct program *client, enum program_stream stream,
                            const char *text)
{
    expect(client, program_output(client, stream), text);
}

void instrument_expect_verdict(const struct program *client, const char *text)
{
    const char *said = program_output(client, PROGRAM_STDOUT);
    const char *end = said + strlen(said);
    if (end == said || end[-1] != '\n') {
        give_up(client, "its last line is not whole");
    }
    for (end--; end > said && end[-1] != '\n';) {
        end--;
    }
    expect(client, end, text);
}

json_t *instrument_read_json(const char *path)
{
    json_error_t error;
    json_t *result = json_load_file(path, 0, &error);
    ck_assert_msg(result != NULL, "%s:%d: %s", path, error.line, error.text);
    ck_assert_int_eq(unlink(path), 0);
    return result;
}

static uint64_t number_in(json_t *object, const char *name)
{
    json_t *number = json_object_get(object, name);
    ck_assert_msg(json_is_integer(number), "the result has no number %s", name);
    return (uint64_t)json_integer_value(number);
}

uint64_t instrument_number(json_t *result, const char *name)
{
    return number_in(json_object_get(result, "end"), name);
}

uint64_t instrument_count(json_t *result, const char *name)
{
    return number_in(json_object_get(json_object_get(result, "end"), "counts"), name);
}

static uint64_t count_of_cause(json_t *result, const char *table, const char *cause)
{
    json_t *breaks = json_object_get(json_object_get(result, "end"), table);
    ck_assert_msg(json_is_array(breaks), "the result has no %s", table);
    uint64_t count = 0;
    size_t i;
    json_t *row;
    json_array_foreach(breaks, i, row)
    {
        const char *got = json_string_value(json_object_get(row, "cause"));
        if (got != NULL && strcmp(got, cause) == 0) {
            count += number_in(row, "count");
        }
    }
    return count;
}

uint64_t instrument_breaks(json_t *result, const char *cause)
{
    return count_of_cause(result, "breaks", cause);
}

uint64_t instrument_failed_attempts(json_t *result, const char *cause)
{
    return count_of_cause(result, "failed_attempts", cause);
}
