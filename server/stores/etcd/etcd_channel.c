#include "server/stores/etcd/etcd_channel.h"

#include "shared/base/clock.h"

#include <grpc/grpc_security.h>

enum {
    BACKOFF_FIRST_MS = 200,
    BACKOFF_MAX_MS = 1000, /* a member that is back is found within about a second */
    CONNECT_TIMEOUT_MS = 2000,
    MESSAGE_MAX = 16 * 1024 * 1024
};

static grpc_channel_credentials *create_credentials(const struct certificate_set *tls)
{
    if (tls == NULL) {
        return grpc_insecure_credentials_create();
    }
    grpc_ssl_pem_key_cert_pair pair = {.private_key = tls->key, .cert_chain = tls->certificate};
    return grpc_ssl_credentials_create(tls->authorities, tls->certificate == NULL ? NULL : &pair,
                                       NULL, NULL);
}

grpc_channel *etcd_channel_create(const struct target *member, const struct certificate_set *tls)
{
    static char local_pool[] = GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL;
    static char retries[] = GRPC_ARG_ENABLE_RETRIES;
    static char channelz[] = GRPC_ARG_ENABLE_CHANNELZ;
    static char http_proxy[] = GRPC_ARG_ENABLE_HTTP_PROXY;
    static char backoff_first[] = GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS;
    static char backoff_max[] = GRPC_ARG_MAX_RECONNECT_BACKOFF_MS;
    static char connect_timeout[] = GRPC_ARG_MIN_RECONNECT_BACKOFF_MS;
    static char message_max[] = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
    grpc_arg arguments[] = {
        {.type = GRPC_ARG_INTEGER, .key = local_pool, .value.integer = 1},
        /* The store tries again itself, at another member, and knows what it has tried. */
        {.type = GRPC_ARG_INTEGER, .key = retries, .value.integer = 0},
        {.type = GRPC_ARG_INTEGER, .key = channelz, .value.integer = 0},
        {.type = GRPC_ARG_INTEGER, .key = http_proxy, .value.integer = 0},
        {.type = GRPC_ARG_INTEGER, .key = backoff_first, .value.integer = BACKOFF_FIRST_MS},
        {.type = GRPC_ARG_INTEGER, .key = backoff_max, .value.integer = BACKOFF_MAX_MS},
        {.type = GRPC_ARG_INTEGER, .key = connect_timeout, .value.integer = CONNECT_TIMEOUT_MS},
        {.type = GRPC_ARG_INTEGER, .key = message_max, .value.integer = MESSAGE_MAX},
    };
    const grpc_channel_args all = {sizeof arguments / sizeof arguments[0], arguments};
    char uri[ETCD_MEMBER_SIZE];
    etcd_target_uri(member, uri);
    grpc_channel_credentials *credentials = create_credentials(tls);
    if (credentials == NULL) {
        return NULL;
    }
    grpc_channel *channel = grpc_channel_create(uri, credentials, &all);
    grpc_channel_credentials_release(credentials);
    return channel;
}

size_t etcd_metadata_init(grpc_metadata metadata[static ETCD_METADATA_MAX], const char *token)
{
    size_t count = 0;
    metadata[count++] = (grpc_metadata){.key = grpc_slice_from_static_string("hasleader"),
                                        .value = grpc_slice_from_static_string("true")};
    if (token != NULL) {
        metadata[count++] = (grpc_metadata){.key = grpc_slice_from_static_string("token"),
                                            .value = grpc_slice_from_copied_string(token)};
    }
    return count;
}

void etcd_metadata_cleanup(grpc_metadata metadata[static ETCD_METADATA_MAX], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        grpc_slice_unref(metadata[i].value);
    }
}

gpr_timespec etcd_deadline(int64_t timeout_ns)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                        gpr_time_from_nanos(timeout_ns, GPR_TIMESPAN));
}
