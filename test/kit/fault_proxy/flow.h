/*
 * One direction of a connection: the bytes that were read from one side and not yet written to the
 * other. For one thread.
 */
#ifndef COMMS_TEST_KIT_FAULT_PROXY_FLOW_H
#define COMMS_TEST_KIT_FAULT_PROXY_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLOW_BUFFER_SIZE = 16384 };

struct flow {
    int from;
    int to;
    size_t start;
    size_t end;
    size_t limit; /* bytes up to here may be written; those up to `end` wait for the fault */
    bool ended;   /* nothing more comes from `from` */
    bool shut;    /* `to` was told so */
    uint8_t buffer[FLOW_BUFFER_SIZE];
};

/* Reads, once all that came before was written; false when the connection is broken. */
bool flow_fill(struct flow *flow);

/* Reads more of what is kept back; false when the connection is broken. */
bool flow_append(struct flow *flow);

/* Writes up to the limit, and passes the end on; false when the connection is broken. */
bool flow_drain(struct flow *flow);

#endif
