#include "client/channel.h"

#include "shared/wire.h"

#include <grpc/grpc_security.h>

#include <stdlib.h>
#include <string.h>

static grpc_channel *connect_to(const char *target)
{
    char local_pool[] = GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL;
    char retries[] = GRPC_ARG_ENABLE_RETRIES;
    char http_proxy[] = GRPC_ARG_ENABLE_HTTP_PROXY;
    grpc_arg arguments[] = {
        /* A connection of its own: channels to one target share one otherwise. */
        {.type = GRPC_ARG_INTEGER, .key = local_pool, .value.integer = 1},
        /* Every break is to be seen. */
        {.type = GRPC_ARG_INTEGER, .key = retries, .value.integer = 0},
        /* The path is the one that was asked for, whatever the environment says. */
        {.type = GRPC_ARG_INTEGER, .key = http_proxy, .value.integer = 0},
    };
    const grpc_channel_args all = {sizeof arguments / sizeof arguments[0], arguments};
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *connection = grpc_channel_create(target, credentials, &all);
    grpc_channel_credentials_release(credentials);
    return connection;
}

bool channel_init(struct channel *channel, const char *target)
{
    channel->target = strdup(target);
    if (channel->target == NULL) {
        return false;
    }
    channel->connection = connect_to(target);
    return true;
}

void channel_cleanup(struct channel *channel)
{
    grpc_channel_destroy(channel->connection);
    free(channel->target);
}

grpc_call *channel_call(struct channel *channel, grpc_completion_queue *queue)
{
    return grpc_channel_create_call(channel->connection, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                    grpc_slice_from_static_string(WIRE_METHOD), NULL,
                                    gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

bool channel_cannot_connect(const struct channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->connection, 0) ==
           GRPC_CHANNEL_TRANSIENT_FAILURE;
}

void channel_renew(struct channel *channel)
{
    grpc_channel_destroy(channel->connection);
    channel->connection = connect_to(channel->target);
}
