/*
 * Holds the small writes of a connection back, so that those of many short sessions go out
 * together: one packet and one wake-up of the client for all. The turnstile says when, and the
 * writer does it: for the server's connections this is net/traffic_watch, in front of sendmsg(2).
 *
 * Nothing is held for long: when the hold ends, `flush` sends what was held back. If a write is
 * under way at that moment, its writer flushes. The kernel would send it 200 ms later in any case.
 */
#ifndef COMMS_SERVER_WORK_WRITE_HOLD_H
#define COMMS_SERVER_WORK_WRITE_HOLD_H

#include <stdatomic.h>
#include <stdbool.h>

struct write_hold {
    /* Sends what was held back. From any thread, also if nothing was. */
    void (*flush)(struct write_hold *hold);

    atomic_bool is_on;    /* writes are to be held back */
    atomic_bool has_held; /* some was, since the last flush */
};

/* Before the first write of a connection. `flush` stays. */
static inline void write_hold_reset(struct write_hold *hold)
{
    atomic_store(&hold->is_on, false);
    atomic_store(&hold->has_held, false);
}

static inline void write_hold_begin(struct write_hold *hold)
{
    atomic_store(&hold->is_on, true);
}

/* Ends the hold. True: the caller is to flush, when it holds no lock any more. */
static inline bool write_hold_end(struct write_hold *hold)
{
    atomic_store(&hold->is_on, false);
    return atomic_exchange(&hold->has_held, false);
}

/* For the writer, before it writes: whether it is to hold the bytes back. */
static inline bool write_hold_is_on(const struct write_hold *hold)
{
    return atomic_load(&hold->is_on);
}

/*
 * For the writer, when it has held bytes back. Either the thread that ends the hold sees has_held,
 * or this one sees that the hold has ended.
 */
static inline void write_hold_note(struct write_hold *hold)
{
    atomic_store(&hold->has_held, true);
    if (!atomic_load(&hold->is_on) && atomic_exchange(&hold->has_held, false)) {
        hold->flush(hold);
    }
}

#endif
