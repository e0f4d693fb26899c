/* shared/protocol/command: every command in both modes, and every way to get one wrong. */
#include "shared/protocol/command.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID_TEXT "a17417a0-aa39-40b5-8675-247713cc4908"
enum { MAX_N = 65535, MAX_N_RAISED = 16777215 };

#define UUID_BYTES                                                                                 \
    0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24, 0x77, 0x13, 0xcc, 0x49, 0x08
static const struct uuid sample = {{UUID_BYTES}};

/* From a copy of exactly that length, so that a sanitizer sees who reads on. */
static enum error parse_bytes(enum mode mode, uint32_t max_n, const char *text, size_t length,
                              struct command *ret_command, struct failure *ret_failure)
{
    char *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    enum error error = command_parse(mode, max_n, copy, length, ret_command, ret_failure);
    free(copy);
    return error;
}

static struct command assert_parsed(enum mode mode, const char *text)
{
    struct command command;
    struct failure failure;
    enum error error = parse_bytes(mode, MAX_N, text, strlen(text), &command, &failure);
    ck_assert_msg(error == ERROR_NONE, "'%s' was refused: %s", text, failure.text);
    return command;
}

/* The failure must begin with its error's text, name what was wrong, and be fit for a line. */
static void assert_refused_bytes(enum mode mode, uint32_t max_n, const char *text, size_t length,
                                 enum error expected, struct failure *ret_failure)
{
    struct command command;
    struct command untouched;
    memset(&command, 0x5a, sizeof command);
    memset(&untouched, 0x5a, sizeof untouched);
    ret_failure->error = ERROR_NONE;
    enum error error = parse_bytes(mode, max_n, text, length, &command, ret_failure);
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

static void assert_refused(enum mode mode, const char *text, enum error expected)
{
    struct failure failure;
    assert_refused_bytes(mode, MAX_N, text, strlen(text), expected, &failure);
}

static void assert_refused_as(enum mode mode, const char *text, const char *expected)
{
    struct failure failure;
    assert_refused_bytes(mode, MAX_N, text, strlen(text), error_from_message(expected), &failure);
    ck_assert_str_eq(failure.text, expected);
}

START_TEST(stateless_commands)
{
    ck_assert_int_eq(assert_parsed(MODE_STATELESS, "START").kind, COMMAND_START);
    ck_assert_int_eq(assert_parsed(MODE_STATELESS, "END").kind, COMMAND_END);

    static const struct {
        const char *text;
        uint64_t last;
    } rows[] = {{"CONTINUE 1", 1},
                {"CONTINUE 81", 81},
                {"CONTINUE 00081", 81},
                {"CONTINUE 4294967296", UINT64_C(4294967296)},
                {"CONTINUE 18446744073709551615", UINT64_MAX},
                {"CONTINUE 000000000000000000000000000018446744073709551615", UINT64_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct command command = assert_parsed(MODE_STATELESS, rows[i].text);
        ck_assert_int_eq(command.kind, COMMAND_CONTINUE);
        ck_assert_uint_eq(command.last, rows[i].last);
    }
}
END_TEST

START_TEST(stateful_commands)
{
    static const char *const uuids[] = {
        UUID_TEXT,
        "A17417A0-AA39-40B5-8675-247713CC4908",
        "a17417a0aa3940b58675247713cc4908",
        "{" UUID_TEXT "}",
        "\"" UUID_TEXT "\"", /* as the original client sends it */
        ("urn:uuid:" UUID_TEXT),
        "URN:UUID:A17417A0-AA39-40B5-8675-247713CC4908",
    };
    static const struct {
        const char *text;
        uint32_t value;
    } numbers[] = {
        {"1", 1}, {"5", 5}, {"65535", 65535}, {"007", 7}, {"0000000000000000000012", 12}};
    for (size_t u = 0; u < sizeof uuids / sizeof *uuids; u++) {
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            char text[128];
            snprintf(text, sizeof text, "START %s %s", uuids[u], numbers[i].text);
            struct command command = assert_parsed(MODE_STATEFUL, text);
            ck_assert_int_eq(command.kind, COMMAND_START);
            ck_assert(uuid_equal(&command.uuid, &sample));
            ck_assert_uint_eq(command.n, numbers[i].value);

            snprintf(text, sizeof text, "CONTINUE %s %s", uuids[u], numbers[i].text);
            command = assert_parsed(MODE_STATEFUL, text);
            ck_assert_int_eq(command.kind, COMMAND_CONTINUE);
            ck_assert(uuid_equal(&command.uuid, &sample));
            ck_assert_uint_eq(command.last, numbers[i].value);
        }
    }
    ck_assert_uint_eq(assert_parsed(MODE_STATEFUL, "CONTINUE " UUID_TEXT " 0").last, 0);
    ck_assert_uint_eq(assert_parsed(MODE_STATEFUL, "CONTINUE " UUID_TEXT " 4294967295").last,
                      UINT32_MAX);
}
END_TEST

START_TEST(white_space_is_ignored_outside_and_separates_inside)
{
    static const char *const stateless[] = {" START",    "START ",        "\tSTART\t",  "START\n",
                                            "START\r\n", "\r\n\vSTART\f", "   START   "};
    for (size_t i = 0; i < sizeof stateless / sizeof *stateless; i++) {
        ck_assert_int_eq(assert_parsed(MODE_STATELESS, stateless[i]).kind, COMMAND_START);
    }
    ck_assert_int_eq(assert_parsed(MODE_STATELESS, " \t END \t\n").kind, COMMAND_END);
    ck_assert_uint_eq(assert_parsed(MODE_STATELESS, "CONTINUE\t81").last, 81);
    ck_assert_uint_eq(assert_parsed(MODE_STATELESS, "CONTINUE \t  \t 81\n").last, 81);

    struct command command = assert_parsed(MODE_STATEFUL, "\t START \t" UUID_TEXT "\t\t 5 \r\n");
    ck_assert_int_eq(command.kind, COMMAND_START);
    ck_assert_uint_eq(command.n, 5);
    ck_assert(uuid_equal(&command.uuid, &sample));

    /* Only spaces and tabs separate. */
    assert_refused(MODE_STATELESS, "CONTINUE\n81", ERROR_UNKNOWN_COMMAND);
    assert_refused(MODE_STATELESS, "CONTINUE 8\n1", ERROR_CONTINUE_VALUE);
    assert_refused(MODE_STATELESS, "CONTINUE\r81", ERROR_UNKNOWN_COMMAND);
    assert_refused(MODE_STATELESS, "CONTINUE\v81", ERROR_UNKNOWN_COMMAND);
    assert_refused(MODE_STATELESS, "CONTINUE,81", ERROR_UNKNOWN_COMMAND);
    assert_refused(MODE_STATELESS, "\xc2\xa0START", ERROR_UNKNOWN_COMMAND);
    assert_refused(MODE_STATEFUL, "START " UUID_TEXT "\n5", ERROR_START_PARAMETERS);
}
END_TEST

START_TEST(unknown_commands)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "\t\n",
                                        "start",
                                        "Start",
                                        "STARTED",
                                        "STAR",
                                        "STOP",
                                        "END.",
                                        "END 1",
                                        "END END",
                                        "end",
                                        "CONTINUE81",
                                        "continue 81",
                                        "CONTINUED 81",
                                        "81",
                                        "'START'",
                                        "\"START\"",
                                        "START.",
                                        "-START",
                                        "HELP",
                                        "GET / HTTP/1.1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_refused(MODE_STATELESS, texts[i], ERROR_UNKNOWN_COMMAND);
        assert_refused(MODE_STATEFUL, texts[i], ERROR_UNKNOWN_COMMAND);
    }
    /* A stateful session has its own end. */
    assert_refused(MODE_STATEFUL, "END", ERROR_UNKNOWN_COMMAND);
    assert_refused_as(MODE_STATELESS, "STOP now",
                      "unknown command: 'STOP now' (expected START, CONTINUE x or END)");
    assert_refused_as(MODE_STATEFUL, "END",
                      "unknown command: 'END' (expected START uuid n or CONTINUE uuid last)");
}
END_TEST

