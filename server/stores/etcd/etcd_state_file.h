/*
 * The file of --store-state: it holds the ids of this server, so that the next one on this machine
 * knows its predecessors. A lock on the file proves that they have ended. For one thread at a time.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_STATE_FILE_H
#define COMMS_SERVER_STORES_ETCD_ETCD_STATE_FILE_H

#include "server/stores/etcd/etcd_heartbeat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct etcd_state_file {
    int descriptor; /* -1: there is no file */
    uint64_t predecessors[ETCD_PREDECESSORS_MAX];
    size_t predecessor_count;
};

/*
 * Opens or makes the file, and locks it. `path` NULL: there is none, and nothing is known. False:
 * `problem` says why, for the user.
 */
bool etcd_state_file_open(struct etcd_state_file *file, const char *path, char *problem,
                          size_t size);
void etcd_state_file_close(struct etcd_state_file *file);

/* Writes this server's id, and if it is not alone those of its predecessors. */
void etcd_state_file_write(struct etcd_state_file *file, uint64_t id, bool is_alone);

#endif
