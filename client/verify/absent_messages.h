/*
 * The messages of a stream that did not come in their place, in case they come after all: the last
 * ABSENT_MESSAGES_MAX of them. It belongs to one thread.
 */
#ifndef COMMS_CLIENT_VERIFY_ABSENT_MESSAGES_H
#define COMMS_CLIENT_VERIFY_ABSENT_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

enum { ABSENT_MESSAGES_MAX = 1024 };

struct absent_messages;

struct absent_message {
    uint64_t value;
    uint32_t position; /* 1, 2, … */
    bool is_lost;      /* a later one came in its place; else a corrupt one did */
};

/*
 * Remembers the message; *absent is NULL at first, and freed by free(). Without memory for it the
 * message is forgotten: if it comes after all, it is taken for one that comes again.
 */
void absent_messages_add(struct absent_messages **absent, const struct absent_message *message);

/* Takes out a message of this value. False where there is none, as with NULL. */
bool absent_messages_take(struct absent_messages *absent, uint64_t value,
                          struct absent_message *ret_message);

#endif
