/*
 * All tests: `check` runs every suite but those that take minutes, `check soak` runs these, and
 * `check NAME…` those named. 0: all passed, 1: not so, 64: no such suite.
 */
#include "test/suites.h"

#include <check.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64 };

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
    SRunner *runner = srunner_create(NULL);
    for (int i = 0; i < SUITE_COUNT; i++) {
        if (argc == 1 ? !suites[i].is_soak : wanted[i]) {
            srunner_add_suite(runner, suites[i].create());
        }
    }
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
