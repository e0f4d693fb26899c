#include "server/stop.h"

#include "server/signals.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* How long clients may take to read the last messages, before their connections are closed. */
#define GOODBYE_NS NS_PER_S

/* How long C core may take to end calls and connections that were broken off: for ever, if it could
 * not start a thread. With the two times around it, it keeps the stop within two seconds after the
 * drain. */
#define BREAK_OFF_NS (NS_PER_S / 2)

/*
 * Ends all streams, in three stages. DRAINING: streams that can finish go on, until the drain
 * time-out or a second signal. SAYING_GOODBYE: all streams are told to end, and have GOODBYE_NS for
 * it. BROKEN_OFF: the calls that are left are cancelled, and the connections cut. False: there are
 * some left even BREAK_OFF_NS later.
 */
static bool drain(struct parts *parts, int64_t timeout_ns)
{
    const struct clock *clock = &clock_monotonic;
    enum { DRAINING, SAYING_GOODBYE, BROKEN_OFF } stage = DRAINING;
    int64_t deadline = clock_add(clock->now(clock), timeout_ns);

    workers_drain(parts->workers, deadline);
    while (!acceptor_has_ended(parts->acceptor)) {
        if (stage == DRAINING && workers_live(parts->workers) == 0) {
            stage = SAYING_GOODBYE;
            deadline = clock->now(clock) + GOODBYE_NS;
        }
        if (signals_wait(deadline, false) == SIGNALS_WOKEN) {
            continue;
        }
        if (stage == DRAINING) {
            stage = SAYING_GOODBYE;
            workers_drain(parts->workers, clock->now(clock));
            deadline = clock->now(clock) + GOODBYE_NS;
        } else if (stage == SAYING_GOODBYE) {
            stage = BROKEN_OFF;
            parts_break_off(parts);
            deadline = clock->now(clock) + BREAK_OFF_NS;
        } else {
            return false;
        }
    }
    return true;
}

/* Serves on until the deadline, a time on the clock, or the next signal. */
static void serve_until(int64_t deadline)
{
    enum signals_event event;
    do {
        event = signals_wait(deadline, false);
    } while (event != SIGNALS_STOP && event != SIGNALS_DEADLINE);
}

static void log_stopped(struct parts *parts)
{
    const struct counts counts = workers_count(parts->workers);
    const struct service_counts sum = counts_sum(&counts);
    log_event(
        LOG_LEVEL_NOTICE, "stopped",
        log_number("sessions", parts->sessions == NULL ? 0 : sessions_count(parts->sessions)),
        log_number("streams", sum.started), log_number("received", sum.received),
        log_number("sent", sum.sent), log_number("refused", refusals_count(&parts->refusals)),
        log_number("refused-connections", connection_refusals_sum(&parts->connection_refusals)));
}

bool stop_in_order(struct parts *parts, struct doors *doors, int64_t drain_delay_ns,
                   int64_t drain_timeout_ns)
{
    const struct clock *clock = &clock_monotonic;
    parts_stop_serving(parts);
    if (drain_delay_ns > 0) {
        serve_until(clock_add(clock->now(clock), drain_delay_ns));
    }
    parts_stop_listening(parts);
    sockets_close(&doors->clients);
    parts_stop_accepting(parts);
    bool has_ended = drain(parts, drain_timeout_ns);
    if (has_ended) {
        parts_await_end(parts);
    } else {
        log_event(LOG_LEVEL_WARN, "streams left behind",
                  log_number("streams", workers_live(parts->workers)));
    }
    parts_stop_admin(parts);
    sockets_close(&doors->admin);
    parts_stop_evictions(parts); /* from now on only streams that were left behind log or count */
    has_ended = has_ended && parts_close_store(parts);
    log_stopped(parts);
    if (!has_ended) {
        log_set_level(LOG_LEVEL_ERROR); /* `stopped` is the last word */
    }
    return has_ended;
}
