/* The password of --store-password-file: the first line of a file. From any thread. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_PASSWORD_H
#define COMMS_SERVER_STORES_ETCD_ETCD_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

enum { ETCD_PASSWORD_SIZE = 1025 };

struct etcd_password {
    char text[ETCD_PASSWORD_SIZE];
};

/* `path` NULL: no password is needed. False: `problem` says why, for the user. */
bool etcd_password_read(struct etcd_password *password, const char *path, char *problem,
                        size_t size);

/* Overwrites it. */
void etcd_password_cleanup(struct etcd_password *password);

#endif
