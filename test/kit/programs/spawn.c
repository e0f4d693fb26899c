#define _GNU_SOURCE /* environ */
#include "test/kit/programs/spawn.h"

#include "test/kit/programs/arguments.h"
#include "test/kit/programs/held_calls.h"

#include <check.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_NOT_RUN = 127, EXIT_NOT_PREPARED = 126 };

/* Whether a variable of the tester's own would change what a program does. */
static bool changes_programs(const char *variable)
{
    static const char *const beginnings[] = {"COMMS_", "TERM=", "NO_COLOR=", "COLUMNS="};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(variable, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

static struct arguments environment_create(const char *const *more)
{
    struct arguments environment = {NULL, 0};
    for (char **variable = environ; *variable != NULL; variable++) {
        if (!changes_programs(*variable)) {
            arguments_add(&environment, *variable);
        }
    }
    if (more != NULL) {
        arguments_add_array(&environment, more);
    }
    arguments_add(&environment, "COMMS_LOG_FORMAT=text"); /* of two with one name the first holds */
    return environment;
}

/* In the new process: calls only what may follow a fork of a process with threads. */
_Noreturn static void become(const struct arguments *argv, const struct arguments *envp,
                             const int fds[3], int held, pid_t parent)
{
    static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        signal(defaults[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        (held >= 0 && !held_calls_install(held))) {
        _exit(EXIT_NOT_PREPARED);
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(fds[i], i) < 0) {
            _exit(EXIT_NOT_PREPARED);
        }
    }
    execve(argv->items[0], argv->items, envp->items);
    static const char message[] = "the program cannot be run\n";
    _exit(write(STDERR_FILENO, message, sizeof message - 1) > 0 ? EXIT_NOT_RUN : EXIT_NOT_PREPARED);
}

pid_t spawn(const char *path, const char *const *arguments, const char *const *environment,
            const int fds[3], int held)
{
    struct arguments argv = {NULL, 0};
    arguments_add(&argv, path);
    if (arguments != NULL) {
        arguments_add_array(&argv, arguments);
    }
    struct arguments envp = environment_create(environment);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(&argv, &envp, fds, held, parent);
    }
    ck_assert_int_gt(pid, 0);
    arguments_cleanup(&argv);
    arguments_cleanup(&envp);
    return pid;
}
