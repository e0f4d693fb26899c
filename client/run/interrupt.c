#include "client/run/interrupt.h"

#include "shared/base/thread.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* A shell reports this plus the signal's number for a program that a signal ended. */
enum { SIGNAL_STATUS = 128 };

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

static void *run(void *argument)
{
    struct interrupt *interrupt = argument;
    thread_set_name("interrupt");
    sigset_t signals;
    fill(&signals);
    for (;;) {
        int number;
        if (sigwait(&signals, &number) != 0) {
            continue;
        }
        if (number == SIGUSR1) {
            return NULL;
        }
        if (atomic_load(&interrupt->number) != 0) {
            _exit(SIGNAL_STATUS + number);
        }
        atomic_store(&interrupt->number, number);
        fleet_request_stop(interrupt->fleet);
    }
}

int interrupt_start(struct interrupt *interrupt, struct fleet *fleet)
{
    interrupt->fleet = fleet;
    atomic_init(&interrupt->number, 0);
    return thread_start(&interrupt->thread, 0, run, interrupt);
}

int interrupt_stop(struct interrupt *interrupt)
{
    (void)pthread_kill(interrupt->thread, SIGUSR1);
    (void)pthread_join(interrupt->thread, NULL);
    return atomic_load(&interrupt->number);
}
