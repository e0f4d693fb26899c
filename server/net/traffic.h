/*
 * Bounds what a client may send. C core reads whatever comes: it buffers a message whole before it
 * looks at its length, takes gigabytes of frames that mean nothing, and keeps calls without bound
 * until the acceptor takes them. So the server counts what each connection sends (traffic_watch has
 * the bytes), and shuts down one that sends too much. A client that keeps to the protocol is never
 * near a bound. The bounds are:
 *
 * - Bytes: TRAFFIC_BURST at once, and TRAFFIC_RATE more each second. Every call and every message
 *   that the server takes adds TRAFFIC_CREDIT, and every byte that it sends adds a sixteenth.
 * - Frames, in points (frame_meter): TRAFFIC_POINTS_BURST at once, TRAFFIC_POINTS_RATE more each
 *   second. Every call and every message that the server takes adds TRAFFIC_POINTS_CREDIT, and
 *   every byte that it sends adds a point: so as many frames of flow control, and pings that
 *   measure the path, may come as the server sends data.
 * - Calls that wait for the acceptor. A reset stream no longer counts against HTTP/2's limit of
 *   streams, but its call waits all the same and costs C core 13 KiB, for 100 bytes on the wire.
 * - Calls of all connections that are not served: they wait for the acceptor or for a worker, or
 *   are refused, or are over and not yet freed, also after their connection has ended.
 * - Streams that are reset before a message of theirs is taken. The acceptor would hand each to a
 *   worker, which needs a while to see that its stream is over.
 * - Bytes and frames of one header block.
 *
 * The reading thread is the one that reads the connection for C core: there is one at a time.
 */
#ifndef COMMS_SERVER_NET_TRAFFIC_H
#define COMMS_SERVER_NET_TRAFFIC_H

#include "server/net/frame_meter.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRAFFIC_BURST = 5 * 1024 * 1024,
    TRAFFIC_RATE = 16 * 1024,
    TRAFFIC_CREDIT = 32 * 1024, /* about twice the largest headers and message */
    TRAFFIC_SENT_SHARE = 16,

    /* A client that ends may reset all its streams at once, each by a frame of its own: their
     * number comes on top. */
    TRAFFIC_POINTS_BURST = 10000 * FRAME_METER_COST,
    TRAFFIC_POINTS_STREAM = 2 * FRAME_METER_COST,
    TRAFFIC_POINTS_RATE = 100 * FRAME_METER_COST,
    TRAFFIC_POINTS_CREDIT = 8 * FRAME_METER_COST,

    /*
     * Pings at once, and more each second, and one for this number of sent bytes: a number and the
     * answer to the ping that measures the path at it are 38 bytes. C core closes a connection at
     * the third ping without data in between, but each further ping that is read already costs it 3
     * KiB.
     */
    TRAFFIC_PINGS = 100,
    TRAFFIC_PINGS_RATE = 16,
    TRAFFIC_PING_BYTES = 32,

    /* Of the calls that wait for the acceptor, a connection may have as many as it may have
     * streams, and this number of calls that it has reset. */
    TRAFFIC_WAITING_SPARE = 1000,

    /*
     * All connections together may have as many unserved calls as the server may have streams, and
     * TRAFFIC_WAITING_ALL at least: these cost 130 MiB. Beyond that, whoever opens a stream is shut
     * down, unless at most TRAFFIC_WAITING_SHARE of its own wait: proxies open 100 or 128 on a
     * connection. That share shrinks to nothing until there are more by a TRAFFIC_WAITING_EXTRA-th:
     * so who has few calls gets in, and memory has a bound whatever the number of connections.
     */
    TRAFFIC_WAITING_ALL = 10000,
    TRAFFIC_WAITING_SHARE = 128,
    TRAFFIC_WAITING_EXTRA = 8,

    /*
     * Of the streams that are less than a second or two old, a connection may reset as many as it
     * has sent messages, and TRAFFIC_RESETS without, and TRAFFIC_RESETS_RATE more each second: a
     * client that ends resets all its streams. But while TRAFFIC_BEHIND calls of others wait for
     * the acceptor, it may reset TRAFFIC_RESETS_BEHIND, and as many more each second, whatever it
     * has sent. Older streams may be reset: clients give up on a slow server. The acceptor has
     * their calls by then.
     */
    TRAFFIC_RESETS = 1000,
    TRAFFIC_RESETS_RATE = 96,
    TRAFFIC_BEHIND = 500,
    TRAFFIC_RESETS_BEHIND = 128
};

/* The calls of all connections. All zeroes at first. */
struct traffic_total {
    atomic_int_fast64_t waiting;  /* for the acceptor */
    atomic_int_fast64_t existing; /* C core has memory for them */
    atomic_int_fast64_t served;   /* of these: they have sent a message, and are not over */

    /* The acceptor has taken all calls, and waits for the next: what is counted as waiting never
     * comes, such as a call without a path. */
    atomic_bool is_idle;
};

struct traffic_limits {
    int64_t streams; /* of a connection, at a time */
    int64_t waiting; /* unserved calls, of all connections */
};

/* What a connection has used of its bounds. */
struct traffic_used {
    int64_t since; /* time on the clock up to which time has given credit */
    uint_fast64_t credited_calls;
    uint_fast64_t credited_messages;
    uint_fast64_t credited_bytes; /* sent */
    int64_t bytes;                /* of TRAFFIC_BURST */
    int64_t points;               /* of TRAFFIC_POINTS_BURST and its like */
    int64_t pings;                /* of TRAFFIC_PINGS */
    int64_t resets;               /* of TRAFFIC_RESETS; below 0: saved by messages */
    int64_t all_resets;           /* of TRAFFIC_RESETS_BEHIND */
    int64_t second_ends;          /* time on the clock at which streams up to the next are old */
    uint32_t next_old_stream;
};

/* Of one connection. The fields are for this module. */
struct traffic {
    _Atomic(struct traffic_total *) total;

    /* any thread */
    atomic_int_fast64_t waiting;   /* streams opened, whose calls the acceptor has not taken */
    atomic_uint_fast64_t calls;    /* taken */
    atomic_uint_fast64_t messages; /* taken */
    atomic_uint_fast64_t sent;     /* bytes */

    /* the reading thread */
    struct traffic_limits limits;
    struct frame_meter frames;
    struct traffic_used used;
};

/* The bounds; the connection is shut down at the first that it exceeds. */
enum traffic_excess {
    TRAFFIC_IN_BOUNDS,
    TRAFFIC_BYTES,
    TRAFFIC_FRAMES,
    TRAFFIC_HEADER_BLOCK,
    TRAFFIC_WAITING,
    TRAFFIC_RESET
};

/* Begins to count a connection. */
void traffic_init(struct traffic *traffic, const struct traffic_limits *limits,
                  struct traffic_total *total, int64_t now);

/* Counts received bytes, whatever they are. In the reading thread. */
enum traffic_excess traffic_receive(struct traffic *traffic, int64_t bytes, int64_t now);

/* Counts what the bytes mean, as HTTP/2. In the reading thread, after traffic_receive. */
enum traffic_excess traffic_read(struct traffic *traffic, const void *bytes, size_t length);

/* For the log: what the client does. Static. */
const char *traffic_describe(enum traffic_excess excess);

/* The server sends bytes; the acceptor takes a call; a stream takes a message. From any thread. */
void traffic_send(struct traffic *traffic, size_t bytes);
void traffic_take_call(struct traffic *traffic);
void traffic_take_message(struct traffic *traffic);

#endif
