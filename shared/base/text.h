/* Makes bytes of a peer fit for a line of text. Every function may be called from any thread. */
#ifndef COMMS_SHARED_BASE_TEXT_H
#define COMMS_SHARED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
