/* Runs of comms-client as an instrument: how they end, and what they write as JSON. */
#ifndef COMMS_TEST_KIT_INSTRUMENT_H
#define COMMS_TEST_KIT_INSTRUMENT_H

#include "test/kit/programs.h"

#include <jansson.h>
#include <stdint.h>

/* The client's exit statuses (proto/PROTOCOL.md). */
enum {
    INSTRUMENT_PROVEN = 0,
    INSTRUMENT_UNREACHABLE = 2,
    INSTRUMENT_REFUSED = 3,
    INSTRUMENT_INCOMPLETE = 4,
    INSTRUMENT_FAIL_ON = 5,
    INSTRUMENT_USAGE = 64,
    INSTRUMENT_NOT_WRITTEN = 74
};

enum { INSTRUMENT_PATH_SIZE = 64 };

/* Makes an empty file, for the client to write; the test removes it. */
void instrument_make_file(char path[static INSTRUMENT_PATH_SIZE]);

/* Waits for the client's end; the test fails where it has another status than this. */
void instrument_expect_status(struct program *client, int status);

/* Fails the test unless the client said this on that stream. */
void instrument_expect_text(const struct program *client, enum program_stream stream,
                            const char *text);

/* Fails the test unless this is said in the last line of its standard output. */
void instrument_expect_verdict(const struct program *client, const char *text);

/* Reads the result that a client wrote, and removes the file. To be freed by json_decref. */
json_t *instrument_read_json(const char *path);

/* A number of the result's end, or of its counts. */
uint64_t instrument_number(json_t *result, const char *name);
uint64_t instrument_count(json_t *result, const char *name);

/* How many breaks have this cause, in the words of client/report/result.schema.json. */
uint64_t instrument_breaks(json_t *result, const char *cause);

/* How many calls ended by this cause before a number came. */
uint64_t instrument_failed_attempts(json_t *result, const char *cause);

#endif
