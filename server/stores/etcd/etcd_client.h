/*
 * The client of etcd over C core: a channel to each member, calls that go to one of them, and a
 * watch. A call that gets no answer within half a second tells that its member is away: the next
 * calls, and the watch, go to the next one. Every two seconds all members are asked who leads them,
 * since calls are cheapest at the leader. While calls fail, the files of the secrets are looked at
 * again: new ones come with new connections and a new token.
 *
 * One thread owns a client, and drives it by etcd_client_run. Only etcd_client_wake is for any
 * thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_CLIENT_H
#define COMMS_SERVER_STORES_ETCD_ETCD_CLIENT_H

#include "server/stores/etcd/etcd_link.h"
#include "server/stores/etcd/etcd_secrets.h"
#include "server/stores/etcd/etcd_target.h"

#include <stdint.h>

struct etcd_client;

struct etcd_client_settings {
    const struct etcd_target *target;
    struct etcd_secrets *secrets; /* which the client renews */
    const char *user;             /* NULL: no authentication */
};

/* After grpc_setup. What the settings point to must outlive the client. NULL: memory is missing. */
struct etcd_client *etcd_client_create(const struct etcd_client_settings *settings);

/* The way to call etcd. */
struct etcd_link *etcd_client_link(struct etcd_client *client);

/* Handles what has happened; if there is nothing, waits until something does, this many nanoseconds
 * at most. */
void etcd_client_run(struct etcd_client *client, int64_t timeout_ns);

/* Has etcd_client_run return, now or the next time. From any thread. */
void etcd_client_wake(struct etcd_client *client);

/* Ends the calls under way as if they got no answer, and the watch. From now on no call is made. */
void etcd_client_drop_calls(struct etcd_client *client);

/* Frees the client, after etcd_client_drop_calls if it had calls. NULL: does nothing. */
void etcd_client_destroy(struct etcd_client *client);

#endif
