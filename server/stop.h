/*
 * The ordered stop of a server that serves: it says that it is going, closes its doors one after
 * the other, and lets streams end, by force at last. For the main thread.
 */
#ifndef COMMS_SERVER_STOP_H
#define COMMS_SERVER_STOP_H

#include "server/doors.h"
#include "server/parts.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Stops the parts and closes the doors. Serves on for `drain_delay_ns` nanoseconds; then streams
 * that can finish have `drain_timeout_ns` for it, and the rest takes 3 s at most
 * (server/README.md). A further signal ends a stage early. The parts are not freed: parts_stop does
 * that.
 *
 * False: C core did not let go of all streams, or the store not of its disk, and the caller must
 * end the process by _exit.
 */
bool stop_in_order(struct parts *parts, struct doors *doors, int64_t drain_delay_ns,
                   int64_t drain_timeout_ns);

#endif
