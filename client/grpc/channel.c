#include "client/grpc/channel.h"

#include "shared/grpc/core_version.h"
#include "shared/grpc/wire.h"
#include "shared/protocol/codec.h"

#include <grpc/grpc_security.h>

/* Arguments of a channel: those that it always has, and those that it may have. */
enum { ARGUMENTS_ALWAYS = 6, ARGUMENTS_MAX = 12 };

/* C core takes strings that could be changed, and copies them. */
static grpc_arg string_argument(char *key, const char *value)
{
    union {
        const char *ours;
        char *theirs;
    } string = {.ours = value};
    return (grpc_arg){.type = GRPC_ARG_STRING, .key = key, .value.string = string.theirs};
}

/* Adds the arguments that the route or the version of C core asks for. Returns how many. */
static size_t add_arguments(const struct channel_route *route, struct socket_watch *socket,
                            grpc_arg *arguments)
{
    static char server_name[] = GRPC_SSL_TARGET_NAME_OVERRIDE_ARG;
    static char policy[] = GRPC_ARG_LB_POLICY_NAME;
    static char user_agent[] = GRPC_ARG_PRIMARY_USER_AGENT_STRING;
    static char window[] = GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES;
    static char probe[] = GRPC_ARG_HTTP2_BDP_PROBE;
    size_t count = 0;
    if (core_version_is_known()) {
        arguments[count++] = socket_watch_argument(socket);
    }
    if (route->server_name != NULL) {
        arguments[count++] = string_argument(server_name, route->server_name);
    }
    if (route->is_round_robin) {
        arguments[count++] = string_argument(policy, "round_robin");
    }
    if (route->user_agent != NULL) {
        arguments[count++] = string_argument(user_agent, route->user_agent);
    }
    if (route->stream_window > 0) {
        arguments[count++] = (grpc_arg){
            .type = GRPC_ARG_INTEGER, .key = window, .value.integer = route->stream_window};
        /* C core would find the path's bandwidth, and widen the window to it. */
        arguments[count++] = (grpc_arg){.type = GRPC_ARG_INTEGER, .key = probe, .value.integer = 0};
    }
    return count;
}

static grpc_channel *create_channel(const struct channel_route *route,
                                    const grpc_channel_args *arguments)
{
    if (route->credentials != NULL) {
        return grpc_channel_create(route->target, route->credentials, arguments);
    }
    grpc_channel_credentials *plain = grpc_insecure_credentials_create();
    grpc_channel *connection = grpc_channel_create(route->target, plain, arguments);
    grpc_channel_credentials_release(plain);
    return connection;
}

static grpc_channel *connect_to(const struct channel_route *route, struct socket_watch *socket)
{
    static char local_pool[] = GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL;
    static char retries[] = GRPC_ARG_ENABLE_RETRIES;
    static char channelz[] = GRPC_ARG_ENABLE_CHANNELZ;
    static char deadlines[] = GRPC_ARG_ENABLE_DEADLINE_CHECKS;
    static char http_proxy[] = GRPC_ARG_ENABLE_HTTP_PROXY;
    static char connect_timeout[] = GRPC_ARG_MIN_RECONNECT_BACKOFF_MS;
    grpc_arg arguments[ARGUMENTS_MAX] = {
        /* A connection of its own: otherwise channels to one target share one. */
        {.type = GRPC_ARG_INTEGER, .key = local_pool, .value.integer = 1},
        /* No retries, so that every break is seen. */
        {.type = GRPC_ARG_INTEGER, .key = retries, .value.integer = 0},
        /* No HTTP proxy from the environment: the path is the one that the user names. */
        {.type = GRPC_ARG_INTEGER, .key = http_proxy, .value.integer = 0},
        /* C core tries the addresses of a name one after the other, each for 20 s by default: too
         * long where the first one swallows all packets. */
        {.type = GRPC_ARG_INTEGER,
         .key = connect_timeout,
         .value.integer = (int)(route->connect_timeout_ns / NS_PER_MS)},
        /* Messages are cheaper without channelz, whose statistics nobody reads, */
        {.type = GRPC_ARG_INTEGER, .key = channelz, .value.integer = 0},
        /* and without deadlines, which no call has. */
        {.type = GRPC_ARG_INTEGER, .key = deadlines, .value.integer = 0},
    };
    size_t more = add_arguments(route, socket, arguments + ARGUMENTS_ALWAYS);
    const grpc_channel_args all = {ARGUMENTS_ALWAYS + more, arguments};
    return create_channel(route, &all);
}

