#include "client/report/terminal.h"

#include "shared/base/number.h"

#include <stdint.h>
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
