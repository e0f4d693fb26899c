/* A new process that runs a program. */
#ifndef COMMS_TEST_KIT_PROGRAMS_SPAWN_H
#define COMMS_TEST_KIT_PROGRAMS_SPAWN_H

#include <sys/types.h>

/*
 * Starts a program with these descriptors as its standard input, output and error, which stay the
 * caller's. It dies with the calling thread, has default signal actions, and the environment
 * without the variables of ours (COMMS_PORT and its like, which would set options) and
 * of the terminal (TERM, NO_COLOR, COLUMNS). The log of a server is text, unless its options or
 * `environment` say otherwise. `arguments`, and `environment` ("NAME=value" to add), end with NULL,
 * or are NULL. A program that cannot be run ends with 127. `held` is the socket of held_calls, or
 * -1. The test fails where there can be no process.
 */
pid_t spawn(const char *path, const char *const *arguments, const char *const *environment,
            const int fds[3], int held);

#endif
