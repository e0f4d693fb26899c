/* shared/base/text: bytes of a peer, quoted or made printable. */
#include "shared/base/text.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *quote(const char *bytes, size_t length, char quoted[static TEXT_QUOTE_SIZE])
{
    /* From a copy of exactly that length, so that a sanitizer sees who reads on. */
    char *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    const char *result = text_quote(copy, length, quoted);
    free(copy);
    ck_assert_ptr_eq(result, quoted);
    return result;
}

START_TEST(bytes_are_quoted)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *quoted;
    } rows[] = {
        {"", 0, "''"},
        {"a", 1, "'a'"},
        {"abc", 2, "'ab'"},
        {"two words", 9, "'two words'"},
        {"~ !", 3, "'~ !'"},
        {"\0", 1, "'\\x00'"},
        {"a\0b", 3, "'a\\x00b'"},
        {"\t\r\n\x1b\x7f", 5, "'\\x09\\x0d\\x0a\\x1b\\x7f'"},
        {"\x80\xff\xc3\xa4", 4, "'\\x80\\xff\\xc3\\xa4'"},
        {"a17417a0-aa39-40b5-8675-247713cc4908", 36, "'a17417a0-aa39-40b5-8675-247713cc4908'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char quoted[TEXT_QUOTE_SIZE];
        ck_assert_str_eq(quote(rows[i].bytes, rows[i].length, quoted), rows[i].quoted);
    }
}
END_TEST

START_TEST(every_byte_is_printable_or_escaped)
{
    for (int value = 0; value <= UINT8_MAX; value++) {
        char quoted[TEXT_QUOTE_SIZE];
        char expected[TEXT_QUOTE_SIZE];
        const char byte = (char)value;
        if (value >= 32 && value <= 126) {
            snprintf(expected, sizeof expected, "'%c'", byte);
        } else {
            snprintf(expected, sizeof expected, "'\\x%02x'", (unsigned)value);
        }
        ck_assert_str_eq(quote(&byte, 1, quoted), expected);
    }
}
END_TEST

/* Fills `length` bytes, quotes them, and checks the frame; returns how many of them are shown. */
static size_t assert_cut(int value, size_t length)
{
    char bytes[512];
    struct {
        char quoted[TEXT_QUOTE_SIZE];
        char guard[16];
    } at;
    memset(bytes, value, sizeof bytes);
    memset(&at, '#', sizeof at);
    size_t end = strlen(quote(bytes, length, at.quoted));
    ck_assert_uint_lt(end, TEXT_QUOTE_SIZE);
    ck_assert_int_eq(at.guard[0], '#');
    ck_assert_int_eq(at.quoted[0], '\'');
    ck_assert_int_eq(at.quoted[end - 1], '\'');

    const size_t width = value == 'x' ? 1 : 4;
    size_t inside = end - 2;
    if (strstr(at.quoted, "...'") == NULL) {
        ck_assert_uint_eq(inside, length * width);
        return length;
    }
    ck_assert_uint_eq((inside - 3) % width, 0); /* an escape is never cut in the middle */
    return (inside - 3) / width;
}

START_TEST(what_does_not_fit_is_cut)
{
    static const int values[] = {'x', 0xff};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        size_t previous = 0;
        for (size_t length = 0; length <= 300; length++) {
            size_t shown = assert_cut(values[i], length);
            ck_assert_uint_ge(shown, previous); /* more bytes, no fewer are shown */
            previous = shown;
        }
        ck_assert_uint_ge(previous, values[i] == 'x' ? 50 : 12);
    }
    ck_assert_uint_eq(assert_cut('x', 45), 45); /* a uuid in its longest form */
}
END_TEST

START_TEST(a_string_is_made_printable_in_place)
{
    char text[] = "a b~\t\n\r\x1b[31m\x7f\xc3\xa4.";
    text_make_printable(text);
    ck_assert_str_eq(text, "a b~????[31m???.");
    char empty[] = "";
    text_make_printable(empty);
    ck_assert_str_eq(empty, "");
    char ended[] = "a\0\n";
    text_make_printable(ended);
    ck_assert_mem_eq(ended, "a\0\n", sizeof ended);
}
END_TEST

START_TEST(bytes_of_a_peer_are_copied)
{
    static const struct {
        const char *bytes;
        size_t length, size;
        const char *text;
    } rows[] = {
        {"", 0, 4, ""},
        {"abc", 3, 4, "abc"},
        {"abcd", 4, 4, "..."},
        {"abcdefg", 7, 7, "abc..."},
        {"a\0b\n\x1b[m\xc3\xa4", 9, 16, "a?b??[m??"},
        {"abc\xc3\xa4", 5, 6, "abc??"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32];
        memset(text, '#', sizeof text);
        text_copy_printable(rows[i].bytes, rows[i].length, text, rows[i].size);
        ck_assert_str_eq(text, rows[i].text);
        ck_assert_int_eq(text[rows[i].size], '#');
    }
}
END_TEST

