/*
 * The messages of a stream that did not come in their place, in case they come after all: the last
 * MISSING_MAX of them. It belongs to one thread.
 */
#ifndef COMMS_CLIENT_VERIFY_MISSING_H
#define COMMS_CLIENT_VERIFY_MISSING_H

#include <stdbool.h>
#include <stdint.h>

enum { MISSING_MAX = 1024 };

struct missing;

struct missing_message {
    uint64_t value;
    uint32_t position; /* 1, 2, … */
    bool is_lost;      /* a later one came in its place; else a corrupt one did */
};

/*
 * Remembers the message; *missing is NULL at first, and freed by free(). Without memory for it the
 * message is forgotten: if it comes after all, it is taken for one that comes again.
 */
void missing_add(struct missing **missing, const struct missing_message *message);

/* Takes out a message of this value. False where there is none, as with NULL. */
bool missing_take(struct missing *missing, uint64_t value, struct missing_message *ret_message);

#endif
