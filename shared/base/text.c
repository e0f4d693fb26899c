#include "shared/base/text.h"

#include <stdint.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* Of UTF-16, in which \uNNNN is written. */
enum {
    REPLACEMENT_POINT = 0xfffd,
    FIRST_OF_PAIRS = 0x10000,
    HIGH_SURROGATE = 0xd800,
    LOW_SURROGATE = 0xdc00
};

bool text_is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

size_t text_escape(char c, char escaped[static TEXT_ESCAPE_SIZE])
{
    if (text_is_printable(c)) {
        escaped[0] = c;
        return 1;
    }
    escaped[0] = '\\';
    escaped[1] = 'x';
    escaped[2] = hex_digits[(unsigned char)c >> 4];
    escaped[3] = hex_digits[(unsigned char)c & 15];
    return TEXT_ESCAPE_SIZE;
}

const char *text_quote(const char *bytes, size_t length, char quoted[static TEXT_QUOTE_SIZE])
{
    enum { ENDING = sizeof "...'" };

    size_t at = 0;
    quoted[at++] = '\'';
    for (size_t i = 0; i < length; i++) {
        if (at + TEXT_ESCAPE_SIZE + ENDING > TEXT_QUOTE_SIZE) {
            quoted[at++] = '.';
            quoted[at++] = '.';
            quoted[at++] = '.';
            break;
        }
        at += text_escape(bytes[i], quoted + at);
    }
    quoted[at++] = '\'';
    quoted[at] = '\0';
    return quoted;
}

void text_make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (!text_is_printable(*text)) {
            *text = '?';
        }
    }
}

void text_copy_printable(const char *bytes, size_t length, char *text, size_t size)
{
    static const char more[] = "...";
    bool fits = length < size;
    size_t shown = fits ? length : size - sizeof more;
    for (size_t i = 0; i < shown; i++) {
        text[i] = (char)(text_is_printable(bytes[i]) ? bytes[i] : '?');
    }
    memcpy(text + shown, fits ? "" : more, fits ? 1 : sizeof more);
}

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

/* The forms of UTF-8 (RFC 3629): neither surrogates nor what could be written in fewer bytes. */
static const struct {
    unsigned char first_min, first_max;
    unsigned char second_min, second_max;
    size_t length;
} forms[] = {
    {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The length in bytes of the character at the beginning of the string; 0: no UTF-8. */
static size_t character_length(const unsigned char bytes[static 4])
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (bytes[0] < forms[i].first_min || bytes[0] > forms[i].first_max) {
            continue;
        }
        bool good = forms[i].length == 1 ||
                    (bytes[1] >= forms[i].second_min && bytes[1] <= forms[i].second_max);
        for (size_t at = 2; at < forms[i].length; at++) {
            good = good && bytes[at] >= 0x80 && bytes[at] <= 0xbf;
        }
        return good ? forms[i].length : 0;
    }
    return 0;
}

static uint32_t code_point(const unsigned char bytes[static 4], size_t length)
{
    static const unsigned char bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t point = bytes[0] & bits[length];
    for (size_t i = 1; i < length; i++) {
        point = point << 6 | (bytes[i] & 0x3f);
    }
    return point;
}

/* Controls, line and paragraph separators, changes of direction, and noncharacters. */
static bool is_control(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x200e, 0x200f},
                  {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfdd0, 0xfdef}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return (point & 0xfffe) == 0xfffe;
}

/* Reads the code point at the beginning of a string. Returns its bytes; 0: no UTF-8. */
static size_t read_point(const char *text, uint32_t *ret_point)
{
    unsigned char bytes[4] = {0};
    memcpy(bytes, text, strnlen(text, sizeof bytes));
    size_t length = character_length(bytes);
    if (length > 0) {
        *ret_point = code_point(bytes, length);
    }
    return length;
}

size_t text_read(const char *text, enum text_class *ret_class)
{
    uint32_t point;
    size_t length = read_point(text, &point);
    if (length == 0) {
        *ret_class = TEXT_INVALID;
        return 1;
    }
    *ret_class = is_control(point) ? TEXT_CONTROL : TEXT_SHOWN;
    return length;
}

bool text_is_utf8(const char *text, size_t length)
{
    enum text_class class = TEXT_SHOWN;
    for (size_t i = 0; i < length && class != TEXT_INVALID;) {
        i += text[i] == '\0' ? 1 : text_read(text + i, &class);
    }
    return class != TEXT_INVALID;
}

/* Writes one unit of UTF-16 as \uNNNN. */
static size_t write_unit(uint32_t unit, char *escaped)
{
    escaped[0] = '\\';
    escaped[1] = 'u';
    for (int i = 0; i < 4; i++) {
        escaped[2 + i] = hex_digits[unit >> (12 - 4 * i) & 15];
    }
    return 6;
}

size_t text_escape_json(const char *text, char escaped[static TEXT_JSON_SIZE], size_t *ret_length)
{
    static const char special[] = "\"\\\n\r\t";
    static const char letters[] = "\"\\nrt";
    const char *found = strchr(special, *text);
    if (found != NULL) {
        escaped[0] = '\\';
        escaped[1] = letters[found - special];
        *ret_length = 1;
        return 2;
    }
    if (text_is_printable(*text)) {
        escaped[0] = *text;
        *ret_length = 1;
        return 1;
    }
    uint32_t point = REPLACEMENT_POINT;
    size_t length = read_point(text, &point);
    *ret_length = length == 0 ? 1 : length;
    if (point < FIRST_OF_PAIRS) {
        return write_unit(point, escaped);
    }
    point -= FIRST_OF_PAIRS;
    size_t written = write_unit(HIGH_SURROGATE | point >> 10, escaped);
    return written + write_unit(LOW_SURROGATE | (point & 0x3ff), escaped + written);
}

void text_write(const char *text, FILE *file)
{
    while (*text != '\0') {
        enum text_class class;
        size_t length = text_read(text, &class);
        if (class == TEXT_SHOWN) {
            (void)fwrite(text, 1, length, file);
        } else {
            (void)fputs(TEXT_REPLACEMENT, file);
        }
        text += length;
    }
}
