#include "server/net/connection_idle.h"

#include "shared/base/clock.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

/* Looks in an idle time. More of them make the end more exact, and cost more. */
enum { LOOKS = 10 };

#define PAUSE_MIN_NS (50 * NS_PER_MS)

int64_t connection_idle_pause(int64_t idle_ns)
{
    const int64_t pause = idle_ns / LOOKS;
    return pause > PAUSE_MIN_NS ? pause : PAUSE_MIN_NS;
}

bool connection_idle_has_unsent_bytes(int descriptor)
{
    int bytes = 0;
    return ioctl(descriptor, TIOCOUTQ, &bytes) != 0 || bytes > 0;
}

void connection_idle_say_goodbye(int descriptor)
{
    /* GOAWAY (RFC 9113, 6.8). The last stream is 0: the streams before are over. */
    static const unsigned char frame[] = {0, 0, 8,    /* length */
                                          7, 0,       /* GOAWAY, no flags */
                                          0, 0, 0, 0, /* of the connection */
                                          0, 0, 0, 0, /* last stream */
                                          0, 0, 0, 0 /* NO_ERROR */};
    (void)send(descriptor, frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL);
}
