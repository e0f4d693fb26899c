#include "shared/base/memory.h"

#include "shared/base/thread.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define GIVE_BACK_AFTER_NS NS_PER_S

struct memory {
    const struct clock *clock;
    void (*give_back)(void);
    pthread_t thread;
    sem_t wanted;

    atomic_uint_fast64_t used;
    atomic_uint_fast64_t peak; /* most bytes used since memory was given back */
    atomic_bool is_wanted;     /* the semaphore was posted, and the thread has not given back yet */
    atomic_bool stopping;
};

static bool is_due(const struct memory *memory)
{
    uint64_t used = atomic_load(&memory->used);
    uint64_t peak = atomic_load(&memory->peak);
    if (used >= peak) {
        return false;
    }
    uint64_t released = peak - used;
    return released >= MEMORY_WORTH_ALWAYS || (released >= MEMORY_WORTH_MIN && used <= peak / 2);
}

/* Waits for the semaphore, or until the deadline. False: the thread has to end. */
static bool await_wanted(struct memory *memory, int64_t deadline)
{
    const struct clock *clock = memory->clock;
    while (!clock->wait_post(clock, &memory->wanted, deadline)) {
        if (clock->now(clock) >= deadline) {
            break;
        }
    }
    return !atomic_load(&memory->stopping);
}

static void *run(void *argument)
{
    struct memory *memory = argument;
    const struct clock *clock = memory->clock;
    thread_set_name("memory");
    while ((is_due(memory) || await_wanted(memory, CLOCK_NEVER)) &&
           await_wanted(memory, clock_add(clock->now(clock), GIVE_BACK_AFTER_NS))) {
        if (is_due(memory)) { /* otherwise the load has come back meanwhile */
            memory->give_back();
            atomic_store(&memory->peak, atomic_load(&memory->used));
        }
        /* A release from here on posts again; is_due sees a release of a moment ago. */
        atomic_store(&memory->is_wanted, false);
    }
    return NULL;
}

struct memory *memory_start(const struct clock *clock, void (*give_back)(void))
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL) {
        return NULL;
    }
    memory->clock = clock;
    memory->give_back = give_back;
    /* Cannot fail: it counts from 0, and no other process sees it. */
    (void)sem_init(&memory->wanted, 0, 0);
    if (thread_start(&memory->thread, 0, run, memory) != 0) {
        (void)sem_destroy(&memory->wanted);
        free(memory);
        return NULL;
    }
    return memory;
}

void memory_stop(struct memory *memory)
{
    if (memory == NULL) {
        return;
    }
    atomic_store(&memory->stopping, true);
    (void)sem_post(&memory->wanted);
    (void)pthread_join(memory->thread, NULL);
    (void)sem_destroy(&memory->wanted);
    free(memory);
}

void memory_use(struct memory *memory, uint64_t bytes)
{
    if (memory == NULL) {
        return;
    }
    uint64_t used = atomic_fetch_add(&memory->used, bytes) + bytes;
    uint64_t peak = atomic_load(&memory->peak);
    while (peak < used && !atomic_compare_exchange_weak(&memory->peak, &peak, used)) {
    }
}

void memory_release(struct memory *memory, uint64_t bytes)
{
    if (memory == NULL) {
        return;
    }
    atomic_fetch_sub(&memory->used, bytes);
    if (is_due(memory) && !atomic_exchange(&memory->is_wanted, true)) {
        (void)sem_post(&memory->wanted);
    }
}
