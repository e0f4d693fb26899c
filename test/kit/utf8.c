#include "test/kit/utf8.h"

#include <check.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Writes a code point; returns the bytes, 0: there is no such code point. */
static size_t encode(uint32_t point, unsigned char bytes[static 4])
{
    size_t more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        return 0;
    }
    for (size_t i = more; i > 0; i--) {
        bytes[i] = (unsigned char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    bytes[0] = (unsigned char)(more == 0 ? point : (0xff00U >> (more + 1) & 0xff) | point);
    return more + 1;
}

uint32_t utf8_next(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    unsigned char right[4];
    size_t length = bytes[0] < 0xc0 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? bytes[0] : bytes[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if (bytes[i] == '\0') {
            return UTF8_WRONG;
        }
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (encode(point, right) != length || memcmp(bytes, right, length) != 0) {
        return UTF8_WRONG;
    }
    *text += length;
    return point;
}

static bool is_shown(uint32_t point)
{
    return point == '\n' || point == '\t' || (point >= ' ' && point < 0x7f) ||
           (point > 0x9f && (point & 0xfffe) != 0xfffe && (point < 0xfdd0 || point > 0xfdef) &&
            point != 0x2028 && point != 0x202e);
}

/* Check notes every assertion that holds, which takes long for every character of a page. */
void expect_shown_utf8(const char *text)
{
    for (const char *at = text; *at != '\0';) {
        uint32_t point = utf8_next(&at);
        if (point == UTF8_WRONG) {
            ck_abort_msg("byte %zu, %02x, is not UTF-8", (size_t)(at - text), (unsigned char)*at);
        } else if (!is_shown(point)) {
            ck_abort_msg("U+%04X is shown, before byte %zu", point, (size_t)(at - text));
        }
    }
}

const char *const hostile_texts[] = {
    "\x01\x02\x07\x08\x0b\x0c\x0d\x0e\x1f\x7f",
    "\x1b[2J\x1b]0;title\x07",
    "\x80",
    "\xbf",
    "\xff",
    "\xfe",
    "\xc0\x80",         /* NUL in two bytes */
    "\xc1\xbf",         /* overlong */
    "\xe0\x80\x80",     /* overlong */
    "\xe0\x9f\xbf",     /* overlong */
    "\xf0\x80\x80\x80", /* overlong */
    "\xf0\x8f\xbf\xbf", /* overlong */
    "\xed\xa0\x80",     /* a surrogate */
    "\xed\xbf\xbf",     /* a surrogate */
    "\xed\xa0\xbd\xed\xb8\x80",
    "\xf4\x90\x80\x80", /* above U+10FFFF */
    "\xf5\x80\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xc3",     /* cut in two */
    "\xc3(",    /* the second byte is none */
    "\xe2\x82", /* cut in two */
    "\xe2(\xa1",
    "\xf0\x9f\x98", /* cut in two */
    "\xf0\x9f\x98(",
    "\xc2\x80\xc2\x85\xc2\x9b\x31m\xc2\x9f", /* C1 */
    "\xef\xb7\x90\xef\xb7\xaf",              /* U+FDD0, U+FDEF */
    "\xef\xbf\xbe",                          /* U+FFFE */
    "\xef\xbf\xbf",                          /* U+FFFF */
    "\xf0\x9f\xbf\xbe\xf4\x8f\xbf\xbf",      /* U+1FFFE, U+10FFFF */
    "\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xac",  /* a line separator, right to left */
    NULL,
};
