/*
 * Tells a client that takes a padded message slowly from one that takes nothing. A message of a
 * mebibyte may be under way for minutes on a slow path, and the stream hears only of its end.
 *
 * The client has the time of --send-timeout again if its connection has taken bytes meanwhile. A
 * connection that takes nothing, or only pings, gives no more time. What it takes may be another
 * stream's: so a client that leaves one stream unread has the time again for each 64 KiB of the
 * message, and of what may be under way before it, and no oftener. Part of a worker, for its
 * thread.
 */
#ifndef COMMS_SERVER_WORK_SLOW_READER_H
#define COMMS_SERVER_WORK_SLOW_READER_H

#include "server/work/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes: no message had padding. */
struct slow_reader {
    size_t padding;      /* bytes of the message that was sent last */
    uint64_t parts_left; /* parts of it that may still give more time */
    uint64_t taken;      /* bytes that the connection had taken when the time began */
};

/* The worker begins to wait for the client to take the message, or the status behind it. */
void slow_reader_begin(struct slow_reader *reader, struct stream *stream);

/* The time is over. True: the client has it again. */
bool slow_reader_goes_on(struct slow_reader *reader, struct stream *stream);

#endif
