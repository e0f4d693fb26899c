#include "client/verify/absent_messages.h"

#include <stddef.h>
#include <stdlib.h>

enum { ROOM_MIN = 4 }; /* the room doubles up to ABSENT_MESSAGES_MAX */

struct absent_messages {
    size_t room;
    size_t added; /* of all times; beyond ABSENT_MESSAGES_MAX the newest overwrites the oldest */
    struct absent_message messages[]; /* position 0: it was taken out */
};

static bool make_room(struct absent_messages **absent)
{
    size_t room = *absent == NULL ? 0 : (*absent)->room;
    size_t added = *absent == NULL ? 0 : (*absent)->added;
    if (added < room || room == ABSENT_MESSAGES_MAX) {
        return true;
    }
    size_t more = room == 0 ? ROOM_MIN : 2 * room;
    struct absent_messages *grown =
        realloc(*absent, sizeof *grown + more * sizeof(struct absent_message));
    if (grown == NULL) {
        return false;
    }
    grown->room = more;
    grown->added = added;
    *absent = grown;
    return true;
}

void absent_messages_add(struct absent_messages **absent, const struct absent_message *message)
{
    if (make_room(absent)) {
        (*absent)->messages[(*absent)->added++ % ABSENT_MESSAGES_MAX] = *message;
    }
}

bool absent_messages_take(struct absent_messages *absent, uint64_t value,
                          struct absent_message *ret_message)
{
    if (absent == NULL) {
        return false;
    }
    size_t count = absent->added < ABSENT_MESSAGES_MAX ? absent->added : ABSENT_MESSAGES_MAX;
    for (size_t i = 0; i < count; i++) {
        struct absent_message *message = &absent->messages[i];
        if (message->position != 0 && message->value == value) {
            *ret_message = *message;
            message->position = 0;
            return true;
        }
    }
    return false;
}
