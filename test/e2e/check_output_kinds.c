/*
 * comms-client's outputs for other programs: --json, --json-stream, --csv, --prometheus; as files,
 * and on standard output, when the text goes to standard error.
 */
#define _GNU_SOURCE /* realpath */
#include "test/e2e/output_script.h"
#include "test/e2e/program_expectations.h"
#include "test/suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FULL "cannot write to standard output: No space left on device\n"

/* ---- Standard output ------------------------------------------------------------------------- */

/* What each writes there begins so; the text is on standard error, and is the usual one. */
START_TEST(an_output_may_be_standard_output)
{
    static const struct {
        const char *option;
        const char *beginning;
    } cases[] = {{"-J", "{\n\"start\": {\n  \"schema_version\": 1,"},
                 {"--json -", "{\n\"start\": {"},
                 {"--json-stream -", "{\"event\": \"start\", "},
                 {"--csv=-", "end_s,length_s,live_streams,"},
                 {"--prometheus -", "# HELP comms_client_info "},
                 {"--html -", "<!DOCTYPE html>"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char script[64];
        bool is_stream = strncmp(cases[i].option, "--json-s", 8) == 0;
        snprintf(script, sizeof script, "run %s >out", cases[i].option);
        script_must_end(script, 0, is_stream ? "stateless, 1 stream on" : "Test passed: true\n");
        file_must_begin("out", cases[i].beginning);
    }
}
END_TEST

/* The file was opened by the shell: what is in it stays, and it is not removed. */
START_TEST(standard_output_is_added_to)
{
    script_must_end("run --csv - >> old 2>/dev/null", 0, "");
    file_must_begin("old", "beforeend_s,length_s,");
    script_must_end("run --csv - --html missing/file >> old; status=$?; "
                    "test \"$(cat old)\" = before && exit $status",
                    STATUS_NOT_WRITTEN, "missing/file");
}
END_TEST

START_TEST(output_and_text_may_not_share_a_regular_file)
{
    script_must_end("run --json - >> old 2>&1; exit $?", STATUS_USAGE, "");
    file_must_begin("old", "beforecomms-client: invalid --json '-': expected a file");
    script_must_end("run --json - 2>&1 | grep -q ^Mode", 0, "");
}
END_TEST

/* jq reads all; the count of numbers is the sum of the column. */
START_TEST(other_programs_read_the_outputs)
{
    script_must_end("run -J 2>/dev/null | python3 -c 'import json, sys; "
                    "sys.exit(json.load(sys.stdin)[\"end\"][\"received\"] != 2)'",
                    0, "");
    script_must_end("run -q --json-stream - 2>/dev/null | python3 -c 'import json, sys; "
                    "events = [json.loads(line)[\"event\"] for line in sys.stdin]; "
                    "sys.exit(events[0] != \"start\" or events[-1] != \"end\" or "
                    "\"interval\" not in events)'",
                    0, "");
    script_must_end("run -s 3 -i 1ms --csv - 2>/dev/null | python3 -c 'import csv, sys; "
                    "rows = list(csv.DictReader(sys.stdin, strict=True)); "
                    "sys.exit(sum(int(row[\"numbers\"]) for row in rows) != 6)'",
                    0, "");
    if (access("/usr/bin/jq", X_OK) == 0) {
        script_must_end("run -q --json-stream - 2>/dev/null | jq -e -s '.[0].start.version and "
                        ".[-1].end.received == 2' >/dev/null",
                        0, "");
    }
}
END_TEST

/* ---- A file that is replaced ----------------------------------------------------------------- */

START_TEST(metrics_replace_their_file_at_the_end)
{
    script_must_end("ln -s old link; chmod 600 old; tail -f /dev/null >/dev/null & tail=$!; "
                    "exec 3<old; run --prometheus link >/dev/null; kill $tail; "
                    "test -L link && test \"$(cat <&3)\" = before && "
                    "test -z \"$(ls | grep tmp)\"",
                    0, "");
    file_must_begin("old", "# HELP comms_client_info ");
    script_must_end(
        "umask 022; run --prometheus new.prom >/dev/null; test $(stat -c %a new.prom) = "
        "644",
        0, "");
    script_must_end("mkfifo pipe; cat pipe > read & run --prometheus pipe >/dev/null; wait; "
                    "test -p pipe",
                    0, "");
    file_must_begin("read", "# HELP comms_client_info ");
}
END_TEST

START_TEST(promtool_finds_no_fault_in_the_metrics)
{
    char script[512];
    char *promtool = realpath(programs_promtool_path(), NULL);
    ck_assert_ptr_nonnull(promtool);
    snprintf(script, sizeof script,
             "run -s 3 --prometheus out.prom >/dev/null && "
             "said=$(%s check metrics < out.prom 2>&1) && test -z \"$said\"",
             promtool);
    script_must_end(script, 0, "");
    free(promtool);
}
END_TEST

/* ---- A run that cannot go on ----------------------------------------------------------------- */

START_TEST(what_grows_on_a_full_disk_ends_the_run)
{
    static const char *const options[] = {"--csv", "--json-stream"};
    char script[128];
    snprintf(script, sizeof script, "run -s 2 -n 60000 --chaos cut=1h %s /dev/full >/dev/null",
             options[_i]);
    script_must_end(script, STATUS_NOT_WRITTEN,
                    "cannot write /dev/full: No space left on device\n");
    snprintf(script, sizeof script, "run -n 60000 %s - >/dev/full", options[_i]);
    script_must_end(script, STATUS_NOT_WRITTEN, FULL);
}
END_TEST

/* It ends as after `| head`: without an error, and without a verdict, for there is none. */
START_TEST(a_reader_that_leaves_ends_the_run_quietly)
{
    static const char *const options[] = {"--json-stream -", "--csv -"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char script[256];
        snprintf(script, sizeof script,
                 "{ run -d 1h -i 1ms -s 2 -q %s 2> said; echo $? > status; } | head -n 2 > "
                 "/dev/null; ! grep -q -e Broken -e INCOMPLETE said && exit $(cat status)",
                 options[i]);
        script_must_end(script, 141, "");
    }
    script_must_end("mkfifo gone; { read word < gone; run -J 2> said; echo $? > status; } |"
                    " { exec <&-; echo > gone; }; ! grep -q Broken said && exit $(cat status)",
                    141, "");
}
END_TEST

Suite *output_kinds_suite(void)
{
    Suite *suite = suite_create("output-kinds");
    TCase *tcase = tcase_create("output-kinds");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, output_script_set_up, output_script_tear_down);
    tcase_add_test(tcase, an_output_may_be_standard_output);
    tcase_add_test(tcase, standard_output_is_added_to);
    tcase_add_test(tcase, output_and_text_may_not_share_a_regular_file);
    tcase_add_test(tcase, other_programs_read_the_outputs);
    tcase_add_test(tcase, metrics_replace_their_file_at_the_end);
    tcase_add_test(tcase, promtool_finds_no_fault_in_the_metrics);
    tcase_add_loop_test(tcase, what_grows_on_a_full_disk_ends_the_run, 0, 2);
    tcase_add_test(tcase, a_reader_that_leaves_ends_the_run_quietly);
    return suite;
}
