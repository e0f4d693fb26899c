/*
 * Reads the headers of the HTTP/2 frames that a client sends (RFC 9113, section 4.1), and counts
 * what the frames cost the server. The bytes may be cut anywhere. Payloads are skipped, so most
 * reads cost a comparison and a subtraction.
 *
 * Whether a frame is right is C core's matter: the meter only has to count no less than C core
 * does.
 */
#ifndef COMMS_SERVER_NET_FRAME_METER_H
#define COMMS_SERVER_NET_FRAME_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_METER_HEADER = 9, /* bytes of a frame's header */

    /*
     * A header block is HEADERS and the CONTINUATION frames behind it. An honest one is below the
     * limit of metadata (rpc/core_server.c), which counts more bytes of a field than HPACK writes.
     */
    FRAME_METER_BLOCK_MAX = 32 * 1024, /* bytes */
    FRAME_METER_CONTINUATIONS_MAX = 32,

    /*
     * What each frame costs, in points. A point is a byte that the server sends: a client may
     * answer DATA of one number, 21 bytes, by two WINDOW_UPDATE frames.
     */
    FRAME_METER_COST = 8,
    /* What a frame costs besides, because C core answers it by as many bytes. */
    FRAME_METER_PING_ANSWER = 17,
    FRAME_METER_SETTINGS_ANSWER = 9
};

struct frame_meter {
    uint32_t skip;        /* bytes until the next header */
    uint32_t last_stream; /* the highest number of a stream so far */
    uint32_t old_stream;  /* streams above it are new */
    uint32_t block_bytes; /* of the header block so far, as its frames announce them */
    uint8_t continuations;
    uint8_t preface; /* bytes of the client's preface that have come */
    bool is_foreign; /* it is no preface: C core refuses what comes, and it has no frames */
    uint8_t have;    /* bytes of `header` */
    uint8_t header[FRAME_METER_HEADER];
};

/* What the frames that begin in some bytes do. */
struct frame_counts {
    uint64_t streams; /* that they open */
    uint64_t resets;  /* of new streams */
    uint64_t pings;   /* that want an answer */
    uint64_t points;  /* that they cost */
    bool is_block_too_long;
};

/* The connection begins, by the preface of the client. */
void frame_meter_init(struct frame_meter *meter);

/* Reads the next bytes, and adds what they do to the counts. */
void frame_meter_read(struct frame_meter *meter, const uint8_t *bytes, size_t length,
                      struct frame_counts *counts);

#endif