START_TEST(wrong_parameters)
{
    static const struct {
        enum mode mode;
        const char *text;
        enum error error;
    } rows[] = {
        {MODE_STATELESS, "START 5", ERROR_START_PARAMETERS},
        {MODE_STATELESS, "START " UUID_TEXT " 5", ERROR_START_PARAMETERS},
        {MODE_STATELESS, "START a b c d e", ERROR_START_PARAMETERS},
        {MODE_STATELESS, "CONTINUE", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE ", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE 1 2", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE " UUID_TEXT " 5", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE 1 2 3 4 5 6 7 8 9", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "START", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START ", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START " UUID_TEXT, ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START " UUID_TEXT " 5 ?", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START " UUID_TEXT " 5 ? ?", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START 5", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE 81", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " UUID_TEXT, ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " UUID_TEXT " 5 6", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " UUID_TEXT " 5 6 7 8", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " UUID_TEXT "\t5\t6\t", ERROR_CONTINUE_PARAMETERS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(rows[i].mode, rows[i].text, rows[i].error);
    }
    assert_refused_as(MODE_STATELESS, "START 5",
                      "invalid start parameters: expected START alone, the server is stateless");
    assert_refused_as(MODE_STATEFUL, "START", "invalid start parameters: expected START uuid n");
    assert_refused_as(MODE_STATELESS, "CONTINUE",
                      "invalid continue parameters: expected CONTINUE x, the server is stateless");
    assert_refused_as(MODE_STATEFUL, "CONTINUE",
                      "invalid continue parameters: expected CONTINUE uuid last");
}
END_TEST

START_TEST(wrong_uuids)
{
    static const char *const uuids[] = {"5",
                                        "a17417a0-aa39-40b5-8675-247713cc490",
                                        "a17417a0-aa39-40b5-8675-247713cc49088",
                                        "a17417a0-aa39-40b5-8675-247713cc490g",
                                        "{" UUID_TEXT,
                                        "(" UUID_TEXT ")",
                                        "''" UUID_TEXT "''",
                                        "uuid:" UUID_TEXT};
    for (size_t i = 0; i < sizeof uuids / sizeof *uuids; i++) {
        char text[128];
        snprintf(text, sizeof text, "START %s 5", uuids[i]);
        assert_refused(MODE_STATEFUL, text, ERROR_UUID);
        snprintf(text, sizeof text, "CONTINUE %s 5", uuids[i]);
        assert_refused(MODE_STATEFUL, text, ERROR_UUID);
    }
    /* The uuid comes first, and so its error. */
    assert_refused(MODE_STATEFUL, "START x 0", ERROR_UUID);
    assert_refused(MODE_STATEFUL, "CONTINUE x y", ERROR_UUID);
    assert_refused_as(MODE_STATEFUL, "START x 5",
                      "invalid uuid: 'x' (expected as a17417a0-aa39-40b5-8675-247713cc4908)");
}
END_TEST

START_TEST(wrong_n)
{
    static const char *const invalid[] = {"five", "+5",  "5.0", "0x5", "5a",  "-",
                                          "--5",  "-5a", "5,0", "''",  "1e3", "\x80"};
    static const char *const out_of_range[] = {"0",
                                               "00",
                                               "-5",
                                               "-0",
                                               "65536",
                                               "065536",
                                               "4294967296",
                                               "4294967297",
                                               "18446744073709551617",
                                               "100000000000000000000000000000000000000000"};
    char text[128];
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        snprintf(text, sizeof text, "START %s %s", UUID_TEXT, invalid[i]);
        assert_refused(MODE_STATEFUL, text, ERROR_N);
    }
    for (size_t i = 0; i < sizeof out_of_range / sizeof *out_of_range; i++) {
        snprintf(text, sizeof text, "START %s %s", UUID_TEXT, out_of_range[i]);
        assert_refused(MODE_STATEFUL, text, ERROR_N_VALUE);
    }
    assert_refused_as(MODE_STATEFUL, "START " UUID_TEXT " five",
                      "invalid n: 'five' (expected a number from 1 to 65535)");
    assert_refused_as(MODE_STATEFUL, "START " UUID_TEXT " 65536",
                      "invalid n value: '65536' (expected a number from 1 to 65535)");
}
END_TEST

