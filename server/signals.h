/*
 * The signals of the server, and what else wakes its main thread.
 *
 * A *stop signal* asks for the drain: SIGINT, SIGTERM, SIGXCPU (the time of `ulimit -t` is used
 * up), and SIGHUP if the server was started from a terminal and without nohup. Before the server
 * serves, a stop signal ends the process at once, with status 0. Later signals_wait returns it.
 * After the drain it changes nothing: the rest of the stop takes little time, and the last lines of
 * the log must still be written. `timeout` and a terminal may send one stop twice, so a stop signal
 * within a second after the last one is the same one.
 *
 * Every other signal that would end the process is ignored, and logged. SIGQUIT and the signals of
 * crashes keep their default actions.
 *
 * For the main thread; signals_wake is for any thread.
 */
#ifndef COMMS_SERVER_SIGNALS_H
#define COMMS_SERVER_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

enum signals_event {
    SIGNALS_STOP,    /* a stop signal */
    SIGNALS_WOKEN,   /* signals_wake was called */
    SIGNALS_OUTPUT,  /* stdout takes a line, or an error: a write does not wait */
    SIGNALS_DEADLINE /* the deadline has passed */
};

/* Before threads exist that have signals unblocked: sets the actions. A stop signal now ends the
 * process. */
void signals_prepare(void);

/*
 * Stop signals are returned by signals_wait from now on. Threads that start later leave all signals
 * to the main thread. 0, or -1 if descriptors are missing.
 */
int signals_take(void);

/*
 * Waits for an event, until `deadline` at the latest, a time on clock_monotonic; SIGNALS_OUTPUT
 * only if `for_output`. Logs signals that are ignored.
 */
enum signals_event signals_wait(int64_t deadline, bool for_output);

/* The name of the stop signal that signals_wait returned last, such as "SIGTERM"; static. */
const char *signals_stop_name(void);

/* Has signals_wait return SIGNALS_WOKEN. After signals_take, from any thread. */
void signals_wake(void);

#endif
