/* Lets lstat fail in this process, for ever: for a forked test. */
#ifndef COMMS_TEST_KIT_FAILING_LSTAT_H
#define COMMS_TEST_KIT_FAILING_LSTAT_H

#include <stdbool.h>

/* From now on lstat finds no file (ENOENT) for this string, at this place in memory. False: the
 * kernel does not let this process do that. */
bool failing_lstat_begin(const char *path);

#endif
