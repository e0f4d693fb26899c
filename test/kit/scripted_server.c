#include "test/kit/scripted_server.h"

#include "shared/grpc/wire.h"
#include "test/kit/core_server.h"

#include <check.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TARGET_SIZE = 128,
    PEER_SIZE = 64,
    HEADERS_SIZE = 512,
    HEADERS_MAX = 8,
    REQUESTS_MAX = 1024
};

static const char any_port[] = "127.0.0.1:0";

/* A tag, and whether it has come back. */
struct step {
    bool over;
    bool success;
};

struct heard {
    struct request request;
    char peer[PEER_SIZE];
    char headers[HEADERS_SIZE];
};

struct scripted_server {
    const struct script *scripts;
    size_t script_count;
    size_t again_from;
    char target[TARGET_SIZE];
    struct core_server core;
    pthread_t thread;
    struct step shut_down;

    pthread_mutex_t lock;
    size_t request_count;             /* lock */
    struct heard heard[REQUESTS_MAX]; /* lock */
};

/* The call that is served, in the thread. */
struct scripted_call {
    struct scripted_server *server;
    grpc_call *call;
    char headers[HEADERS_SIZE];
    struct step closed;
    int cancelled;
    grpc_metadata answers[HEADERS_MAX]; /* the headers that it sends */
    size_t answer_count;
    bool headers_sent;
    bool finished;
};

/* Takes tags out of the queue until this one has come. */
static bool await(struct scripted_server *server, const struct step *step)
{
    while (!step->over) {
        grpc_event event = grpc_completion_queue_next(server->core.queue,
                                                      gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type == GRPC_OP_COMPLETE) {
            struct step *done = event.tag;
            done->over = true;
            done->success = event.success != 0;
        }
    }
    return step->success;
}

/* A batch, and its end. False: the call is over. */
static bool do_batch(struct scripted_call *call, const grpc_op *operations, size_t count)
{
    struct step done = {.over = false};
    return grpc_call_start_batch(call->call, operations, count, &done, NULL) == GRPC_CALL_OK &&
           await(call->server, &done);
}

static size_t add_headers(struct scripted_call *call, grpc_op *operations)
{
    if (call->headers_sent) {
        return 0;
    }
    call->headers_sent = true;
    operations[0] = (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA};
    operations[0].data.send_initial_metadata.count = call->answer_count;
    operations[0].data.send_initial_metadata.metadata = call->answers;
    return 1;
}

static bool send_bytes(struct scripted_call *call, const uint8_t *bytes, size_t length)
{
    grpc_op operations[2];
    size_t count = add_headers(call, operations);
    grpc_byte_buffer *buffer = wire_buffer_create(bytes, length);
    operations[count] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE};
    operations[count].data.send_message.send_message = buffer;
    bool good = do_batch(call, operations, count + 1);
    grpc_byte_buffer_destroy(buffer);
    return good;
}

static bool send_reply(struct scripted_call *call, const struct script_line *line)
{
    uint8_t bytes[REPLY_SIZE_MAX];
    struct reply reply = {.is_error = line->kind == SCRIPT_ERROR, .number = line->number};
    if (reply.is_error) {
        snprintf(reply.error, sizeof reply.error, "%s", line->text);
    }
    return send_bytes(call, bytes, reply_encode(&reply, bytes));
}

static bool send_status(struct scripted_call *call, const struct script_line *line)
{
    grpc_op operations[2];
    size_t count = add_headers(call, operations);
    grpc_slice details = grpc_slice_from_copied_string(line->text == NULL ? "" : line->text);
    operations[count] = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    operations[count].data.send_status_from_server.status = (grpc_status_code)line->status;
    operations[count].data.send_status_from_server.status_details = &details;
    bool good = do_batch(call, operations, count + 1);
    grpc_slice_unref(details);
    call->finished = true;
    return good;
}

static void note_request(struct scripted_call *call, const struct request *request)
{
    struct scripted_server *server = call->server;
    char *peer = grpc_call_get_peer(call->call);
    pthread_mutex_lock(&server->lock);
    if (server->request_count < REQUESTS_MAX) {
        struct heard *heard = &server->heard[server->request_count++];
        heard->request = *request;
        snprintf(heard->peer, sizeof heard->peer, "%s", peer);
        memcpy(heard->headers, call->headers, sizeof heard->headers);
    }
    pthread_mutex_unlock(&server->lock);
    gpr_free(peer);
}

/* Waits for a request; false: none comes any more. */
static bool receive(struct scripted_call *call)
{
    grpc_byte_buffer *buffer = NULL;
    grpc_op operation = {.op = GRPC_OP_RECV_MESSAGE};
    operation.data.recv_message.recv_message = &buffer;
    if (!do_batch(call, &operation, 1) || buffer == NULL) {
        return false;
    }
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t length;
    struct request request;
    bool good = wire_buffer_read(buffer, bytes, sizeof bytes, &length) &&
                request_decode(bytes, length, &request);
    grpc_byte_buffer_destroy(buffer);
    if (good) {
        note_request(call, &request);
    }
    return good;
}

static bool add_answer(struct scripted_call *call, const char *text)
{
    const char *value = strstr(text, ": ");
    if (call->answer_count == HEADERS_MAX || value == NULL) {
        abort();
    }
    call->answers[call->answer_count++] =
        (grpc_metadata){.key = grpc_slice_from_copied_buffer(text, (size_t)(value - text)),
                        .value = grpc_slice_from_copied_string(value + 2)};
    return true;
}

