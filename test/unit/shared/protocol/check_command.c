/* shared/protocol/command: every command in both modes, read and written. */
#include "test/kit/tried_command.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_N_RAISED = 16777215 };

#define UUID_BYTES                                                                                 \
    0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24, 0x77, 0x13, 0xcc, 0x49, 0x08
static const struct uuid sample = {{UUID_BYTES}};

START_TEST(stateless_commands)
{
    ck_assert_int_eq(command_must_parse(MODE_STATELESS, "START").kind, COMMAND_START);
    ck_assert_int_eq(command_must_parse(MODE_STATELESS, "END").kind, COMMAND_END);

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
        struct command command = command_must_parse(MODE_STATELESS, rows[i].text);
        ck_assert_int_eq(command.kind, COMMAND_CONTINUE);
        ck_assert_uint_eq(command.last, rows[i].last);
    }
}
END_TEST

START_TEST(stateful_commands)
{
    static const char *const uuids[] = {
        COMMAND_UUID_TEXT,
        "A17417A0-AA39-40B5-8675-247713CC4908",
        "a17417a0aa3940b58675247713cc4908",
        "{" COMMAND_UUID_TEXT "}",
        "\"" COMMAND_UUID_TEXT "\"", /* as the original client sends it */
        ("urn:uuid:" COMMAND_UUID_TEXT),
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
            struct command command = command_must_parse(MODE_STATEFUL, text);
            ck_assert_int_eq(command.kind, COMMAND_START);
            ck_assert(uuid_equal(&command.uuid, &sample));
            ck_assert_uint_eq(command.n, numbers[i].value);

            snprintf(text, sizeof text, "CONTINUE %s %s", uuids[u], numbers[i].text);
            command = command_must_parse(MODE_STATEFUL, text);
            ck_assert_int_eq(command.kind, COMMAND_CONTINUE);
            ck_assert(uuid_equal(&command.uuid, &sample));
            ck_assert_uint_eq(command.last, numbers[i].value);
        }
    }
    ck_assert_uint_eq(command_must_parse(MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT " 0").last,
                      0);
    ck_assert_uint_eq(
        command_must_parse(MODE_STATEFUL, "CONTINUE " COMMAND_UUID_TEXT " 4294967295").last,
        UINT32_MAX);
}
END_TEST

START_TEST(white_space_is_ignored_outside_and_separates_inside)
{
    static const char *const stateless[] = {" START",    "START ",        "\tSTART\t",  "START\n",
                                            "START\r\n", "\r\n\vSTART\f", "   START   "};
    for (size_t i = 0; i < sizeof stateless / sizeof *stateless; i++) {
        ck_assert_int_eq(command_must_parse(MODE_STATELESS, stateless[i]).kind, COMMAND_START);
    }
    ck_assert_int_eq(command_must_parse(MODE_STATELESS, " \t END \t\n").kind, COMMAND_END);
    ck_assert_uint_eq(command_must_parse(MODE_STATELESS, "CONTINUE\t81").last, 81);
    ck_assert_uint_eq(command_must_parse(MODE_STATELESS, "CONTINUE \t  \t 81\n").last, 81);

    struct command command =
        command_must_parse(MODE_STATEFUL, "\t START \t" COMMAND_UUID_TEXT "\t\t 5 \r\n");
    ck_assert_int_eq(command.kind, COMMAND_START);
    ck_assert_uint_eq(command.n, 5);
    ck_assert(uuid_equal(&command.uuid, &sample));

    /* Only spaces and tabs separate. */
    command_must_refuse(MODE_STATELESS, "CONTINUE\n81", ERROR_UNKNOWN_COMMAND);
    command_must_refuse(MODE_STATELESS, "CONTINUE 8\n1", ERROR_CONTINUE_VALUE);
    command_must_refuse(MODE_STATELESS, "CONTINUE\r81", ERROR_UNKNOWN_COMMAND);
    command_must_refuse(MODE_STATELESS, "CONTINUE\v81", ERROR_UNKNOWN_COMMAND);
    command_must_refuse(MODE_STATELESS, "CONTINUE,81", ERROR_UNKNOWN_COMMAND);
    command_must_refuse(MODE_STATELESS, "\xc2\xa0START", ERROR_UNKNOWN_COMMAND);
    command_must_refuse(MODE_STATEFUL, "START " COMMAND_UUID_TEXT "\n5", ERROR_START_PARAMETERS);
}
END_TEST

START_TEST(the_limit_of_n_can_be_raised_and_lowered)
{
    static const uint32_t limits[] = {1, 9, 10, 100, COMMAND_MAX_N, MAX_N_RAISED, UINT32_MAX};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char text[128];
        struct command command;
        struct failure failure;
        snprintf(text, sizeof text, "START %s %" PRIu32, COMMAND_UUID_TEXT, limits[i]);
        ck_assert_int_eq(
            command_parse_bytes(MODE_STATEFUL, limits[i], text, strlen(text), &command, &failure),
            ERROR_NONE);
        ck_assert_uint_eq(command.n, limits[i]);
        snprintf(text, sizeof text, "START %s %" PRIu64, COMMAND_UUID_TEXT,
                 (uint64_t)limits[i] + 1);
        command_must_refuse_bytes(MODE_STATEFUL, limits[i], text, strlen(text), ERROR_N_VALUE,
                                  &failure);
        snprintf(text, sizeof text, "1 to %" PRIu32 ")", limits[i]);
        ck_assert_ptr_nonnull(strstr(failure.text, text));
    }
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
         "START " COMMAND_UUID_TEXT " 5"},
        {MODE_STATEFUL,
         {.kind = COMMAND_START, .uuid = {{UUID_BYTES}}, .n = MAX_N_RAISED},
         "START " COMMAND_UUID_TEXT " 16777215"},
        {MODE_STATEFUL,
         {.kind = COMMAND_CONTINUE, .uuid = {{UUID_BYTES}}},
         "CONTINUE " COMMAND_UUID_TEXT " 0"},
        {MODE_STATEFUL,
         {.kind = COMMAND_CONTINUE, .uuid = {{UUID_BYTES}}, .last = UINT32_MAX},
         "CONTINUE " COMMAND_UUID_TEXT " 4294967295"},
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
    ck_assert_int_eq(command_parse_bytes(mode, MAX_N_RAISED, text, strlen(text), &again, &failure),
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
    tcase_add_test(tcase, the_limit_of_n_can_be_raised_and_lowered);
    tcase_add_test(tcase, commands_are_written_as_the_original_does);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, modes_have_names);
    return suite;
}
