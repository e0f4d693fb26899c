#define _GNU_SOURCE /* memfd_create, MAP_ANONYMOUS */

#include "test/suite_runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a suite's process leaves behind. */
struct outcome {
    int tests; /* in memory that the processes share: 0 where the process died */
    int failures;
    int errors;
};

struct job {
    pid_t pid;  /* 0: not running */
    int output; /* a file with what it has said */
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

static void count(SRunner *runner, struct outcome *outcome)
{
    TestResult **failed = srunner_failures(runner);
    int failed_count = srunner_ntests_failed(runner);
    for (int i = 0; i < failed_count; i++) {
        outcome->errors += tr_rtype(failed[i]) == CK_ERROR;
    }
    free(failed);
    outcome->failures = failed_count - outcome->errors;
    outcome->tests = srunner_ntests_run(runner);
}

/* The process of a suite. It ends with the runner, whatever ends that. */
static void run(const struct named_suite *suite, int output, struct outcome *outcome)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) {
        die("check: dup2");
    }
    (void)close(output);
    SRunner *runner = srunner_create(suite->create());
    srunner_run_all(runner, CK_NORMAL);
    count(runner, outcome);
    srunner_free(runner);
    exit(EXIT_SUCCESS); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

static struct job start(const struct named_suite *suite, struct outcome *outcome)
{
    struct job job = {.output = memfd_create(suite->name, MFD_CLOEXEC)};
    (void)fflush(stdout);
    if (job.output < 0 || (job.pid = fork()) < 0) {
        die("check: cannot start a suite");
    }
    if (job.pid == 0) {
        run(suite, job.output, outcome);
    }
    return job;
}

/* Whether Check tells in this line of a test that failed: FILE:LINE:F:…, E: instead of F: where it
 * died. */
static bool tells_failure(const char *line)
{
    return strstr(line, ":F:") != NULL || strstr(line, ":E:") != NULL;
}

/* Prints the output without the lines about the suite as a whole, and the failures into `failures`
 * too. */
static void print_output(const char *suite, int output, FILE *failures)
{
    char line[4096];
    FILE *file = fdopen(output, "r");
    if (file == NULL || fseek(file, 0, SEEK_SET) != 0) {
        die("check: cannot read what a suite has said");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "Running suite(s): ", 18) != 0 && strstr(line, "%: Checks: ") == NULL) {
            (void)fputs(line, stdout);
            if (tells_failure(line)) {
                (void)fprintf(failures, "%s: %s", suite, line);
            }
        }
    }
    (void)fclose(file);
}

/* Waits for the end of a suite. */
static struct job *await(struct job *jobs, size_t count, int *ret_status)
{
    for (;;) {
        pid_t pid = wait(ret_status);
        if (pid < 0) {
            die("check: wait");
        }
        for (size_t i = 0; i < count; i++) {
            if (jobs[i].pid == pid) {
                return &jobs[i];
            }
        }
    }
}

/* Prints once more what failed, beside the sum: a record of CI may keep the last lines only. */
static bool print_sum(const struct outcome *outcomes, size_t count, const char *failures)
{
    struct outcome sum = {.tests = 0};
    for (size_t i = 0; i < count; i++) {
        sum.tests += outcomes[i].tests;
        sum.failures += outcomes[i].failures;
        sum.errors += outcomes[i].errors;
    }
    int failed = sum.failures + sum.errors;
    (void)printf("%s%d%%: Checks: %d, Failures: %d, Errors: %d\n", failures,
                 sum.tests == 0 ? 0 : (sum.tests - failed) * 100 / sum.tests, sum.tests,
                 sum.failures, sum.errors);
    return failed == 0 && sum.tests > 0;
}

bool suite_runner_run(const struct named_suite *suites, size_t count, size_t jobs)
{
    const size_t size = (count + 1) * sizeof(struct outcome);
    struct outcome *outcomes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct job *running = calloc(count + 1, sizeof *running);
    char *failures = NULL;
    size_t failures_length;
    FILE *failures_file = open_memstream(&failures, &failures_length);
    if (outcomes == MAP_FAILED || running == NULL || failures_file == NULL) {
        die("check: no memory");
    }
    size_t started = 0;
    for (size_t ended = 0; ended < count; ended++) {
        while (started < count && started - ended < jobs) {
            running[started] = start(&suites[started], &outcomes[started]);
            started++;
        }
        int status;
        struct job *job = await(running, started, &status);
        job->pid = 0; /* the number may be used again */
        struct outcome *outcome = &outcomes[job - running];
        if (status != 0 || outcome->tests == 0) { /* it died, or has no test */
            outcome->tests++;
            outcome->errors++;
            (void)fprintf(failures_file, "%s: %s\n", suites[job - running].name,
                          status != 0 ? "its process died" : "it has no test");
        }
        (void)printf(" %s%s\n", suites[job - running].name,
                     outcome->failures + outcome->errors == 0 ? "" : ": failed");
        print_output(suites[job - running].name, job->output, failures_file);
    }
    if (fclose(failures_file) != 0) {
        die("check: no memory");
    }
    bool passed = print_sum(outcomes, count, failures);
    free(failures);
    free(running);
    (void)munmap(outcomes, size);
    return passed;
}
