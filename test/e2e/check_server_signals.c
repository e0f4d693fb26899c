/* comms-server and what signals and terminals do to it: it drains, or goes on. */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COLUMNS = 80 };

/* Starts a server on a terminal or without one: a line of sh, in which "$@" is the server. */
static struct program *start_by(const char *line)
{
    const char *const arguments[] = {
        "-c", line, "sh", programs_server_path(), "--port", "0", "--listen", "127.0.0.1", NULL};
    const struct program_spec spec = {
        .path = "/bin/sh", .arguments = arguments, .stdout_columns = COLUMNS};
    struct program *server = program_start_spec(&spec);
    program_wait_line(server, PROGRAM_STDOUT, "listening on ");
    return server;
}

/* setsid takes the terminal of the test away, if there is one. */
static const char *const of_a_terminal[] = {
    "exec setsid \"$@\" <&1", /* stdin is one, but it is not the controlling terminal */
    "exec setsid -c sh -c 'exec \"$@\" </dev/null' sh \"$@\" <&1", /* the other way round */
};
static const char *const of_none[] = {
    "exec setsid \"$@\"",                  /* a service */
    "trap '' HUP; exec setsid \"$@\" <&1", /* as nohup starts it, on a terminal */
};

START_TEST(a_hangup_of_the_terminal_drains_it)
{
    struct program *server = start_by(of_a_terminal[_i]);
    program_signal(server, SIGHUP);
    program_wait_line(server, PROGRAM_STDERR, "notice stopping signal=SIGHUP");
    program_expect_success(server);
}
END_TEST

START_TEST(another_hangup_is_ignored)
{
    struct program *server = start_by(of_none[_i]);
    program_signal(server, SIGHUP);
    program_wait_line(server, PROGRAM_STDERR, "notice signal ignored signal=SIGHUP");
    expect_end_by(server, SIGTERM, 0);
}
END_TEST

START_TEST(other_signals_do_not_end_it)
{
    static const int numbers[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF,
                                  SIGIO,   SIGPWR,  SIGPIPE, SIGXFSZ};
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        program_signal(server.program, numbers[i]);
    }
    program_signal(server.program, SIGRTMAX);
    program_wait_line(server.program, PROGRAM_STDERR, "notice signal ignored signal=SIGRTMIN+");
    expect_session("127.0.0.1", server.port);
    server_stop(&server);
}
END_TEST

/* `timeout` signals its child and then its group. */
START_TEST(two_signals_at_once_are_one)
{
    struct server server = server_start("stateful", "--interval", "100ms", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "12", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 2");
    program_signal(server.program, SIGSTOP); /* it finds both, however late the second one comes */
    program_signal(server.program, SIGTERM);
    program_signal(server.program, SIGINT);
    program_signal(server.program, SIGCONT);
    ck_assert_int_eq(program_wait_exit(client), 0);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    program_destroy(client);
    program_destroy(server.program);
}
END_TEST

/* The id of the program's thread of this name. */
static pid_t find_thread(const struct program *program, const char *wanted)
{
    char path[64];
    pid_t found = 0;
    snprintf(path, sizeof path, "/proc/%d/task", program_pid(program));
    DIR *tasks = opendir(path);
    ck_assert_ptr_nonnull(tasks);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char file[sizeof path + sizeof task->d_name + 8];
        char comm[32] = "";
        snprintf(file, sizeof file, "%s/%s/comm", path, task->d_name);
        FILE *stream = fopen(file, "r");
        if (stream != NULL) {
            if (fgets(comm, sizeof comm, stream) != NULL && strcmp(comm, wanted) == 0) {
                found = (pid_t)strtol(task->d_name, NULL, 10);
            }
            fclose(stream);
        }
    }
    closedir(tasks);
    return found;
}

/* A thread that is stopped for ever is as work that C core has lost: the end waits for it. */
START_TEST(a_stream_that_never_ends_does_not_keep_it_from_ending)
{
    struct server server = server_start("stateful", NULL);
    pid_t acceptor = 0;
    for (int waited = 0; acceptor == 0; waited++) { /* until it has named itself */
        ck_assert_int_lt(waited, PROGRAM_DEADLINE_MS);
        acceptor = find_thread(server.program, "acceptor\n");
        (void)poll(NULL, 0, 1);
    }
    ck_assert_int_eq(ptrace(PTRACE_SEIZE, acceptor, NULL, NULL), 0);
    ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, acceptor, NULL, NULL), 0);
    ck_assert_int_eq(waitpid(acceptor, NULL, __WALL), acceptor);
    program_signal(server.program, SIGTERM);
    program_wait_line(server.program, PROGRAM_STDERR, " notice stopped sessions=0 streams=0 ");
    ck_assert_int_eq(waitpid(acceptor, NULL, __WALL), acceptor); /* it is gone with the process */
    program_expect_success(server.program);
}
END_TEST

static bool has_ended(const struct program *program)
{
    siginfo_t info = {0};
    ck_assert_int_eq(waitid(P_PID, (id_t)program_pid(program), &info, WEXITED | WNOHANG | WNOWAIT),
                     0);
    return info.si_pid != 0;
}

/* Somebody who is impatient sends it again and again: the second stop ends the streams, and the log
 * has its last line all the same. */
START_TEST(no_signal_takes_the_last_line_away)
{
    struct server server = server_start("stateful", "--interval", "500ms", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "300", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 1");
    const int64_t deadline =
        clock_monotonic.now(&clock_monotonic) + PROGRAM_DEADLINE_MS * NS_PER_MS;
    while (!has_ended(server.program)) {
        ck_assert_int_lt(clock_monotonic.now(&clock_monotonic), deadline);
        program_signal(server.program, SIGTERM);
    }
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    program_wait_line(server.program, PROGRAM_STDERR, " notice stopped sessions=1 streams=1 ");
    program_wait_line(client, PROGRAM_STDERR, "UNAVAILABLE: server is shutting down");
    program_destroy(client);
    program_destroy(server.program);
}
END_TEST

Suite *server_signals_suite(void)
{
    Suite *suite = suite_create("server-signals");
    TCase *tcase = tcase_create("signals");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_hangup_of_the_terminal_drains_it, 0,
                        sizeof of_a_terminal / sizeof *of_a_terminal);
    tcase_add_loop_test(tcase, another_hangup_is_ignored, 0, sizeof of_none / sizeof *of_none);
    tcase_add_test(tcase, other_signals_do_not_end_it);
    tcase_add_test(tcase, two_signals_at_once_are_one);
    tcase_add_test(tcase, no_signal_takes_the_last_line_away);
    tcase_add_test(tcase, a_stream_that_never_ends_does_not_keep_it_from_ending);
    return suite;
}
