/*
 * What the tests of the client's command line share: parsing words into a plan, and what is said
 * meanwhile. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_CLIENT_OPTIONS_FIXTURE_H
#define COMMS_TEST_KIT_CLIENT_OPTIONS_FIXTURE_H

#include "client/options/options.h"
#include "test/kit/capture.h"

#define TEST_UUID "a17417a0-aa39-40b5-8675-247713cc4908"

extern struct plan parsed;
extern char parse_out[CAPTURE_SIZE]; /* what the last parsing said */
extern char parse_err[CAPTURE_SIZE];

/* A test's checked fixture. */
void client_options_set_up(void);
void client_options_tear_down(void);

/* Parses the words of this text, which have blanks between them. */
enum options_result parse_words(const char *text);

/* The same; the test fails unless they are right and nothing is said. */
void must_parse(const char *words);

/* Parses the words too; the test fails unless they are refused with this line, and nothing else is
 * said. */
void must_refuse(const char *words, const char *line);

/* The test fails unless the plan has this uuid. */
void must_have_uuid(const char *wanted);

#endif