static bool say(struct scripted_call *call, const struct script_line *line)
{
    switch (line->kind) {
    case SCRIPT_NUMBER:
    case SCRIPT_ERROR:
        return send_reply(call, line);
    case SCRIPT_BYTES:
        return send_bytes(call, (const uint8_t *)line->text, strlen(line->text));
    case SCRIPT_HEADER:
        return add_answer(call, line->text);
    case SCRIPT_AWAIT:
        return receive(call);
    case SCRIPT_STATUS:
        return send_status(call, line);
    case SCRIPT_SILENCE:
        break;
    }
    return false;
}

static void add_header(char *headers, const char *name, size_t name_length, grpc_slice value)
{
    size_t used = strlen(headers);
    snprintf(headers + used, HEADERS_SIZE - used, "%.*s: %.*s\n", (int)name_length, name,
             (int)GRPC_SLICE_LENGTH(value), (const char *)GRPC_SLICE_START_PTR(value));
}

static void write_headers(char *headers, const grpc_call_details *details,
                          const grpc_metadata_array *metadata)
{
    static const char authority[] = ":authority";
    headers[0] = '\0';
    add_header(headers, authority, sizeof authority - 1, details->host);
    for (size_t i = 0; i < metadata->count; i++) {
        const grpc_metadata *header = &metadata->metadata[i];
        add_header(headers, (const char *)GRPC_SLICE_START_PTR(header->key),
                   GRPC_SLICE_LENGTH(header->key), header->value);
    }
}

static void serve(struct scripted_call *call, const struct script *script)
{
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    close.data.recv_close_on_server.cancelled = &call->cancelled;
    if (grpc_call_start_batch(call->call, &close, 1, &call->closed, NULL) != GRPC_CALL_OK) {
        abort();
    }
    if (receive(call)) {
        for (size_t i = 0; i < SCRIPT_LINES_MAX && !call->finished && say(call, &script->lines[i]);
             i++) {
        }
    }
    (void)await(call->server, &call->closed);
    grpc_call_unref(call->call);
    for (size_t i = 0; i < call->answer_count; i++) {
        grpc_slice_unref(call->answers[i].key);
        grpc_slice_unref(call->answers[i].value);
    }
}

static void *run(void *argument)
{
    struct scripted_server *server = argument;
    bool good = true;
    for (size_t i = 0; good; i++) {
        if (i == server->script_count) {
            i = server->again_from;
        }
        grpc_call *call = NULL;
        grpc_call_details details;
        grpc_metadata_array metadata;
        struct step requested = {.over = false};
        grpc_call_details_init(&details);
        grpc_metadata_array_init(&metadata);
        good = grpc_server_request_call(server->core.server, &call, &details, &metadata,
                                        server->core.queue, server->core.queue,
                                        &requested) == GRPC_CALL_OK &&
               await(server, &requested);
        if (good) {
            struct scripted_call scripted = {.server = server, .call = call};
            write_headers(scripted.headers, &details, &metadata);
            serve(&scripted, &server->scripts[i]);
        }
        grpc_call_details_destroy(&details);
        grpc_metadata_array_destroy(&metadata);
    }
    (void)await(server, &server->shut_down);
    return NULL;
}

struct scripted_server *scripted_server_start_at(const char *address, const struct script *scripts,
                                                 size_t count, size_t again_from)
{
    struct scripted_server *server = calloc(1, sizeof *server);
    ck_assert_ptr_nonnull(server);
    server->scripts = scripts;
    server->script_count = count;
    server->again_from = again_from;
    ck_assert_int_eq(pthread_mutex_init(&server->lock, NULL), 0);
    int port = core_server_start(&server->core, address);
    if (strcmp(address, any_port) == 0) {
        snprintf(server->target, sizeof server->target, "127.0.0.1:%d", port);
    } else {
        snprintf(server->target, sizeof server->target, "%s", address);
    }
    ck_assert_int_eq(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

struct scripted_server *scripted_server_start(const struct script *scripts, size_t count,
                                              size_t again_from)
{
    return scripted_server_start_at(any_port, scripts, count, again_from);
}

void scripted_server_stop(struct scripted_server *server)
{
    core_server_stop(&server->core, &server->shut_down, server->thread);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *scripted_server_target(const struct scripted_server *server)
{
    return server->target;
}

size_t scripted_server_request_count(struct scripted_server *server)
{
    pthread_mutex_lock(&server->lock);
    size_t count = server->request_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

struct request scripted_server_request(struct scripted_server *server, size_t i)
{
    pthread_mutex_lock(&server->lock);
    ck_assert_uint_lt(i, server->request_count);
    struct request request = server->heard[i].request;
    pthread_mutex_unlock(&server->lock);
    return request;
}

void scripted_server_headers(struct scripted_server *server, size_t i, char *text, size_t size)
{
    pthread_mutex_lock(&server->lock);
    ck_assert_uint_lt(i, server->request_count);
    snprintf(text, size, "%s", server->heard[i].headers);
    pthread_mutex_unlock(&server->lock);
}

bool scripted_server_is_same_connection(struct scripted_server *server, size_t i, size_t k)
{
    pthread_mutex_lock(&server->lock);
    ck_assert_uint_lt(i, server->request_count);
    ck_assert_uint_lt(k, server->request_count);
    bool is_same = strcmp(server->heard[i].peer, server->heard[k].peer) == 0;
    pthread_mutex_unlock(&server->lock);
    return is_same;
}
