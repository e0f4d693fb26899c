/*
 * How many sessions each client has: those that it began and that have not been finished and left.
 * A finished session that its stream has left gives way to a new one. If it is continued, it is not
 * counted again.
 *
 * A client is what its certificate says, else its address without the port; all clients of unix
 * sockets are one. For sessions.c, under sessions.lock, except where a function says otherwise.
 * Each function costs O(1).
 */
#ifndef COMMS_SERVER_SESSIONS_CLIENT_COUNTS_H
#define COMMS_SERVER_SESSIONS_CLIENT_COUNTS_H

#include "server/sessions/session.h"

#include <stdbool.h>
#include <stdint.h>

struct client_count;

struct client_counts {
    uint64_t max; /* sessions of a client; 0: no limit, and nothing is counted */
    struct client_count **buckets;
    uint64_t bucket_count;           /* a power of two */
    const unsigned char *secret_key; /* of the hash: clients choose their names and addresses */
};

/*
 * For as many clients as there are buckets; `secret_key` has crypto_shorthash_KEYBYTES bytes, and
 * must outlive the counts. False if memory is missing. Needs no lock.
 */
bool client_counts_init(struct client_counts *counts, uint64_t max, uint64_t bucket_count,
                        const unsigned char *secret_key);

/* Frees what is left. Needs no lock. */
void client_counts_cleanup(struct client_counts *counts);

/*
 * Makes what client_counts_add may need for this owner's client; NULL if nothing is counted. False
 * if memory is missing. The caller frees what is left of it, by free. Needs no lock.
 */
bool client_counts_prepare(const struct client_counts *counts, const struct session_owner *owner,
                           struct client_count **ret_spare);

/*
 * Counts a new session. Takes *spare, and sets it to NULL, if it is the client's only one. False:
 * the client has as many as it may have.
 */
bool client_counts_add(struct client_counts *counts, struct session *session,
                       struct client_count **spare);

/*
 * Counts a session that is continued, beyond the limit if need be, unless it counts already or is
 * finished: after a restart, or at another server, it counts for nobody until its client comes
 * back.
 */
void client_counts_take(struct client_counts *counts, struct session *session,
                        struct client_count **spare);

/* Counts the session no more, if it was counted. */
void client_counts_remove(struct session *session);

#endif
