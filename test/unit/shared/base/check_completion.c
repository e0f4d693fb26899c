/* shared/base/completion: what the shells themselves make of the scripts. */
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, PATH_SIZE = 128 };

/* The words of a command line, at the last of which the user presses Tab, and what bash offers,
 * sorted. In bash = is a word of its own. The folder has the files cert.pem and "my key.pem". */
static const struct {
    const char *words; /* of a bash array */
    const char *offered;
} tries[] = {
    {"comms-server --mo", "--mode"},
    {"comms-server --tls-c", "--tls-cert --tls-client-ca"},
    {"comms-server -m ''", "stateful stateless"},
    {"comms-server --port 5 -mode statef", "stateful"},
    {"comms-server --mode =", "stateful stateless"},
    {"comms-server --mode = stateles", "stateless"},
    {"comms-server --tls-cert ''", "cert.pem my key.pem"},
    {"comms-server --tls-key = my", "my key.pem"},
    {"comms-server --port ''", ""},
    {"comms-server --log-level w", "warn"},
    {"comms-server ''", ""},
    {"comms-server --vers", "--version"},
    {"comms-server --completion ''", "bash fish zsh"},
    {"comms-server --print-config --mod", "--mode"},
    {"comms-client -m ''", "stateful stateful-test stateful-test-reconnect stateless"},
    {"comms-client --json c", "cert.pem"},
    {"comms-client -J ''", ""}, /* which takes no value */
    {"comms-client com", "compare"},
    {"comms-client -m com", ""},
    {"comms-client compare --", "--fail-on --help --json --version"},
    {"comms-client compare c", "cert.pem"},
    {"comms-client compare cert.pem --json my", "my key.pem"},
    {"comms-client compare --fail-on ''", ""},
    {"comms-client --fail-on ''", ""},
    {"comms-client -", "all"},
};

static char folder[SCRATCH_FOLDER_SIZE];

static void make_file(const char *name)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
}

static void set_up(void)
{
    scratch_folder_make(folder, "completion");
    make_file("cert.pem");
    make_file("my key.pem");
}

static void tear_down(void)
{
    scratch_folder_remove(folder);
}

static struct program *run_shell(const char *shell, const char *option, const char *line)
{
    struct program *program =
        program_start(shell, option, line, programs_server_path(), programs_client_path(), NULL);
    ck_assert_msg(program_wait_exit(program) == 0, "%s", program_output(program, PROGRAM_STDERR));
    return program;
}

START_TEST(bash_offers_what_fits)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line,
             "set -e; server=$(realpath \"$0\"); client=$(realpath \"$1\"); cd %s;"
             " source <(\"$server\" --completion bash); source <(\"$client\" --completion bash);"
             " compopt() { :; }; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
             " f=_${COMP_WORDS[0]//-/_}; complete -p ${COMP_WORDS[0]} | grep -q \" -F $f \";"
             " $f || true;"
             " mapfile -t offered < <(printf '%%s\\n' \"${COMPREPLY[@]}\" | LC_ALL=C sort);"
             " echo \"${offered[*]}\"",
             folder, tries[_i].words);
    struct program *bash = run_shell("/bin/bash", "-c", line);
    const char *offered = program_output(bash, PROGRAM_STDOUT);
    if (strcmp(tries[_i].offered, "all") == 0) {
        ck_assert_ptr_nonnull(strstr(offered, " --numbers --port --prometheus --quiet "));
        ck_assert_ptr_nonnull(strstr(offered, " -4 -6 -J -P -V -c -d -h -i -m -n -p -q -s -t\n"));
    } else {
        ck_assert_uint_eq(strlen(offered), strlen(tries[_i].offered) + 1);
        ck_assert_int_eq(strncmp(offered, tries[_i].offered, strlen(tries[_i].offered)), 0);
    }
    ck_assert_str_eq(program_output(bash, PROGRAM_STDERR), "");
    program_destroy(bash);
}
END_TEST

/* zsh and fish only where they are installed. */
START_TEST(another_shell_reads_its_script)
{
    static const struct {
        const char *path;
        const char *line;
        const char *expected;
    } shells[] = {
        /* What _arguments gets is what it would offer. */
        {"/usr/bin/zsh",
         "set -e; _arguments() { print -rl -- \"$@\" }; for p in $0 $1; do"
         " eval \"$($p --completion zsh)\"; done",
         "(-m --mode)--mode=[stateless or stateful (stateless)]:MODE:(stateless stateful)\n"},
        {"/usr/bin/zsh",
         "set -e; _arguments() { print -rl -- \"$@\" }; eval \"$($1 --completion zsh)\"",
         "\n(--json)-J[write the whole result to FILE, as JSON]\n"
         "(-J)--json=[write the whole result to FILE, as JSON]:FILE:_files\n"},
        {"/usr/bin/zsh",
         "set -e; _arguments() { print -rl -- \"$words\" \"$@\" }; words=(comms-client compare a);"
         " CURRENT=3; eval \"$($1 --completion zsh)\"",
         "compare a\n-s\n(--json)-J[write the comparison to FILE, as JSON]\n"},
        {"/usr/bin/fish",
         "$argv[2] --completion fish | source; complete -C 'comms-client compare --js'", "--json"},
        {"/usr/bin/fish",
         "for p in $argv; $p --completion fish | source; end;"
         " complete -C 'comms-server --mode stateful --mode '",
         "stateful"},
    };
    if (access(shells[_i].path, X_OK) != 0) {
        return;
    }
    struct program *shell = run_shell(shells[_i].path, "-c", shells[_i].line);
    ck_assert_str_eq(program_output(shell, PROGRAM_STDERR), "");
    ck_assert_msg(strstr(program_output(shell, PROGRAM_STDOUT), shells[_i].expected) != NULL, "%s",
                  program_output_end(shell, PROGRAM_STDOUT));
    program_destroy(shell);
}
END_TEST

Suite *completion_suite(void)
{
    Suite *suite = suite_create("completion");
    TCase *tcase = tcase_create("completion");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, bash_offers_what_fits, 0, sizeof tries / sizeof *tries);
    tcase_add_loop_test(tcase, another_shell_reads_its_script, 0, 5);
    return suite;
}
