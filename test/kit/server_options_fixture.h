/* Command lines and environments of the server, parsed with their output captured. */
#ifndef COMMS_TEST_KIT_SERVER_OPTIONS_FIXTURE_H
#define COMMS_TEST_KIT_SERVER_OPTIONS_FIXTURE_H

#include "server/options.h"
#include "test/kit/capture.h"

#include <check.h>

/* What the last call of parse_server_options left behind. */
extern struct server_options parsed_options;
extern char options_out[CAPTURE_SIZE];
extern char options_err[CAPTURE_SIZE];

/* A fixture: removes all options from the environment. */
void server_options_set_up(void);

/* Parses a command line. */
enum options_result parse_server_options(const char *text);

/* The same; the test fails unless it is taken, and nothing is printed. */
void server_must_parse(const char *words);

/* The same; the test fails unless it is refused with exactly this line. */
void server_must_refuse(const char *words, const char *line);

/* Port 99, stateful, an interval of 250 ms, a session time-out of 90 s: what several tests set. */
void server_must_be_set(void);

#endif
