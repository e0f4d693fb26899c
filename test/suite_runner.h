/*
 * Runs suites of tests, several at a time: most tests wait for something. Each suite has a process
 * of its own, and what it says is printed when it has ended.
 */
#ifndef COMMS_TEST_SUITE_RUNNER_H
#define COMMS_TEST_SUITE_RUNNER_H

#include <check.h>

#include <stdbool.h>
#include <stddef.h>

struct named_suite {
    const char *name;
    Suite *(*create)(void);
};

/*
 * Runs the suites, `jobs` at a time, and prints what failed and the sum in the words of Check.
 * True: all tests passed.
 */
bool suite_runner_run(const struct named_suite *suites, size_t count, size_t jobs);

#endif
