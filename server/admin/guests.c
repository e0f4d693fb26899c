#include "server/admin/guests.h"

#include <string.h>
#include <sys/socket.h>

void guests_come(struct guests *guests, int descriptor)
{
    if (guests->count > GUESTS_MAX) {
        /* The one that was shut down has not left yet: libmicrohttpd comes to it after this. */
        guests_leave(guests, guests->descriptors[0]);
    }
    guests->descriptors[guests->count++] = descriptor;
    if (guests->count > GUESTS_MAX) {
        (void)shutdown(guests->descriptors[0], SHUT_RDWR);
    }
}

void guests_leave(struct guests *guests, int descriptor)
{
    for (size_t i = 0; i < guests->count; i++) {
        if (guests->descriptors[i] == descriptor) {
            guests->count--;
            memmove(&guests->descriptors[i], &guests->descriptors[i + 1],
                    (guests->count - i) * sizeof guests->descriptors[0]);
            return;
        }
    }
}
