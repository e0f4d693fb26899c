/*
 * All calls of a server. The pool counts them, so that a stop can wait for the last one. It keeps
 * some released calls for the next clients, because to end a call's completion queue takes a thread
 * of C core, and as long as to send some numbers.
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
    struct call *(*create)(struct call_pool *pool);
    struct call_headers *headers; /* of each service, by its number; C core only reads them */

    /* lock */
    size_t count;      /* calls that exist, in use or kept */
    size_t kept_count; /* calls in the list `kept` */
    struct call *kept;
    bool is_closed; /* the pool keeps no call any more */
};

/*
 * `create` is call_create, or a test's. `headers` are those of each service, by its number; they
 * must outlive the calls. 0, or an error number.
 */
int call_pool_init(struct call_pool *pool, struct call *(*create)(struct call_pool *pool),
                   struct call_headers *headers);

/* Destroys the kept calls, and waits until no call exists any more. Once, before cleanup. */
void call_pool_close(struct call_pool *pool);
void call_pool_cleanup(struct call_pool *pool);

/* A call that holds no client's call, kept or new. NULL if memory is missing. */
struct call *call_pool_take(struct call_pool *pool);

/* Keeps a call that was reset, or destroys it. For call.c. */
void call_pool_put(struct call_pool *pool, struct call *call);

/* Counts one call less: it was freed. For call_completion.c. */
void call_pool_forget(struct call_pool *pool);

#endif
