#include "server/rpc/call_pool.h"

/* The most calls that are kept: some hundred short sessions are open at a time. */
enum { KEPT_MAX = 256 };

int call_pool_init(struct call_pool *pool, struct call *(*create)(struct call_pool *pool),
                   struct call_headers *headers)
{
    *pool = (struct call_pool){.create = create, .headers = headers};
    int error = pthread_mutex_init(&pool->lock, NULL);
    if (error != 0) {
        return error;
    }
    error = pthread_cond_init(&pool->none_left, NULL);
    if (error != 0) {
        (void)pthread_mutex_destroy(&pool->lock);
    }
    return error;
}

static struct call *take_kept(struct call_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    struct call *call = pool->kept;
    if (call != NULL) {
        pool->kept = call->next_kept;
        pool->kept_count--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return call;
}

void call_pool_close(struct call_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->is_closed = true;
    (void)pthread_mutex_unlock(&pool->lock);
    struct call *call;
    while ((call = take_kept(pool)) != NULL) {
        call_destroy(call);
    }
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->count > 0) {
        (void)pthread_cond_wait(&pool->none_left, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

void call_pool_cleanup(struct call_pool *pool)
{
    (void)pthread_cond_destroy(&pool->none_left);
    (void)pthread_mutex_destroy(&pool->lock);
}

struct call *call_pool_take(struct call_pool *pool)
{
    struct call *call = take_kept(pool);
    if (call == NULL && (call = pool->create(pool)) != NULL) {
        (void)pthread_mutex_lock(&pool->lock);
        pool->count++;
        (void)pthread_mutex_unlock(&pool->lock);
    }
    return call;
}

void call_pool_put(struct call_pool *pool, struct call *call)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool is_kept = !pool->is_closed && pool->kept_count < KEPT_MAX;
    if (is_kept) {
        call->next_kept = pool->kept;
        pool->kept = call;
        pool->kept_count++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    if (!is_kept) {
        call_destroy(call);
    }
}

void call_pool_forget(struct call_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    if (--pool->count == 0) {
        (void)pthread_cond_signal(&pool->none_left);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}
