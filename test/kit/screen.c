#include "test/kit/screen.h"

#include <check.h>

#include <string.h>

void screen_init(struct screen *screen, size_t columns)
{
    memset(screen, 0, sizeof *screen);
    screen_resize(screen, columns);
}

void screen_resize(struct screen *screen, size_t columns)
{
    ck_assert_uint_ge(columns, 1);
    ck_assert_uint_le(columns, SCREEN_COLUMNS_MAX);
    screen->columns = columns;
}

static void begin_line(struct screen *screen)
{
    screen->line++;
    screen->column = 0;
    ck_assert_uint_lt(screen->line, SCREEN_LINES_MAX);
}

static void show_character(struct screen *screen, char c)
{
    char *line = screen->lines[screen->line];
    size_t length = strlen(line);
    while (length < screen->column) {
        line[length++] = ' ';
    }
    line[screen->column++] = (char)(c < ' ' || c > '~' ? '?' : c);
    if (screen->column >= screen->columns) {
        screen->wraps++;
        begin_line(screen);
    }
}

void screen_show(struct screen *screen, const char *output, size_t length)
{
    static const char clear[] = "\033[K";
    const char *end = output + length;
    for (const char *at = output; at < end; at++) {
        if (*at == '\n') {
            begin_line(screen);
        } else if (*at == '\r') {
            screen->column = 0;
        } else if (*at == '\033') {
            ck_assert_msg((size_t)(end - at) >= strlen(clear) &&
                              strncmp(at, clear, strlen(clear)) == 0,
                          "an escape sequence: %.20s", at + 1);
            at += strlen(clear) - 1;
            screen->lines[screen->line][screen->column] = '\0';
        } else if ((*at & 0xc0) != 0x80) { /* not a further byte of a character */
            show_character(screen, *at);
        }
    }
}
