/* shared/protocol/command: every way to get a command wrong. */
#include "test/kit/tried_command.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static void assert_refused_as(enum mode mode, const char *text, const char *expected)
{
    struct failure failure;
    command_must_refuse_bytes(mode, COMMAND_MAX_N, text, strlen(text), error_from_message(expected),
                              &failure);
    ck_assert_str_eq(failure.text, expected);
}

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
        command_must_refuse(MODE_STATELESS, texts[i], ERROR_UNKNOWN_COMMAND);
        command_must_refuse(MODE_STATEFUL, texts[i], ERROR_UNKNOWN_COMMAND);
    }
    /* A stateful session has its own end. */
    command_must_refuse(MODE_STATEFUL, "END", ERROR_UNKNOWN_COMMAND);
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
        {MODE_STATELESS, "START " COMMAND_UUID_TEXT " 5", ERROR_START_PARAMETERS},
        {MODE_STATELESS, "START a b c d e", ERROR_START_PARAMETERS},
        {MODE_STATELESS, "CONTINUE", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE ", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE 1 2", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE " COMMAND_UUID_TEXT " 5", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATELESS, "CONTINUE 1 2 3 4 5 6 7 8 9", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "START", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START ", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START " COMMAND_UUID_TEXT, ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START " COMMAND_UUID_TEXT " 5 ?", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START " COMMAND_UUID_TEXT " 5 ? ?", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "START 5", ERROR_START_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE 81", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT, ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT " 5 6", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT " 5 6 7 8", ERROR_CONTINUE_PARAMETERS},
        {MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT "\t5\t6\t", ERROR_CONTINUE_PARAMETERS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        command_must_refuse(rows[i].mode, rows[i].text, rows[i].error);
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
                                        "{" COMMAND_UUID_TEXT,
                                        "(" COMMAND_UUID_TEXT ")",
                                        "''" COMMAND_UUID_TEXT "''",
                                        "uuid:" COMMAND_UUID_TEXT};
    for (size_t i = 0; i < sizeof uuids / sizeof *uuids; i++) {
        char text[128];
        snprintf(text, sizeof text, "START %s 5", uuids[i]);
        command_must_refuse(MODE_STATEFUL, text, ERROR_UUID);
        snprintf(text, sizeof text, "CONTINUE %s 5", uuids[i]);
        command_must_refuse(MODE_STATEFUL, text, ERROR_UUID);
    }
    /* The uuid comes first, and so its error. */
    command_must_refuse(MODE_STATEFUL, "START x 0", ERROR_UUID);
    command_must_refuse(MODE_STATEFUL, "CONTINUE x y", ERROR_UUID);
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
        snprintf(text, sizeof text, "START %s %s", COMMAND_UUID_TEXT, invalid[i]);
        command_must_refuse(MODE_STATEFUL, text, ERROR_N);
    }
    for (size_t i = 0; i < sizeof out_of_range / sizeof *out_of_range; i++) {
        snprintf(text, sizeof text, "START %s %s", COMMAND_UUID_TEXT, out_of_range[i]);
        command_must_refuse(MODE_STATEFUL, text, ERROR_N_VALUE);
    }
    assert_refused_as(MODE_STATEFUL, "START " COMMAND_UUID_TEXT " five",
                      "invalid n: 'five' (expected a number from 1 to 65535)");
    assert_refused_as(MODE_STATEFUL, "START " COMMAND_UUID_TEXT " 65536",
                      "invalid n value: '65536' (expected a number from 1 to 65535)");
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
        command_must_refuse(MODE_STATELESS, text, ERROR_CONTINUE_VALUE);
        snprintf(text, sizeof text, "CONTINUE %s %s", COMMAND_UUID_TEXT, invalid[i]);
        command_must_refuse(MODE_STATEFUL, text, ERROR_LAST_NUMBER);
    }
    command_must_refuse(MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT " 4294967296",
                        ERROR_LAST_NUMBER);
    command_must_refuse(MODE_STATELESS, "CONTINUE 0", ERROR_CONTINUE_ZERO);
    command_must_refuse(MODE_STATELESS, "CONTINUE 0000", ERROR_CONTINUE_ZERO);
    command_must_refuse(MODE_STATELESS, "CONTINUE -0", ERROR_CONTINUE_VALUE);

    assert_refused_as(MODE_STATELESS, "CONTINUE x",
                      "invalid continue value: 'x' (expected a number from 1 to "
                      "18446744073709551615)");
    assert_refused_as(MODE_STATELESS, "CONTINUE 0",
                      "invalid a value: '0' (expected the last number received, never 0)");
    assert_refused_as(MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT " -5",
                      "invalid last number: '-5' (expected a number up to 4294967295)");
}
END_TEST

