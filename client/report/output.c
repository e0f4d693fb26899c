#include "client/report/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void output_complain(const char *what, int error)
{
    (void)fprintf(stderr, "comms-client: cannot write %s: %s\n", what,
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
