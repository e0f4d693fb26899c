#include "server/rpc/core_server.h"

#include "server/net/frame_meter.h"
#include "server/services/service.h"
#include "shared/base/clock.h"

#include <assert.h>
#include <limits.h>

enum {
    /* Milliseconds between the pings of a quiet client. Those of 10 s are welcome, and the path may
     * hold one back for a while; a flood is far below. */
    PING_INTERVAL_MS = 5000,
    /* Bytes of the headers of a call, each with 32 more. C core closes a connection that sends
     * more: room for a long token. */
    METADATA_MAX = 16 * 1024,
    NO_COMPRESSION = 1 << GRPC_COMPRESS_NONE
};

static_assert(FRAME_METER_BLOCK_MAX >= 2 * METADATA_MAX, "no honest header block is cut");

static grpc_arg integer_argument(const char *key, int value)
{
    /* C core only reads the key: its field lacks the word const. */
    const union {
        const char *constant;
        char *key;
    } name = {.constant = key};
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = name.key, .value.integer = value};
}

/* In milliseconds, rounded up; INT_MAX: without end, and also for 0. */
static int milliseconds(int64_t duration_ns)
{
    const int64_t rounded = duration_ns / NS_PER_MS + (duration_ns % NS_PER_MS != 0);
    return rounded == 0 || rounded > INT_MAX ? INT_MAX : (int)rounded;
}

/*
 * Pings of the client: C core closes a connection at the third ping that comes too soon after the
 * one before, unless the server has sent something in between. Without these arguments a ping is
 * too soon within 5 minutes, and within 2 hours where no call lives.
 *
 * Compression: C core would inflate a message before it looks at its length. Without compression
 * its two filters would have nothing to do but to pass each message on.
 *
 * Channelz: it notes the time of each message, for a page that only the admin port shows.
 *
 * Each filter costs every number. The worker keeps the clients' deadlines (deadline.h). An age has
 * one, and an idle time would have the same: so net/connection_idle ends idle connections instead
 * of C core.
 */
grpc_server *core_server_create(const struct core_server_settings *settings)
{
    const struct connection_times *times = &settings->times;
    const int timeout = milliseconds(times->keepalive_ns == 0 ? 0 : times->keepalive_ns / 3 + 1);
    grpc_arg items[] = {
        integer_argument(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, SERVICE_MESSAGE_MAX),
        integer_argument(GRPC_ARG_MAX_CONCURRENT_STREAMS, (int)settings->max_streams),
        integer_argument(GRPC_ARG_MAX_METADATA_SIZE, METADATA_MAX),
        integer_argument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, NO_COMPRESSION),
        integer_argument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0),
        integer_argument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        integer_argument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, PING_INTERVAL_MS),
        integer_argument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer_argument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0),
        integer_argument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(times->keepalive_ns)),
        integer_argument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, timeout),
        integer_argument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                         milliseconds(times->handshake_timeout_ns)),
        integer_argument(GRPC_ARG_MAX_CONNECTION_AGE_MS, milliseconds(times->age_ns)),
        integer_argument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, CORE_SERVER_AGE_GRACE_MS),
        integer_argument(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0),
        integer_argument(GRPC_ARG_ENABLE_CHANNELZ, settings->has_channelz),
        {0}}; /* a place for the port's */
    size_t count = sizeof items / sizeof items[0] - 1;
    if (settings->tls != NULL) {
        items[count++] = external_listener_argument(&settings->tls->listener);
    }
    const grpc_channel_args arguments = {count, items};
    return grpc_server_create(&arguments, NULL);
}
