/*
 * All calls of a server: those in use, so that a stop can wait for the last one, and a few that are
 * kept for the next ones. To end a call's queue takes a thread of C core's, and as long as sending
 * some numbers.
 *
 * call_pool.lock is a leaf lock. Every function may be called from any thread.
 */
#ifndef COMMS_SERVER_RPC_CALL_POOL_H
#define COMMS_SERVER_RPC_CALL_POOL_H

#include "server/rpc/call.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct call_pool {
    pthread_mutex_t lock;
    pthread_cond_t none_left;

    /* lock */
    size_t count; /* that exist */
    size_t kept_count;
    struct call *kept;
    bool is_closed; /* none is kept any more */
};

/* 0, or an error number. */
int call_pool_init(struct call_pool *pool);

/* Ends the calls that are kept, and waits until the last one is gone. Once, before cleanup. */
void call_pool_close(struct call_pool *pool);
void call_pool_cleanup(struct call_pool *pool);

/* A call that no client has used yet, kept or new. NULL where memory is missing. */
struct call *call_pool_take(struct call_pool *pool);

/* Keeps a call that was reset, or destroys it. For call.c. */
void call_pool_put(struct call_pool *pool, struct call *call);

/* One call less exists. For call.c. */
void call_pool_forget(struct call_pool *pool);

#endif
