/*
 * Reads streams from a server at next to no cost, and tells what they cost the server and how the
 * numbers came: their count and bytes, the server's CPU and memory meanwhile, the slowest stream's
 * share, how late paced numbers were, how soon a CONTINUE was answered. One JSON object on standard
 * output.
 *
 * It does not verify the numbers: comms-client does.
 */
#include "client/measure/histogram.h"
#include "shared/base/clock.h"
#include "shared/base/options.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"
#include "shared/protocol/padding.h"
#include "shared/protocol/sequence.h"
#include "test/bench/bench_program.h"
#include "test/bench/http2.h"
#include "test/bench/usage.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

struct reader_options {
    uint64_t port;
    uint64_t pid;
    size_t mode; /* enum mode */
    uint64_t n;
    uint64_t size;
    uint64_t streams;
    uint64_t connections;
    int64_t ramp_ns;
    int64_t warmup_ns;
    int64_t duration_ns;
    int64_t interval_ns;
    uint64_t resumes;
    bool tls;
};

static const char *const modes[] = {
    [MODE_STATELESS] = "stateless", [MODE_STATEFUL] = "stateful", NULL};

#define ROW(type, words, short_form, value, text, member)                                          \
    .kind = (type), .name = (words), .letter = (short_form), .argument = (value), .help = (text),  \
    .field = offsetof(struct reader_options, member)

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Which server"},
    {ROW(OPTION_NUMBER, "port", 'p', "PORT", "on 127.0.0.1", port), .min = 1, .max = 65535},
    {ROW(OPTION_NUMBER, "pid", 0, "PID", "whose CPU and memory", pid), .min = 1, .max = INT32_MAX},
    {ROW(OPTION_FLAG, "tls", 0, NULL, "speak TLS, and believe the server", tls)},
    {.kind = OPTION_HEADING, .help = "Which streams"},
    {ROW(OPTION_CHOICE, "mode", 'm', "MODE", "stateless or stateful", mode), .choices = modes},
    {ROW(OPTION_NUMBER, "numbers", 'n', "N", "of a session; another follows it (65535)", n),
     .min = 1, .max = SEQUENCE_N_MAX},
    {ROW(OPTION_BYTES, "size", 0, "BYTES", "of padding that each number carries (0)", size),
     .max = PADDING_MAX},
    {ROW(OPTION_NUMBER, "streams", 's', "N", "at a time (1)", streams), .min = 1, .max = 1000000},
    {ROW(OPTION_NUMBER, "connections", 'c', "N", "that they share (1)", connections), .min = 1,
     .max = 10000},
    {ROW(OPTION_DURATION, "ramp", 0, "TIME", "until all have begun (0)", ramp_ns)},
    {.kind = OPTION_HEADING, .help = "What is measured"},
    {ROW(OPTION_DURATION, "warmup", 0, "TIME", "left out, from when all have begun (200ms)",
         warmup_ns)},
    {ROW(OPTION_DURATION, "duration", 'd', "TIME", "measured (1s)", duration_ns)},
    {ROW(OPTION_DURATION, "interval", 0, "TIME", "the server's pace, for the lateness (0)",
         interval_ns)},
    {ROW(OPTION_NUMBER, "resumes", 0, "N",
         "instead of all this: read one session, then CONTINUE it\nat its end so often", resumes),
     .min = 1, .max = 1000000},
};

struct reading {
    struct http2_stream stream; /* first: its address is the reading's, too */
    struct uuid uuid;
    uint64_t count;       /* messages of this session */
    uint64_t window_from; /* `total` when the measured window began */
    uint64_t total;       /* messages of all sessions */
    int64_t due;          /* when the next number is due, by the pace */
};

static struct reader_options options = {.n = SEQUENCE_N_DEFAULT_MAX,
                                        .streams = 1,
                                        .connections = 1,
                                        .warmup_ns = 200 * NS_PER_MS,
                                        .duration_ns = NS_PER_S};

/* The state of a run. */
static struct {
    int64_t now; /* when the bytes came that are being read */
    uint64_t begun;
    uint64_t with_numbers; /* streams on which a number has come */
    uint64_t ended;        /* sessions that have ended */
    uint64_t bytes;        /* of all messages */
    bool measuring;
    bool resuming;
    uint64_t last[2]; /* resuming: the latest two messages of the session */
    struct histogram late;
} state;

