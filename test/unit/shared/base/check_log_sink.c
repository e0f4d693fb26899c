/* shared/base/log_sink: every kind of field, what must be quoted, and where a line is cut. */
#include "shared/base/log_sink.h"
#include "test/suites.h"

#include <string.h>

#define BEGINNING "2026-01-31T12:00:00.123Z info   event"

static const struct timespec noon = {.tv_sec = 1769860800, .tv_nsec = 123999999};

static char line[LOG_LINE_SIZE + 1];

/* The line of these fields, its newline included. */
static const char *write_line(const char *event, const struct log_field *fields)
{
    const struct log_record record = {
        .time = noon, .level = LOG_LEVEL_INFO, .event = event, .fields = fields};
    memset(line, '#', sizeof line);
    size_t length = log_sink_write(&record, line);
    ck_assert_uint_gt(length, 0);
    ck_assert_uint_le(length, LOG_LINE_SIZE);
    line[length] = '\0';
    ck_assert_uint_eq(strlen(line), length);
    ck_assert_ptr_eq(strchr(line, '\n'), line + length - 1);
    return line;
}

/* What is written of one field, from its key on. */
static const char *write_field(struct log_field field)
{
    (void)write_line("event", (const struct log_field[]){field, LOG_NO_FIELD});
    ck_assert_mem_eq(line, BEGINNING, sizeof BEGINNING - 1);
    line[strlen(line) - 1] = '\0';
    return line + sizeof BEGINNING - 1;
}

START_TEST(a_line_has_its_fields_in_order)
{
    static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75,
                                      0x24, 0x77, 0x13, 0xcc, 0x49, 0x08}};
    ck_assert_str_eq(write_line("event", (const struct log_field[]){LOG_NO_FIELD}), BEGINNING "\n");
    ck_assert_str_eq(
        write_line("event",
                   (const struct log_field[]){
                       log_uuid("uuid", &uuid), log_number("sent", 3), log_word("mode", "stateful"),
                       log_duration("waited", 1500000000), log_address("peer", "127.0.0.1:1337"),
                       log_text("reason", "cancelled"), LOG_NO_FIELD}),
        BEGINNING " uuid=a17417a0 sent=3 mode=stateful waited=1500ms "
                  "peer=127.0.0.1:1337 reason=\"cancelled\"\n");
}
END_TEST

START_TEST(a_uuid_is_whole_only_if_it_may_be)
{
    static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75,
                                      0x24, 0x77, 0x13, 0xcc, 0x49, 0x08}};
    const struct log_field fields[] = {log_uuid("uuid", &uuid), LOG_NO_FIELD};
    struct log_record record = {
        .time = noon, .level = LOG_LEVEL_INFO, .event = "event", .fields = fields};
    char whole[LOG_LINE_SIZE];
    size_t length = log_sink_write(&record, whole);
    ck_assert_mem_eq(whole + length - sizeof "=a17417a0\n" + 1, "=a17417a0\n",
                     sizeof "=a17417a0\n" - 1);
    record.has_whole_uuids = true;
    length = log_sink_write(&record, whole);
    static const char end[] = "=a17417a0-aa39-40b5-8675-247713cc4908\n";
    ck_assert_mem_eq(whole + length - sizeof end + 1, end, sizeof end - 1);
}
END_TEST

START_TEST(numbers_are_bare)
{
    ck_assert_str_eq(write_field(log_number("n", 0)), " n=0");
    ck_assert_str_eq(write_field(log_number("n", UINT64_MAX)), " n=18446744073709551615");
}
END_TEST

