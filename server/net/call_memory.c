#include "server/net/call_memory.h"

#include "server/net/traffic_watch.h"

#include <grpc/support/alloc.h>

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* Bytes; C core aligns a call to a line of the processor's cache. */
enum { ALIGNMENT = 64 };

/* Stands before the memory of a call. */
struct block {
    _Alignas(ALIGNMENT) struct block *next; /* lock; of those that are kept */
    size_t size;                            /* lock; bytes behind it */
};

static_assert(sizeof(struct block) == ALIGNMENT, "what follows is aligned, too");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* a leaf lock */
static struct block *kept;                               /* lock; the last one that was freed */

/* Takes the block that was freed last; NULL: there is none, or it is too small, and is freed: all
 * calls of one kind of server need about the same size. */
static struct block *take_kept(size_t size)
{
    (void)pthread_mutex_lock(&lock);
    struct block *block = kept;
    if (block != NULL) {
        kept = block->next;
    }
    const bool fits = block != NULL && block->size >= size;
    (void)pthread_mutex_unlock(&lock);
    if (!fits) {
        free(block);
    }
    return fits ? block : NULL;
}

/* Aborts without memory, as C core does: it takes no NULL. */
static struct block *make(size_t size)
{
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = aligned_alloc(ALIGNMENT, sizeof *block + rounded);
    if (block == NULL) {
        abort();
    }
    (void)pthread_mutex_lock(&lock); /* C core may free it in another thread */
    block->size = rounded;
    (void)pthread_mutex_unlock(&lock);
    return block;
}

__attribute__((visibility("default"))) void *gpr_malloc_aligned(size_t size, size_t alignment)
{
    assert(alignment <= ALIGNMENT);
    (void)alignment;
    traffic_watch_count_calls(1);
    struct block *block = take_kept(size);
    return (block == NULL ? make(size) : block) + 1;
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
