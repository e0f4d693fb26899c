/* Requests that no honest client sends, as the DATA of stream 1. */
#ifndef COMMS_TEST_FAULTS_HOSTILE_MESSAGES_H
#define COMMS_TEST_FAULTS_HOSTILE_MESSAGES_H

#include "test/kit/raw_http2/frames.h"

#include <stdbool.h>

/* Statuses of gRPC. */
enum {
    STATUS_CUT = -2, /* none of them: the connection was closed, or the stream reset */
    STATUS_UNKNOWN = 2,
    STATUS_INVALID_ARGUMENT = 3,
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_RESOURCE_EXHAUSTED = 8,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13
};

struct hostile_message {
    const char *name;
    void (*add)(struct frames *frames);
    int status;
    int other;     /* as good */
    bool has_body; /* bytes follow as fast as the server takes them */
    bool is_gzip;  /* says so in its metadata */
};

extern const struct hostile_message hostile_messages[];
extern const size_t hostile_message_count;

#endif
