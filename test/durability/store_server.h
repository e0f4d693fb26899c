/*
 * A comms-server with a file store in a folder of its own, on a disk that the test rules
 * (test/shims/disk.c). For the test's own thread.
 */
#ifndef COMMS_TEST_DURABILITY_STORE_SERVER_H
#define COMMS_TEST_DURABILITY_STORE_SERVER_H

#include "test/durability/disk.h"
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

#include <stdbool.h>

enum { STORE_PATH_SIZE = SCRATCH_FOLDER_SIZE + 32 };

struct store_server {
    char folder[SCRATCH_FOLDER_SIZE];
    char path[STORE_PATH_SIZE];   /* of the store's file */
    char record[STORE_PATH_SIZE]; /* of the disk's record */
    char place[STORE_PATH_SIZE];  /* the value of --store */
    struct disk_control *disk;
    bool is_recorded;
    struct server server; /* its port stays the same, from store_server_make on */
    int held;             /* the socket that keeps the port for it */
};

/* Whether a program can be preloaded with the disk: not with a sanitizer in it. */
bool store_server_has_disk(void);

/* Prepares the folder and the disk; no server runs yet. */
void store_server_make(struct store_server *store);
void store_server_remove(struct store_server *store);

/* Starts the server, again on the same port. More options may follow, then NULL. */
void store_server_start(struct store_server *store, ...) __attribute__((sentinel));

/* What happens to the store's file from now on: error 0 and false, nothing. */
void store_server_rule(struct store_server *store, int error, bool hangs);

#endif
