/* comms-client compare: two real runs, in a pipeline that gates on them; wrong usage and bad files.
 */
#include "test/e2e/output_script.h"
#include "test/e2e/program_expectations.h"
#include "test/suites.h"

#include <stdio.h>

enum { STATUS_FAIL_ON = 5 };

#define COMPARE "\"$CLIENT\" compare "
#define RUNS                                                                                       \
    "run -q --interval 0 --json a.json >/dev/null; "                                               \
    "run -q --interval 0 -n 3 --json-stream b.json >/dev/null; "

START_TEST(two_runs_are_compared)
{
    script_must_end(RUNS COMPARE "a.json b.json > out", 0,
                    "warning: the runs are not alike: numbers is 2 in A, 3 in B\n");
    file_must_begin("out", "A  2");
    script_must_end(RUNS COMPARE "a.json a.json > out; grep -q '^throughput .* 1.00  same$' out "
                                 "&& grep -q '^0 better, 0 worse$' out",
                    0, "");
    script_must_end(RUNS COMPARE "- b.json < a.json > out && grep -q '^violations' out", 0, "");
    script_must_end(RUNS COMPARE "-J a.json b.json 2>said | python3 -c 'import json, sys; "
                                 "sys.exit(json.load(sys.stdin)[\"exit_status\"])' && "
                                 "grep -q ^throughput said",
                    0, "");
    script_must_end(RUNS COMPARE "--json out a.json b.json | grep -q ^throughput", 0, "");
}
END_TEST

START_TEST(a_pipeline_gates_on_ratios)
{
    script_must_end(RUNS COMPARE "a.json a.json --fail-on 'throughput<0.9' --fail-on "
                                 "'violations>1' >/dev/null",
                    0, "");
    script_must_end(RUNS COMPARE "--fail-on 'throughput<=1' a.json a.json > out; status=$?; grep "
                                 "-qF -- \"--fail-on 'throughput<=1': FAILED, B/A is 1.00\" out && "
                                 "exit $status",
                    STATUS_FAIL_ON, "");
    /* At full speed no lateness is measured. */
    script_must_end(RUNS COMPARE "--fail-on 'lateness-p99>1.5' a.json a.json >/dev/null",
                    STATUS_FAIL_ON, "");
    script_must_end(RUNS COMPARE "--fail-on 'lateness-p99>1.5 or none' a.json a.json >/dev/null", 0,
                    "");
}
END_TEST

static const struct {
    const char *script;
    int status;
    const char *said;
} refused[] = {
    {"", STATUS_USAGE, "compare needs two files, A.json and B.json, and got 0"},
    {"a.json", STATUS_USAGE, "and got 1"},
    {"a.json a.json a.json", STATUS_USAGE, "and got 3"},
    {"- -", STATUS_USAGE, "only one file from standard input"},
    {"a.json b.json --fail-on", STATUS_USAGE, "option --fail-on needs a value"},
    {"a.json b.json --fail-on 'late_p99>2s'", STATUS_USAGE, "expected a ratio B/A"},
    {"a.json b.json --streams 2", STATUS_USAGE,
     "unknown option '--streams' (try compare --help)\n"},
    {"a.json b.json --completion bash", STATUS_USAGE, "unknown option '--completion'"},
    {"a.json missing.json", STATUS_USAGE,
     "cannot compare missing.json: No such file or directory\n"},
    {". a.json", STATUS_USAGE, "cannot compare .: Is a directory\n"},
    {"a.json old", STATUS_USAGE, "cannot compare old: no JSON: line 1: "},
    {"a.json - < /dev/null", STATUS_USAGE, "cannot compare standard input: it is empty\n"},
    {"a.json b.json > /dev/full", STATUS_NOT_WRITTEN, "No space left on device\n"},
    {"-J a.json b.json > /dev/full", STATUS_NOT_WRITTEN, "No space left on device\n"},
    {"--json /dev/full a.json a.json", STATUS_NOT_WRITTEN, "cannot write /dev/full: No space"},
    {"--json missing/c a.json a.json", STATUS_NOT_WRITTEN, "cannot write missing/c: No such file"},
    {"--json ./b.json a.json b.json", STATUS_USAGE,
     "invalid --json './b.json': expected a file of its own, but it is a file that is compared\n"},
    {"a.json a.json >&-", STATUS_NOT_WRITTEN, "cannot write to standard output: "},
};

START_TEST(what_cannot_be_compared_is_said)
{
    char script[256];
    snprintf(script, sizeof script, RUNS COMPARE "%s", refused[_i].script);
    script_must_end(script, refused[_i].status, refused[_i].said);
}
END_TEST

START_TEST(it_has_its_own_help)
{
    script_must_end(
        COMPARE "--help > out && \"$CLIENT\" compare --version | grep -q '^comms-client '", 0, "");
    file_must_begin("out", "Usage: comms-client compare [");
    script_must_end("run compare a b", STATUS_USAGE, "compare comes before all options: ");
}
END_TEST

/* The reader has left when compare begins. */
START_TEST(a_reader_that_leaves_ends_it_quietly)
{
    script_must_end(RUNS "mkfifo gone; { read word <gone; " COMPARE
                         "a.json a.json 2>said; echo $? >status; } | "
                         "{ exec <&-; echo >gone; }; test ! -s said && exit $(cat status)",
                    141, "");
    script_must_end(RUNS "{ read word <gone; " COMPARE
                         "-J a.json a.json 2>said; echo $? >status; } | "
                         "{ exec <&-; echo >gone; }; exit $(cat status)",
                    141, "");
}
END_TEST

Suite *compare_suite(void)
{
    Suite *suite = suite_create("compare");
    TCase *tcase = tcase_create("compare");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, output_script_set_up, output_script_tear_down);
    tcase_add_test(tcase, two_runs_are_compared);
    tcase_add_test(tcase, a_pipeline_gates_on_ratios);
    tcase_add_loop_test(tcase, what_cannot_be_compared_is_said, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tcase, it_has_its_own_help);
    tcase_add_test(tcase, a_reader_that_leaves_ends_it_quietly);
    return suite;
}