START_TEST(the_limit_of_n_can_be_raised_and_lowered)
{
    static const uint32_t limits[] = {1, 9, 10, 100, MAX_N, MAX_N_RAISED, UINT32_MAX};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char text[128];
        struct command command;
        struct failure failure;
        snprintf(text, sizeof text, "START %s %" PRIu32, UUID_TEXT, limits[i]);
        ck_assert_int_eq(
            parse_bytes(MODE_STATEFUL, limits[i], text, strlen(text), &command, &failure),
            ERROR_NONE);
        ck_assert_uint_eq(command.n, limits[i]);
        snprintf(text, sizeof text, "START %s %" PRIu64, UUID_TEXT, (uint64_t)limits[i] + 1);
        assert_refused_bytes(MODE_STATEFUL, limits[i], text, strlen(text), ERROR_N_VALUE, &failure);
        snprintf(text, sizeof text, "1 to %" PRIu32 ")", limits[i]);
        ck_assert_ptr_nonnull(strstr(failure.text, text));
    }
}
END_TEST

START_TEST(wrong_values_to_continue_from)
{
    static const char *const invalid[] = {"x",
                                          "-1",
                                          "-5",
                                          "+5",
                                          "1.0",
                                          "0x10",
                                          "1e3",
                                          "-",
                                          "\"5\"",
                                          "18446744073709551616",
                                          "99999999999999999999999999999999999999"};
    char text[128];
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        snprintf(text, sizeof text, "CONTINUE %s", invalid[i]);
        assert_refused(MODE_STATELESS, text, ERROR_CONTINUE_VALUE);
        snprintf(text, sizeof text, "CONTINUE %s %s", UUID_TEXT, invalid[i]);
        assert_refused(MODE_STATEFUL, text, ERROR_LAST_NUMBER);
    }
    assert_refused(MODE_STATEFUL, "CONTINUE " UUID_TEXT " 4294967296", ERROR_LAST_NUMBER);
    assert_refused(MODE_STATELESS, "CONTINUE 0", ERROR_CONTINUE_ZERO);
    assert_refused(MODE_STATELESS, "CONTINUE 0000", ERROR_CONTINUE_ZERO);
    assert_refused(MODE_STATELESS, "CONTINUE -0", ERROR_CONTINUE_VALUE);

    assert_refused_as(MODE_STATELESS, "CONTINUE x",
                      "invalid continue value: 'x' (expected a number from 1 to "
                      "18446744073709551615)");
    assert_refused_as(MODE_STATELESS, "CONTINUE 0",
                      "invalid a value: '0' (expected the last number received, never 0)");
    assert_refused_as(MODE_STATEFUL, "CONTINUE " UUID_TEXT " -5",
                      "invalid last number: '-5' (expected a number up to 4294967295)");
}
END_TEST

