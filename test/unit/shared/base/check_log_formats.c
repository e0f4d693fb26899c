/* shared/base/log_sink: logfmt and JSON, read as other programs read them, whatever the values are.
 * check_log_sink.c has the text. */
#include "shared/base/log_sink.h"
#include "test/kit/log_lines.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <string.h>

enum {
    FORMATS = 2,
    LONG_SIZE = 2 * LOG_LINE_SIZE,
    CLEAN_SIZE = 3 * LONG_SIZE /* U+FFFD has three bytes */
};

static const enum log_format formats[FORMATS] = {LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON};
static const struct timespec noon = {.tv_sec = 1769860800, .tv_nsec = 123999999};
static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24,
                                  0x77, 0x13, 0xcc, 0x49, 0x08}};

static char line[LOG_LINE_SIZE + 1];

/* The line of a record without its newline. */
static const char *write_record(const struct log_record *record)
{
    memset(line, '#', sizeof line);
    size_t length = log_sink_write(record, line);
    ck_assert_uint_gt(length, 0);
    ck_assert_uint_le(length, LOG_LINE_SIZE);
    ck_assert_ptr_eq(memchr(line, '\n', length), line + length - 1);
    ck_assert_ptr_null(memchr(line, '\0', length));
    line[length - 1] = '\0';
    return line;
}

static const char *write_line(enum log_format format, const struct log_field *fields)
{
    const struct log_record record = {.time = noon,
                                      .level = LOG_LEVEL_INFO,
                                      .event = "an event",
                                      .fields = fields,
                                      .format = format};
    return write_record(&record);
}

/* The same, as an object. */
static json_t *read_line(enum log_format format, const struct log_field *fields)
{
    const char *written = write_line(format, fields);
    json_t *object = format == LOG_FORMAT_JSON ? log_line_read_json(written, strlen(written))
                                               : log_line_read_logfmt(written, strlen(written));
    ck_assert_msg(object != NULL, "%s", written);
    ck_assert_str_eq(json_string_value(json_object_get(object, "time")),
                     "2026-01-31T12:00:00.123Z");
    ck_assert_str_eq(json_string_value(json_object_get(object, "level")), "info");
    ck_assert_str_eq(json_string_value(json_object_get(object, "event")), "an event");
    return object;
}

START_TEST(every_kind_of_field_is_written)
{
    static const char *const lines[FORMATS] = {
        "time=2026-01-31T12:00:00.123Z level=info event=\"an event\" uuid=a17417a0 "
        "sent=18446744073709551615 mode=stateful path=\"/a b\" waited=1500ms peer=127.0.0.1:1337 "
        "reason=\"cancelled\"",
        "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"info\",\"event\":\"an event\","
        "\"uuid\":\"a17417a0\",\"sent\":18446744073709551615,\"mode\":\"stateful\","
        "\"path\":\"/a b\",\"waited\":\"1500ms\",\"peer\":\"127.0.0.1:1337\","
        "\"reason\":\"cancelled\"}"};
    const struct log_field fields[] = {log_uuid("uuid", &uuid),
                                       log_number("sent", UINT64_MAX),
                                       log_word("mode", "stateful"),
                                       log_word("path", "/a b"),
                                       log_text("none", NULL),
                                       log_duration("waited", 1500000000),
                                       log_address("peer", "127.0.0.1:1337"),
                                       log_text("reason", "cancelled"),
                                       LOG_NO_FIELD};
    ck_assert_str_eq(write_line(formats[_i], fields), lines[_i]);
}
END_TEST

START_TEST(a_line_without_fields_is_whole)
{
    static const char *const lines[FORMATS] = {
        "time=2026-01-31T12:00:00.123Z level=info event=\"an event\"",
        "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"info\",\"event\":\"an event\"}"};
    ck_assert_str_eq(write_line(formats[_i], (const struct log_field[]){LOG_NO_FIELD}), lines[_i]);
}
END_TEST

