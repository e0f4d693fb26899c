/*
 * The connections to the admin port. There are few, and when they become too many, the oldest one
 * is ended: so clients that say nothing, or read nothing, cannot keep others out, whatever they do
 * against time-outs. For one thread, libmicrohttpd's.
 */
#ifndef COMMS_SERVER_ADMIN_GUESTS_H
#define COMMS_SERVER_ADMIN_GUESTS_H

#include <stddef.h>

enum { GUESTS_MAX = 16 };

/* All zeroes: nobody is there. */
struct guests {
    size_t count;
    int descriptors[GUESTS_MAX + 1]; /* in the order in which they came */
};

/* A connection was accepted. If it is one too many, shuts down the oldest one, which leaves soon.
 */
void guests_come(struct guests *guests, int descriptor);

/* The connection is about to be closed. */
void guests_leave(struct guests *guests, int descriptor);

#endif
