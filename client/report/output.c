#include "client/report/output.h"

#include "shared/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void output_complain(const char *what, int error)
{
    (void)fputs("comms-client: cannot write ", stderr);
    text_write(what, stderr);
    (void)fprintf(stderr, ": %s\n",
                  strerror(error)); /* NOLINT(concurrency-mt-unsafe): no other thread does */
}

bool output_flush(struct output *output)
{
    if (!output->has_failed && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        output->has_failed = true;
        output_complain("to standard output", errno);
    }
    return !output->has_failed;
}