START_TEST(durations_are_in_milliseconds)
{
    static const struct {
        int64_t ns;
        const char *field;
    } rows[] = {
        {0, " t=0ms"},
        {1, " t=0.000001ms"},
        {250000, " t=0.25ms"},
        {1000000, " t=1ms"},
        {10000000, " t=10ms"},
        {1234567890, " t=1234.56789ms"},
        {-1500000, " t=-1.5ms"},
        {INT64_MAX, " t=9223372036854.775807ms"},
        {INT64_MIN, " t=-9223372036854.775808ms"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_str_eq(write_field(log_duration("t", rows[i].ns)), rows[i].field);
    }
}
END_TEST

START_TEST(a_field_without_a_text_is_left_out)
{
    const struct log_field fields[] = {log_text("a", NULL),    log_number("b", 1),
                                       log_word("c", NULL),    log_number("d", 2),
                                       log_address("e", NULL), LOG_NO_FIELD};
    ck_assert_str_eq(write_line("event", fields), BEGINNING " b=1 d=2\n");
}
END_TEST

/* A value, and how it stands as a text and as a word. */
static const struct {
    const char *value;
    const char *text;
    const char *word;
} values[] = {
    {"", "\"\"", "\"\""},
    {"stateful", "\"stateful\"", "stateful"},
    {"127.0.0.1:1337", "\"127.0.0.1:1337\"", "127.0.0.1:1337"},
    {"[fe80::1%eth0]:1", "\"[fe80::1%eth0]:1\"", "[fe80::1%eth0]:1"},
    {"unix:/run/comms_1.sock", "\"unix:/run/comms_1.sock\"", "unix:/run/comms_1.sock"},
    {"unix:", "\"unix:\"", "unix:"},
    {"0.1.0-rc1+dfsg", "\"0.1.0-rc1+dfsg\"", "0.1.0-rc1+dfsg"},
    {"two words", "\"two words\"", "\"two words\""},
    {"key=value", "\"key=value\"", "\"key=value\""},
    {"a 'b'", "\"a 'b'\"", "\"a 'b'\""},
    {"\"", "\"\\\"\"", "\"\\\"\""},
    {"\\", "\"\\\\\"", "\"\\\\\""},
    {"\\\" b=\"", "\"\\\\\\\" b=\\\"\"", "\"\\\\\\\" b=\\\"\""},
    {"x\" sent=9 peer=\"1.2.3.4", "\"x\\\" sent=9 peer=\\\"1.2.3.4\"",
     "\"x\\\" sent=9 peer=\\\"1.2.3.4\""},
    {"a\nb", "\"a\\x0ab\"", "\"a\\x0ab\""},
    {"\t\r\x1b[31m\x7f\xc3\xa4~", "\"\\x09\\x0d\\x1b[31m\\x7f\\xc3\\xa4~\"",
     "\"\\x09\\x0d\\x1b[31m\\x7f\\xc3\\xa4~\""},
    {"%s%n", "\"%s%n\"", "%s%n"},
};

static void assert_value(const char *field, const char *value)
{
    ck_assert_msg(strncmp(field, " k=", 3) == 0 && strcmp(field + 3, value) == 0, "%s is not %s",
                  field, value);
}

START_TEST(no_value_looks_like_a_field)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_value(write_field(log_text("k", values[i].value)), values[i].text);
        assert_value(write_field(log_word("k", values[i].value)), values[i].word);
        assert_value(write_field(log_address("k", values[i].value)), values[i].word);
    }
}
END_TEST

START_TEST(every_byte_is_one_that_a_line_may_have)
{
    for (int byte = 1; byte <= UINT8_MAX; byte++) {
        const char value[] = {(char)byte, '\0'};
        const char *field = write_field(log_word("k", value));
        bool is_quoted = field[3] == '"';
        ck_assert_int_eq(strpbrk(field + 3, " =\n\"\\") != NULL, is_quoted);
        for (const char *c = field; *c != '\0'; c++) {
            ck_assert(*c >= ' ' && *c <= '~');
        }
    }
}
END_TEST

START_TEST(an_event_is_printable)
{
    const struct log_field fields[] = {log_number("a", 1), LOG_NO_FIELD};
    ck_assert_str_eq(write_line("a\nb\x1b\xc3", fields),
                     "2026-01-31T12:00:00.123Z info   a?b?? a=1\n");
}
END_TEST

/* Fills `text` with `length` times `c`. */
static const char *fill(char text[static 2 * LOG_LINE_SIZE], size_t length, char c)
{
    memset(text, c, length);
    text[length] = '\0';
    return text;
}

