/* One thread does all: it takes tags out of one queue, and says the lines that are due. */
#include "test/kit/lying_server.h"

#include "shared/base/clock.h"
#include "shared/grpc/wire.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/padding.h"
#include "test/kit/core_server.h"
#include "test/kit/lying_sessions.h"

#include <check.h>
#include <grpc/grpc.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum step { STEP_ACCEPTED, STEP_CLOSED, STEP_RECEIVED, STEP_SENT, STEPS };

struct lying_stream;

struct tag {
    enum step step;
    struct lying_stream *stream; /* NULL: the server was shut down */
};

struct lying_stream {
    struct lying_server *server;
    struct lying_stream *next;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    struct tag tags[STEPS];
    unsigned pending; /* tags that will come back */
    int cancelled;
    bool closed;
    grpc_byte_buffer *received;
    grpc_byte_buffer *sent;
    bool sending;
    bool headers_sent;
    bool has_begun;
    bool ended;
    uint32_t size; /* bytes of padding that the client has asked for */
    int64_t began_at;
    struct lying_lines lines;
    size_t said; /* of the lines */
};

struct lying_server {
    int port;
    struct core_server core;
    pthread_t thread;
    struct lying_sessions sessions;

    /* the thread's own */
    struct lying_stream *streams;
    bool is_shut_down;
    struct tag shut_down;
};

static void start_batch(struct lying_stream *stream, enum step step, const grpc_op *operations,
                        size_t count)
{
    if (grpc_call_start_batch(stream->call, operations, count, &stream->tags[step], NULL) !=
        GRPC_CALL_OK) {
        abort();
    }
    stream->pending++;
}

/* Waits for another call. */
static void accept_next(struct lying_server *server)
{
    struct lying_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        abort();
    }
    stream->server = server;
    for (int i = 0; i < STEPS; i++) {
        stream->tags[i] = (struct tag){(enum step)i, stream};
    }
    grpc_call_details_init(&stream->details);
    grpc_metadata_array_init(&stream->metadata);
    stream->next = server->streams;
    server->streams = stream;
    if (grpc_server_request_call(server->core.server, &stream->call, &stream->details,
                                 &stream->metadata, server->core.queue, server->core.queue,
                                 &stream->tags[STEP_ACCEPTED]) != GRPC_CALL_OK) {
        abort();
    }
    stream->pending++;
}

static void destroy(struct lying_stream *stream)
{
    struct lying_stream **link = &stream->server->streams;
    while (*link != stream) {
        link = &(*link)->next;
    }
    *link = stream->next;
    if (stream->call != NULL) {
        grpc_call_unref(stream->call);
    }
    grpc_call_details_destroy(&stream->details);
    grpc_metadata_array_destroy(&stream->metadata);
    lying_lines_cleanup(&stream->lines);
    free(stream);
}

static void receive(struct lying_stream *stream)
{
    grpc_op operation = {.op = GRPC_OP_RECV_MESSAGE};
    operation.data.recv_message.recv_message = &stream->received;
    start_batch(stream, STEP_RECEIVED, &operation, 1);
}

static void begin(struct lying_stream *stream)
{
    grpc_op operation = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    operation.data.recv_close_on_server.cancelled = &stream->cancelled;
    start_batch(stream, STEP_CLOSED, &operation, 1);
    receive(stream);
}

/* A command: what is said from now on. One that comes after the end is not heard. */
static void take_request(struct lying_stream *stream, const struct request *request)
{
    if (stream->ended) {
        return;
    }
    lying_lines_cleanup(&stream->lines);
    lying_sessions_answer(&stream->server->sessions, request, stream->has_begun, &stream->lines);
    stream->size = request->size;
    stream->said = 0;
    stream->has_begun = true;
    stream->began_at = clock_monotonic.now(&clock_monotonic);
}

/* A message came, or the client's half-close: a stream that has begun goes on after that. */
static void take_message(struct lying_stream *stream)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t length;
    struct request request;
    if (stream->received == NULL) {
        return;
    }
    bool good = wire_buffer_read(stream->received, bytes, sizeof bytes, &length) &&
                request_decode(bytes, length, &request);
    grpc_byte_buffer_destroy(stream->received);
    stream->received = NULL;
    if (good) {
        take_request(stream, &request);
    }
    receive(stream);
}

static grpc_byte_buffer *write_padded(const struct lying_line *line, uint32_t size)
{
    uint8_t head[REPLY_HEAD_SIZE];
    size_t head_length = reply_encode_head(line->number, size, head);
    uint8_t *bytes = malloc(head_length + size);
    if (bytes == NULL) {
        abort();
    }
    memcpy(bytes, head, head_length);
    for (uint32_t i = 0; i < size; i++) {
        bytes[head_length + i] =
            i < PADDING_MAX ? padding_of(line->number)[i] : 0; /* nobody may ask for more */
    }
    if (line->wrong_byte > 0) {
        bytes[head_length + line->wrong_byte - 1] ^= 0x10;
    }
    grpc_byte_buffer *buffer = wire_buffer_create(bytes, head_length + size);
    free(bytes);
    return buffer;
}

