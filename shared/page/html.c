#include "shared/page/html.h"

#include "shared/page/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>

void html_init(struct html *html, FILE *file)
{
    *html = (struct html){.file = file};
}

bool html_finish(struct html *html)
{
    if (html->error == 0 && fflush(html->file) != 0) {
        html->error = errno;
    }
    if (html->error != 0) {
        errno = html->error;
        return false;
    }
    return true;
}

void html_put(struct html *html, const char *format, ...)
{
    if (html->error != 0) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    if (vfprintf(html->file, format, arguments) < 0) {
        html->error = errno;
    }
    va_end(arguments);
}

/* Whether HTML forbids the character. */
static bool is_control(char c)
{
    unsigned char byte = (unsigned char)c;
    return (byte < ' ' && c != '\n' && c != '\t') || byte == 0x7f;
}

static void put_char(struct html *html, int c)
{
    if (html->error == 0 && fputc(c, html->file) == EOF) {
        html->error = errno;
    }
}

void html_put_text(struct html *html, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            html_put(html, "&amp;");
            break;
        case '<':
            html_put(html, "&lt;");
            break;
        case '>':
            html_put(html, "&gt;");
            break;
        case '"':
            html_put(html, "&quot;");
            break;
        case '\'':
            html_put(html, "&#39;");
            break;
        default:
            put_char(html, is_control(*text) ? '?' : *text);
            break;
        }
    }
}

void html_put_count(struct html *html, uint64_t count)
{
    char text[FORMAT_SIZE];
    html_put(html, "%s", format_count(count, text));
}

void html_put_amount(struct html *html, uint64_t count, const char *noun)
{
    html_put_count(html, count);
    html_put(html, " %s%s", noun, count == 1 ? "" : "s");
}

void html_put_rate(struct html *html, double rate)
{
    char text[FORMAT_SIZE];
    html_put(html, "%s", format_rate(rate, text));
}

void html_put_duration(struct html *html, int64_t ns)
{
    char text[FORMAT_SIZE];
    html_put(html, "%s", format_duration(ns, text));
}

void html_put_bytes(struct html *html, uint64_t bytes)
{
    char text[FORMAT_SIZE];
    html_put(html, "%s", format_bytes(bytes, text));
}