START_TEST(a_nul_byte_is_a_byte_like_another)
{
    struct failure failure;
    assert_refused_bytes(MODE_STATELESS, MAX_N, "START\0", 6, ERROR_UNKNOWN_COMMAND, &failure);
    ck_assert_ptr_nonnull(strstr(failure.text, "'START\\x00'"));
    assert_refused_bytes(MODE_STATELESS, MAX_N, "\0START", 6, ERROR_UNKNOWN_COMMAND, &failure);
    assert_refused_bytes(MODE_STATELESS, MAX_N, "\0", 1, ERROR_UNKNOWN_COMMAND, &failure);
    assert_refused_bytes(MODE_STATELESS, MAX_N, "END\0 1", 6, ERROR_UNKNOWN_COMMAND, &failure);
    assert_refused_bytes(MODE_STATELESS, MAX_N, "START \0", 7, ERROR_START_PARAMETERS, &failure);
    assert_refused_bytes(MODE_STATELESS, MAX_N, "CONTINUE 5\0", 11, ERROR_CONTINUE_VALUE, &failure);
    static const char start[] = "START " UUID_TEXT " 5";
    assert_refused_bytes(MODE_STATEFUL, MAX_N, start, sizeof start, ERROR_N, &failure);
    ck_assert_ptr_nonnull(strstr(failure.text, "'5\\x00'"));
}
END_TEST

