#include "server/rpc/acceptor.h"

#include "shared/base/log.h"
#include "shared/base/thread.h"
#include "shared/grpc/wire.h"
#include "shared/protocol/codec.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    /* Calls that find no request waiting queue up in C core without bound: keep many ready. */
    REQUESTS_READY = 64,
    /* Besides the acceptor. With one thread that polls, a flood of resets costs gigabytes. */
    POLLERS = 3
};

struct acceptor {
    struct workers *workers; /* not owned */
    void (*ended)(void);
    atomic_bool has_ended;
    grpc_server *server;
    grpc_completion_queue *notifications; /* its tags are streams, and the acceptor at the end */
    grpc_completion_queue *polling;       /* never has an event */
    struct stream_pool pool;
    pthread_t thread;
    pthread_t pollers[POLLERS];
    size_t poller_count;
};

static void request_stream(struct acceptor *acceptor)
{
    if (stream_request(acceptor->server, acceptor->notifications, &acceptor->pool) == NULL) {
        log_event(LOG_LEVEL_ERROR, "out of memory",
                  log_text("effect", "one stream fewer can be accepted at a time"));
    }
}

static void refuse(struct stream *stream, const struct failure *failure)
{
    char peer[PEER_SIZE];
    stream_peer(stream, peer);
    log_event(LOG_LEVEL_INFO, "stream refused", log_address("peer", peer),
              log_text("reason", failure->text));
    stream_refuse(stream, failure);
}

static void accept_stream(struct acceptor *acceptor, struct stream *stream)
{
    struct failure failure;
    enum error error = ERROR_NONE;
    if (!stream_is_for(stream, WIRE_METHOD)) {
        error = failure_set(&failure, ERROR_UNKNOWN_METHOD, "this server has %s only", WIRE_METHOD);
    }
    if (error == ERROR_NONE) {
        error = workers_hand_over(acceptor->workers, stream, &failure);
    }
    if (error != ERROR_NONE) {
        refuse(stream, &failure);
    }
}

/* Runs until the tag of acceptor_shut_down, after which no stream comes. */
static void *run_acceptor(void *argument)
{
    struct acceptor *acceptor = argument;
    thread_set_name("acceptor");
    for (;;) {
        grpc_event event = grpc_completion_queue_next(acceptor->notifications,
                                                      gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type != GRPC_OP_COMPLETE) {
            break; /* the queue was shut down, and is empty */
        }
        if (event.tag == acceptor) {
            grpc_completion_queue_shutdown(acceptor->notifications);
        } else if (event.success) {
            request_stream(acceptor);
            accept_stream(acceptor, event.tag);
        } else {
            stream_release(event.tag); /* no call came for it before the shutdown */
        }
    }
    atomic_store(&acceptor->has_ended, true);
    acceptor->ended();
    return NULL;
}

static void *run_poller(void *argument)
{
    struct acceptor *acceptor = argument;
    thread_set_name("poller");
    grpc_event event;
    do {
        event = grpc_completion_queue_next(acceptor->polling, gpr_inf_future(GPR_CLOCK_MONOTONIC),
                                           NULL);
    } while (event.type != GRPC_QUEUE_SHUTDOWN);
    return NULL;
}

static grpc_server *create_server(void)
{
    char max_length[] = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
    grpc_arg argument = {
        .type = GRPC_ARG_INTEGER, .key = max_length, .value.integer = REQUEST_SIZE_MAX};
    const grpc_channel_args arguments = {1, &argument};
    return grpc_server_create(&arguments, NULL);
}

static void stop_pollers(struct acceptor *acceptor)
{
    grpc_completion_queue_shutdown(acceptor->polling);
    for (size_t i = 0; i < acceptor->poller_count; i++) {
        (void)pthread_join(acceptor->pollers[i], NULL);
    }
}

static void destroy(struct acceptor *acceptor)
{
    grpc_server_destroy(acceptor->server);
    stream_pool_close(&acceptor->pool);
    stream_pool_cleanup(&acceptor->pool);
    grpc_completion_queue_destroy(acceptor->notifications);
    grpc_completion_queue_destroy(acceptor->polling);
    free(acceptor);
}

static bool start_threads(struct acceptor *acceptor)
{
    for (; acceptor->poller_count < POLLERS; acceptor->poller_count++) {
        if (thread_start(&acceptor->pollers[acceptor->poller_count], 0, run_poller, acceptor) !=
            0) {
            return false;
        }
    }
    return thread_start(&acceptor->thread, 0, run_acceptor, acceptor) == 0;
}

struct acceptor *acceptor_start(struct workers *workers, void (*ended)(void))
{
    struct acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (acceptor == NULL) {
        return NULL;
    }
    if (stream_pool_init(&acceptor->pool) != 0) {
        free(acceptor);
        return NULL;
    }
    acceptor->workers = workers;
    acceptor->ended = ended;
    acceptor->server = create_server();
    acceptor->notifications = grpc_completion_queue_create_for_next(NULL);
    acceptor->polling = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(acceptor->server, acceptor->notifications, NULL);
    grpc_server_register_completion_queue(acceptor->server, acceptor->polling, NULL);
    grpc_server_start(acceptor->server);
    for (int i = 0; i < REQUESTS_READY; i++) {
        request_stream(acceptor);
    }
    if (!start_threads(acceptor)) {
        /* Too few threads: end as a server does that has run, in this one. */
        acceptor_shut_down(acceptor);
        (void)run_acceptor(acceptor);
        stop_pollers(acceptor);
        destroy(acceptor);
        return NULL;
    }
    return acceptor;
}

void acceptor_add_connection(struct acceptor *acceptor, int descriptor)
{
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    grpc_server_add_channel_from_fd(acceptor->server, descriptor, credentials);
    grpc_server_credentials_release(credentials);
}

void acceptor_shut_down(struct acceptor *acceptor)
{
    grpc_server_shutdown_and_notify(acceptor->server, acceptor->notifications, acceptor);
}

void acceptor_cancel_streams(struct acceptor *acceptor)
{
    grpc_server_cancel_all_calls(acceptor->server);
}

bool acceptor_has_ended(const struct acceptor *acceptor)
{
    return atomic_load(&acceptor->has_ended);
}

void acceptor_stop(struct acceptor *acceptor)
{
    (void)pthread_join(acceptor->thread, NULL);
    stop_pollers(acceptor);
    destroy(acceptor);
}
