/* server/signals: which signals stop the server, which are ignored, and when. Each test is a
 * process of its own, so its signals are its own, too. */
#include "server/signals.h"
#include "shared/base/clock.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

static void send(int number)
{
    ck_assert_int_eq(kill(getpid(), number), 0);
}

/* Like a server that waits for something else, such as a name server, in this phase. */
_Noreturn static void wait_for_ever(void)
{
    for (;;) {
        (void)pause();
    }
}

/* Ends the child, whose status must be 0: it was no signal's default action. */
static void expect_end_of(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static const int stops[] = {SIGINT, SIGTERM, SIGXCPU};
static const int others[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF,
                             SIGIO,   SIGPWR,  SIGPIPE, SIGXFSZ};

START_TEST(before_it_serves_a_stop_ends_it_and_others_do_not)
{
    int ready[2];
    char byte = 0;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        signals_prepare();
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            (void)kill(getpid(), others[i]);
        }
        (void)kill(getpid(), SIGRTMIN);
        (void)kill(getpid(), SIGRTMAX);
        (void)!write(ready[1], &byte, 1);
        wait_for_ever();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(kill(child, stops[_i]), 0);
    expect_end_of(child);
}
END_TEST

/* A parent may have blocked it. */
START_TEST(a_blocked_stop_is_unblocked)
{
    pid_t child = fork();
    if (child == 0) {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, NULL);
        (void)kill(getpid(), stops[_i]);
        signals_prepare();
        _exit(1);
    }
    expect_end_of(child);
}
END_TEST

static void take(void)
{
    signals_prepare();
    ck_assert_int_eq(signals_take(), 0);
}

START_TEST(a_stop_is_returned)
{
    static const char *const names[] = {"SIGINT", "SIGTERM", "SIGXCPU"};
    take();
    ck_assert_int_eq(signals_wait(now(), false), SIGNALS_DEADLINE);
    send(stops[_i]);
    ck_assert_int_eq(signals_wait(CLOCK_NEVER, false), SIGNALS_STOP);
    ck_assert_str_eq(signals_stop_name(), names[_i]);
    ck_assert_int_eq(signals_wait(now(), false), SIGNALS_DEADLINE);
}
END_TEST

/* Another one, a second later, is a second stop. */
START_TEST(stops_within_a_second_are_one)
{
    take();
    int64_t first = now();
    send(SIGTERM);
    ck_assert_int_eq(signals_wait(CLOCK_NEVER, false), SIGNALS_STOP);
    send(SIGTERM);
    send(SIGINT);
    ck_assert_int_eq(signals_wait(first + NS_PER_S / 10, false), SIGNALS_DEADLINE);
    send(SIGINT);
    ck_assert_int_eq(signals_wait(now() + NS_PER_S, false), SIGNALS_DEADLINE);
    send(SIGINT);
    ck_assert_int_eq(signals_wait(CLOCK_NEVER, false), SIGNALS_STOP);
    ck_assert_str_eq(signals_stop_name(), "SIGINT");
    send(SIGTERM); /* the second stop may be sent twice, too */
    ck_assert_int_eq(signals_wait(now(), false), SIGNALS_DEADLINE);
}
END_TEST

static const char *wait_and_capture(char text[static CAPTURE_SIZE])
{
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    enum signals_event event = signals_wait(now(), false);
    capture_end(&capture, text);
    ck_assert_int_eq(event, SIGNALS_DEADLINE);
    return text;
}

START_TEST(other_signals_are_ignored_and_logged)
{
    static char text[CAPTURE_SIZE];
    const struct {
        int number;
        const char *line;
    } rows[] = {{SIGUSR1, " notice signal ignored signal=SIGUSR1\n"},
                {SIGUSR2, " notice signal ignored signal=SIGUSR2\n"},
                {SIGALRM, " notice signal ignored signal=SIGALRM\n"},
                {SIGVTALRM, " notice signal ignored signal=SIGVTALRM\n"},
                {SIGPROF, " notice signal ignored signal=SIGPROF\n"},
                {SIGIO, " notice signal ignored signal=SIGIO\n"},
                {SIGPWR, " notice signal ignored signal=SIGPWR\n"},
                {SIGRTMIN, " notice signal ignored signal=SIGRTMIN+0\n"},
                {SIGRTMIN + 5, " notice signal ignored signal=SIGRTMIN+5\n"}};
    take();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        send(rows[i].number);
        ck_assert_ptr_nonnull(strstr(wait_and_capture(text), rows[i].line));
    }
    send(SIGPIPE); /* a broken pipe is no news */
    send(SIGXFSZ);
    ck_assert_str_eq(wait_and_capture(text), "");
}
END_TEST

static void *wake(void *argument)
{
    signals_wake();
    return argument;
}

START_TEST(another_thread_wakes_it)
{
    pthread_t thread;
    take();
    ck_assert_int_eq(pthread_create(&thread, NULL, wake, NULL), 0);
    ck_assert_int_eq(signals_wait(CLOCK_NEVER, false), SIGNALS_WOKEN);
    ck_assert_int_eq(signals_wait(now(), false), SIGNALS_DEADLINE);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* Nobody reads stdout: there is no output to be written, and a signal still comes. */
START_TEST(a_full_pipe_takes_no_output)
{
    int ends[2];
    char bytes[4096] = "";
    int saved = dup(STDOUT_FILENO);
    take();
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    ck_assert_int_eq(signals_wait(CLOCK_NEVER, true), SIGNALS_OUTPUT);
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], bytes, sizeof bytes) > 0) {
    }
    enum signals_event full = signals_wait(now(), true);
    send(SIGTERM);
    enum signals_event stop = signals_wait(CLOCK_NEVER, true);
    ck_assert_int_eq(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    ck_assert_int_eq(full, SIGNALS_DEADLINE);
    ck_assert_int_eq(stop, SIGNALS_STOP);
}
END_TEST

Suite *signals_suite(void)
{
    enum { STOPS = sizeof stops / sizeof *stops };
    Suite *suite = suite_create("signals");
    TCase *tcase = tcase_create("signals");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, before_it_serves_a_stop_ends_it_and_others_do_not, 0, STOPS);
    tcase_add_loop_test(tcase, a_blocked_stop_is_unblocked, 0, STOPS);
    tcase_add_loop_test(tcase, a_stop_is_returned, 0, STOPS);
    tcase_add_test(tcase, stops_within_a_second_are_one);
    tcase_add_test(tcase, other_signals_are_ignored_and_logged);
    tcase_add_test(tcase, another_thread_wakes_it);
    tcase_add_test(tcase, a_full_pipe_takes_no_output);
    return suite;
}
