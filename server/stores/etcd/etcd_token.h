/*
 * The token by which etcd knows the user, if --store-user names one: fetched with the password, and
 * again when etcd takes it no more. Belongs to the thread of its client.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_TOKEN_H
#define COMMS_SERVER_STORES_ETCD_ETCD_TOKEN_H

#include "server/stores/etcd/etcd_txn.h"
#include "shared/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_TOKEN_TIMEOUT (2 * NS_PER_S) /* etcd takes its time over a password */

struct etcd_token {
    const char *user; /* NULL: none is wanted */
    const char *password;
    char *text;       /* NULL: there is none */
    bool is_asking;   /* the question is under way */
    bool is_off;      /* etcd asks for no authentication: none is needed */
    int64_t retry_at; /* time on clock_monotonic */
};

void etcd_token_init(struct etcd_token *token, const char *user, const char *password);
void etcd_token_cleanup(struct etcd_token *token);

/* Whether calls carry one. */
bool etcd_token_is_wanted(const struct etcd_token *token);

/* Whether calls can be made now. */
bool etcd_token_is_ready(const struct etcd_token *token);

/* Whether it is to be asked for, at this time. */
bool etcd_token_is_due(const struct etcd_token *token, int64_t now);

/* etcd takes it no more, or there is another password: a new one is due. */
void etcd_token_renew(struct etcd_token *token);

/* The answer to Authenticate; `bytes` NULL: there was none, and `reason` says why. */
void etcd_token_take(struct etcd_token *token, const uint8_t *bytes, size_t length,
                     const char *reason, bool is_refused, int64_t now);

/* Overwrites the password in it, and frees it. */
void etcd_token_free_request(struct etcd_bytes *request);

#endif
