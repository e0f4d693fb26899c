/*
 * Remembers messages that did not come in their place, because they may come later: the last
 * ABSENT_MESSAGES_MAX of a stream. Belongs to one thread.
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
    bool is_lost;      /* a later message came in its place; otherwise a corrupt one */
};

/*
 * Remembers a message. *absent is NULL at first; the caller frees it by free(). If memory is
 * missing the message is not remembered: if it comes later, it is taken for a repetition.
 */
void absent_messages_add(struct absent_messages **absent, const struct absent_message *message);

/* Takes out a message of this value. False if there is none; `absent` may be NULL. */
bool absent_messages_take(struct absent_messages *absent, uint64_t value,
                          struct absent_message *ret_message);

#endif
