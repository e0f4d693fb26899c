#include "shared/base/log_writer.h"

#include "shared/base/clock.h"
#include "shared/base/counter.h"
#include "shared/base/log.h"
#include "shared/base/thread.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Bytes of each half of the buffer, some 1500 lines: a drain writes a line for each stream. */
    HALF_SIZE = 256 * 1024,
    STACK_SIZE = 64 * 1024, /* bytes of the writer's stack */
    /* Milliseconds between batches. A line that comes after a silence is written at once; to wake
     * the writer for each of many lines would cost more than their writes. */
    PAUSE_MS = 1
};

/* How long the end of the program waits for a log that is not read. */
#define STOP_TIMEOUT_NS NS_PER_S

/* Lines that wait to be written. */
struct batch {
    char *lines;
    size_t used; /* bytes of `lines` */

    /* Lines that came after these and found no room. The last one is kept all the same: it may be
     * the last of all, which says that the program has stopped. */
    uint64_t dropped;         /* without the last one */
    char last[LOG_LINE_SIZE]; /* the last one */
    size_t last_length;       /* bytes; 0: there was none */
};

static char halves[2][HALF_SIZE];
static pthread_t thread;
static sem_t wake;  /* posted when there is something to do for a writer that sleeps */
static sem_t ended; /* posted by the writer at its end */

/* log_writer.lock: never held across write(2). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_running;
static bool is_stopping;
static bool is_asleep;       /* the writer waits for `wake` */
static struct batch filling; /* the half that takes new lines */

/* The thread that writes: the writer, or the main thread while there is none. */
static uint64_t lost;       /* lines that were not written, and are not reported yet */
static uint64_t reported;   /* lines that were lost, and are reported */
static bool is_in_mid_line; /* the last write ended within a line */

/* Written by the thread that writes, read by any. */
static atomic_uint_fast64_t lost_in_all;

/* ---- Writing --------------------------------------------------------------------------------- */

/* Returns how many bytes were written: fewer if stderr cannot take more, for instance on a full
 * disk. Somebody else may have set O_NONBLOCK on the terminal or pipe: waits as without it. */
static size_t write_bytes(const char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t written = write(STDERR_FILENO, bytes + done, length - done);
        if (written > 0) {
            done += (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            struct pollfd polled = {.fd = STDERR_FILENO, .events = POLLOUT};
            (void)poll(&polled, 1, -1);
        } else if (written == 0 || errno != EINTR) {
            break;
        }
    }
    return done;
}

/* Returns false, and counts the lines that were lost, if not all was written. */
static bool write_lines(const char *lines, size_t length)
{
    is_in_mid_line = is_in_mid_line && write_bytes("\n", 1) == 0;
    size_t done = is_in_mid_line ? 0 : write_bytes(lines, length);
    if (done > 0) {
        is_in_mid_line = lines[done - 1] != '\n';
    }
    for (size_t i = done; i < length; i++) {
        lost += lines[i] == '\n';
    }
    return done == length;
}

static void report_lost(void)
{
    if (lost == 0) {
        return;
    }
    const struct log_field fields[] = {log_number("lines", lost), LOG_NO_FIELD};
    char line[LOG_LINE_SIZE];
    size_t length = log_compose(LOG_LEVEL_WARN, "log lines dropped", fields, line);
    uint64_t before = lost;
    const bool is_reported = write_lines(line, length);
    reported += is_reported ? before : 0;
    lost = is_reported ? 0 : before;
}

/* The longest beginning of the lines that ends with a line, and that a pipe takes as a whole: other
 * programs may write into it. */
static size_t take_part(const char *lines, size_t length)
{
    size_t part = length < PIPE_BUF ? length : PIPE_BUF;
    while (lines[part - 1] != '\n') {
        part--;
    }
    return part;
}

static void write_batch(const struct batch *batch)
{
    report_lost();
    for (size_t at = 0; at < batch->used;) {
        size_t part = take_part(batch->lines + at, batch->used - at);
        (void)write_lines(batch->lines + at, part);
        at += part;
    }
    lost += batch->dropped;
    report_lost();
    (void)write_lines(batch->last, batch->last_length);
    atomic_store_explicit(&lost_in_all, reported + lost, memory_order_relaxed);
}

/* ---- The writer ------------------------------------------------------------------------------ */

static void swap_halves_locked(void)
{
    filling = (struct batch){.lines = filling.lines == halves[0] ? halves[1] : halves[0]};
}

static void *run(void *argument)
{
    (void)argument;
    thread_set_name("log");
    for (;;) {
        (void)pthread_mutex_lock(&lock);
        const struct batch batch = filling;
        bool is_empty = batch.used == 0; /* and then nothing was dropped */
        bool is_over = is_empty && is_stopping;
        is_asleep = is_empty && !is_over;
        if (!is_empty) {
            swap_halves_locked();
        }
        (void)pthread_mutex_unlock(&lock);
        if (is_over) {
            break;
        }
        if (is_empty) {
            (void)sem_wait(&wake);
        } else {
            write_batch(&batch);
            (void)poll(NULL, 0, PAUSE_MS);
        }
    }
    (void)sem_post(&ended);
    return NULL;
}

int log_writer_start(void)
{
    sigset_t all;
    sigset_t before;
    (void)sem_init(&wake, 0, 0);
    (void)sem_init(&ended, 0, 0);
    filling = (struct batch){.lines = halves[0]};
    is_stopping = false;
    is_asleep = false;
    is_running = true;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = thread_start(&thread, STACK_SIZE, run, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    is_running = error == 0;
    return error;
}

/* Wakes the writer if it sleeps. The caller has the lock, and this releases it. */
static void unlock_and_wake(void)
{
    bool wakes = is_asleep;
    is_asleep = false;
    (void)pthread_mutex_unlock(&lock);
    if (wakes) {
        (void)sem_post(&wake);
    }
}

void log_writer_stop(void)
{
    (void)pthread_mutex_lock(&lock);
    bool was_running = is_running;
    is_stopping = true;
    unlock_and_wake();

    const struct clock *clock = &clock_monotonic;
    int64_t deadline = clock->now(clock) + STOP_TIMEOUT_NS;
    bool has_ended = false;
    while (was_running && !has_ended && clock->now(clock) < deadline) {
        has_ended = clock->wait_post(clock, &ended, deadline);
    }
    if (has_ended) {
        (void)pthread_join(thread, NULL);
        (void)pthread_mutex_lock(&lock);
        is_running = false;
        (void)pthread_mutex_unlock(&lock);
    }
}

void log_writer_put(const char *line, size_t length)
{
    (void)pthread_mutex_lock(&lock);
    if (!is_running) {
        (void)pthread_mutex_unlock(&lock);
        (void)write_bytes(line, length);
        return;
    }
    /* Once a line has found no room, the following ones find none either, until the writer takes
     * the half: so the count of the dropped lines stands in their place. */
    if (filling.last_length > 0 || length > HALF_SIZE - filling.used) {
        filling.dropped += filling.last_length > 0;
        memcpy(filling.last, line, length);
        filling.last_length = length;
    } else {
        memcpy(filling.lines + filling.used, line, length);
        filling.used += length;
    }
    unlock_and_wake();
}

uint64_t log_writer_dropped(void)
{
    return counter_read(&lost_in_all);
}
