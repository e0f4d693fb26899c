/*
 * Makes bytes fit for a line of text or a page: bytes of a peer become printable ASCII, bytes of
 * the command line become valid UTF-8 without control characters. Every function may be called from
 * any thread.
 */
#ifndef COMMS_SHARED_BASE_TEXT_H
#define COMMS_SHARED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether it is printable ASCII, a space included. */
bool text_is_printable(char c);

enum { TEXT_ESCAPE_SIZE = 4 };

/* Writes printable ASCII as it is, another byte as \xNN, and no NUL. Returns the length. */
size_t text_escape(char c, char escaped[static TEXT_ESCAPE_SIZE]);

/* Room for quoted bytes of a peer, NUL included. */
enum { TEXT_QUOTE_SIZE = 64 };

/*
 * Writes `length` bytes between single quotes, those that are not printable ASCII as \xNN. "..."
 * stands for what does not fit. Returns `quoted`, for use as an argument.
 */
const char *text_quote(const char *bytes, size_t length, char quoted[static TEXT_QUOTE_SIZE]);

/* Replaces every byte of the string that is not printable ASCII by '?', in place. */
void text_make_printable(char *text);

/*
 * Copies `length` bytes of a peer as a string of printable ASCII, '?' standing for every other
 * byte. If they do not fit into `size`, which is at least 4, the copy ends with "...".
 */
void text_copy_printable(const char *bytes, size_t length, char *text, size_t size);

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

/* What a string holds at one place. */
enum text_class {
    TEXT_SHOWN,   /* a character that people see, or a space */
    TEXT_CONTROL, /* valid UTF-8 that steers a terminal or turns a line around, or no character */
    TEXT_INVALID  /* a byte that is not of UTF-8 (RFC 3629) */
};

/* U+FFFD, which stands for what must not be shown. */
#define TEXT_REPLACEMENT "\xef\xbf\xbd"

/* Reads the beginning of a string that is not empty. Returns the bytes that it takes, 1 to 4. */
size_t text_read(const char *text, enum text_class *ret_class);

/* Whether the bytes are UTF-8; NULs may be among them, and one must follow. */
bool text_is_utf8(const char *text, size_t length);

enum { TEXT_JSON_SIZE = 12 };

/*
 * Writes the first character of a string that is not empty as a JSON string has it: printable ASCII
 * as it is, after a backslash where it needs one, everything else as \n, \r, \t or \uNNNN (two of
 * them above U+FFFF). A byte that is not of UTF-8 is \ufffd. Writes no NUL. Returns the bytes that
 * were written, and sets *ret_length to the bytes of `text` that they stand for.
 */
size_t text_escape_json(const char *text, char escaped[static TEXT_JSON_SIZE], size_t *ret_length);

/* Writes a string as one line of UTF-8, U+FFFD standing for what must not be shown. */
void text_write(const char *text, FILE *file);

#endif
