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

/* Bytes that the kernel has not sent yet, or that the client has not acknowledged. */
static bool has_unsent_bytes(int descriptor)
{
    int bytes = 0;
    return ioctl(descriptor, TIOCOUTQ, &bytes) != 0 || bytes > 0;
}

/*
 * GOAWAY of HTTP/2 (RFC 9113, 6.8). The last stream is 0: no stream is served from now on, and the
 * ones before are over.
 */
static void send_goaway(int descriptor)
{
    static const unsigned char frame[] = {0, 0, 8,    /* length */
                                          7, 0,       /* GOAWAY, no flags */
                                          0, 0, 0, 0, /* the connection's */
                                          0, 0, 0, 0, /* last stream */
                                          0, 0, 0, 0 /* NO_ERROR */};
    (void)send(descriptor, frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void connection_idle_end(int descriptor, bool is_plain)
{
    /* C core writes a part of a frame only if the kernel has no room for more. So a frame of ours
     * goes between two of C core's if nothing is unsent. */
    if (is_plain && !has_unsent_bytes(descriptor)) {
        send_goaway(descriptor);
    }
    (void)shutdown(descriptor, SHUT_RDWR);
}
