/*
 * What etcd is shown, and what its members are judged by: certificate, key, authorities and
 * password, as they are on disk. Files that are replaced are read again once etcd has refused or
 * not answered a call; what is on disk and cannot be used changes nothing. For one thread at a
 * time.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_SECRETS_H
#define COMMS_SERVER_STORES_ETCD_ETCD_SECRETS_H

#include "server/stores/etcd/etcd_password.h"
#include "shared/tls/certificate_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct etcd_secrets {
    bool has_tls;
    struct certificate_paths paths; /* the texts are the caller's, and outlive the secrets */
    const char *password_file;      /* likewise; NULL: no password is needed */
    struct certificate_set tls;
    struct etcd_password password;
    int64_t look_at; /* time on clock_monotonic: not before, the files are read again */
};

enum etcd_secrets_change { ETCD_SECRETS_TLS = 1 << 0, ETCD_SECRETS_PASSWORD = 1 << 1 };

/*
 * Reads the files that has_tls, paths and password_file name, and logs their flaws. False:
 * `problem` says why they cannot be used, for the user. etcd_secrets_cleanup in any case.
 */
bool etcd_secrets_read(struct etcd_secrets *secrets, char *problem, size_t size);

/* Reads the files again, at most once a second. Returns what is new: a set of
 * enum etcd_secrets_change. */
unsigned etcd_secrets_look(struct etcd_secrets *secrets, int64_t now);

/* Overwrites and frees them. */
void etcd_secrets_cleanup(struct etcd_secrets *secrets);

#endif
