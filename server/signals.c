#include "server/signals.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A stop signal within this time after the last one that was returned is the same one. */
#define SAME_NS NS_PER_S

enum { NAME_SIZE = 24 };

static sigset_t stops;
static sigset_t ignored; /* and logged */
static int source = -1;  /* a signalfd of both */
static int woken = -1;   /* an eventfd */
/* The stop signal that was returned last: its number, and its time on clock_monotonic; 0: none. */
static int last_stop;
static int64_t last_stop_at;

static const struct {
    int number;
    const char *name;
} names[] = {{SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGTERM, "SIGTERM"},
             {SIGXCPU, "SIGXCPU"},     {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
             {SIGALRM, "SIGALRM"},     {SIGPROF, "SIGPROF"}, {SIGIO, "SIGIO"},
             {SIGVTALRM, "SIGVTALRM"}, {SIGPWR, "SIGPWR"}};

/* Signals that are left alone: crashes, core dumps, job control, and those that do no harm. */
static const int untouched[] = {SIGQUIT, SIGILL, SIGTRAP,  SIGABRT, SIGBUS,  SIGFPE,
                                SIGSEGV, SIGSYS, SIGTSTP,  SIGTTIN, SIGTTOU, SIGCONT,
                                SIGCHLD, SIGURG, SIGWINCH, SIGPIPE, SIGXFSZ};

/* Runs as a signal handler: calls only what is safe there. */
static void end_at_once(int number)
{
    (void)number;
    _exit(EXIT_SUCCESS);
}

static void set_action(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

static bool has_terminal(void)
{
    int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (terminal >= 0) {
        (void)close(terminal);
    }
    return terminal >= 0 || isatty(STDIN_FILENO) == 1;
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void add_stop(int number)
{
    (void)sigaddset(&stops, number);
    (void)sigdelset(&ignored, number);
    set_action(number, end_at_once);
}

void signals_prepare(void)
{
    set_action(SIGPIPE, SIG_IGN);
    set_action(SIGXFSZ, SIG_IGN);
    (void)sigfillset(&ignored);
    for (size_t i = 0; i < sizeof untouched / sizeof untouched[0]; i++) {
        (void)sigdelset(&ignored, untouched[i]);
    }
    (void)sigemptyset(&stops);
    add_stop(SIGINT);
    add_stop(SIGTERM);
    add_stop(SIGXCPU);
    if (!is_ignored(SIGHUP) && has_terminal()) {
        add_stop(SIGHUP);
    }
    (void)pthread_sigmask(SIG_BLOCK, &ignored, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &stops, NULL); /* a parent may have blocked them */
}

int signals_take(void)
{
    sigset_t both;
    (void)pthread_sigmask(SIG_BLOCK, &stops, NULL);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &both); /* what is blocked now */
    source = signalfd(-1, &both, SFD_CLOEXEC | SFD_NONBLOCK);
    woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return source >= 0 && woken >= 0 ? 0 : -1;
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static const char *name_signal(int number, char buffer[static NAME_SIZE])
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    bool is_real_time = number >= SIGRTMIN;
    (void)snprintf(buffer, NAME_SIZE, is_real_time ? "SIGRTMIN+%d" : "%d",
                   is_real_time ? number - SIGRTMIN : number);
    return buffer;
}

const char *signals_stop_name(void)
{
    static char buffer[NAME_SIZE];
    return name_signal(last_stop, buffer);
}

/* Takes the next signal that has come. 0: none has. */
static int take_signal(void)
{
    struct signalfd_siginfo info;
    return read(source, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

/* Takes the signals that have come, up to a stop signal. False: there was no stop signal. */
static bool take_stop(void)
{
    for (int number; (number = take_signal()) != 0;) {
        char buffer[NAME_SIZE];
        int64_t now = clock_monotonic.now(&clock_monotonic);
        if (sigismember(&stops, number) != 1) {
            log_event(LOG_LEVEL_NOTICE, "signal ignored",
                      log_word("signal", name_signal(number, buffer)));
        } else if (last_stop == 0 || now - last_stop_at >= SAME_NS) {
            last_stop = number;
            last_stop_at = now;
            return true;
        }
    }
    return false;
}

/* Milliseconds for poll, rounded up, or as many as poll takes. */
static int time_left(int64_t deadline)
{
    if (deadline == CLOCK_NEVER) {
        return -1;
    }
    int64_t left = deadline - clock_monotonic.now(&clock_monotonic);
    int64_t left_ms = left <= 0 ? 0 : (left - 1) / NS_PER_MS + 1;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

enum signals_event signals_wait(int64_t deadline, bool for_output)
{
    for (;;) {
        struct pollfd polled[] = {{.fd = source, .events = POLLIN},
                                  {.fd = woken, .events = POLLIN},
                                  {.fd = for_output ? STDOUT_FILENO : -1, .events = POLLOUT}};
        uint64_t count;
        int timeout = time_left(deadline);
        int ready = poll(polled, sizeof polled / sizeof polled[0], timeout);
        if (take_stop()) {
            return SIGNALS_STOP;
        }
        if (read(woken, &count, sizeof count) == (ssize_t)sizeof count) {
            return SIGNALS_WOKEN;
        }
        if (ready > 0 && polled[2].revents != 0) {
            return SIGNALS_OUTPUT;
        }
        if (timeout == 0) {
            return SIGNALS_DEADLINE;
        }
    }
}

void signals_wake(void)
{
    (void)eventfd_write(woken, 1);
}
