#include "client/report/output.h"

#include "shared/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void output_complain(const char *what, int error)
{
    (void)fputs("comms-client: cannot write ", stderr);
    text_write(what, stderr);
    (void)fprintf(stderr, ": %s\n",
                  strerror(error)); /* NOLINT(concurrency-mt-unsafe): no other thread does */
}

void output_complain_of_usage(const char *option, const char *path, const char *other)
{
    (void)fprintf(stderr, "comms-client: invalid %s '", option);
    text_write(path, stderr);
    (void)fprintf(stderr, "': expected a file of its own, but it is %s\n", other);
}

bool output_is_open(void)
{
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        output_complain("to standard output", EBADF);
        return false;
    }
    return true;
}

bool output_flush(struct output *output)
{
    if (!output->has_failed && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        output->has_failed = true;
        output->is_closed_pipe = errno == EPIPE;
        if (!output->is_closed_pipe) { /* `| head` has seen enough */
            output_complain("to standard output", errno);
        }
    }
    return !output->has_failed;
}
