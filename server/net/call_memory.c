#include "server/net/call_memory.h"

#include "server/net/traffic_watch.h"

#include <grpc/support/alloc.h>

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

/* Bytes; C core aligns a call to a line of the processor's cache. */
enum { ALIGNMENT = 64 };

/* Stands before the memory of a call. */
struct block {
    _Alignas(ALIGNMENT) struct block *next; /* lock; of those that are kept */
    size_t size;                            /* bytes behind it */
};

static_assert(sizeof(struct block) == ALIGNMENT, "what follows is aligned, too");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* a leaf lock */
static struct block *kept;                               /* lock; the last one that was freed */

static struct block *take_kept(void)
{
    (void)pthread_mutex_lock(&lock);
    struct block *block = kept;
    if (block != NULL) {
        kept = block->next;
    }
    (void)pthread_mutex_unlock(&lock);
    return block;
}

/* All calls of one kind of server need about the same size: what is too small is not kept. */
static struct block *take(size_t size)
{
    struct block *block = take_kept();
    if (block == NULL || block->size < size) {
        const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        free(block);
        block = aligned_alloc(ALIGNMENT, sizeof *block + rounded);
        if (block == NULL) {
            abort(); /* as C core does: it takes no NULL */
        }
        block->size = rounded;
    }
    return block;
}

__attribute__((visibility("default"))) void *gpr_malloc_aligned(size_t size, size_t alignment)
{
    assert(alignment <= ALIGNMENT);
    (void)alignment;
    traffic_watch_count_calls(1);
    return take(size) + 1;
}

__attribute__((visibility("default"))) void gpr_free_aligned(void *ptr)
{
    struct block *block = (struct block *)ptr - 1;
    traffic_watch_count_calls(-1);
    (void)pthread_mutex_lock(&lock);
    block->next = kept;
    kept = block;
    (void)pthread_mutex_unlock(&lock);
}

void call_memory_give_back(void)
{
    (void)pthread_mutex_lock(&lock);
    struct block *block = kept;
    kept = NULL;
    (void)pthread_mutex_unlock(&lock);
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}
