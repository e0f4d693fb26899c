/*
 * The ceiling of a server on C core: it sends one prebuilt message on one call again and again,
 * with the write-buffer hint.
 *
 *   usage: ceiling-send [SIZE]        SIZE: bytes of padding in the message; 0 without it
 *
 * It parses, computes and counts nothing, hands nothing over, and does
 * not look at the client's command. C core is set up as in our programs.
 */
#include "shared/grpc/setup.h"
#include "shared/grpc/wire.h"
#include "shared/protocol/codec.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice_buffer.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE_MAX_BYTES = 1 << 20 };

static sem_t sent;

/* C core calls it from within grpc_call_start_batch, unless flow control delays the send. */
static void run_sent(grpc_completion_queue_functor *functor, int success)
{
    (void)functor;
    (void)success;
    (void)sem_post(&sent);
}

static void run_nothing(grpc_completion_queue_functor *functor, int success)
{
    (void)functor;
    (void)success;
}

static void *poll_network(void *notifications)
{
    (void)grpc_completion_queue_next(notifications, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    return NULL;
}

static grpc_completion_queue *create_queue(void)
{
    static grpc_completion_queue_functor shut_down = {.functor_run = run_nothing, .inlineable = 1};
    grpc_completion_queue_attributes attributes = {GRPC_CQ_CURRENT_VERSION, GRPC_CQ_CALLBACK,
                                                   GRPC_CQ_NON_POLLING, &shut_down};
    return grpc_completion_queue_create(grpc_completion_queue_factory_lookup(&attributes),
                                        &attributes, NULL);
}

static grpc_call *await_call(grpc_server *server, grpc_completion_queue *notifications)
{
    grpc_call *call = NULL;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_call_details_init(&details);
    grpc_metadata_array_init(&metadata);
    (void)grpc_server_request_call(server, &call, &details, &metadata, create_queue(),
                                   notifications, NULL);
    (void)grpc_completion_queue_next(notifications, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    return call;
}

/* Until the program is killed, or its client has gone. */
static void send_for_ever(grpc_call *call, uint32_t size)
{
    static const uint8_t padding[SIZE_MAX_BYTES];
    uint8_t bytes[REPLY_HEAD_SIZE];
    const uint64_t number = UINT64_MAX / 3;
    size_t length =
        size == 0 ? reply_encode_number(number, bytes) : reply_encode_head(number, size, bytes);
    grpc_slice head = grpc_slice_from_copied_buffer((const char *)bytes, length);
    grpc_slice tail = grpc_slice_from_static_buffer(padding, size);
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(NULL, 0);

    grpc_completion_queue_functor done = {.functor_run = run_sent, .inlineable = 1};
    const grpc_op headers = {.op = GRPC_OP_SEND_INITIAL_METADATA};
    grpc_op send = {.op = GRPC_OP_SEND_MESSAGE, .flags = GRPC_WRITE_BUFFER_HINT};
    send.data.send_message.send_message = message;

    grpc_call_error error = grpc_call_start_batch(call, &headers, 1, &done, NULL);
    while (error == GRPC_CALL_OK) {
        (void)sem_wait(&sent);
        /* C core takes the slices out of the buffer when it sends. The head holds its bytes inline,
         * and those of the tail are static: neither is counted. */
        grpc_slice_buffer_add(&message->data.raw.slice_buffer, head);
        if (size > 0) {
            grpc_slice_buffer_add(&message->data.raw.slice_buffer, tail);
        }
        error = grpc_call_start_batch(call, &send, 1, &done, NULL);
    }
}

int main(int argc, char **argv)
{
    const uint64_t size = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    if (size > SIZE_MAX_BYTES) {
        return EXIT_FAILURE;
    }
    grpc_setup();
    (void)sem_init(&sent, 0, 0);
    grpc_server *server = grpc_server_create(NULL, NULL);
    grpc_completion_queue *notifications = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(server, notifications, NULL);
    grpc_server_credentials *insecure = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(server, "127.0.0.1:0", insecure);
    grpc_server_start(server);
    (void)printf("listening on 127.0.0.1:%d\n", port);
    (void)fflush(stdout);

    grpc_call *call = await_call(server, notifications);
    pthread_t poller;
    if (pthread_create(&poller, NULL, poll_network, notifications) == 0) {
        send_for_ever(call, (uint32_t)size);
    }
    return EXIT_SUCCESS;
}
