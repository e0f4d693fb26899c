/*
 * Tells systemd how the server is, as a service of Type=notify wants it: READY=1, STATUS=,
 * WATCHDOG=1 and STOPPING=1, each a datagram to the socket that NOTIFY_SOCKET names. Without the
 * variable nothing is told, and nothing costs anything.
 *
 * libsystemd would do the same, and bring libcap, libgcrypt, liblz4, liblzma and libzstd into the
 * server: its own manual, sd_notify(3), has programs send the datagrams themselves.
 *
 * For the main thread. A datagram waits a second at most for a manager that does not read.
 */
#ifndef COMMS_SERVER_NOTIFY_H
#define COMMS_SERVER_NOTIFY_H

#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
    const struct clock *clock;
    int descriptor; /* of the datagrams; -1: nothing is told */
    struct sockaddr_un address;
    socklen_t length;
    bool has_failed;      /* the last datagram was not taken, and the log says so */
    int64_t watchdog_ns;  /* from one WATCHDOG=1 to the next, nanoseconds; 0: none is wanted */
    int64_t watchdog_due; /* on the clock; CLOCK_NEVER: never */
    int64_t status_due;   /* on the clock; CLOCK_NEVER: never */
    uint64_t streams;     /* that were told last */
    uint64_t sessions;    /* that were told last */
};

/* What a status says. */
struct notify_load {
    uint64_t streams;  /* live */
    uint64_t sessions; /* in memory, idle ones included */
};

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. A watchdog of another process is none. If
 * the socket cannot be used, nothing is told, and the log has a warning.
 */
void notify_init(struct notify *notify, const struct clock *clock);

/* Sends READY=1, and from now on what notify_beat sends. */
void notify_ready(struct notify *notify, const struct notify_load *load);

/* The time on the clock at which notify_beat has something to send; CLOCK_NEVER: never. */
int64_t notify_next(const struct notify *notify);

/*
 * Sends what is due: WATCHDOG=1 at half of the watchdog's time, and a STATUS= if it is another one
 * than two seconds ago.
 */
void notify_beat(struct notify *notify, const struct notify_load *load);

/*
 * Sends STOPPING=1, and that the stop may take `longest_ns` from now: otherwise systemd ends a
 * drain that is longer than its TimeoutStopSec. The watchdog ends with it.
 */
void notify_stopping(struct notify *notify, const struct notify_load *load, int64_t longest_ns);

void notify_cleanup(struct notify *notify);

#endif
