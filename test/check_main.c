/*
 * All tests: `check` runs every suite, `check NAME…` those named. 0: all passed, 1: not so, 64: no
 * such suite.
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
} suites[] = {
#define SUITE_ENTRY(name, function) {name, function},
    SUITES(SUITE_ENTRY)
#undef SUITE_ENTRY
};

enum { SUITE_COUNT = sizeof suites / sizeof *suites };

static int suite_find(const char *name)
{
    for (int i = 0; i < SUITE_COUNT; i++) {
        if (strcmp(suites[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

int main(int argc, char *argv[])
{
    bool wanted[SUITE_COUNT] = {false};
    for (int i = 1; i < argc; i++) {
        int found = suite_find(argv[i]);
        if (found < 0) {
            fprintf(stderr, "check: no suite is called %s; there are:", argv[i]);
            for (int j = 0; j < SUITE_COUNT; j++) {
                fprintf(stderr, " %s", suites[j].name);
            }
            fputc('\n', stderr);
            return EXIT_USAGE;
        }
        wanted[found] = true;
    }
    SRunner *runner = srunner_create(NULL);
    for (int i = 0; i < SUITE_COUNT; i++) {
        if (argc == 1 || wanted[i]) {
            srunner_add_suite(runner, suites[i].create());
        }
    }
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
