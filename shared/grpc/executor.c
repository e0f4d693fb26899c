#include "shared/grpc/executor.h"

#include "shared/base/clock.h"
#include "shared/base/thread.h"

#include <grpc/grpc.h>
#include <grpc/support/cpu.h>

#include <semaphore.h>
#include <stddef.h>
#include <stdlib.h>

/* From C core's sources: executor.cc of 1.51.1. */
enum {
    THREADS_A_PROCESSOR = 2,
    /* A thread with more pieces of work makes the executor start another one. */
    DEPTH_MAX = 2
};

/* How long the threads may take to start: far more than any machine needs. */
#define START_NS (10 * NS_PER_S)

/* A piece of work, for one of the executor's threads: it holds the thread until all have work. */
struct piece {
    grpc_completion_queue_functor functor;
    sem_t *gate; /* it waits for a post to this */
    sem_t *done; /* and posts this */
};

static void run(grpc_completion_queue_functor *functor, int success)
{
    struct piece *piece = (struct piece *)(void *)functor;
    (void)success;
    while (sem_wait(piece->gate) != 0) {
    }
    (void)sem_post(piece->done);
}

/* The shutdown of a callback queue is work for the executor: it runs the queue's functor. */
static void give(struct piece *piece, sem_t *gate, sem_t *done)
{
    *piece = (struct piece){.functor.functor_run = run, .gate = gate, .done = done};
    grpc_completion_queue *queue = grpc_completion_queue_create_for_callback(&piece->functor, NULL);
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_destroy(queue);
}

static bool await_post(sem_t *done, int64_t deadline)
{
    const struct clock *clock = &clock_monotonic;
    while (!clock->wait_post(clock, done, deadline)) {
        if (clock->now(clock) >= deadline) {
            return false;
        }
    }
    return true;
}

/*
 * While no piece ends, each new one finds a thread with DEPTH_MAX pieces at most, or makes the
 * executor start a thread. So after DEPTH_MAX + 2 pieces for each thread all have been started.
 */
bool executor_start_threads(void)
{
    static sem_t gate; /* if a thread is missing, its pieces outlive the call */
    static sem_t done;
    const size_t threads = THREADS_A_PROCESSOR * (size_t)gpr_cpu_num_cores();
    const size_t count = (DEPTH_MAX + 2) * threads;
    struct piece *pieces = calloc(count, sizeof *pieces);
    if (pieces == NULL ||
        !thread_is_room_for(threads < THREAD_PROBE_MAX ? threads : THREAD_PROBE_MAX)) {
        free(pieces);
        return false;
    }
    (void)sem_init(&gate, 0, 0);
    (void)sem_init(&done, 0, 0);
    for (size_t i = 0; i < count; i++) {
        give(&pieces[i], &gate, &done);
    }
    for (size_t i = 0; i < count; i++) {
        (void)sem_post(&gate);
    }
    const int64_t deadline = clock_add(clock_monotonic.now(&clock_monotonic), START_NS);
    for (size_t i = 0; i < count; i++) {
        if (!await_post(&done, deadline)) {
            return false; /* NOLINT(clang-analyzer-unix.Malloc): C core points to the pieces */
        }
    }
    free(pieces);
    return true;
}
