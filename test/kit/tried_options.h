/*
 * A program of its own to try shared/base/options with: `try`, with a row of every kind, and what
 * comes of its command lines. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_TRIED_OPTIONS_H
#define COMMS_TEST_KIT_TRIED_OPTIONS_H

#include "shared/base/options.h"
#include "test/kit/capture.h"

enum { TRIED_WORDS_MAX = 16, TRIED_LINE_SIZE = 256 };

struct tried_values {
    uint64_t port;
    int64_t interval_ns;
    int64_t timeout_ns;
    size_t mode;
    const char *host;
    struct texts listen;
    bool quiet;
    uint64_t max_streams;
    const char *ignored_port;
};

/* The last command line, and what came of it. */
struct tried {
    struct tried_values values;
    int operands;
    char out[CAPTURE_SIZE];
    char err[CAPTURE_SIZE];
    char line[TRIED_LINE_SIZE];
    char *words[TRIED_WORDS_MAX + 1]; /* of the line; they outlive the call, as argv does */
    int count;
};

extern struct tried tried;
extern const struct options tried_options;

void tried_set_defaults(void);
void tried_clean_up(void);

/* Parses words, or a line that is split at spaces. */
enum options_result tried_parse_words(const struct options *table, int argc, char **argv);
enum options_result tried_parse(const char *line);

/* Parses a line from the defaults: nothing is written, or this on stderr and nothing else. */
void tried_must_go_on(const char *line);
void tried_must_be_wrong(const char *line, const char *expected);

#endif