START_TEST(a_nul_byte_is_a_byte_like_another)
{
    struct failure failure;
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "START\0", 6, ERROR_UNKNOWN_COMMAND,
                              &failure);
    ck_assert_ptr_nonnull(strstr(failure.text, "'START\\x00'"));
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "\0START", 6, ERROR_UNKNOWN_COMMAND,
                              &failure);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "\0", 1, ERROR_UNKNOWN_COMMAND,
                              &failure);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "END\0 1", 6, ERROR_UNKNOWN_COMMAND,
                              &failure);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "START \0", 7, ERROR_START_PARAMETERS,
                              &failure);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "CONTINUE 5\0", 11,
                              ERROR_CONTINUE_VALUE, &failure);
    static const char start[] = "START " COMMAND_UUID_TEXT " 5";
    command_must_refuse_bytes(MODE_STATEFUL, COMMAND_MAX_N, start, sizeof start, ERROR_N, &failure);
    ck_assert_ptr_nonnull(strstr(failure.text, "'5\\x00'"));
}
END_TEST

/* No NUL ends the text, and what stands behind it does not count. */
START_TEST(the_length_ends_the_text)
{
    struct command command;
    struct failure failure;
    ck_assert_int_eq(
        command_parse_bytes(MODE_STATELESS, COMMAND_MAX_N, "STARTED", 5, &command, &failure),
        ERROR_NONE);
    ck_assert_int_eq(command.kind, COMMAND_START);
    ck_assert_int_eq(
        command_parse_bytes(MODE_STATELESS, COMMAND_MAX_N, "CONTINUE 819", 11, &command, &failure),
        ERROR_NONE);
    ck_assert_uint_eq(command.last, 81);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, "START", 0, ERROR_UNKNOWN_COMMAND,
                              &failure);
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
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, text, LENGTH, ERROR_UNKNOWN_COMMAND,
                              &failure);
    put(text, "CONTINUE ", 9);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, text, LENGTH, ERROR_CONTINUE_VALUE,
                              &failure);
    memset(text + 9, '9', LENGTH - 9);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, text, LENGTH, ERROR_CONTINUE_VALUE,
                              &failure);
    memset(text + 9, '0', LENGTH - 9);
    command_must_refuse_bytes(MODE_STATELESS, COMMAND_MAX_N, text, LENGTH, ERROR_CONTINUE_ZERO,
                              &failure);
    memset(text, '\xff', sizeof text);
    command_must_refuse_bytes(MODE_STATEFUL, COMMAND_MAX_N, text, LENGTH, ERROR_UNKNOWN_COMMAND,
                              &failure);
    memset(text, ' ', sizeof text);
    command_must_refuse_bytes(MODE_STATEFUL, COMMAND_MAX_N, text, LENGTH, ERROR_UNKNOWN_COMMAND,
                              &failure);

    struct command command;
    put(text + 500, "START", 5);
    ck_assert_int_eq(
        command_parse_bytes(MODE_STATELESS, COMMAND_MAX_N, text, LENGTH, &command, &failure),
        ERROR_NONE);
}
END_TEST

Suite *command_refusals_suite(void)
{
    Suite *suite = suite_create("command-refusals");
    TCase *tcase = tcase_create("command-refusals");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, unknown_commands);
    tcase_add_test(tcase, wrong_parameters);
    tcase_add_test(tcase, wrong_uuids);
    tcase_add_test(tcase, wrong_n);
    tcase_add_test(tcase, wrong_values_to_continue_from);
    tcase_add_test(tcase, a_nul_byte_is_a_byte_like_another);
    tcase_add_test(tcase, the_length_ends_the_text);
    tcase_add_test(tcase, a_long_text_is_refused_with_a_short_failure);
    return suite;
}