static void open_with(struct http2_connection *connection, struct reading *reading,
                      const struct command *command, bool has_position)
{
    struct request request = {
        .has_position = has_position, .position = command->n, .size = (uint32_t)options.size};
    uint8_t bytes[REQUEST_SIZE_MAX];
    command_format((enum mode)options.mode, command, request.text);
    request.length = strlen(request.text);
    http2_open(connection, &reading->stream, bytes, request_encode(&request, bytes));
}

static void open_session(struct http2_connection *connection, struct reading *reading)
{
    reading->uuid = uuid_random();
    reading->count = 0;
    const struct command start = {
        .kind = COMMAND_START, .uuid = reading->uuid, .n = (uint32_t)options.n};
    open_with(connection, reading, &start, false);
}

/* As in client/measure/pace.h: the pace counts from the earliest number. */
static void measure_lateness(struct reading *reading)
{
    if (reading->count > 0 && state.measuring) {
        histogram_record(&state.late, state.now - reading->due);
    }
    if (reading->count == 0 || state.now < reading->due) {
        reading->due = state.now;
    }
    reading->due += options.interval_ns;
}

static void take_message(struct http2_stream *stream, const uint8_t *bytes, size_t length)
{
    struct reading *reading = (struct reading *)(void *)stream;
    if (length <= options.size) {
        bench_give_up("a message of %zu bytes came", length);
    }
    if (options.interval_ns > 0) {
        measure_lateness(reading);
    }
    if (state.resuming) {
        struct reply reply;
        state.last[0] = state.last[1];
        state.last[1] = reply_decode(bytes, length, &reply) ? reply.number : 0;
    }
    state.with_numbers += reading->total == 0 ? 1 : 0;
    reading->count++;
    reading->total++;
    state.bytes += length;
}

static void take_end(struct http2_stream *stream)
{
    struct reading *reading = (struct reading *)(void *)stream;
    /* Trailers are not read: the count of messages tells whether the session is whole. */
    if (reading->count != options.n + 1) {
        bench_give_up("a stream ended after %" PRIu64 " messages", reading->count);
    }
    state.ended++;
    if (!state.resuming) {
        open_session(stream->connection, reading);
    }
}

static const struct http2_listener listener = {.message = take_message, .ended = take_end};

/* Reads what comes until the deadline, or until `done` (which may be NULL) holds. */
static void read_until(int poller, int64_t deadline, bool (*done)(void))
{
    enum { EVENTS = 64 };
    struct epoll_event events[EVENTS];
    while ((done == NULL || !done()) && (state.now = bench_now_ns()) < deadline) {
        int64_t left_ms = (deadline - state.now + NS_PER_MS - 1) / NS_PER_MS;
        int count = epoll_wait(poller, events, EVENTS, left_ms > 1000 ? 1000 : (int)left_ms);
        for (int i = 0; i < count; i++) {
            state.now = bench_now_ns();
            http2_read(events[i].data.ptr);
        }
    }
}

static bool all_have_begun(void)
{
    return state.with_numbers == options.streams;
}

static void begin_streams(int poller, struct http2_connection *connections,
                          struct reading *readings)
{
    int64_t began = bench_now_ns();
    for (uint64_t i = 0; i < options.streams; i++) {
        double delay = (double)options.ramp_ns * (double)i / (double)options.streams;
        read_until(poller, began + (int64_t)delay, NULL);
        open_session(&connections[i % options.connections], &readings[i]);
    }
    read_until(poller, bench_now_ns() + 60 * NS_PER_S, all_have_begun);
    if (!all_have_begun()) {
        bench_give_up("only %" PRIu64 " of %" PRIu64 " streams have begun", state.with_numbers,
                      options.streams);
    }
}

static void print_usage(const struct usage *before, const struct usage *after)
{
    (void)printf("\"server_cpu_ns\": %" PRId64 ", \"server_rss_bytes\": %" PRIu64
                 ", \"reader_cpu_ns\": %" PRId64 "}\n",
                 after->cpu_ns - before->cpu_ns, after->rss_bytes,
                 usage_own_cpu_ns() - before->own_cpu_ns);
}