/* No NUL ends the text, and what stands behind it does not count. */
START_TEST(the_length_ends_the_text)
{
    struct command command;
    struct failure failure;
    ck_assert_int_eq(parse_bytes(MODE_STATELESS, MAX_N, "STARTED", 5, &command, &failure),
                     ERROR_NONE);
    ck_assert_int_eq(command.kind, COMMAND_START);
    ck_assert_int_eq(parse_bytes(MODE_STATELESS, MAX_N, "CONTINUE 819", 11, &command, &failure),
                     ERROR_NONE);
    ck_assert_uint_eq(command.last, 81);
    assert_refused_bytes(MODE_STATELESS, MAX_N, "START", 0, ERROR_UNKNOWN_COMMAND, &failure);
}
END_TEST

/* Without the NUL, so no string function will do. */
static void put(char *to, const char *from, size_t length)
{
    memcpy(to, from, length);
}

START_TEST(a_long_text_is_refused_with_a_short_failure)
{
    enum { LENGTH = 999 };
    char text[LENGTH];
    struct failure failure;
    memset(text, 'x', sizeof text);
    assert_refused_bytes(MODE_STATELESS, MAX_N, text, LENGTH, ERROR_UNKNOWN_COMMAND, &failure);
    put(text, "CONTINUE ", 9);
    assert_refused_bytes(MODE_STATELESS, MAX_N, text, LENGTH, ERROR_CONTINUE_VALUE, &failure);
    memset(text + 9, '9', LENGTH - 9);
    assert_refused_bytes(MODE_STATELESS, MAX_N, text, LENGTH, ERROR_CONTINUE_VALUE, &failure);
    memset(text + 9, '0', LENGTH - 9);
    assert_refused_bytes(MODE_STATELESS, MAX_N, text, LENGTH, ERROR_CONTINUE_ZERO, &failure);
    memset(text, '\xff', sizeof text);
    assert_refused_bytes(MODE_STATEFUL, MAX_N, text, LENGTH, ERROR_UNKNOWN_COMMAND, &failure);
    memset(text, ' ', sizeof text);
    assert_refused_bytes(MODE_STATEFUL, MAX_N, text, LENGTH, ERROR_UNKNOWN_COMMAND, &failure);

    struct command command;
    put(text + 500, "START", 5);
    ck_assert_int_eq(parse_bytes(MODE_STATELESS, MAX_N, text, LENGTH, &command, &failure),
                     ERROR_NONE);
}
END_TEST

