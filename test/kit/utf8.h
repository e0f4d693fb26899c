/*
 * A strict decoder of UTF-8 for tests, which shares nothing with shared/base/text: a character is
 * right if it is written as the encoder writes its code point. For any thread.
 */
#ifndef COMMS_TEST_KIT_UTF8_H
#define COMMS_TEST_KIT_UTF8_H

#include <stdint.h>

/*
 * Reads the character at *text and moves *text behind it. UTF8_WRONG, and *text stays: the bytes
 * there are not UTF-8.
 */
#define UTF8_WRONG UINT32_MAX
uint32_t utf8_next(const char **text);

/*
 * Fails the test unless the string is UTF-8 without characters that steer a terminal or stand for
 * none; new lines and tabs are allowed.
 */
void expect_shown_utf8(const char *text);

/* Strings whose bytes are wrong, or right and not to be shown; ends with NULL. */
extern const char *const hostile_texts[];

#endif
