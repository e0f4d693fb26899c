/*
 * A connection to the server, which streams share: a channel of C core and the watch of its socket.
 * With round_robin the channel has a socket to each address of the server; what is said here of its
 * connection is then true of all of them together: it is ready if one is, and all are cut.
 * Belongs to one thread.
 */
#ifndef COMMS_CLIENT_GRPC_CHANNEL_H
#define COMMS_CLIENT_GRPC_CHANNEL_H

#include "client/grpc/socket_watch.h"
#include "shared/base/clock.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

#define CHANNEL_LOOK_NS   (100 * NS_PER_MS)
#define CHANNEL_SETTLE_NS (20 * NS_PER_MS)

/* The way to the server. */
struct channel_route {
    const char *target;         /* a name that C core resolves */
    int64_t connect_timeout_ns; /* for each of the name's addresses, in milliseconds at least */
    grpc_channel_credentials *credentials; /* of TLS; NULL: without TLS */
    const char *server_name; /* with TLS: sent to the server in place of the target's; or NULL */
    bool is_round_robin;     /* a connection to each address of the target, in turn */
    const char *user_agent;  /* before C core's own; NULL: nothing */
    int stream_window; /* bytes that a call's server may send ahead of the client; 0: C core's */
    /* What each call sends: */
    const char *authority; /* NULL: that of the target, or the server_name */
    grpc_metadata *headers;
    size_t header_count;
};

struct channel {
    const struct channel_route *route;
    unsigned number; /* 1, 2, … */
    grpc_channel *connection;
    struct socket_watch *socket;

    /* Connection number: 1 at first, +1 by each channel_renew. */
    unsigned generation;
    int64_t last_activity; /* time of the last message on it */

    /* With round_robin: until when calls wait for all addresses; 0: nobody has asked yet. */
    int64_t settle_by;
    bool is_settled;

    /* A call on it is silent for no fault of the path before both of these times. */
    int64_t connecting_at; /* when C core was last seen to try to connect; 0: never */
    int64_t awake_since; /* when the client itself was last found to have been stopped; 0: never */
    int64_t stopped_ns;  /* how long it was stopped, in all */

    /*
     * C core does not report a GOAWAY. But its channel then leaves the state READY while its calls
     * go on, until another call reconnects it. channel_look notices the change.
     */
    bool was_ready;
    int64_t left_ready_at; /* CLOCK_NEVER: it is still ready, or never was */

    /*
     * What happened to the last 64 generations, whose calls may still be open: bit i is for the
     * i-th generation before this one.
     */
    uint64_t dropped_ready; /* was connected when it was dropped */
    uint64_t cut;           /* was cut by --chaos */
    uint64_t silent;        /* is no longer read, by --chaos */
};

/*
 * The route must outlive the channel. False if memory is missing. The channel connects with its
 * first call.
 */
bool channel_init(struct channel *channel, const struct channel_route *route, unsigned number);
void channel_cleanup(struct channel *channel);

/* Makes a call of the service's method; the caller unreferences it. */
grpc_call *channel_call(struct channel *channel, grpc_completion_queue *queue);

/*
 * Whether the first calls can be made. With round_robin they would all go to the address that is
 * connected first; so this connects the channel, and is false until all addresses seem to be
 * connected, for a second at most. To be asked again after CHANNEL_SETTLE_NS.
 */
bool channel_has_settled(struct channel *channel, int64_t now);

/*
 * Whether a call was the first that came to life over its connection to this peer, which is written
 * as 10.0.0.1:443. Always false with an unknown C core.
 */
bool channel_is_first_use(const struct channel *channel, const char *peer);

/* Whether the channel is connected now. */
bool channel_is_ready(const struct channel *channel);

/* Whether the connection of that generation is connected, or was when it was dropped. */
bool channel_was_ready(const struct channel *channel, unsigned generation);

/*
 * Notes when the channel is being connected, and when it leaves READY. To be called every
 * CHANNEL_LOOK_NS while it has calls.
 */
void channel_look(struct channel *channel, int64_t now);

/* The client itself was stopped for this time, until now. */
void channel_note_stop(struct channel *channel, int64_t now, int64_t stopped_ns);

/*
 * Whether C core has tried all addresses in vain. Then no attempt to connect is under way: calls
 * that waited for one have ended.
 */
bool channel_has_failed(const struct channel *channel);

/* Whether the connection of a call, opened at `opened_at` and ended now, got a GOAWAY before. */
bool channel_was_sent_away(const struct channel *channel, int64_t opened_at, int64_t now);

/*
 * Makes a new connection for future calls: the next call connects at once, while C core would wait
 * for its own backoff after a failed try. Calls that are connected keep the old connection; calls
 * that wait for it end, so it must not be renewed while an attempt is under way. If memory is
 * missing nothing changes.
 */
void channel_renew(struct channel *channel);

/*
 * Cuts the connection under its calls, and renews the channel. Does nothing if it is not connected:
 * others may wait for an attempt that is under way.
 */
void channel_cut(struct channel *channel);

/* Makes the calls of this connection drop all messages, as if none came; if it is connected. */
void channel_silence(struct channel *channel);

/* Whether the connection of that generation was cut, or silenced. */
bool channel_was_cut(const struct channel *channel, unsigned generation);
bool channel_was_silenced(const struct channel *channel, unsigned generation);

#endif