START_TEST(commands_are_written_as_the_original_does)
{
    static const struct {
        enum mode mode;
        struct command command;
        const char *text;
    } rows[] = {
        {MODE_STATELESS, {.kind = COMMAND_START}, "START"},
        {MODE_STATELESS, {.kind = COMMAND_CONTINUE, .last = 81}, "CONTINUE 81"},
        {MODE_STATELESS,
         {.kind = COMMAND_CONTINUE, .last = UINT64_MAX},
         "CONTINUE 18446744073709551615"},
        {MODE_STATELESS, {.kind = COMMAND_END}, "END"},
        {MODE_STATEFUL, {.kind = COMMAND_END}, "END"},
        {MODE_STATEFUL,
         {.kind = COMMAND_START, .uuid = {{UUID_BYTES}}, .n = 5},
         "START " UUID_TEXT " 5"},
        {MODE_STATEFUL,
         {.kind = COMMAND_START, .uuid = {{UUID_BYTES}}, .n = MAX_N_RAISED},
         "START " UUID_TEXT " 16777215"},
        {MODE_STATEFUL,
         {.kind = COMMAND_CONTINUE, .uuid = {{UUID_BYTES}}},
         "CONTINUE " UUID_TEXT " 0"},
        {MODE_STATEFUL,
         {.kind = COMMAND_CONTINUE, .uuid = {{UUID_BYTES}}, .last = UINT32_MAX},
         "CONTINUE " UUID_TEXT " 4294967295"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[COMMAND_TEXT_SIZE];
        command_format(rows[i].mode, &rows[i].command, text);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

static void assert_round_trip(enum mode mode, const struct command *command)
{
    char text[COMMAND_TEXT_SIZE];
    command_format(mode, command, text);
    struct command again;
    struct failure failure;
    ck_assert_int_eq(parse_bytes(mode, MAX_N_RAISED, text, strlen(text), &again, &failure),
                     ERROR_NONE);
    ck_assert_int_eq(again.kind, command->kind);
    ck_assert(uuid_equal(&again.uuid, &command->uuid));
    ck_assert_uint_eq(again.n, command->n);
    ck_assert_uint_eq(again.last, command->last);
}

START_TEST(what_is_written_is_read)
{
    assert_round_trip(MODE_STATELESS, &(struct command){.kind = COMMAND_START});
    assert_round_trip(MODE_STATELESS, &(struct command){.kind = COMMAND_END});
    for (int i = 0; i < 64; i++) {
        const uint64_t high = UINT64_C(1) << i;
        assert_round_trip(MODE_STATELESS,
                          &(struct command){.kind = COMMAND_CONTINUE, .last = high});
        assert_round_trip(MODE_STATELESS,
                          &(struct command){.kind = COMMAND_CONTINUE, .last = high | (high - 1)});
        const struct uuid uuid = uuid_random();
        assert_round_trip(
            MODE_STATEFUL,
            &(struct command){.kind = COMMAND_START, .uuid = uuid, .n = 1U << i % 24});
        assert_round_trip(
            MODE_STATEFUL,
            &(struct command){.kind = COMMAND_CONTINUE, .uuid = uuid, .last = 1U << i % 32});
    }
}
END_TEST

START_TEST(modes_have_names)
{
    ck_assert_str_eq(mode_name(MODE_STATELESS), "stateless");
    ck_assert_str_eq(mode_name(MODE_STATEFUL), "stateful");
}
END_TEST

Suite *command_suite(void)
{
    Suite *suite = suite_create("command");
    TCase *tcase = tcase_create("command");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, stateless_commands);
    tcase_add_test(tcase, stateful_commands);
    tcase_add_test(tcase, white_space_is_ignored_outside_and_separates_inside);
    tcase_add_test(tcase, unknown_commands);
    tcase_add_test(tcase, wrong_parameters);
    tcase_add_test(tcase, wrong_uuids);
    tcase_add_test(tcase, wrong_n);
    tcase_add_test(tcase, the_limit_of_n_can_be_raised_and_lowered);
    tcase_add_test(tcase, wrong_values_to_continue_from);
    tcase_add_test(tcase, a_nul_byte_is_a_byte_like_another);
    tcase_add_test(tcase, the_length_ends_the_text);
    tcase_add_test(tcase, a_long_text_is_refused_with_a_short_failure);
    tcase_add_test(tcase, commands_are_written_as_the_original_does);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, modes_have_names);
    return suite;
}
