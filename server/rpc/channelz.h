/*
 * What C core says of itself (channelz), as JSON in the form of gRPC's channelz.proto. C core has
 * it if core_server_create was told so. From any thread, between grpc_init and grpc_shutdown.
 *
 * Sockets that C core was given as descriptors, those of connections without TLS, are in no
 * server's list of sockets; each is found by its number alone.
 */
#ifndef COMMS_SERVER_RPC_CHANNELZ_H
#define COMMS_SERVER_RPC_CHANNELZ_H

#include <stdint.h>

/* The fields of channelz.proto's requests. */
enum channelz_field {
    CHANNELZ_START_SERVER_ID,
    CHANNELZ_SERVER_ID,
    CHANNELZ_START_SOCKET_ID,
    CHANNELZ_MAX_RESULTS,
    CHANNELZ_SOCKET_ID,
    CHANNELZ_START_CHANNEL_ID,
    CHANNELZ_CHANNEL_ID,
    CHANNELZ_SUBCHANNEL_ID,
    CHANNELZ_FIELDS
};

/* The field's name, as "server_id"; static. */
const char *channelz_field_name(enum channelz_field field);

/* A question: fields that are not given are CHANNELZ_ABSENT. */
enum { CHANNELZ_ABSENT = -1 };
struct channelz_query {
    int64_t fields[CHANNELZ_FIELDS];
};

enum channelz_result {
    CHANNELZ_OK,
    CHANNELZ_NOT_FOUND,
    CHANNELZ_UNKNOWN /* no question of channelz has these fields */
};

/*
 * Asks C core by the fields that are given: GetServers (start_server_id, or no field), GetServer
 * (server_id), GetServerSockets (server_id with start_socket_id or max_results), GetSocket
 * (socket_id), GetTopChannels (start_channel_id), GetChannel and GetSubchannel. Sets *ret_json, for
 * free(), if the result is CHANNELZ_OK.
 */
enum channelz_result channelz_ask(const struct channelz_query *query, char **ret_json);

#endif