/* Every code point, held against another decoder. */
START_TEST(what_is_read_is_a_character)
{
    char text[8] = "";
    for (uint32_t bytes = 1; bytes < 0x1000000; bytes += bytes < 0xc00000 ? 1 : 7) {
        text[0] = (char)(bytes < 0x100 ? bytes : bytes < 0x10000 ? bytes >> 8 : bytes >> 16);
        text[1] = (char)(bytes < 0x100 ? 0 : bytes < 0x10000 ? bytes : bytes >> 8);
        text[2] = (char)(bytes < 0x10000 ? 0 : bytes);
        if (text[0] == '\0') {
            continue;
        }
        const char *after = text;
        enum text_class class;
        bool good = utf8_next(&after) != UTF8_WRONG;
        size_t length = text_read(text, &class);
        if (good != (class != TEXT_INVALID) || length != (good ? (size_t)(after - text) : 1)) {
            ck_abort_msg("%06x: %zu bytes", bytes, length);
        }
    }
}
END_TEST

/* What text_write writes; to be freed. */
static char *written(const char *text)
{
    char *result;
    size_t length;
    FILE *file = open_memstream(&result, &length);
    ck_assert_ptr_nonnull(file);
    text_write(text, file);
    ck_assert_int_eq(fclose(file), 0);
    return result;
}

START_TEST(utf8_is_told_from_other_bytes)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool is_utf8;
    } rows[] = {{"", 0, true},
                {"a\xc3\xbc", 3, true},
                {"\0a\0", 3, true},
                {"\xf0\x9f\x98\x80", 4, true},
                {"\xe2\x82\xac", 3, true},
                {"\xff", 1, false},
                {"a\xc3", 2, false},
                {"\xc3\0\xbc", 3, false},
                {"\xed\xa0\x80", 3, false},
                {"\xff\0a", 3, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(text_is_utf8(rows[i].bytes, rows[i].length) == rows[i].is_utf8, "row %zu", i);
    }
}
END_TEST

START_TEST(any_bytes_become_a_line)
{
    static const struct {
        const char *text, *line;
    } rows[] = {
        {"a \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80~", "a \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80~"},
        {"a\nb\tc", "a\xef\xbf\xbd"
                    "b\xef\xbf\xbd"
                    "c"},
        {"\x1b[m\xff(", "\xef\xbf\xbd[m\xef\xbf\xbd("},
        {"\xc2\x9b", "\xef\xbf\xbd"},
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x80\xae\xe2\x80\xac", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xef\xbf\xbd", "\xef\xbf\xbd"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *line = written(rows[i].text);
        ck_assert_str_eq(line, rows[i].line);
        free(line);
    }
    for (size_t i = 0; hostile_texts[i] != NULL; i++) {
        char *line = written(hostile_texts[i]);
        expect_shown_utf8(line);
        ck_assert_ptr_nonnull(strstr(line, TEXT_REPLACEMENT));
        free(line);
    }
}
END_TEST

START_TEST(a_character_is_escaped_for_json)
{
    static const struct {
        const char *text;
        size_t length;
        const char *escaped;
    } rows[] = {
        {"ab", 1, "a"},
        {" ", 1, " "},
        {"~", 1, "~"},
        {"'", 1, "'"},
        {"/", 1, "/"},
        {"\"", 1, "\\\""},
        {"\\", 1, "\\\\"},
        {"\n", 1, "\\n"},
        {"\r", 1, "\\r"},
        {"\t", 1, "\\t"},
        {"\x01", 1, "\\u0001"},
        {"\x7f", 1, "\\u007f"},
        {"\xc2\x80", 2, "\\u0080"},
        {"\xe2\x80\xa8z", 3, "\\u2028"},
        {"\xef\xbf\xbf", 3, "\\uffff"},
        {"\xf0\x90\x80\x80", 4, "\\ud800\\udc00"},
        {"\xf0\x9f\x98\x80", 4, "\\ud83d\\ude00"},
        {"\xf4\x8f\xbf\xbf", 4, "\\udbff\\udfff"},
        {"\xf4\x90\x80\x80", 1, "\\ufffd"},
        {"\xed\xa0\x80", 1, "\\ufffd"},
        {"\xc0\x8a", 1, "\\ufffd"},
        {"\xc3", 1, "\\ufffd"},
        {"\x80", 1, "\\ufffd"},
        {"\xff", 1, "\\ufffd"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char escaped[TEXT_JSON_SIZE];
        size_t length = 0;
        size_t written = text_escape_json(rows[i].text, escaped, &length);
        ck_assert_uint_eq(length, rows[i].length);
        ck_assert_uint_eq(written, strlen(rows[i].escaped));
        ck_assert_mem_eq(escaped, rows[i].escaped, written);
    }
}
END_TEST

Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, bytes_are_quoted);
    tcase_add_test(tcase, every_byte_is_printable_or_escaped);
    tcase_add_test(tcase, what_does_not_fit_is_cut);
    tcase_add_test(tcase, a_string_is_made_printable_in_place);
    tcase_add_test(tcase, bytes_of_a_peer_are_copied);
    tcase_add_test(tcase, what_is_read_is_a_character);
    tcase_add_test(tcase, utf8_is_told_from_other_bytes);
    tcase_add_test(tcase, any_bytes_become_a_line);
    tcase_add_test(tcase, a_character_is_escaped_for_json);
    return suite;
}
