#include "client/run/interrupt.h"

#include "shared/base/clock.h"
#include "shared/base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* A shell reports this plus the signal's number for a program that a signal ended. */
enum { SIGNAL_STATUS = 128 };

#define SAME_SIGNAL_NS   NS_PER_S          /* a signal so soon after the first is the same one */
#define PATIENCE_NS      (500 * NS_PER_MS) /* with a blocked output, and with the end */
#define STREAMS_END_NS   (5 * NS_PER_S)    /* in which all streams must have ended */
#define LOOK_INTERVAL_NS (50 * NS_PER_MS)  /* time between two looks at them */

static int64_t now_of_clock(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

static void fill(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGINT);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGUSR1); /* sent by interrupt_stop */
}

void interrupt_block(void)
{
    sigset_t signals;
    fill(&signals);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/*
 * Flushes nothing: another thread may hold the lock of an output that takes nothing. (_exit does
 * the same, except under the thread sanitizer.)
 */
static _Noreturn void end_process(int number)
{
    _Exit(SIGNAL_STATUS + number);
}

/* Waits for a signal, and returns it; 0: there is something to look at. */
static int await_signal(const struct interrupt *interrupt)
{
    sigset_t signals;
    fill(&signals);
    bool looks = atomic_load(&interrupt->number) != 0;
    const struct timespec interval = {.tv_nsec = LOOK_INTERVAL_NS};
    int number;
    do {
        number = looks ? sigtimedwait(&signals, NULL, &interval) : sigwaitinfo(&signals, NULL);
    } while (number < 0 && errno == EINTR);
    return number < 0 ? 0 : number;
}

static void take_signal(struct interrupt *interrupt, int number)
{
    int64_t now = now_of_clock();
    if (atomic_load(&interrupt->number) == 0) {
        interrupt->first_at = now;
        atomic_store(&interrupt->number, number);
        fleet_request_stop(interrupt->fleet);
    } else if (number != atomic_load(&interrupt->number) ||
               now - interrupt->first_at > SAME_SIGNAL_NS) {
        end_process(number);
    }
}

/* After a signal: ends the process if C core does not give the streams' calls back. */
static void look_at_streams(struct interrupt *interrupt)
{
    int number = atomic_load(&interrupt->number);
    if (number != 0 && now_of_clock() - interrupt->first_at > STREAMS_END_NS &&
        !fleet_has_ended(interrupt->fleet)) {
        end_process(number);
    }
}

/* After a signal: ends the process if nobody takes its output. */
static void look_at_output(struct interrupt *interrupt)
{
    int number = atomic_load(&interrupt->number);
    if (number == 0 || !interrupt->is_blocked(interrupt->context)) {
        interrupt->blocked_since = CLOCK_NEVER;
    } else if (interrupt->blocked_since == CLOCK_NEVER) {
        interrupt->blocked_since = now_of_clock();
    } else if (now_of_clock() - interrupt->blocked_since >= PATIENCE_NS) {
        end_process(number);
    }
}

static void *run(void *argument)
{
    struct interrupt *interrupt = argument;
    thread_set_name("interrupt");
    while (!atomic_load(&interrupt->is_ending)) {
        int number = await_signal(interrupt);
        if (number == SIGINT || number == SIGTERM) {
            take_signal(interrupt, number);
        }
        look_at_streams(interrupt);
        look_at_output(interrupt);
    }
    return NULL;
}

int interrupt_start(struct interrupt *interrupt, struct fleet *fleet,
                    bool (*is_blocked)(const void *context), const void *context)
{
    *interrupt = (struct interrupt){
        .fleet = fleet, .is_blocked = is_blocked, .context = context, .blocked_since = CLOCK_NEVER};
    atomic_init(&interrupt->number, 0);
    atomic_init(&interrupt->is_ending, false);
    return thread_start(&interrupt->thread, 0, run, interrupt);
}

int interrupt_number(const struct interrupt *interrupt)
{
    return atomic_load(&interrupt->number);
}

void interrupt_stop(struct interrupt *interrupt)
{
    atomic_store(&interrupt->is_ending, true);
    (void)pthread_kill(interrupt->thread, SIGUSR1);
    (void)pthread_join(interrupt->thread, NULL);
}
