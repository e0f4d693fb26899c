#define _GNU_SOURCE /* pipe2 */
#include "test/kit/programs/captured_output.h"

#include <check.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { READ_SIZE = 4096, TERMINAL_ROWS = 24 };

static void begin(struct captured_output *output, int fd)
{
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    output->fd = fd;
    output->text = calloc(1, 1);
    ck_assert_ptr_nonnull(output->text);
}

int captured_output_open_pipe(struct captured_output *output)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    begin(output, ends[0]);
    return ends[1];
}

int captured_output_open_terminal(struct captured_output *output, unsigned short columns)
{
    struct termios settings;
    int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(ours, 0);
    ck_assert_int_eq(grantpt(ours), 0);
    ck_assert_int_eq(unlockpt(ours), 0);
    int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(theirs, 0);
    ck_assert_int_eq(tcgetattr(theirs, &settings), 0);
    settings.c_oflag &= ~(tcflag_t)OPOST;
    ck_assert_int_eq(tcsetattr(theirs, TCSANOW, &settings), 0);
    begin(output, ours);
    captured_output_resize(output, columns);
    return theirs;
}

void captured_output_resize(const struct captured_output *output, unsigned short columns)
{
    const struct winsize size = {.ws_row = TERMINAL_ROWS, .ws_col = columns};
    ck_assert_int_eq(ioctl(output->fd, TIOCSWINSZ, &size), 0);
}

static void end(struct captured_output *output)
{
    if (output->fd >= 0) {
        close(output->fd);
        output->fd = -1;
    }
}

void captured_output_close(struct captured_output *output)
{
    end(output);
    free(output->text);
}

void captured_output_read(struct captured_output *output)
{
    for (;;) {
        char *text = realloc(output->text, output->length + READ_SIZE + 1);
        ck_assert_ptr_nonnull(text);
        output->text = text;
        ssize_t got = read(output->fd, text + output->length, READ_SIZE);
        output->length += got > 0 ? (size_t)got : 0;
        text[output->length] = '\0';
        if (got == 0 || (got < 0 && errno == EIO)) { /* EIO: nobody has the terminal any more */
            end(output);
            return;
        }
        if (got < 0) {
            ck_assert_msg(errno == EAGAIN || errno == EINTR, "read: %s", strerror(errno));
            return;
        }
    }
}

char *captured_output_take_line(struct captured_output *output, const char *text)
{
    for (char *newline; (newline = strchr(output->text + output->cursor, '\n')) != NULL;) {
        const char *line_begin = output->text + output->cursor;
        char *line = strndup(line_begin, (size_t)(newline - line_begin));
        ck_assert_ptr_nonnull(line);
        output->cursor = (size_t)(newline - output->text) + 1;
        if (strstr(line, text) != NULL) {
            return line;
        }
        free(line);
    }
    return NULL;
}
