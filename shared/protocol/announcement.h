/*
 * What a server announces of itself in the headers of each stream (initial metadata), as a client
 * reads it. Every function may be called from any thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_ANNOUNCEMENT_H
#define COMMS_SHARED_PROTOCOL_ANNOUNCEMENT_H

#include "shared/protocol/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The headers, in the order of their names below. Another limit is a row here and in the .c file.
 */
enum announced {
    ANNOUNCED_VERSION,
    ANNOUNCED_MODE,
    ANNOUNCED_INTERVAL,     /* between the numbers of this stream */
    ANNOUNCED_MIN_INTERVAL, /* the server's own, if this stream gets a longer one */
    ANNOUNCED_MAX_NUMBERS,  /* of a stateful session */
    ANNOUNCED_SESSION_TIMEOUT,
    ANNOUNCED_MAX_SIZE, /* of the padding of a message */
    ANNOUNCED_FIELDS
};

enum { ANNOUNCED_VERSION_SIZE = 32, ANNOUNCED_TEXT_SIZE = 96 };

/* All zeroes: nothing is announced. */
struct announcement {
    unsigned has;     /* bit 1 << ANNOUNCED_…: the field below is valid */
    unsigned garbled; /* the same bits: the header came with a wrong value, or twice */
    enum mode mode;
    uint32_t max_numbers;
    uint32_t max_size;   /* bytes */
    int64_t interval_ns; /* nanoseconds; 0: full speed */
    int64_t min_interval_ns;
    int64_t session_timeout_ns;
    char version[ANNOUNCED_VERSION_SIZE];   /* printable ASCII */
    char garbled_text[ANNOUNCED_TEXT_SIZE]; /* the first garbled header, its value quoted */
};

/* "comms-interval", for instance; static. */
const char *announced_name(enum announced field);

bool announcement_has(const struct announcement *announcement, enum announced field);

/* Whether both say the same. */
bool announcement_equal(const struct announcement *a, const struct announcement *b);

/*
 * Reads one header into the announcement. Headers with other names are none of ours, and change
 * nothing. A value that its field cannot have is garbled, and so is a header that comes again.
 */
void announcement_read(struct announcement *announcement, const char *name, size_t name_length,
                       const char *value, size_t value_length);

#endif
