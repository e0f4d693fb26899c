/* Bytes from elsewhere, made fit for a line of text. May be called from any thread. */
#ifndef COMMS_SHARED_BASE_TEXT_H
#define COMMS_SHARED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

bool text_is_printable(char c);

enum { TEXT_ESCAPE_SIZE = 4 };

/* Writes printable ASCII as it is, another byte as \xNN; no NUL. Returns how many characters. */
size_t text_escape(char c, char escaped[static TEXT_ESCAPE_SIZE]);

/* Room for a quoted piece of a peer's input. */
enum { TEXT_QUOTE_SIZE = 64 };

/*
 * Writes `length` bytes as printable ASCII between single quotes, others as \xNN; what does not
 * fit is replaced by "...". Returns `quoted`, for use as an argument.
 */
const char *text_quote(const char *bytes, size_t length, char quoted[static TEXT_QUOTE_SIZE]);

/* Replaces every byte of the string that is not printable ASCII by '?', in place. */
void text_make_printable(char *text);

#endif
