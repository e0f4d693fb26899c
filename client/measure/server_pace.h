/*
 * What follows for a run from what the server announces: the interval that numbers are held
 * against, the stall time-out, and where the plan and the server contradict each other. Pure
 * functions, for any thread.
 */
#ifndef COMMS_CLIENT_MEASURE_SERVER_PACE_H
#define COMMS_CLIENT_MEASURE_SERVER_PACE_H

#include "client/plan.h"
#include "shared/protocol/announcement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The interval between numbers, in nanoseconds, 0 at full speed: that of --interval, else the one
 * that the server announces, else that of the original server.
 */
int64_t server_pace_interval(const struct plan *plan, const struct announcement *announcement);

/* The stall time-out at this interval, in nanoseconds; 0: none. That of the plan, if it is given.
 */
int64_t server_pace_stall_timeout(const struct plan *plan, int64_t interval_ns);

/* Where plan and server do not agree; each is told once. */
enum server_notice {
    SERVER_NOTICE_GARBLED,  /* a header cannot be read */
    SERVER_NOTICE_INTERVAL, /* --interval is not the server's */
    SERVER_NOTICE_RATE,     /* the server's own interval is longer than --rate wishes */
    SERVER_NOTICE_SILENT,   /* --rate, and the server announces no interval */
    SERVER_NOTICE_STALL,    /* --stall-timeout is shorter than the interval */
    SERVER_NOTICE_LATENESS, /* --max-lateness, and the server sends at full speed */
    SERVER_NOTICE_LONG,     /* sessions of as many numbers as fit do not fit */
    SERVER_NOTICES
};

/* Bits 1 << SERVER_NOTICE_…: what the announcement gives reason to tell. */
unsigned server_notices_due(const struct plan *plan, const struct announcement *announcement);

/* Writes a notice that is due, as a sentence without a full stop. */
enum { SERVER_NOTICE_SIZE = 256 };
void server_notice_write(enum server_notice notice, const struct plan *plan,
                         const struct announcement *announcement,
                         char text[static SERVER_NOTICE_SIZE]);

/*
 * Whether the client's mode cannot work with the server's. If so, writes why, cut to `size`: "the
 * server is stateless: -m stateful cannot work; use -m stateless".
 */
bool server_mode_is_wrong(const struct plan *plan, const struct announcement *announcement,
                          char *text, size_t size);

#endif
