#include "shared/page/html.h"

#include "shared/base/text.h"
#include "shared/page/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

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

static void put_bytes(struct html *html, const char *bytes, size_t length)
{
    if (html->error == 0 && fwrite(bytes, 1, length, html->file) != length) {
        html->error = errno;
    }
}

/* What stands for a character that means something in markup; NULL: it stands for itself. */
static const char *escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_put_text(struct html *html, const char *text)
{
    while (*text != '\0') {
        enum text_class class;
        size_t length = text_read(text, &class);
        const char *instead = escape(*text);
        if (class != TEXT_SHOWN && *text != '\n' && *text != '\t') {
            instead = TEXT_REPLACEMENT;
        }
        put_bytes(html, instead == NULL ? text : instead,
                  instead == NULL ? length : strlen(instead));
        text += length;
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