static grpc_byte_buffer *write_number(const struct lying_line *line, uint32_t size)
{
    uint8_t bytes[REPLY_SIZE_MAX];
    const struct reply reply = {.number = line->number};
    const uint32_t padding_length = line->has_padding ? line->padding_length : size;
    return padding_length > 0 ? write_padded(line, padding_length)
                              : wire_buffer_create(bytes, reply_encode(&reply, bytes));
}

static void say(struct lying_stream *stream, const struct lying_line *line)
{
    grpc_op operations[2] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}};
    grpc_op *operation = &operations[stream->headers_sent ? 0 : 1];
    grpc_slice details = grpc_slice_from_static_string(line->details == NULL ? "" : line->details);
    if (line->is_end) {
        *operation = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
        operation->data.send_status_from_server.status = (grpc_status_code)line->status;
        operation->data.send_status_from_server.status_details = &details;
    } else {
        stream->sent = write_number(line, stream->size);
        *operation = (grpc_op){.op = GRPC_OP_SEND_MESSAGE};
        operation->data.send_message.send_message = stream->sent;
    }
    start_batch(stream, STEP_SENT, operations, (size_t)(operation - operations) + 1);
    stream->headers_sent = true;
    stream->sending = true;
    stream->ended = line->is_end;
    stream->said++;
}

/* Says on each stream what is due; returns when the next line is. */
static int64_t say_due(struct lying_server *server)
{
    int64_t next = CLOCK_NEVER;
    int64_t now = clock_monotonic.now(&clock_monotonic);
    for (struct lying_stream *stream = server->streams; stream != NULL; stream = stream->next) {
        if (stream->sending || stream->closed || stream->said == stream->lines.count) {
            continue;
        }
        const struct lying_line *line = &stream->lines.items[stream->said];
        int64_t due = stream->began_at + line->due_ns;
        if (due <= now) {
            say(stream, line);
        } else if (due < next) {
            next = due;
        }
    }
    return next;
}

static void take_step(struct lying_stream *stream, enum step step, bool success)
{
    stream->pending--;
    switch (step) {
    case STEP_ACCEPTED:
        if (success) {
            accept_next(stream->server);
            begin(stream);
        }
        break;
    case STEP_CLOSED:
        stream->closed = true;
        break;
    case STEP_RECEIVED:
        take_message(stream);
        break;
    case STEP_SENT:
        grpc_byte_buffer_destroy(stream->sent);
        stream->sent = NULL;
        stream->sending = false;
        break;
    case STEPS:
        break;
    }
    if (stream->pending == 0) {
        destroy(stream);
    }
}

static void *run(void *argument)
{
    struct lying_server *server = argument;
    while (!server->is_shut_down || server->streams != NULL) {
        int64_t next = say_due(server);
        int64_t wait_ns = next - clock_monotonic.now(&clock_monotonic);
        gpr_timespec deadline = gpr_inf_future(GPR_CLOCK_MONOTONIC);
        if (next != CLOCK_NEVER) {
            deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                    gpr_time_from_nanos(wait_ns, GPR_TIMESPAN));
        }
        grpc_event event = grpc_completion_queue_next(server->core.queue, deadline, NULL);
        if (event.type == GRPC_OP_COMPLETE) {
            struct tag *tag = event.tag;
            if (tag->stream == NULL) {
                server->is_shut_down = true;
            } else {
                take_step(tag->stream, tag->step, event.success != 0);
            }
        }
    }
    return NULL;
}

struct lying_server *lying_server_start(const struct lying_server_settings *settings)
{
    struct lying_server *server = calloc(1, sizeof *server);
    ck_assert_ptr_nonnull(server);
    lying_sessions_init(&server->sessions, settings);
    padding_prepare();
    server->port = core_server_start(&server->core, "127.0.0.1:0");
    accept_next(server);
    ck_assert_int_eq(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

void lying_server_stop(struct lying_server *server)
{
    core_server_stop(&server->core, &server->shut_down, server->thread);
    lying_sessions_cleanup(&server->sessions);
    free(server);
}

unsigned lying_server_port(const struct lying_server *server)
{
    return (unsigned)server->port;
}

size_t lying_server_start_count(struct lying_server *server)
{
    return lying_sessions_count(&server->sessions);
}

size_t lying_server_finding_count(struct lying_server *server)
{
    return lying_sessions_finding_count(&server->sessions);
}

struct finding lying_server_finding(struct lying_server *server, size_t i)
{
    return lying_sessions_finding(&server->sessions, i);
}