bool channel_init(struct channel *channel, const struct channel_route *route, unsigned number)
{
    *channel = (struct channel){
        .route = route, .number = number, .generation = 1, .left_ready_at = CLOCK_NEVER};
    channel->socket = socket_watch_create();
    if (channel->socket == NULL) {
        return false;
    }
    channel->connection = connect_to(channel->route, channel->socket);
    return true;
}

void channel_cleanup(struct channel *channel)
{
    if (channel->connection != NULL) {
        grpc_channel_destroy(channel->connection);
    }
    socket_watch_unref(channel->socket);
}

grpc_call *channel_call(struct channel *channel, grpc_completion_queue *queue)
{
    const char *name = channel->route->authority;
    const grpc_slice authority = grpc_slice_from_static_string(name == NULL ? "" : name);
    return grpc_channel_create_call(channel->connection, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                    grpc_slice_from_static_string(COMMS_METHOD),
                                    name == NULL ? NULL : &authority,
                                    gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

bool channel_has_settled(struct channel *channel, int64_t now)
{
    if (channel->is_settled || !channel->route->is_round_robin) {
        return true;
    }
    if (channel->settle_by == 0) {
        channel->settle_by = now + NS_PER_S;
    }
    grpc_connectivity_state state = grpc_channel_check_connectivity_state(channel->connection, 1);
    channel->is_settled = now >= channel->settle_by || state == GRPC_CHANNEL_TRANSIENT_FAILURE ||
                          (state == GRPC_CHANNEL_READY && socket_watch_is_settled(channel->socket));
    return channel->is_settled;
}

bool channel_is_first_use(const struct channel *channel, const char *peer)
{
    return socket_watch_is_first_use(channel->socket, peer);
}

static bool has_generation(uint64_t set, const struct channel *channel, unsigned generation)
{
    unsigned age = channel->generation - generation;
    return age < 64 && (set >> age & 1) != 0;
}

bool channel_was_cut(const struct channel *channel, unsigned generation)
{
    return has_generation(channel->cut, channel, generation);
}

bool channel_was_silenced(const struct channel *channel, unsigned generation)
{
    return has_generation(channel->silent, channel, generation);
}

bool channel_is_ready(const struct channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->connection, 0) == GRPC_CHANNEL_READY;
}

bool channel_was_ready(const struct channel *channel, unsigned generation)
{
    return generation == channel->generation
               ? channel_is_ready(channel)
               : has_generation(channel->dropped_ready, channel, generation);
}

bool channel_has_failed(const struct channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->connection, 0) ==
           GRPC_CHANNEL_TRANSIENT_FAILURE;
}

void channel_note_stop(struct channel *channel, int64_t now, int64_t stopped_ns)
{
    channel->awake_since = now;
    channel->stopped_ns += stopped_ns;
}

void channel_look(struct channel *channel, int64_t now)
{
    grpc_connectivity_state state = grpc_channel_check_connectivity_state(channel->connection, 0);
    bool is_ready = state == GRPC_CHANNEL_READY;
    if (state == GRPC_CHANNEL_CONNECTING) {
        channel->connecting_at = now;
    }
    if (channel->was_ready && !is_ready) {
        channel->left_ready_at = now;
    }
    channel->was_ready = is_ready;
}

/*
 * A connection that breaks also leaves READY, but then its calls end at once. A channel that left
 * READY at least CHANNEL_LOOK_NS before got a GOAWAY.
 */
bool channel_was_sent_away(const struct channel *channel, int64_t opened_at, int64_t now)
{
    return channel->left_ready_at != CLOCK_NEVER && opened_at < channel->left_ready_at &&
           channel->left_ready_at <= now - CHANNEL_LOOK_NS;
}

void channel_renew(struct channel *channel)
{
    struct socket_watch *socket = socket_watch_create();
    if (socket == NULL) {
        return;
    }
    bool is_ready = channel_is_ready(channel);
    channel_cleanup(channel);
    channel->socket = socket;
    channel->connection = connect_to(channel->route, socket);
    channel->generation++;
    channel->dropped_ready = (channel->dropped_ready | (is_ready ? 1 : 0)) << 1;
    channel->cut <<= 1;
    channel->silent <<= 1;
    channel->connecting_at = 0;
    channel->was_ready = false;
    channel->left_ready_at = CLOCK_NEVER;
}

void channel_cut(struct channel *channel)
{
    if (channel_is_ready(channel) && socket_watch_cut(channel->socket)) {
        channel->cut |= 1;
        channel_renew(channel);
    }
}

void channel_silence(struct channel *channel)
{
    channel->silent |= channel_is_ready(channel) ? 1 : 0;
}
