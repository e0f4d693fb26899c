/*
 * The place of a shared store, as --store names it behind etcd:// or etcds://:
 *
 *     HOST:PORT,HOST:PORT,…/PREFIX
 *
 * HOST is a host name, an IPv4 address or an IPv6 address, which needs brackets before a port.
 * Without :PORT the port is etcd's, 2379; without /PREFIX the prefix is `comms`. Every function may
 * be called from any thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_TARGET_H
#define COMMS_SERVER_STORES_ETCD_ETCD_TARGET_H

#include "shared/base/target.h"

#include <stddef.h>

enum {
    ETCD_PORT_DEFAULT = 2379,
    ETCD_MEMBERS_MAX = 15,
    ETCD_PREFIX_SIZE = 129,                   /* 128 characters, and the NUL */
    ETCD_MEMBER_SIZE = TARGET_TEXT_SIZE + 16, /* room for a URI */
};

struct etcd_target {
    struct target members[ETCD_MEMBERS_MAX];
    size_t member_count;
    char prefix[ETCD_PREFIX_SIZE]; /* of all keys, without a slash at its end */
};

/* Returns NULL and sets *ret_target, or a static text that says what would be right. */
const char *etcd_target_parse(const char *text, struct etcd_target *ret_target);

/* Writes the URI by which C core knows a member. */
void etcd_target_uri(const struct target *member, char uri[static ETCD_MEMBER_SIZE]);

#endif
