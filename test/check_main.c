/*
 * All tests: `check` runs every suite but those that take minutes, `check soak` runs these, and
 * `check NAME…` those named. 0: all passed, 1: not so, 64: no such suite.
 */
#include "test/suite_runner.h"
#include "test/suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds for a test whose case says nothing else: Check's own four are too few for a machine that
 * has much else to do. CK_DEFAULT_TIMEOUT in the environment wins. */
#define TEST_SECONDS "30"

/* Bytes of what a test says that fails: with what its programs said it is more than Check's 4 KiB,
 * and then Check says nothing of it. */
#define MESSAGE_SIZE "32768"

enum {
    EXIT_USAGE = 64,
    JOBS = 3 /* suites at a time; with more, the longest one decides */
};

/* Seconds that a test has unless its case sets others: Check's 4 are too few for a busy machine. */
static const char default_timeout[] = "30";

static const struct {
    const char *name;
    Suite *(*create)(void);
    bool is_soak;
} suites[] = {
#define SUITE_ENTRY(name, function) {name, function, false},
#define SOAK_ENTRY(name, function)  {name, function, true},
    SUITES(SUITE_ENTRY) SOAK_SUITES(SOAK_ENTRY)
#undef SUITE_ENTRY
#undef SOAK_ENTRY
};

enum { SUITE_COUNT = sizeof suites / sizeof *suites };

/* Wants the suite of this name, or all that take minutes; false: there is none. */
static bool want(const char *name, bool wanted[SUITE_COUNT])
{
    bool found = false;
    bool is_group = strcmp(name, "soak") == 0;
    for (int i = 0; i < SUITE_COUNT; i++) {
        if (is_group ? suites[i].is_soak : strcmp(suites[i].name, name) == 0) {
            wanted[i] = true;
            found = true;
        }
    }
    return found;
}

int main(int argc, char *argv[])
{
    (void)setenv("CK_DEFAULT_TIMEOUT", default_timeout, 0); /* NOLINT(concurrency-mt-unsafe) */
    bool wanted[SUITE_COUNT] = {false};
    for (int i = 1; i < argc; i++) {
        if (!want(argv[i], wanted)) {
            fprintf(stderr, "check: no suite is called %s; there are:", argv[i]);
            for (int j = 0; j < SUITE_COUNT; j++) {
                fprintf(stderr, " %s", suites[j].name);
            }
            fputc('\n', stderr);
            return EXIT_USAGE;
        }
    }
    struct named_suite chosen[SUITE_COUNT];
    size_t count = 0;
    for (int i = 0; i < SUITE_COUNT; i++) {
        if (argc == 1 ? !suites[i].is_soak : wanted[i]) {
            chosen[count++] = (struct named_suite){suites[i].name, suites[i].create};
        }
    }
    (void)setenv("CK_DEFAULT_TIMEOUT", TEST_SECONDS, 0);
    (void)setenv("CK_MAX_MSG_SIZE", MESSAGE_SIZE, 0);
    return suite_runner_run(chosen, count, JOBS) ? EXIT_SUCCESS : EXIT_FAILURE;
}
