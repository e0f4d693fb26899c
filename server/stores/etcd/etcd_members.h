/*
 * The members of etcd, and which of them is called. A member that does not answer gives way to the
 * next one; the leader is preferred, unless it failed a moment ago. Belongs to the thread of its
 * client.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_MEMBERS_H
#define COMMS_SERVER_STORES_ETCD_ETCD_MEMBERS_H

#include "server/stores/etcd/etcd_secrets.h"
#include "server/stores/etcd/etcd_target.h"
#include "shared/base/clock.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_LOOK_INTERVAL (2 * NS_PER_S) /* from one question who leads to the next */

struct etcd_members {
    const struct etcd_target *target;
    struct etcd_secrets *secrets;
    bool has_failed; /* the last call that has ended got no answer, or no token */
    grpc_channel *channels[ETCD_MEMBERS_MAX];
    int64_t failed_at[ETCD_MEMBERS_MAX]; /* times on clock_monotonic; 0: never */
    int64_t logged_at[ETCD_MEMBERS_MAX]; /* when the log was told last */
    size_t count;
    size_t current;
};

/* False: memory is missing. Target and secrets must outlive the members. */
bool etcd_members_init(struct etcd_members *members, const struct etcd_target *target,
                       struct etcd_secrets *secrets);
void etcd_members_cleanup(struct etcd_members *members);

/* A call to this member got no answer at `now`; `reason` is for the log. */
void etcd_members_failed(struct etcd_members *members, size_t member, int64_t now,
                         const char *reason);

/*
 * While calls fail, looks at the files of the secrets, and connects anew if the TLS ones have
 * changed: calls under way end then. Returns what is new, as etcd_secrets_look.
 */
unsigned etcd_members_renew(struct etcd_members *members, int64_t now);

/* This member has answered who leads: bytes of a StatusResponse. */
void etcd_members_told(struct etcd_members *members, size_t member, const uint8_t *bytes,
                       size_t length, int64_t now);

#endif
