/*
 * Where the output of both programs goes: nowhere, onto a full disk, or two outputs into one file.
 * Nothing is lost in silence, and a run that does not begin leaves the last result as it was.
 */
#include "test/e2e/output_script.h"
#include "test/e2e/program_expectations.h"
#include "test/suites.h"

#include <stdio.h>
#include <unistd.h>

#define OWN_FILE  ": expected a file of its own, but it is "
#define UNWRITTEN "cannot write to standard output: "
#define FULL      UNWRITTEN "No space left on device\n"
#define CLOSED    UNWRITTEN "Bad file descriptor\n"

static const struct {
    const char *script;
    int status;
    const char *said;
} refused[] = {
    {"run --json old --html old", STATUS_USAGE,
     "invalid --html 'old'" OWN_FILE "the file of --json\n"},
    {"run --json old --html ./old", STATUS_USAGE, "invalid --html './old'" OWN_FILE},
    {"run --html old --json \"$PWD/old\"", STATUS_USAGE, "invalid --html 'old'" OWN_FILE},
    {"ln old hard; run --json hard --html old", STATUS_USAGE, "invalid --html 'old'" OWN_FILE},
    {"ln -s old soft; run --json soft --html old", STATUS_USAGE, "invalid --html 'old'" OWN_FILE},
    {"run --json old >> old", STATUS_USAGE, "invalid --json 'old'" OWN_FILE "standard output\n"},
    {"run --html old >> old", STATUS_USAGE, "invalid --html 'old'" OWN_FILE "standard output\n"},
    {"run --json-stream - --html old >> old", STATUS_USAGE, OWN_FILE "standard output\n"},
    {"run --json /dev/stdout >> old", STATUS_USAGE, OWN_FILE "standard output\n"},
    {"run --json old --json-stream old", STATUS_USAGE, OWN_FILE "the file of --json\n"},
    {"run --csv old --json-stream ./old", STATUS_USAGE, OWN_FILE "the file of --json-stream\n"},
    {"run --prometheus old --csv old", STATUS_USAGE,
     "invalid --prometheus 'old'" OWN_FILE "the file of --csv\n"},
    {"run --prometheus old >> old", STATUS_USAGE, OWN_FILE "standard output\n"},
    {"run --prometheus new --html new", STATUS_USAGE,
     "invalid --prometheus 'new'" OWN_FILE "the file of --html\n"},
    {"run --json - --csv old >> old", STATUS_USAGE,
     "invalid --csv 'old'" OWN_FILE "standard output\n"},
    {"run --csv - --html old >> old", STATUS_USAGE, OWN_FILE "standard output\n"},
    {"run --json - --csv - --html old", STATUS_USAGE,
     "--json and --csv both write to standard output: give one of them a file\n"},
    {"run --json old --prometheus missing/file", STATUS_NOT_WRITTEN,
     "cannot write missing/file: No such file or directory\n"},
    {"run --json old --prometheus .", STATUS_NOT_WRITTEN, "cannot write .: Is a directory\n"},
    {"run --csv - >&-", STATUS_NOT_WRITTEN, CLOSED},
    {"run --json old --html missing/file", STATUS_NOT_WRITTEN,
     "cannot write missing/file: No such file or directory\n"},
    {"run --json old --html .", STATUS_NOT_WRITTEN, "cannot write .: Is a directory\n"},
    {"run --json old > /dev/full", STATUS_NOT_WRITTEN, FULL},
    {"run --json old -s 2 > /dev/full", STATUS_NOT_WRITTEN, FULL},
    {"run --json old >&-", STATUS_NOT_WRITTEN, CLOSED},
    {"run --json old --json-stream - >&-", STATUS_NOT_WRITTEN, CLOSED},
    {"run --json old --host nowhere:0", STATUS_USAGE, "invalid --host 'nowhere:0'"},
};

START_TEST(a_run_that_is_refused_leaves_the_last_result)
{
    script_must_end(refused[_i].script, refused[_i].status, refused[_i].said);
    file_must_begin("old", "before");
}
END_TEST

START_TEST(a_run_that_is_refused_leaves_no_new_file)
{
    script_must_end("run --json new --html new; test ! -e new || echo left >&2", 0,
                    "but it is the file of --json\n");
    script_must_end("run --json new --html missing/file; test -e new", 1,
                    "cannot write missing/file");
}
END_TEST

/*
 * Another user, because root has no limit of threads. Whatever number of them is missing, it ends,
 * and the last result stays. (126: this user may not run the program here.)
 */
