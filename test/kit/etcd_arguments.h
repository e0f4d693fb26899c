/* The command line of a member of etcd, for test/kit/etcd_cluster.c. */
#ifndef COMMS_TEST_KIT_ETCD_ARGUMENTS_H
#define COMMS_TEST_KIT_ETCD_ARGUMENTS_H

#include "test/kit/etcd_cluster.h"
#include "test/kit/programs/arguments.h"

/* That of member i, to be freed by arguments_cleanup. */
struct arguments etcd_arguments(const struct etcd_cluster *cluster, size_t i);

#endif
