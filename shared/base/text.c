#include "shared/base/text.h"

bool text_is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

size_t text_escape(char c, char escaped[static TEXT_ESCAPE_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (text_is_printable(c)) {
        escaped[0] = c;
        return 1;
    }
    escaped[0] = '\\';
    escaped[1] = 'x';
    escaped[2] = digits[(unsigned char)c >> 4];
    escaped[3] = digits[(unsigned char)c & 15];
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