START_TEST(a_run_without_threads_ends_and_leaves_the_last_result)
{
    char script[512];
    snprintf(script, sizeof script,
             "chmod 777 .; chmod 666 old; timeout -s KILL 20 setpriv --reuid 54321 --regid 54321 "
             "--clear-groups prlimit --nproc=%d \"$CLIENT\" -p \"$PORT\" -s 20 -c 4 -n 2 "
             "--json old --html new >/dev/null; status=$?; test $status = 126 && exit 0; "
             "test $status = 2 && test ! -e new && test \"$(cat old)\" = before",
             _i);
    if (geteuid() == 0) {
        script_must_end(script, 0, "");
    }
}
END_TEST

START_TEST(standard_error_may_share_no_file_with_the_result)
{
    script_must_end("run --json old 2>> old; exit $?", STATUS_USAGE, "");
    file_must_begin("old", "beforecomms-client: invalid --json");
}
END_TEST

START_TEST(what_is_no_regular_file_may_be_shared)
{
    script_must_end("run --json /dev/null --html /dev/null > /dev/null", 0, "");
    script_must_end("run --json /dev/stdout | cat > both", 0, "");
    file_must_begin("both", "Mode: stateless\n");
    script_must_end("mkfifo pipe; cat pipe > read & run --json pipe; wait", 0, "");
    file_must_begin("read", "{");
}
END_TEST

/* The files that a run opens must not become its standard output or error. */
START_TEST(a_closed_descriptor_becomes_no_file)
{
    script_must_end("run --json new 2>&-; exit $?", 0, "");
    file_must_begin("new", "{");
    script_must_end("run --json new <&- 2>&-; exit $?", 0, "");
    file_must_begin("new", "{");
    script_must_end("run --json new >&- 2>&-; exit $?", STATUS_NOT_WRITTEN, "");
}
END_TEST

static const char *const programs[] = {"CLIENT", "SERVER"};

START_TEST(an_answer_that_cannot_be_written_is_no_success)
{
    static const struct {
        const char *words;
        const char *said;
    } cases[] = {{"--help > /dev/full", FULL},
                 {"--version > /dev/full", FULL},
                 {"--help >&-", CLOSED},
                 {"--version >&-", CLOSED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char script[64];
        snprintf(script, sizeof script, "\"$%s\" %s", programs[_i], cases[i].words);
        script_must_end(script, STATUS_NOT_WRITTEN, cases[i].said);
    }
}
END_TEST

START_TEST(a_server_that_cannot_say_where_it_listens_ends)
{
    script_must_end("\"$SERVER\" --port 0 > /dev/full", STATUS_NOT_WRITTEN, FULL);
    script_must_end("\"$SERVER\" --port 0 >&-", STATUS_NOT_WRITTEN, CLOSED);
    script_must_end("\"$SERVER\" --port 0 <&- >&- 2>&-; exit $?", STATUS_NOT_WRITTEN, "");
}
END_TEST

/* As after `| head`: it ends without a word, like a program that SIGPIPE ends. */
START_TEST(a_pipe_that_nobody_reads_ends_it_quietly)
{
    script_must_end(
        "{ \"$CLIENT\" -p \"$PORT\" --interval 0 -n 60000 2> said; echo $? > status; } |"
        " head -n 2 > /dev/null; test ! -s said && exit $(cat status)",
        141, "");
}
END_TEST

Suite *outputs_suite(void)
{
    Suite *suite = suite_create("outputs");
    TCase *tcase = tcase_create("outputs");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, output_script_set_up, output_script_tear_down);
    tcase_add_loop_test(tcase, a_run_that_is_refused_leaves_the_last_result, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tcase, a_run_that_is_refused_leaves_no_new_file);
    tcase_add_loop_test(tcase, a_run_without_threads_ends_and_leaves_the_last_result, 1, 20);
    tcase_add_test(tcase, standard_error_may_share_no_file_with_the_result);
    tcase_add_test(tcase, what_is_no_regular_file_may_be_shared);
    tcase_add_test(tcase, a_closed_descriptor_becomes_no_file);
    tcase_add_loop_test(tcase, an_answer_that_cannot_be_written_is_no_success, 0,
                        sizeof programs / sizeof *programs);
    tcase_add_test(tcase, a_pipe_that_nobody_reads_ends_it_quietly);
    tcase_add_test(tcase, a_server_that_cannot_say_where_it_listens_ends);
    return suite;
}
