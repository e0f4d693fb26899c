/*
 * Where the sessions are kept, as --store says. Each kind of store is a row of the table in
 * stores.c. For the main thread.
 */
#ifndef COMMS_SERVER_STORES_STORES_H
#define COMMS_SERVER_STORES_STORES_H

#include "server/sessions/sessions.h"
#include "server/sessions/store.h"
#include "shared/tls/certificate_set.h"

#include <stdbool.h>
#include <stdint.h>

enum { STORE_PROBLEM_SIZE = 512 };

struct store_settings {
    const char *place; /* the value of --store, which store_check accepts */

    /* Of a store that servers share; NULL where nothing was given. */
    struct certificate_paths tls; /* --store-ca, --store-cert, --store-key */
    const char *user;
    const char *password_file;
    const char *state_file;
    int64_t session_timeout_ns; /* of the sessions, nanoseconds */
};

/* What is wrong with a value of --store, as a static text; NULL: nothing. */
const char *store_check(const char *place);

/* The kind of the store, for the log: memory, file, etcd. It has no place, which may hold a secret.
 */
const char *store_name(const char *place);

/* What is missing of the settings, or does not belong to them, as a static text; NULL: nothing. For
 * a place that store_check accepts. */
const char *store_check_settings(const struct store_settings *settings);

/* Whether this store keeps the sessions when the server ends: then each START waits for it. */
bool store_is_durable(const char *place);

/*
 * Opens the store of these sessions, and restores what it has kept. store->close ends it. NULL: it
 * cannot be opened, and `problem` says why, for the user.
 */
struct store *store_open(const struct store_settings *settings, struct sessions *sessions,
                         char problem[static STORE_PROBLEM_SIZE]);

#endif
