/*
 * The ceiling of a client on C core: calls that receive and throw away what comes, in one thread.
 *
 *   usage: ceiling-receive PORT STREAMS CONNECTIONS COMMAND NUMBERS [SIZE | RAMP_MS PID]
 *
 * Each call sends the command, in which a %s stands for a uuid of its own, and asks for SIZE bytes
 * of padding (0); after this many numbers in all a JSON object on standard output tells what they
 * cost. With RAMP_MS and PID the calls begin one after the other within RAMP_MS, and it tells also
 * what the process PID, the server, needs for as many numbers again.
 */
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/grpc/setup.h"
#include "shared/grpc/wire.h"
#include "shared/protocol/codec.h"
#include "test/bench/bench_program.h"
#include "test/bench/usage.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct receiving {
    grpc_call *call;
    grpc_byte_buffer *message;
    grpc_metadata_array headers;
};

static void receive_next(struct receiving *receiving)
{
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &receiving->message;
    (void)grpc_call_start_batch(receiving->call, &receive, 1, receiving, NULL);
}

static void open_call(struct receiving *receiving, grpc_channel *channel,
                      grpc_completion_queue *queue, const char *command, uint32_t size)
{
    receiving->call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                               grpc_slice_from_static_string(COMMS_METHOD), NULL,
                                               gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    struct request request = {.has_position = false, .size = size};
    uint8_t bytes[REQUEST_SIZE_MAX];
    char uuid[UUID_TEXT_SIZE];
    const struct uuid random = uuid_random();
    uuid_format(&random, uuid);
    const char *gap = strstr(command, "%s");
    (void)snprintf(request.text, sizeof request.text, "%.*s%s%s",
                   (int)(gap == NULL ? strlen(command) : (size_t)(gap - command)), command,
                   gap == NULL ? "" : uuid, gap == NULL ? "" : gap + 2);
    request.length = strlen(request.text);

    grpc_op begin[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                       {.op = GRPC_OP_SEND_MESSAGE},
                       {.op = GRPC_OP_RECV_INITIAL_METADATA}};
    begin[1].data.send_message.send_message =
        wire_buffer_create(bytes, request_encode(&request, bytes));
    grpc_metadata_array_init(&receiving->headers);
    begin[2].data.recv_initial_metadata.recv_initial_metadata = &receiving->headers;
    (void)grpc_call_start_batch(receiving->call, begin, 3, NULL, NULL);
    receive_next(receiving);
}

static grpc_channel *connect_to(const char *port)
{
    char target[32];
    (void)snprintf(target, sizeof target, "127.0.0.1:%s", port);
    char local_pool[] = GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL;
    grpc_arg argument = {.type = GRPC_ARG_INTEGER, .key = local_pool, .value.integer = 1};
    const grpc_channel_args arguments = {1, &argument};
    grpc_channel_credentials *insecure = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(target, insecure, &arguments);
    grpc_channel_credentials_release(insecure);
    return channel;
}

static uint64_t received;

/* Receives until there are this many numbers in all, or until the deadline on clock_monotonic. */
static void receive_until(grpc_completion_queue *queue, uint64_t wanted, int64_t deadline)
{
    int64_t left = 0;
    while (received < wanted && (left = deadline - bench_now_ns()) > 0) {
        const gpr_timespec until = deadline == CLOCK_NEVER
                                       ? gpr_inf_future(GPR_CLOCK_MONOTONIC)
                                       : gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                                      gpr_time_from_nanos(left, GPR_TIMESPAN));
        const grpc_event event = grpc_completion_queue_next(queue, until, NULL);
        struct receiving *receiving = event.tag;
        if (event.type == GRPC_QUEUE_TIMEOUT || receiving == NULL) {
            continue; /* or a call has begun */
        }
        if (receiving->message == NULL) {
            bench_give_up("a stream ended");
        }
        received++;
        grpc_byte_buffer_destroy(receiving->message);
        receive_next(receiving);
    }
}

/* Waits for this many numbers once more, and prints what the process needs meanwhile. */
static void measure_server(grpc_completion_queue *queue, uint64_t numbers, int pid)
{
    const struct usage before = usage_of(pid);
    receive_until(queue, received + numbers, CLOCK_NEVER);
    const struct usage after = usage_of(pid);
    (void)printf(", \"server_cpu_ns\": %" PRId64 ", \"server_rss_bytes\": %" PRIu64,
                 after.cpu_ns - before.cpu_ns, after.rss_bytes);
}

int main(int argc, char **argv)
{
    const bool has_server = argc == 8;
    if (argc < 6 || argc > 8 || sodium_init() < 0) {
        return EXIT_FAILURE;
    }
    const uint64_t streams = strtoull(argv[2], NULL, 10);
    const uint64_t connections = strtoull(argv[3], NULL, 10);
    const uint64_t numbers = strtoull(argv[5], NULL, 10);
    const uint32_t size = argc == 7 ? (uint32_t)strtoul(argv[6], NULL, 10) : 0;
    const int64_t ramp_ns = has_server ? strtoll(argv[6], NULL, 10) * NS_PER_MS : 0;
    struct receiving *receivings = calloc(streams, sizeof *receivings);
    grpc_channel **channels = calloc(connections, sizeof *channels);
    if (receivings == NULL || channels == NULL) {
        free(receivings);
        free(channels);
        return EXIT_FAILURE;
    }
    grpc_setup();
    grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
    const int64_t began = bench_now_ns();
    for (uint64_t i = 0; i < streams; i++) {
        grpc_channel **channel = &channels[i % connections];
        *channel = i < connections ? connect_to(argv[1]) : *channel;
        if (ramp_ns > 0) {
            receive_until(queue, UINT64_MAX, began + ramp_ns * (int64_t)i / (int64_t)streams);
        }
        open_call(&receivings[i], *channel, queue, argv[4], size);
    }
    receive_until(queue, numbers, CLOCK_NEVER);
    (void)printf("{\"numbers\": %" PRIu64 ", \"cpu_ns\": %" PRId64, received, usage_own_cpu_ns());
    if (has_server) {
        measure_server(queue, numbers, (int)strtol(argv[7], NULL, 10));
    }
    (void)printf("}\n");
    (void)fflush(stdout);
    _Exit(EXIT_SUCCESS); /* the calls are open, and nobody waits for their end */
}
