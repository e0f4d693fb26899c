#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "test/bench/live_reader.h"

#include "shared/base/clock.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"
#include "shared/protocol/sequence.h"
#include "test/bench/bench_program.h"
#include "test/bench/http2.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both processes see it. */
struct seen {
    atomic_uint_fast64_t numbers; /* that have come */
    sem_t has_begun;              /* posted at the first of them */
};

static struct {
    pid_t pid;
    int port_to; /* a pipe that the child reads the port from */
    struct seen *seen;
} reader;

/* ---- In the child ---------------------------------------------------------------------------- */

static void take_number(struct http2_stream *stream, const uint8_t *bytes, size_t length)
{
    (void)stream;
    (void)bytes;
    (void)length;
    uint64_t before = atomic_load_explicit(&reader.seen->numbers, memory_order_relaxed);
    /* A plain store: nobody else writes it. */
    atomic_store_explicit(&reader.seen->numbers, before + 1, memory_order_relaxed);
    if (before == 0) {
        (void)sem_post(&reader.seen->has_begun);
    }
}

static void open_session(struct http2_stream *stream)
{
    const struct command start = {
        .kind = COMMAND_START, .uuid = uuid_random(), .n = SEQUENCE_N_MAX};
    struct request request = {.has_position = false};
    uint8_t bytes[REQUEST_SIZE_MAX];
    command_format(MODE_STATEFUL, &start, request.text);
    request.length = strlen(request.text);
    http2_open(stream->connection, stream, bytes, request_encode(&request, bytes));
}

static _Noreturn void read_for_ever(int port_from)
{
    static struct http2_connection connection;
    static struct http2_stream stream;
    static const struct http2_listener listener = {.message = take_number, .ended = open_session};
    uint16_t port;
    if (read(port_from, &port, sizeof port) != (ssize_t)sizeof port) {
        _exit(EXIT_FAILURE); /* the parent gave up */
    }
    http2_connect(&connection, port, false, 1, &listener);
    stream.connection = &connection;
    open_session(&stream);
    for (;;) {
        (void)poll(&(struct pollfd){connection.descriptor, POLLIN, 0}, 1, -1);
        http2_read(&connection);
    }
}

/* ---- In the parent --------------------------------------------------------------------------- */

void live_reader_start(void)
{
    int ends[2];
    reader.seen =
        mmap(NULL, sizeof *reader.seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reader.seen == MAP_FAILED || sem_init(&reader.seen->has_begun, 1, 0) != 0 ||
        pipe(ends) != 0 || (reader.pid = fork()) < 0) {
        bench_give_up("cannot start the reader");
    }
    if (reader.pid == 0) {
        (void)close(ends[1]);
        read_for_ever(ends[0]);
    }
    (void)close(ends[0]);
    reader.port_to = ends[1];
}

void live_reader_connect(uint16_t port, int64_t patience_ns)
{
    if (write(reader.port_to, &port, sizeof port) != (ssize_t)sizeof port) {
        bench_give_up("the reader is gone");
    }
    int64_t deadline = bench_now_ns() + patience_ns;
    while (!clock_monotonic.wait_post(&clock_monotonic, &reader.seen->has_begun, deadline)) {
        if (bench_now_ns() > deadline) {
            bench_give_up("no number comes");
        }
    }
}

uint64_t live_reader_numbers(void)
{
    return atomic_load(&reader.seen->numbers);
}

void live_reader_stop(void)
{
    (void)kill(reader.pid, SIGKILL);
    (void)waitpid(reader.pid, NULL, 0);
}