static void measure(int poller, struct http2_connection *connections, struct reading *readings)
{
    begin_streams(poller, connections, readings);
    read_until(poller, bench_now_ns() + options.warmup_ns, NULL);

    for (uint64_t i = 0; i < options.streams; i++) {
        readings[i].window_from = readings[i].total;
    }
    state.ended = 0;
    state.bytes = 0;
    state.measuring = true;
    int64_t began = bench_now_ns();
    struct usage before = usage_of((int)options.pid);
    read_until(poller, began + options.duration_ns, NULL);
    struct usage after = usage_of((int)options.pid);
    int64_t elapsed = bench_now_ns() - began;

    uint64_t numbers = 0;
    uint64_t slowest = UINT64_MAX;
    for (uint64_t i = 0; i < options.streams; i++) {
        uint64_t count = readings[i].total - readings[i].window_from;
        numbers += count;
        slowest = count < slowest ? count : slowest;
    }
    (void)printf("{\"elapsed_ns\": %" PRId64 ", \"numbers\": %" PRIu64 ", \"bytes\": %" PRIu64
                 ", \"slowest\": %" PRIu64 ", \"sessions\": %" PRIu64 ", ",
                 elapsed, numbers, state.bytes, slowest, state.ended);
    (void)printf("\"late_p50_ns\": %" PRId64 ", \"late_p99_ns\": %" PRId64
                 ", \"late_max_ns\": %" PRId64 ", ",
                 histogram_quantile(&state.late, 0.5), histogram_quantile(&state.late, 0.99),
                 histogram_quantile(&state.late, 1));
    print_usage(&before, &after);
}

static bool session_has_ended(void)
{
    return state.ended > 0;
}

static struct reading *resumed;

static bool has_both_answers(void)
{
    return resumed->count >= 2;
}

/* Reads one session, then resumes it at its end again and again: how soon are both answers there?
 */
static void measure_resumes(int poller, struct http2_connection *connection,
                            struct reading *reading)
{
    static struct histogram times;
    resumed = reading;
    state.resuming = true;
    open_session(connection, reading);
    read_until(poller, bench_now_ns() + 300 * NS_PER_S, session_has_ended);

    /* From the last number on: only the checksum follows. */
    const struct command go_on = {.kind = COMMAND_CONTINUE,
                                  .uuid = reading->uuid,
                                  .n = (uint32_t)options.n, /* the position */
                                  .last = state.last[0]};
    options.n = 2; /* the answers; the checksum follows */
    struct usage before = usage_of((int)options.pid);
    for (uint64_t i = 0; i < options.resumes; i++) {
        reading->count = 0;
        state.ended = 0;
        int64_t began = bench_now_ns();
        open_with(connection, reading, &go_on, true);
        read_until(poller, began + 60 * NS_PER_S, has_both_answers);
        histogram_record(&times, bench_now_ns() - began);
        read_until(poller, began + 60 * NS_PER_S, session_has_ended);
    }
    struct usage after = usage_of((int)options.pid);
    (void)printf("{\"position\": %" PRIu64 ", \"resume_p50_ns\": %" PRId64
                 ", \"resume_p99_ns\": %" PRId64 ", \"resume_max_ns\": %" PRId64 ", ",
                 (uint64_t)go_on.n, histogram_quantile(&times, 0.5),
                 histogram_quantile(&times, 0.99), histogram_quantile(&times, 1));
    print_usage(&before, &after);
}

static bool parse(int argc, char **argv)
{
    const struct options table = {.program = "raw-reader",
                                  .usage = "--port PORT --pid PID [OPTION…]",
                                  .description = "Measures a server of number streams.",
                                  .ending = "",
                                  .rows = rows,
                                  .row_count = sizeof rows / sizeof rows[0]};
    int operands = argc;
    return options_parse(&table, argc, argv, &options, &operands) == OPTIONS_GO_ON &&
           operands == argc && options.port != 0 && options.pid != 0 &&
           options.connections <= options.streams;
}

int main(int argc, char **argv)
{
    if (!parse(argc, argv) || sodium_init() < 0) {
        return EXIT_USAGE;
    }
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct http2_connection *connections = calloc(options.connections, sizeof *connections);
    struct reading *readings = calloc(options.streams, sizeof *readings);
    if (poller < 0 || connections == NULL || readings == NULL) {
        return EXIT_FAILURE;
    }
    for (uint64_t i = 0; i < options.connections; i++) {
        uint32_t share = (uint32_t)(options.streams / options.connections + 1);
        http2_connect(&connections[i], (uint16_t)options.port, options.tls, share, &listener);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, connections[i].descriptor, &event) != 0) {
            return EXIT_FAILURE;
        }
    }
    if (options.resumes > 0) {
        measure_resumes(poller, &connections[0], &readings[0]);
    } else {
        measure(poller, connections, readings);
    }
    return EXIT_SUCCESS;
}