START_TEST(a_uuid_is_whole_only_if_it_may_be)
{
    static const char *const ends[FORMATS] = {"=a17417a0-aa39-40b5-8675-247713cc4908",
                                              ":\"a17417a0-aa39-40b5-8675-247713cc4908\"}"};
    const struct log_field fields[] = {log_uuid("uuid", &uuid), LOG_NO_FIELD};
    const struct log_record record = {.time = noon,
                                      .event = "event",
                                      .fields = fields,
                                      .format = formats[_i],
                                      .has_whole_uuids = true};
    const char *written = write_record(&record);
    ck_assert_str_eq(written + strlen(written) - strlen(ends[_i]), ends[_i]);
}
END_TEST

START_TEST(a_priority_stands_in_front)
{
    static const char *const texts[] = {
        "2026-01-31T12:00:00.123Z warn   event",
        "time=2026-01-31T12:00:00.123Z level=warn event=event",
        "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"warn\",\"event\":\"event\"}"};
    static const char priorities[] = {'3', '4', '5', '6', '7'};
    const struct log_field fields[] = {LOG_NO_FIELD};
    for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
        struct log_record record = {.time = noon,
                                    .event = "event",
                                    .fields = fields,
                                    .format = (enum log_format)format,
                                    .has_priority = true};
        for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
            record.level = (enum log_level)level;
            const char *written = write_record(&record);
            ck_assert_msg(written[0] == '<' && written[1] == priorities[level] && written[2] == '>',
                          "%s", written);
            ck_assert(level != LOG_LEVEL_WARN || strcmp(written + 3, texts[format]) == 0);
        }
    }
}
END_TEST

/* Values that would be a field, a line or a command of a terminal, if they stood as they are. */
static const char *const hostile[] = {
    "",
    " ",
    "=",
    "\"",
    "\\",
    "\\\"",
    "a\" level=error b=\"",
    "a\",\"level\":\"error\",\"b\":\"",
    "a\"}\n{\"event\":\"stopped\"}",
    "a\nlevel=error event=stopped",
    "a\r\n<0>level=error",
    "<0>a",
    "\\u0022,\\u000a",
    "\\x0a",
    "\t\v\f\x01\x1f\x7f",
    "\x1b[2J\x1b]0;title\x07",
    "\xc2\x85\xc2\x9b",
    "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaex\xe2\x80\xac",
    "\xef\xbb\xbf",
    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf",
    "\xff\xfe\x80",
    "\xc3",
    "\xc3\"",
    "\xe2\x80",
    "\xf0\x9f\x98\"",
    "\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\xf5\x80\x80\x80",
    "null",
    "true",
    "12",
    "1e9",
    "%s%n",
    "'",
    NULL,
};

/* What a reader gets: U+FFFD stands for each byte that is not of UTF-8. */
static const char *clean(const char *text, char cleaned[static CLEAN_SIZE])
{
    size_t length = 0;
    while (*text != '\0') {
        const char *next = text;
        const bool is_wrong = utf8_next(&next) == UTF8_WRONG;
        const size_t taken = is_wrong ? 3 : (size_t)(next - text);
        memcpy(cleaned + length, is_wrong ? "\xef\xbf\xbd" : text, taken);
        length += taken;
        text = is_wrong ? text + 1 : next;
    }
    cleaned[length] = '\0';
    return cleaned;
}

static void expect_value(enum log_format format, struct log_field field)
{
    char cleaned[CLEAN_SIZE];
    const struct log_field fields[] = {log_number("a", 1), field, log_number("c", 2), LOG_NO_FIELD};
    json_t *object = read_line(format, fields);
    const json_t *value = json_object_get(object, "b");
    ck_assert_msg(json_is_string(value), "%s", line);
    ck_assert_str_eq(json_string_value(value), clean(field.value.text, cleaned));
    ck_assert_uint_eq(json_object_size(object), 6);
    json_decref(object);
}

START_TEST(no_value_is_more_than_a_value)
{
    const char *const *lists[] = {hostile, hostile_texts};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (const char *const *value = lists[i]; *value != NULL; value++) {
            expect_value(formats[_i], log_text("b", *value));
            expect_value(formats[_i], log_word("b", *value));
            expect_value(formats[_i], log_address("b", *value));
        }
    }
    for (int byte = 1; byte <= UINT8_MAX; byte++) {
        const char value[] = {(char)byte, '\0'};
        expect_value(formats[_i], log_word("b", value));
    }
}
END_TEST

