#include "shared/base/text.h"

#include <stdbool.h>

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

const char *text_quote(const char *bytes, size_t length, char quoted[static TEXT_QUOTE_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    enum { ESCAPE = 4, ENDING = sizeof "...'" };

    size_t at = 0;
    quoted[at++] = '\'';
    for (size_t i = 0; i < length; i++) {
        if (at + ESCAPE + ENDING > TEXT_QUOTE_SIZE) {
            quoted[at++] = '.';
            quoted[at++] = '.';
            quoted[at++] = '.';
            break;
        }
        if (is_printable(bytes[i])) {
            quoted[at++] = bytes[i];
            continue;
        }
        unsigned value = (unsigned char)bytes[i];
        quoted[at++] = '\\';
        quoted[at++] = 'x';
        quoted[at++] = digits[value >> 4];
        quoted[at++] = digits[value & 15];
    }
    quoted[at++] = '\'';
    quoted[at] = '\0';
    return quoted;
}

void text_make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (!is_printable(*text)) {
            *text = '?';
        }
    }
}
