/* A channel of C core to a member of etcd, and what its calls say first. From any thread. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_CHANNEL_H
#define COMMS_SERVER_STORES_ETCD_ETCD_CHANNEL_H

#include "server/stores/etcd/etcd_target.h"
#include "shared/tls/certificate_set.h"

#include <grpc/grpc.h>

enum { ETCD_METADATA_MAX = 2 };

/* How a tag of the completion queue comes back. What has tags embeds them. */
struct etcd_tag {
    void (*complete)(struct etcd_tag *tag, bool success);
};

/* NULL: no TLS. The caller destroys the channel. */
grpc_channel *etcd_channel_create(const struct target *member, const struct certificate_set *tls);

/*
 * Fills the metadata of a call: without a leader it fails at once, instead of at its deadline. The
 * token is that of Authenticate; NULL: none. Returns the count; etcd_metadata_cleanup frees them.
 */
size_t etcd_metadata_init(grpc_metadata metadata[static ETCD_METADATA_MAX], const char *token);
void etcd_metadata_cleanup(grpc_metadata metadata[static ETCD_METADATA_MAX], size_t count);

/* So many nanoseconds from now. */
gpr_timespec etcd_deadline(int64_t timeout_ns);

#endif
