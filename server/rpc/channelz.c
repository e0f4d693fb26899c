#include "server/rpc/channelz.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <stdbool.h>
#include <string.h>

static const char *const names[CHANNELZ_FIELDS] = {[CHANNELZ_START_SERVER_ID] = "start_server_id",
                                                   [CHANNELZ_SERVER_ID] = "server_id",
                                                   [CHANNELZ_START_SOCKET_ID] = "start_socket_id",
                                                   [CHANNELZ_MAX_RESULTS] = "max_results",
                                                   [CHANNELZ_SOCKET_ID] = "socket_id",
                                                   [CHANNELZ_START_CHANNEL_ID] = "start_channel_id",
                                                   [CHANNELZ_CHANNEL_ID] = "channel_id",
                                                   [CHANNELZ_SUBCHANNEL_ID] = "subchannel_id"};

const char *channelz_field_name(enum channelz_field field)
{
    return names[field];
}

static unsigned bit(enum channelz_field field)
{
    return 1U << (unsigned)field;
}

/* NULL: nothing is found. *ret_is_known: it is a question of channelz. */
static char *ask(const struct channelz_query *query, unsigned given, bool *ret_is_known)
{
    const int64_t *fields = query->fields;
    const int64_t from = fields[CHANNELZ_START_SOCKET_ID];
    const int64_t most = fields[CHANNELZ_MAX_RESULTS];
    const unsigned sockets = bit(CHANNELZ_START_SOCKET_ID) | bit(CHANNELZ_MAX_RESULTS);
    *ret_is_known = true;
    if (given == 0 || given == bit(CHANNELZ_START_SERVER_ID)) {
        return grpc_channelz_get_servers(given == 0 ? 0 : fields[CHANNELZ_START_SERVER_ID]);
    }
    if (given == bit(CHANNELZ_SERVER_ID)) {
        return grpc_channelz_get_server(fields[CHANNELZ_SERVER_ID]);
    }
    if ((given & ~sockets) == bit(CHANNELZ_SERVER_ID)) {
        return grpc_channelz_get_server_sockets(fields[CHANNELZ_SERVER_ID], from < 0 ? 0 : from,
                                                most < 0 ? 0 : most);
    }
    if (given == bit(CHANNELZ_SOCKET_ID)) {
        return grpc_channelz_get_socket(fields[CHANNELZ_SOCKET_ID]);
    }
    if (given == bit(CHANNELZ_START_CHANNEL_ID)) {
        return grpc_channelz_get_top_channels(fields[CHANNELZ_START_CHANNEL_ID]);
    }
    if (given == bit(CHANNELZ_CHANNEL_ID)) {
        return grpc_channelz_get_channel(fields[CHANNELZ_CHANNEL_ID]);
    }
    if (given == bit(CHANNELZ_SUBCHANNEL_ID)) {
        return grpc_channelz_get_subchannel(fields[CHANNELZ_SUBCHANNEL_ID]);
    }
    *ret_is_known = false;
    return NULL;
}

enum channelz_result channelz_ask(const struct channelz_query *query, char **ret_json)
{
    unsigned given = 0;
    for (int i = 0; i < CHANNELZ_FIELDS; i++) {
        given |= query->fields[i] == CHANNELZ_ABSENT ? 0 : bit((enum channelz_field)i);
    }
    bool is_known;
    char *json = ask(query, given, &is_known);
    if (json == NULL) {
        return is_known ? CHANNELZ_NOT_FOUND : CHANNELZ_UNKNOWN;
    }
    char *copy = strdup(json);
    gpr_free(json);
    if (copy == NULL) {
        return CHANNELZ_NOT_FOUND;
    }
    *ret_json = copy;
    return CHANNELZ_OK;
}
