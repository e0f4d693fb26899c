#include "client/report/terminal.h"

#include "shared/base/number.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80, COLUMNS_MAX = 65535 };

/* A variable of the environment; "" if there is none. */
static const char *variable(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): nobody sets it meanwhile */
    return value == NULL ? "" : value;
}

void terminal_init(struct terminal *terminal)
{
    const char *type = variable("TERM");
    const char *width = variable("COLUMNS");
    uint64_t columns = 0;
    bool good = number_parse(width, strlen(width), COLUMNS_MAX, &columns) == NUMBER_OK;
    terminal->is_terminal = isatty(STDOUT_FILENO) == 1;
    terminal->redraws = terminal->is_terminal && type[0] != '\0' && strcmp(type, "dumb") != 0 &&
                        variable("NO_COLOR")[0] == '\0';
    terminal->fallback_columns = good && columns > 0 ? (size_t)columns : COLUMNS_DEFAULT;
}

/* The last column is left free: some terminals begin a new line as soon as it is written to. */
size_t terminal_columns(const struct terminal *terminal)
{
    struct winsize size;
    if (!terminal->is_terminal) {
        return COLUMNS_DEFAULT;
    }
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (is_known ? size.ws_col : terminal->fallback_columns) - 1;
}

/* The columns of a part of a line: a character of UTF-8 each. */
static size_t count_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)text[i] & 0xC0) != 0x80 ? 1 : 0;
    }
    return columns;
}

void terminal_print(const struct terminal *terminal, const char *line)
{
    size_t columns = terminal->is_terminal ? terminal_columns(terminal) : SIZE_MAX;
    const size_t indent = strspn(line, " ") + 2;
    size_t used = 0;
    bool has_word = false; /* in this line of the terminal */
    while (*line != '\0') {
        size_t blanks = strspn(line, " ");
        size_t length = blanks + strcspn(line + blanks, " ");
        if (has_word && used + count_columns(line, length) > columns) {
            (void)printf("\n%*s", (int)indent, "");
            used = indent;
            line += blanks;
            length -= blanks;
        }
        (void)printf("%.*s", (int)length, line);
        has_word = true;
        used += count_columns(line, length);
        line += length;
    }
    (void)printf("\n");
}

void terminal_printf(const struct terminal *terminal, const char *format, ...)
{
    char line[TERMINAL_PROSE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    terminal_print(terminal, line);
}