START_TEST(a_long_text_is_cut_and_its_quotes_are_closed)
{
    static const struct {
        char byte;
        size_t width; /* of the byte, as it is written */
    } rows[] = {{'x', 1}, {'"', 2}, {'\\', 2}, {'\n', 4}, {'\xff', 4}};
    char value[2 * LOG_LINE_SIZE];
    static const char around[] = BEGINNING " text=\"\"\n";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t most = (LOG_LINE_SIZE - (sizeof around - 1)) / rows[i].width;
        for (size_t length = most - 2; length < most + 6; length++) {
            const struct log_field fields[] = {log_text("text", fill(value, length, rows[i].byte)),
                                               log_number("b", 1), LOG_NO_FIELD};
            (void)write_line("event", fields);
            size_t kept = length < most ? length : most;
            size_t expected = sizeof around - 1 + kept * rows[i].width;
            bool has_last = length <= most && expected + sizeof " b=1" - 1 <= LOG_LINE_SIZE;
            ck_assert_uint_eq(strlen(line), expected + (has_last ? sizeof " b=1" - 1 : 0));
            ck_assert_str_eq(line + strlen(line) - (has_last ? 6 : 2),
                             has_last ? "\" b=1\n" : "\"\n");
        }
    }
}
END_TEST

START_TEST(a_long_word_is_left_out_with_what_follows)
{
    char value[2 * LOG_LINE_SIZE];
    static const char around[] = BEGINNING " a=1 word=\n";
    const size_t most = LOG_LINE_SIZE - (sizeof around - 1);
    for (size_t length = most - 2; length < most + 3; length++) {
        const struct log_field fields[] = {log_number("a", 1),
                                           log_word("word", fill(value, length, 'x')),
                                           log_number("b", 1), LOG_NO_FIELD};
        (void)write_line("event", fields);
        ck_assert_uint_eq(strlen(line),
                          length <= most ? sizeof around - 1 + length : sizeof BEGINNING " a=1");
    }
}
END_TEST

START_TEST(a_field_that_does_not_fit_is_left_out)
{
    char value[2 * LOG_LINE_SIZE];
    static const char around[] = BEGINNING " a=\"\"\n";
    static const struct uuid uuid = {{0}};
    const struct log_field lasts[] = {log_number("b", 12345), log_duration("b", 1000000000),
                                      log_uuid("b", &uuid), log_text("b", "")};
    static const char *const written[] = {" b=12345", " b=1000ms", " b=00000000", " b=\"\""};
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        size_t fits = LOG_LINE_SIZE - (sizeof around - 1) - strlen(written[i]);
        for (size_t length = fits - 1; length <= fits + 1; length++) {
            const struct log_field fields[] = {log_text("a", fill(value, length, 'x')), lasts[i],
                                               LOG_NO_FIELD};
            (void)write_line("event", fields);
            ck_assert_int_eq(strstr(line, " b=") != NULL, length <= fits);
            ck_assert_int_eq(strstr(line, written[i]) != NULL, length <= fits);
            ck_assert_uint_eq(strlen(line), sizeof around - 1 + length +
                                                (length <= fits ? strlen(written[i]) : 0));
        }
    }
}
END_TEST

START_TEST(a_long_event_is_cut)
{
    char event[2 * LOG_LINE_SIZE];
    const struct log_field fields[] = {log_number("a", 1), LOG_NO_FIELD};
    (void)write_line(fill(event, sizeof event - 1, 'x'), fields);
    ck_assert_uint_eq(strlen(line), LOG_LINE_SIZE);
    ck_assert_ptr_null(strchr(line, '='));
}
END_TEST

Suite *log_sink_suite(void)
{
    Suite *suite = suite_create("log-sink");
    TCase *fields = tcase_create("fields");
    TCase *cuts = tcase_create("cuts");
    suite_add_tcase(suite, fields);
    suite_add_tcase(suite, cuts);
    tcase_add_test(fields, a_line_has_its_fields_in_order);
    tcase_add_test(fields, a_uuid_is_whole_only_if_it_may_be);
    tcase_add_test(fields, numbers_are_bare);
    tcase_add_test(fields, durations_are_in_milliseconds);
    tcase_add_test(fields, a_field_without_a_text_is_left_out);
    tcase_add_test(fields, no_value_looks_like_a_field);
    tcase_add_test(fields, every_byte_is_one_that_a_line_may_have);
    tcase_add_test(fields, an_event_is_printable);
    tcase_add_test(cuts, a_long_text_is_cut_and_its_quotes_are_closed);
    tcase_add_test(cuts, a_long_word_is_left_out_with_what_follows);
    tcase_add_test(cuts, a_field_that_does_not_fit_is_left_out);
    tcase_add_test(cuts, a_long_event_is_cut);
    return suite;
}
