/*
 * Holds a new connection back until its client has sent the HTTP/2 preface and the beginning of the
 * first frame. A connection that says nothing, or half of that, never reaches C core, which would
 * keep it without a limit of time; after the time-out it is closed.
 *
 * Most prefaces come while the connection is accepted or soon after. A thread waits for the others.
 * preface.lock is a leaf lock.
 */
#ifndef COMMS_SERVER_NET_PREFACE_H
#define COMMS_SERVER_NET_PREFACE_H

#include <stdbool.h>
#include <stdint.h>

struct preface;

struct preface_settings {
    int64_t timeout_ns; /* from preface_await on, nanoseconds; at least 1 */
    bool expects_tls;   /* false: the log tells of clients that begin to speak TLS */

    /*
     * Takes ownership of a descriptor whose client has sent its preface, or something else than a
     * preface: what to answer to that is C core's matter. Called in any thread.
     */
    void (*arrived)(void *context, int descriptor);
    void *context;
};

/* Starts the thread. NULL if memory, a descriptor or a thread is missing. */
struct preface *preface_start(const struct preface_settings *settings);

/*
 * Takes ownership of a connected, non-blocking descriptor, on which nothing was read. `arrived` may
 * be called inside. From any thread, until preface_stop.
 */
void preface_await(struct preface *preface, int descriptor);

/* Closes the connections that still wait, ends the thread, and frees everything. */
void preface_stop(struct preface *preface);

#endif
