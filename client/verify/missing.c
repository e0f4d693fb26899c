#include "client/verify/missing.h"

#include <stddef.h>
#include <stdlib.h>

enum { ROOM_MIN = 4 }; /* doubled up to MISSING_MAX */

struct missing {
    size_t room;
    size_t added; /* ever: once the room is MISSING_MAX, the newest overwrites the oldest */
    struct missing_message messages[]; /* one that was taken out has position 0 */
};

static bool make_room(struct missing **missing)
{
    size_t room = *missing == NULL ? 0 : (*missing)->room;
    size_t added = *missing == NULL ? 0 : (*missing)->added;
    if (added < room || room == MISSING_MAX) {
        return true;
    }
    size_t more = room == 0 ? ROOM_MIN : 2 * room;
    struct missing *grown =
        realloc(*missing, sizeof *grown + more * sizeof(struct missing_message));
    if (grown == NULL) {
        return false;
    }
    grown->room = more;
    grown->added = added;
    *missing = grown;
    return true;
}

void missing_add(struct missing **missing, const struct missing_message *message)
{
    if (make_room(missing)) {
        (*missing)->messages[(*missing)->added++ % MISSING_MAX] = *message;
    }
}

bool missing_take(struct missing *missing, uint64_t value, struct missing_message *ret_message)
{
    if (missing == NULL) {
        return false;
    }
    size_t count = missing->added < MISSING_MAX ? missing->added : MISSING_MAX;
    for (size_t i = 0; i < count; i++) {
        struct missing_message *message = &missing->messages[i];
        if (message->position != 0 && message->value == value) {
            *ret_message = *message;
            message->position = 0;
            return true;
        }
    }
    return false;
}
