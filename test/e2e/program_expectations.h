/* What must be so of both programs. Each function fails the test where it is not. */
#ifndef COMMS_TEST_E2E_PROGRAM_EXPECTATIONS_H
#define COMMS_TEST_E2E_PROGRAM_EXPECTATIONS_H

#include "test/kit/programs.h"

#include <stdint.h>

/* Of sysexits.h, as proto/PROTOCOL.md names the statuses of both programs. */
enum { STATUS_USAGE = 64, STATUS_NOT_WRITTEN = 74 };

/* `--help` names all these options (the list ends with NULL), and `--version` is one line: the
 * program's name and version, and those of C core. */
void expect_help_and_version(const char *path, const char *name, const char *const *options);

/* The program ends with this status. On stderr it says one line that begins with its name and has
 * this text, and on stdout nothing. */
void expect_refusal(const struct program_spec *spec, const char *name, int status,
                    const char *text);

/* The program, which is destroyed here, ends with this status, and has said this on stderr. */
void expect_end(struct program *program, int status, const char *text);

/* The same, by a signal that it is sent here. */
void expect_end_by(struct program *program, int signal, int status);

/* A client of the server at this place (port 0: it has none) gets a session of five numbers, and
 * proves it. */
void expect_session(const char *host, unsigned port);

#endif
