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

static sem_t gate; /* each piece of work waits for a post to this */
static sem_t done; /* and posts this */

/* A piece of work holds its thread until all threads have work. */
static void run(grpc_completion_queue_functor *functor, int success)
{
    (void)functor;
    (void)success;
    while (sem_wait(&gate) != 0) {
    }
    (void)sem_post(&done);
}

/* The shutdown of a callback queue is work for the executor: it runs the queue's functor. */
static void give(grpc_completion_queue_functor *piece)
{
    piece->functor_run = run;
    grpc_completion_queue *queue = grpc_completion_queue_create_for_callback(piece, NULL);
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_destroy(queue);
}

static bool await_done(int64_t deadline)
{
    const struct clock *clock = &clock_monotonic;
    while (!clock->wait_post(clock, &done, deadline)) {
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
    const size_t threads = THREADS_A_PROCESSOR * (size_t)gpr_cpu_num_cores();
    const size_t count = (DEPTH_MAX + 2) * threads;
    grpc_completion_queue_functor *pieces = calloc(count, sizeof *pieces);
    if (pieces == NULL ||
        !thread_is_room_for(threads < THREAD_PROBE_MAX ? threads : THREAD_PROBE_MAX)) {
        free(pieces);
        return false;
    }
    (void)sem_init(&gate, 0, 0);
    (void)sem_init(&done, 0, 0);
    for (size_t i = 0; i < count; i++) {
        give(&pieces[i]);
    }
    for (size_t i = 0; i < count; i++) {
        (void)sem_post(&gate);
    }
    const int64_t deadline = clock_add(clock_monotonic.now(&clock_monotonic), START_NS);
    for (size_t i = 0; i < count; i++) {
        if (!await_done(deadline)) {
            return false; /* NOLINT(clang-analyzer-unix.Malloc): C core points to the pieces */
        }
    }
    free(pieces);
    return true;
}
