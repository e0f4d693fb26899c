#include "test/bench/reaper_clock.h"

#include "test/bench/bench_program.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

static struct {
    _Atomic(pthread_mutex_t *) mutex; /* NULL: not known yet */
    atomic_bool measuring;

    /* the mutex */
    int64_t since; /* when the hold began that is measured; 0: none is */
    int64_t cpu_since;
    struct lock_holds longest;
} lock;

static struct {
    atomic_int_fast64_t ahead_ns;
    pthread_cond_t *condition; /* that the reaper waits on; set before lock.mutex */
    sem_t has_waited;          /* posted at the reaper's first wait */
} ahead;

/* ---- For how long the lock is held ----------------------------------------------------------- */

static int64_t thread_cpu_ns(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * NS_PER_S + used.tv_nsec;
}

static void hold_begins(void)
{
    if (atomic_load_explicit(&lock.measuring, memory_order_relaxed)) {
        lock.since = bench_now_ns();
        lock.cpu_since = thread_cpu_ns();
    }
}

static void hold_ends(void)
{
    if (lock.since != 0) {
        int64_t cpu_ns = thread_cpu_ns() - lock.cpu_since;
        int64_t ns = bench_now_ns() - lock.since;
        struct lock_holds *longest = &lock.longest;
        longest->longest_cpu_ns =
            cpu_ns > longest->longest_cpu_ns ? cpu_ns : longest->longest_cpu_ns;
        longest->longest_ns = ns > longest->longest_ns ? ns : longest->longest_ns;
        lock.since = 0;
    }
}

/* The linker calls the first two wherever the code calls pthread's functions, which it calls by the
 * names of the other two. */
int lock_mutex(pthread_mutex_t *mutex) __asm__("__wrap_pthread_mutex_lock");
int unlock_mutex(pthread_mutex_t *mutex) __asm__("__wrap_pthread_mutex_unlock");
int real_lock(pthread_mutex_t *mutex) __asm__("__real_pthread_mutex_lock");
int real_unlock(pthread_mutex_t *mutex) __asm__("__real_pthread_mutex_unlock");

int lock_mutex(pthread_mutex_t *mutex)
{
    int error = real_lock(mutex);
    if (mutex == atomic_load_explicit(&lock.mutex, memory_order_relaxed)) {
        hold_begins();
    }
    return error;
}

int unlock_mutex(pthread_mutex_t *mutex)
{
    if (mutex == atomic_load_explicit(&lock.mutex, memory_order_relaxed)) {
        hold_ends();
    }
    return real_unlock(mutex);
}

void reaper_clock_measure_holds(bool measuring)
{
    atomic_store(&lock.measuring, measuring);
}

struct lock_holds reaper_clock_longest_holds(void)
{
    return lock.longest;
}

/* ---- The clock ------------------------------------------------------------------------------- */

static int64_t ahead_now(const struct clock *clock)
{
    (void)clock;
    return bench_now_ns() + atomic_load(&ahead.ahead_ns);
}

static void ahead_wait(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex,
                       int64_t deadline)
{
    (void)clock;
    if (deadline != CLOCK_NEVER) {
        deadline -= atomic_load(&ahead.ahead_ns);
    }
    if (atomic_load(&lock.mutex) == NULL) {
        ahead.condition = condition;
        atomic_store(&lock.mutex, mutex);
        (void)sem_post(&ahead.has_waited);
    }
    hold_ends();
    clock_monotonic.wait(&clock_monotonic, condition, mutex, deadline);
    hold_begins();
}

const struct clock reaper_clock = {.now = ahead_now, .wait = ahead_wait};

void reaper_clock_init(void)
{
    (void)sem_init(&ahead.has_waited, 0, 0);
}

void reaper_clock_await_reaper(void)
{
    while (!clock_monotonic.wait_post(&clock_monotonic, &ahead.has_waited, CLOCK_NEVER)) {
        ;
    }
}

void reaper_clock_put_forward(int64_t by_ns)
{
    pthread_mutex_t *mutex = atomic_load(&lock.mutex);
    (void)pthread_mutex_lock(mutex);
    atomic_fetch_add(&ahead.ahead_ns, by_ns);
    (void)pthread_cond_signal(ahead.condition);
    (void)pthread_mutex_unlock(mutex);
}
