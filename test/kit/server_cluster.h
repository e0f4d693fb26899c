/*
 * Several comms-servers with one store, each on a port of 127.0.0.1 that it keeps, and haproxy
 * before them. haproxy gives each stream to the next server in turn, so that a client that
 * CONTINUEs comes to another server most of the time. A server that takes no connection is left
 * out, after 200 ms at most.
 *
 * For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_SERVER_CLUSTER_H
#define COMMS_TEST_KIT_SERVER_CLUSTER_H

#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVER_CLUSTER_MAX = 12, SERVER_CLUSTER_FOLDER_SIZE = SCRATCH_FOLDER_SIZE + 8 };

struct server_cluster_settings {
    size_t servers;
    const char *store;    /* the value of --store, a shared one */
    const char *interval; /* the value of --interval */
    bool has_front;       /* true: with haproxy */
    /* What each server has besides these, ending with NULL; NULL: nothing. */
    const char *const *options;
};

struct cluster_server {
    struct server server; /* its program is NULL: it does not run */
    bool is_stopped;      /* by server_cluster_stop */
    uint16_t port;
    int held;          /* the socket that keeps the port for it */
    unsigned machines; /* how often it has moved to another machine */
};

struct server_cluster {
    struct server_cluster_settings settings;
    struct cluster_server servers[SERVER_CLUSTER_MAX];
    char folder[SERVER_CLUSTER_FOLDER_SIZE]; /* the servers' state files, haproxy's configuration */
    struct program *front;
    uint16_t front_port;
};

/* An unchecked fixture: makes the folder of the clusters, and removes it however the tests end. */
void server_cluster_set_up(void);
void server_cluster_tear_down(void);

/* Starts all of them, one after the other. */
void server_cluster_start(struct server_cluster *cluster,
                          const struct server_cluster_settings *settings);

/* Ends all of them by SIGTERM, and haproxy; a server that ends with another status than 0 fails the
 * test. */
void server_cluster_end(struct server_cluster *cluster);

/* Kills a server; stops it by SIGTERM, and waits for its end. */
void server_cluster_kill(struct server_cluster *cluster, size_t i);
void server_cluster_terminate(struct server_cluster *cluster, size_t i);

/* Starts a server again, on its port and with its state file, and waits until it listens. `moves`:
 * with a new state file, as on another machine. */
void server_cluster_restart(struct server_cluster *cluster, size_t i, bool moves);

/* Stops a server's process, as if its machine stood still; lets it go on. */
void server_cluster_stop(struct server_cluster *cluster, size_t i);
void server_cluster_go_on(struct server_cluster *cluster, size_t i);

#endif