/* Whatever the length: the line is right, and the value is there as far as it fits. */
static void expect_cut(enum log_format format, const char *piece, size_t count)
{
    char value[LONG_SIZE];
    char cleaned[CLEAN_SIZE];
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(value + length, piece, strlen(piece));
        length += strlen(piece);
    }
    value[length] = '\0';
    const struct log_field fields[] = {log_text("b", value), log_number("c", 2), LOG_NO_FIELD};
    json_t *object = read_line(format, fields);
    const char *kept = json_string_value(json_object_get(object, "b"));
    const bool is_whole = strcmp(kept, clean(value, cleaned)) == 0;
    ck_assert_msg(strncmp(kept, cleaned, strlen(kept)) == 0, "%s", line);
    ck_assert(is_whole || json_object_get(object, "c") == NULL);
    /* What was left out would not have fitted: a piece takes 12 bytes at most. */
    ck_assert(is_whole || strlen(line) > LOG_LINE_SIZE - 1 - 12);
    json_decref(object);
}

START_TEST(a_line_that_is_too_long_stays_right)
{
    static const char *const pieces[] = {"x", "\"", "\n", "\x1b", "\xff", "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        for (size_t count = 50; count * strlen(pieces[i]) < LONG_SIZE && count < 1100; count++) {
            expect_cut(formats[_i], pieces[i], count);
        }
    }
}
END_TEST

/* Numbers, uuids, durations and harmless words are there or not: half of one would be another. */
START_TEST(what_cannot_be_cut_is_left_out)
{
    char value[LOG_LINE_SIZE];
    const struct log_field lasts[] = {log_number("c", 12345), log_duration("c", 1500000000),
                                      log_uuid("c", &uuid), log_word("c", "stateful")};
    static const char *const written[] = {"12345", "1500ms", "a17417a0", "stateful"};
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        size_t found = 0;
        for (size_t length = 860; length < 960; length++) {
            memset(value, 'x', length);
            value[length] = '\0';
            const struct log_field fields[] = {log_text("b", value), lasts[i], LOG_NO_FIELD};
            json_t *object = read_line(formats[_i], fields);
            const json_t *last = json_object_get(object, "c");
            ck_assert(last == NULL || json_is_integer(last) ||
                      strcmp(json_string_value(last), written[i]) == 0);
            found += last != NULL;
            json_decref(object);
        }
        ck_assert_uint_gt(found, 0);
        ck_assert_uint_lt(found, 100);
    }
}
END_TEST

START_TEST(a_long_event_leaves_the_line_right)
{
    char event[LONG_SIZE];
    const struct log_field fields[] = {log_number("a", 1), LOG_NO_FIELD};
    for (size_t length = 900; length < 1024; length++) {
        memset(event, ' ', length);
        event[length] = '\0';
        const struct log_record record = {.time = noon,
                                          .event = event,
                                          .fields = fields,
                                          .format = formats[_i],
                                          .has_priority = true};
        const char *written = write_record(&record) + 3;
        json_t *object = formats[_i] == LOG_FORMAT_JSON
                             ? log_line_read_json(written, strlen(written))
                             : log_line_read_logfmt(written, strlen(written));
        ck_assert_msg(object != NULL, "%s", written);
        json_decref(object);
    }
}
END_TEST

Suite *log_formats_suite(void)
{
    Suite *suite = suite_create("log-formats");
    TCase *tcase = tcase_create("log-formats");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, every_kind_of_field_is_written, 0, FORMATS);
    tcase_add_loop_test(tcase, a_line_without_fields_is_whole, 0, FORMATS);
    tcase_add_loop_test(tcase, a_uuid_is_whole_only_if_it_may_be, 0, FORMATS);
    tcase_add_test(tcase, a_priority_stands_in_front);
    tcase_add_loop_test(tcase, no_value_is_more_than_a_value, 0, FORMATS);
    tcase_add_loop_test(tcase, a_line_that_is_too_long_stays_right, 0, FORMATS);
    tcase_add_loop_test(tcase, what_cannot_be_cut_is_left_out, 0, FORMATS);
    tcase_add_loop_test(tcase, a_long_event_leaves_the_line_right, 0, FORMATS);
    return suite;
}
